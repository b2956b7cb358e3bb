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
/// A change that is being made is put back by the process that makes it, once what it runs has ended. One that was kept, or
/// whose process is gone, is put back by this command: every file as the change found it, the same units as on the way
/// forward, and then a look whether it is so. Where somebody else has changed one of the files since, nothing is done.
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
        let problem = Problem::input(what, "a change that is in place", Retry::SafeOnceMended);
        return Err(match in_place(ui)? {
            Some((last, title)) => {
                problem.hint(format!("the last in place is {last} ({title}): `setpoint rollback {last}`"))
            }
            None => problem.hint("`setpoint change list` lists them; none is in place"),
        }
        .into());
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

/// The last change that is in place, and what it is for.
fn in_place(ui: &Ui<'_>) -> Result<Option<(u64, String)>, Problem> {
    let changes = change::changes(ui)?;
    let numbers = changes.numbers(ui.host)?.into_iter().rev();
    let opened = numbers.filter_map(|number| Some((number, changes.open(ui.host, number).ok()?)));
    let mut kept = opened.filter(|(_, journal)| journal.state() == State::Kept);
    Ok(kept.next().map(|(number, journal)| (number, journal.plan().map(|plan| plan.title.clone()).unwrap_or_default())))
}

/// Refuses what is not the last of its site, since the site moved on from there, and scripts that others may write by now.
fn may_go_back(ui: &Ui<'_>, number: u64, plan: &Plan) -> Result<(), CommandError> {
    for settle in &plan.settle {
        if let Settle::Command { back, folder, .. } = settle {
            setpoint_change::trust_scripts(ui.host, folder.as_ref().unwrap_or(&plan.site), back)?;
        }
    }
    let changes = change::changes(ui)?;
    for later in changes.numbers(ui.host)?.into_iter().filter(|later| *later > number) {
        // One whose journal cannot be read may be of another site, and is named by `setpoint change list`.
        let Ok(journal) = changes.open(ui.host, later) else { continue };
        let same_site = journal.plan().filter(|other| other.is_of_the_same_site(plan));
        if let (State::Kept, Some(other)) = (journal.state(), same_site) {
            let what = format!("change {later} ({}) was made after change {number}", other.title);
            let problem = Problem::input(what, "the last change of the site that is in place", Retry::SafeOnceMended);
            let again =
                if plan.is_deployment() { "" } else { "; or `setpoint change` gives the default its value of before" };
            return Err(problem.hint(format!("`setpoint rollback {later}` first{again}")).into());
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
            ui.say(&format!("the process that makes change {number} was told to put it back; waiting for it …"));
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
