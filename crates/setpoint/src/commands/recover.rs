//! `setpoint recover`: brings changes to their end whose process is gone. The timer of a change runs it, and after a start of
//! the machine a unit of systemd.

use crate::command_error::{CommandError, Exit};
use crate::commands::change;
use crate::commands::rollback::{BETWEEN_LOOKS, go_back};
use crate::terminal::Ui;
use setpoint_change::{Changes, Journal, Pending, Switch, Turn};
use setpoint_model::{Problem, Retry};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where systemd keeps what it runs; there where it runs the machine (`sd_booted(3)`).
const SYSTEMD: &str = "/run/systemd/system";
/// The unit that looks after changes when the machine has started.
const UNIT: &str = "setpoint-recover.service";
const UNIT_FILE: &str = "/etc/systemd/system/setpoint-recover.service";
/// How long systemctl may take.
const LIMIT: Duration = Duration::from_secs(30);
/// The timer of a change waits for as long as its process is there: a deployment takes its time, and what holds the turn and
/// dies lets go of it.
const FOR_EVER: u32 = u32::MAX;
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
    let _turn = wait_for_turn(ui, &changes, if args.change.is_some() { FOR_EVER } else { PATIENCE_BY_HAND })?;
    let mut exit = Exit::Fine;
    let Pending { changes: pending, unreadable } = pending(ui, &changes, args.change)?;
    if pending.is_empty() && unreadable.is_empty() {
        ui.say("no change was cut off");
    }
    for (number, mut journal) in pending {
        let recovered = go_back(ui, &changes, number, &mut journal);
        exit = exit.max(change::end(ui, &changes, number, &mut journal, recovered)?);
    }
    for (_, problem) in &unreadable {
        change::tell_unreadable(ui, problem);
        exit = exit.max(Exit::RolledBackUnverified);
    }
    Ok(exit)
}

/// The changes that have not ended; of a number that one alone, so that another whose journal is damaged keeps no timer from
/// getting back.
fn pending(ui: &Ui<'_>, changes: &Changes, wanted: Option<u64>) -> Result<Pending, Problem> {
    let Some(number) = wanted else { return changes.pending(ui.host) };
    let journal: Journal = changes.open(ui.host, number)?;
    let pending = if journal.state().is_pending() { vec![(number, journal)] } else { Vec::new() };
    Ok(Pending { changes: pending, unreadable: Vec::new() })
}

/// Waits for whoever has the turn, for so many seconds.
pub(crate) fn wait_for_turn(ui: &Ui<'_>, changes: &Changes, seconds: u32) -> Result<Turn, Problem> {
    for _ in 0..seconds {
        if let Some(turn) = changes.try_turn(ui.host)? {
            return Ok(turn);
        }
        ui.host.sleep(BETWEEN_LOOKS);
    }
    changes.take_turn(ui.host)
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
