//! `setpoint recover`: brings changes to their end whose process is gone. The timer of a change runs it, and after a start of
//! the machine a unit of systemd.

use crate::command_error::{CommandError, Exit};
use crate::commands::change;
use crate::commands::rollback::BETWEEN_LOOKS;
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes, Request};
use setpoint_change::{Changes, Journal, Switch, Turn};
use setpoint_host::Kind;
use setpoint_model::{Layer, Problem, Retry};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where systemd keeps what it runs; there where it runs the machine (`sd_booted(3)`).
const SYSTEMD: &str = "/run/systemd/system";
/// The unit that looks after changes when the machine has started.
const UNIT: &str = "setpoint-recover.service";
const UNIT_FILE: &str = "/etc/systemd/system/setpoint-recover.service";
/// How long systemctl may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How many seconds the timer of a change waits for the process that watches it.
const PATIENCE: u32 = 900;
/// How many seconds somebody waits who calls it: a process that was killed can take a while to be gone.
const PATIENCE_BY_HAND: u32 = 20;

/// Bring changes to their end whose process is gone
///
/// A change that had begun to be applied is put back, and compared with as found; one that had not is marked so. The timer
/// that is armed before a change runs this, and so does `setpoint-recover.service` when the machine starts.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sudo setpoint recover
  sudo setpoint recover --install   the unit that does so when the machine starts")]
pub(crate) struct Args {
    /// Install and enable the unit that runs this when the machine starts
    #[arg(long)]
    install: bool,
    /// This change alone
    #[arg(long, value_name = "NUMBER", hide = true)]
    change: Option<u64>,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    if args.install {
        install(ui)?;
        ui.print(&format!("{UNIT} is installed and enabled\n"))?;
        return Ok(Exit::Fine);
    }
    let changes = change::changes(ui)?;
    let _turn = wait_for_turn(ui, &changes, if args.change.is_some() { PATIENCE } else { PATIENCE_BY_HAND })?;
    let mut exit = Exit::Fine;
    let pending = pending(ui, &changes, args.change)?;
    if pending.is_empty() {
        ui.say("no change was cut off");
    }
    for (number, mut journal) in pending {
        let request = capture_of(ui, &journal);
        let capture = request.as_ref().map(|request| move || capture(ui, request));
        let capture = capture.as_ref().map(|capture| capture as &dyn Fn() -> Result<String, Problem>);
        let recovered = setpoint_change::recover(ui.host, &mut journal, capture);
        switch(ui, &changes, number).disarm(ui.host);
        exit = exit.max(change::end(ui, &changes, number, &mut journal, recovered)?);
    }
    Ok(exit)
}

/// The changes that have not ended; of a number that one alone, so that another whose journal is damaged keeps no timer from
/// getting back.
fn pending(ui: &Ui<'_>, changes: &Changes, wanted: Option<u64>) -> Result<Vec<(u64, Journal)>, Problem> {
    let Some(number) = wanted else { return changes.pending(ui.host) };
    let journal = changes.open(ui.host, number)?;
    Ok(if journal.state().is_pending() { vec![(number, journal)] } else { Vec::new() })
}

/// Waits for whoever has the turn, for so many seconds.
pub(crate) fn wait_for_turn(ui: &Ui<'_>, changes: &Changes, seconds: u32) -> Result<Turn, Problem> {
    for _ in 0..seconds {
        if let Ok(turn) = changes.take_turn(ui.host) {
            return Ok(turn);
        }
        ui.host.sleep(BETWEEN_LOOKS);
    }
    changes.take_turn(ui.host)
}

/// A line for each default and process of a site: what is effective, and where that stands.
pub(crate) fn capture(ui: &Ui<'_>, request: &Request) -> Result<String, Problem> {
    let snapshot = setpoint_capture::capture(ui.host, request)?.snapshot;
    let mut text = String::new();
    for default in &snapshot.defaults {
        let general = default.effective.iter().map(|effective| ("", effective));
        let own = default.per_process.iter().map(|(process, effective)| (process.as_str(), effective));
        for (process, effective) in general.chain(own) {
            // A process that was started again is another one with the same in it.
            let place = if effective.layer == Layer::Process { String::new() } else { effective.place.to_string() };
            text += &format!("{} {process} {} {place}\n", default.name, effective.value.shown());
        }
    }
    Ok(text)
}

/// The capture that a change was compared with.
pub(crate) fn capture_of(ui: &Ui<'_>, journal: &Journal) -> Option<Request> {
    let plan = journal.plan()?;
    let is_there = ui.host.status(&plan.site).is_ok_and(|status| status.kind == Kind::Folder);
    is_there.then(|| Request {
        root: Some(plan.site.clone()),
        units: plan.site_units.clone(),
        environment: plan.environment.clone(),
        processes: Processes::LookedAt,
        libraries: Libraries::Read,
        ..Request::default()
    })
}

/// What undoes a change when nobody else does; nothing where no systemd runs, or this user may not tell it.
pub(crate) fn switch(ui: &Ui<'_>, changes: &Changes, number: u64) -> Switch {
    let may = ui.host.owner().0 == 0 && ui.host.status(Path::new(SYSTEMD)).is_ok();
    let Some(program) = may.then(|| program(ui)).flatten() else { return Switch::None };
    let state = changes.folder().parent().unwrap_or(changes.folder()).display().to_string();
    let command = [
        "env".to_owned(),
        format!("SETPOINT_STATE={state}"),
        program.display().to_string(),
        "recover".to_owned(),
        format!("--change={number}"),
    ];
    Switch::Timer { unit: format!("setpoint-change-{number}"), command: command.into() }
}

/// This program's own file.
fn program(ui: &Ui<'_>) -> Option<PathBuf> {
    ui.host.resolve(Path::new("/proc/self/exe")).ok()
}

/// Installs the unit that looks after changes when the machine has started.
///
/// # Errors
/// It cannot be written, or systemd does not take it.
pub(crate) fn install(ui: &Ui<'_>) -> Result<(), CommandError> {
    let Some(program) = program(ui) else {
        let what = "this program does not find its own file";
        return Err(Problem::machine(what, "a file that systemd can run", Retry::SafeOnceMended).into());
    };
    let text = format!(
        "[Unit]\n\
         Description=Brings changes of Setpoint to their end that a stop of the machine cut off\n\
         After=local-fs.target\n\
         ConditionPathExists=/var/lib/setpoint/changes\n\n\
         [Service]\n\
         Type=oneshot\n\
         ExecStart={} recover\n\n\
         [Install]\n\
         WantedBy=multi-user.target\n",
        program.display()
    );
    let path = Path::new(UNIT_FILE);
    if ui.host.read(path, 1 << 16).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    ui.host.write(path, text.as_bytes())?;
    for arguments in [&["daemon-reload"][..], &["enable", "--quiet", UNIT]] {
        let output = ui.host.run("systemctl", arguments, LIMIT)?;
        if !output.succeeded() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let what = format!("`systemctl {}` failed: {said}", arguments.join(" "));
            return Err(Problem::machine(what, "systemd to take the unit", Retry::SafeOnceMended).into());
        }
    }
    Ok(())
}
