//! `setpoint rollback`: puts a change back, from what the change itself recorded.

use crate::command_error::{CommandError, Exit};
use crate::commands::change;
use crate::commands::recover;
use crate::terminal::Ui;
use setpoint_change::{State, Word};
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// How long to wait for the process that watches a change to put it back itself.
const PATIENCE: u32 = 600;

/// Put the last change back, or the one of a number
///
/// Of a change that is being watched, the process that watches it goes back. One that was kept, or whose process is gone, is
/// put back by this command: every file as the change found it, the same units as on the way forward, and then a look whether
/// it is so. Where somebody else has changed one of the files since, nothing is done.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sudo setpoint rollback
  sudo setpoint rollback 7 --yes
  sudo setpoint change list")]
pub(crate) struct Args {
    /// Its number [default: the last]
    number: Option<u64>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let (number, journal) = change::one(ui, args.number)?;
    let title = journal.plan().map(|plan| plan.title.clone()).unwrap_or_default();
    if matches!(journal.state(), State::RolledBack | State::NeverApplied) {
        let what = format!("change {number} ({title}) is {}", journal.state().name());
        return Err(Problem::input(what, "a change that is in place", Retry::SafeOnceMended).into());
    }
    if !args.yes && !ui.ask(&format!("Put change {number} back ({title})?"))? {
        ui.say("nothing was changed");
        return Ok(Exit::Input);
    }
    let changes = change::changes(ui)?;
    let turn = match changes.take_turn(ui.host) {
        Ok(turn) => turn,
        Err(problem) if journal.state() != State::Applied => return Err(problem.into()),
        Err(_) => {
            Word::Cancelled.leave(ui.host, &journal)?;
            recover::wait_for_turn(ui, &changes, PATIENCE)?
        }
    };
    let mut journal = changes.open(ui.host, number)?;
    let capture = recover::capture_of(ui, &journal);
    let capture = capture.as_ref().map(|request| move || recover::capture(ui, request));
    let capture = capture.as_ref().map(|capture| capture as &dyn Fn() -> Result<String, Problem>);
    let undone = match journal.state() {
        State::Kept | State::RolledBackUnverified => {
            setpoint_change::take_back(ui.host, &mut journal, "asked for by a person", capture)
        }
        _ => setpoint_change::recover(ui.host, &mut journal, capture),
    };
    // What refuses before it begins has done nothing that could be gone on with.
    if let (Err(problem), State::Kept) = (&undone, journal.state()) {
        return Err(problem.clone().into());
    }
    drop(turn);
    recover::switch(ui, &changes, number).disarm(ui.host);
    // Here the way back is what was asked for.
    let exit = change::end(ui, &changes, number, &mut journal, undone)?;
    Ok(if exit == Exit::RolledBack { Exit::Fine } else { exit })
}

/// Two looks at the turn are so far apart.
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
