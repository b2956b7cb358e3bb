//! `setpoint rollback`: puts a change back, from what the change itself recorded.

use crate::command_error::{CommandError, Exit};
use crate::commands::change;
use crate::commands::recover;
use crate::terminal::Ui;
use setpoint_change::{Changes, Journal, Plan, Settle, State, WayBack, Word};
use setpoint_host::PutOff;
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// How long to wait for the process that watches a change to put it back itself.
const PATIENCE: u32 = 600;

/// Put the last change back, or the one of a number
///
/// A change that is being made is put back by the process that makes it, once what it runs has ended. One that was kept, or whose process is gone, is
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
    if matches!(journal.state(), State::Kept | State::RolledBackUnverified)
        && let Some(plan) = journal.plan()
    {
        may_go_back(ui, number, plan)?;
    }
    if !args.yes && !ui.ask(&format!("Put change {number} back ({title})?"))? {
        ui.say("nothing was changed");
        return Ok(Exit::Input);
    }
    put_back(ui, number, &journal)
}

/// Refuses what would take back another deployment than the one that is meant, and scripts that others may write by now.
fn may_go_back(ui: &Ui<'_>, number: u64, plan: &Plan) -> Result<(), CommandError> {
    for settle in &plan.settle {
        if let Settle::Command { back, folder, .. } = settle {
            setpoint_change::trust_scripts(ui.host, folder.as_ref().unwrap_or(&plan.site), back)?;
        }
    }
    let changes = change::changes(ui)?;
    for later in changes.numbers(ui.host)?.into_iter().filter(|later| *later > number && plan.is_deployment()) {
        // One whose journal cannot be read may be of another site, and is named by `setpoint change list`.
        let Ok(journal) = changes.open(ui.host, later) else { continue };
        let is_over_it = |other: &Plan| other.is_deployment() && other.is_of_the_same_site(plan);
        if journal.state() == State::Kept && journal.plan().is_some_and(is_over_it) {
            let what = format!("change {later} was deployed over change {number}");
            let problem = Problem::input(what, "the last deployment of the site", Retry::SafeOnceMended);
            return Err(problem.hint(format!("`setpoint rollback {later}` first")).into());
        }
    }
    Ok(())
}

/// Has whoever watches a change put it back, or does so itself.
pub(crate) fn put_back(ui: &Ui<'_>, number: u64, journal: &Journal) -> Result<Exit, CommandError> {
    let changes = change::changes(ui)?;
    let turn = match changes.try_turn(ui.host)? {
        Some(turn) => turn,
        None if !journal.state().is_pending() => changes.take_turn(ui.host)?,
        None => {
            Word::Cancelled.leave(ui.host, journal)?;
            ui.say(&format!(
                "told who makes change {number}, which is {}; waiting for its end …",
                journal.state().name()
            ));
            recover::wait_for_turn(ui, &changes, PATIENCE)?
        }
    };
    let mut journal = changes.open(ui.host, number)?;
    let undone = go_back(ui, &changes, number, &mut journal);
    // What refuses before it begins has done nothing that could be gone on with.
    if let (Err(problem), State::Kept) = (&undone, journal.state()) {
        return Err(problem.clone().into());
    }
    drop(turn);
    // Here the way back is what was asked for.
    let exit = change::end(ui, &changes, number, &mut journal, undone)?;
    Ok(if exit == Exit::RolledBack { Exit::Fine } else { exit })
}

/// Puts a change back that was kept, or brings one to its end that was cut off. Nothing stops that half-way: no signal ends
/// what it runs, and where this process dies, a timer goes on with it.
pub(crate) fn go_back(ui: &Ui<'_>, changes: &Changes, number: u64, journal: &mut Journal) -> Result<(), Problem> {
    let put_off = PutOff::begin();
    put_off.spare_programs();
    let found = journal.clone();
    // That nothing would go on with it is no reason not to go back.
    let switch = recover::switch(ui, changes, number).unwrap_or_else(|_| recover::unarmed(ui, number));
    change::with_eyes(ui, &found, |eyes| {
        let way_back = WayBack { host: ui.host, eyes, switch: &switch };
        match journal.state() {
            State::Kept | State::RolledBackUnverified => way_back.take_back(journal, "asked for by a person"),
            _ => way_back.recover(journal),
        }
    })
}

/// Two looks at the turn are so far apart.
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
