//! `setpoint recover`: brings changes to their end whose process is gone. The timer of a change runs it, and after a start of
//! the machine a unit of systemd.

mod unit;

use crate::command_error::{CommandError, Exit};
use crate::commands::change;
use crate::commands::rollback::{BETWEEN_LOOKS, go_back};
use crate::terminal::Ui;
use setpoint_change::{Changes, Journal, Pending, Turn};
use setpoint_model::Problem;
use unit::UNIT;
pub(crate) use unit::{install, switch, unarmed};

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
        install(ui, &change::changes(ui)?)?;
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
        // One that cannot be brought to its end keeps none of the others from theirs.
        let ended = change::end(ui, &changes, number, &mut journal, recovered).unwrap_or_else(|error| error.report(ui));
        exit = worse(exit, ended);
    }
    for (_, problem) in &unreadable {
        change::tell_unreadable(ui, problem);
        exit = worse(exit, Exit::RolledBackUnverified);
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

/// Which of two ends a person has to see to first.
fn worse(one: Exit, other: Exit) -> Exit {
    let gravity = |exit| match exit {
        Exit::RolledBackUnverified => 3,
        Exit::Input | Exit::Machine => 2,
        Exit::RolledBack | Exit::NeverApplied => 1,
        Exit::Fine | Exit::Findings | Exit::Monitored(_) => 0,
    };
    if gravity(other) > gravity(one) { other } else { one }
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
