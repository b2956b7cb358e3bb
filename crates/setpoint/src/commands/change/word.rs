//! `setpoint change confirm`, `extend` and `cancel`: a word to the process that watches a change, or in its place where it is gone.

use super::list::one;
use super::{changes, exit_of, looking, walking};
use crate::command_error::{CommandError, Exit};
use crate::commands::recover;
use crate::commands::rollback::{self, BETWEEN_LOOKS};
use crate::terminal::Ui;
use setpoint_change::{Event, Evidence, Journal, Purpose, State, Step, Word};
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// How many seconds whoever watches a change may take to hear a word: a look, and what lies between two.
const PATIENCE: u32 = 30;

/// Say that a change is well: its checks are run over new connections, and if they pass the watch ends and it is kept
#[derive(clap::Args, Debug)]
pub(super) struct ConfirmArgs {
    /// Its number [default: the last]
    number: Option<u64>,
}

/// Watch a change for longer
#[derive(clap::Args, Debug)]
pub(super) struct ExtendArgs {
    /// For how many seconds more
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Its number [default: the last]
    #[arg(long)]
    number: Option<u64>,
}

/// Put a change back that has not ended; `setpoint rollback` does the same of one that was kept
#[derive(clap::Args, Debug)]
pub(super) struct CancelArgs {
    /// Its number [default: the last]
    number: Option<u64>,
}

pub(super) fn confirm(ui: &Ui<'_>, args: &ConfirmArgs) -> Result<Exit, CommandError> {
    let (number, journal) = one(ui, args.number)?;
    is_watched(number, journal.state())?;
    if journal.plan().is_some_and(|plan| plan.purpose == Purpose::Rehearsal) {
        let what = format!("change {number} is a rehearsal, which ends with its way back");
        return Err(Problem::input(what, "a change that is to last", Retry::SafeOnceMended).into());
    }
    looking::refuse_ill(ui, &journal)?;
    Word::Confirmed.leave(ui.host, &journal)?;
    let changes = changes(ui)?;
    // Whoever watches it has the turn, and reads the word.
    let is_kept = |journal: &Journal| journal.state() == State::Kept;
    let mut turn = changes.try_turn(ui.host)?;
    for _ in 0..PATIENCE {
        if turn.is_some() || is_kept(&changes.open(ui.host, number)?) {
            break;
        }
        ui.host.sleep(BETWEEN_LOOKS);
        turn = changes.try_turn(ui.host)?;
    }
    let mut journal = changes.open(ui.host, number)?;
    if turn.is_none() {
        if is_kept(&journal) {
            ui.print(&format!("confirmed: change {number} is kept\n"))?;
            return Ok(Exit::Fine);
        }
        let what = format!("who watches change {number} has not heard it within {PATIENCE} s");
        let problem = Problem::machine(what, "a look every few seconds", Retry::Safe);
        return Err(problem.hint("the next look hears it; `setpoint change list` shows how it ends").into());
    }
    if journal.state().is_ended() {
        ui.print(&format!("change {number} is {}\n", journal.state().name()))?;
        return Ok(exit_of(journal.state()));
    }
    let mut keep = || {
        if journal.state() == State::Applied {
            journal.write(ui.host, Event::Confirmed)?;
            let evidence = Evidence::Facts { facts: Vec::new() };
            journal.write(ui.host, Event::Done { step: Step::Watch, evidence })?;
            journal.write(ui.host, Event::Kept)?;
        }
        recover::unarmed(ui, number).disarm(ui.host);
        Ok(())
    };
    let kept = keep();
    walking::end(ui, &changes, number, &mut journal, kept)
}

pub(super) fn extend(ui: &Ui<'_>, args: &ExtendArgs) -> Result<Exit, CommandError> {
    let (number, journal) = one(ui, args.number)?;
    is_watched(number, journal.state())?;
    let changes = changes(ui)?;
    if changes.try_turn(ui.host)?.is_some() {
        let what = format!("nobody watches change {number} any more");
        let problem = Problem::input(what, "a change whose process is still there", Retry::SafeOnceMended);
        return Err(problem.hint("`setpoint change confirm` keeps it, `setpoint rollback` puts it back").into());
    }
    let by = Duration::from_secs(args.seconds);
    Word::Extended { by, said: ui.host.now().timestamp() }.leave(ui.host, &journal)?;
    ui.print(&format!("change {number} is watched for {} s more\n", args.seconds))?;
    Ok(Exit::Fine)
}

pub(super) fn cancel(ui: &Ui<'_>, args: &CancelArgs) -> Result<Exit, CommandError> {
    let (number, journal) = one(ui, args.number)?;
    if !journal.state().is_pending() {
        let what = format!("change {number} is {}", journal.state().name());
        let problem = Problem::input(what, "a change that has not ended", Retry::SafeOnceMended);
        return Err(problem.hint("`setpoint rollback` puts one back that was kept").into());
    }
    rollback::put_back(ui, number, &journal)
}

fn is_watched(number: u64, state: State) -> Result<(), Problem> {
    if state == State::Applied {
        return Ok(());
    }
    let what = format!("change {number} is {}", state.name());
    Err(Problem::input(what, "a change that is being watched", Retry::SafeOnceMended))
}
