//! `setpoint change resume`: goes on with a change whose process ended before it did.

use super::list::one;
use super::looking::at_site;
use super::walking;
use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::survey;
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes};
use setpoint_change::{Journal, Plan, Purpose, State};
use setpoint_model::{Problem, Retry};

/// Go on with a change whose process is gone, from the step that it was in
///
/// A step that had begun is done again: files that are as they are to be stay, units are started again, and the command of a
/// release is run once more. The watch begins anew. `setpoint recover` puts such a change back instead.
#[derive(clap::Args, Debug)]
pub(super) struct ResumeArgs {
    /// Its number [default: the last]
    number: Option<u64>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn resume(ui: &Ui<'_>, args: &ResumeArgs) -> Result<Exit, CommandError> {
    let (number, journal) = one(ui, args.number)?;
    let plan = plan_of(number, &journal)?;
    let question = format!("Go on with change {number} ({}), which is {}?", plan.title, journal.state().name());
    if !args.yes && !ui.ask(&question)? {
        ui.say("nothing was changed");
        return Ok(Exit::Input);
    }
    let site = SiteArguments {
        environment: plan.environment.clone(),
        units: if plan.environment.is_some() { Vec::new() } else { plan.site_units.clone() },
        ..SiteArguments::default()
    };
    at_site(ui, plan, |there| {
        let survey = survey::take(there, &site, Processes::LookedAt, Libraries::Read)?;
        walking::go_on(there, &survey, number)
    })
}

/// The plan of a change that can go on.
///
/// # Errors
/// It has ended, is on its way back, or is a rehearsal, which shows something only in one piece.
pub(super) fn plan_of(number: u64, journal: &Journal) -> Result<&Plan, Problem> {
    let state = journal.state();
    let is_on_its_way = !state.is_ended() && !matches!(state, State::Undoing | State::Stuck { .. });
    match journal.plan() {
        Some(plan) if is_on_its_way && plan.purpose != Purpose::Rehearsal => Ok(plan),
        Some(_) if is_on_its_way => {
            let what = format!("change {number} is a rehearsal, which shows something only in one piece");
            let problem = Problem::input(what, "a change that is to last", Retry::SafeOnceMended);
            Err(problem.hint("`setpoint recover` puts it back; then rehearse again"))
        }
        Some(_) | None => {
            let what = format!("change {number} is {}", state.name());
            let problem = Problem::input(what, "a change that was cut off on its way", Retry::SafeOnceMended);
            Err(problem.hint("`setpoint change list` lists them"))
        }
    }
}
