//! What undoes a change when its process cannot: a timer of systemd, and a unit that runs when the machine has started. Both
//! run this program's own file, as root.

use crate::command_error::CommandError;
use crate::terminal::Ui;
use setpoint_change::{Changes, Switch};
use setpoint_model::{Problem, Retry};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where systemd keeps what it runs; there where it runs the machine (`sd_booted(3)`).
const SYSTEMD: &str = "/run/systemd/system";
/// The unit that looks after changes when the machine has started.
pub(super) const UNIT: &str = "setpoint-recover.service";
const UNIT_FILE: &str = "/etc/systemd/system/setpoint-recover.service";
/// How long systemctl may take.
const LIMIT: Duration = Duration::from_secs(30);
/// Behind the name of a running program's file that was removed or replaced (`proc_pid_exe(5)`).
const DELETED: &str = " (deleted)";

/// What undoes a change when nobody else does; nothing where no systemd runs, or this user may not tell it.
///
/// # Errors
/// systemd could not run this program: its file was replaced, or somebody else may write it.
pub(crate) fn switch(ui: &Ui<'_>, changes: &Changes, number: u64) -> Result<Switch, Problem> {
    if !is_there(ui) {
        return Ok(Switch::None);
    }
    let command = [
        "env".to_owned(),
        format!("SETPOINT_STATE={}", state(changes)),
        program(ui)?.display().to_string(),
        "recover".to_owned(),
        format!("--change={number}"),
    ];
    Ok(Switch::Timer { unit: unit_of(number), command: command.into() })
}

/// The same where nothing more can be armed: what was, is taken away by it.
pub(crate) fn unarmed(ui: &Ui<'_>, number: u64) -> Switch {
    if is_there(ui) { Switch::Unarmed { unit: unit_of(number) } } else { Switch::None }
}

fn is_there(ui: &Ui<'_>) -> bool {
    ui.host.owner().0 == 0 && ui.host.status(Path::new(SYSTEMD)).is_ok()
}

fn unit_of(number: u64) -> String {
    format!("setpoint-change-{number}")
}

/// The folder that the program is to find the changes in.
fn state(changes: &Changes) -> String {
    changes.folder().parent().unwrap_or(changes.folder()).display().to_string()
}

/// This program's own file, which nobody but root may write: systemd runs it as root, whenever a change needs it.
fn program(ui: &Ui<'_>) -> Result<PathBuf, Problem> {
    let file = ui.host.link_target(Path::new("/proc/self/exe")).map_err(|refusal| refusal.problem())?;
    if let Some(file) = file.to_str().and_then(|file| file.strip_suffix(DELETED)) {
        let what = format!("`{file}` was replaced or removed while it ran, so that systemd cannot run the same");
        return Err(Problem::machine(what, "the file of this program, as it was started", Retry::Safe)
            .hint("run the same command again"));
    }
    setpoint_change::trust(ui.host, &file).map_err(|problem| {
        let hint = format!(
            "`sudo install -m 0755 {} /usr/local/bin/setpoint`, and run that; systemd runs it as root",
            file.display()
        );
        problem.hint(hint)
    })?;
    Ok(file)
}

/// Installs the unit that looks after changes when the machine has started, and enables it where it is not.
///
/// # Errors
/// It cannot be written, or systemd does not take it.
pub(crate) fn install(ui: &Ui<'_>, changes: &Changes) -> Result<(), CommandError> {
    let text = text(&program(ui)?, &state(changes));
    let path = Path::new(UNIT_FILE);
    if !ui.host.read(path, 1 << 16).is_ok_and(|old| old == text.as_bytes()) {
        ui.host.write(path, text.as_bytes())?;
        systemctl(ui, &["daemon-reload"])?;
    }
    let is_enabled = ui.host.run("systemctl", &["is-enabled", "--quiet", UNIT], LIMIT)?.succeeded();
    if is_enabled { Ok(()) } else { systemctl(ui, &["enable", "--quiet", UNIT]) }
}

/// The checks that are run after a change was put back need what the service needs. The network is not waited for where
/// nobody else does: to be as found is more urgent than to be known as found.
fn text(program: &Path, state: &str) -> String {
    format!(
        "[Unit]\n\
         Description=Brings changes of Setpoint to their end that a stop of the machine cut off\n\
         After=local-fs.target network-online.target postgresql.service mariadb.service mysql.service \\\n    \
         redis-server.service nginx.service\n\
         ConditionPathExists={state}/changes\n\n\
         [Service]\n\
         Type=oneshot\n\
         Environment=\"SETPOINT_STATE={state}\"\n\
         ExecStart={} recover\n\n\
         [Install]\n\
         WantedBy=multi-user.target\n",
        program.display()
    )
}

fn systemctl(ui: &Ui<'_>, arguments: &[&str]) -> Result<(), CommandError> {
    let output = ui.host.run("systemctl", arguments, LIMIT)?;
    if output.succeeded() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let what = format!("`systemctl {}` failed: {said}", arguments.join(" "));
    Err(Problem::machine(what, "systemd to take the unit", Retry::SafeOnceMended).into())
}
