//! How a site is, as its checks, its units and its logs say.

use crate::assertions;
use crate::cli::SiteArguments;
use crate::command_error::CommandError;
use crate::survey::{self, Survey};
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes};
use setpoint_change::{Fault, Journal, Look};
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// How often a site is looked at before it is said to be ill, and how long apart.
const LOOKS: usize = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// An error where a check of the change's environment fails now, over connections that are new.
pub(super) fn refuse_ill(ui: &Ui<'_>, journal: &Journal) -> Result<(), CommandError> {
    let Some(plan) = journal.plan() else { return Ok(()) };
    let site = SiteArguments { environment: plan.environment.clone(), ..SiteArguments::default() };
    let found = Ui { root: plan.site.clone(), ..*ui };
    let survey = survey::take(&found, &site, Processes::LeftOut, Libraries::LeftOut)?;
    let begun = journal.begun().unwrap_or_else(|| ui.host.now());
    let before = setpoint_change::as_found(journal).map(|found| found.faults.clone()).unwrap_or_default();
    let look = look_thrice(&found, &survey, &begun, &before);
    let Some(Fault { of, why }) = look.faults.into_iter().next() else { return Ok(()) };
    Err(Problem::machine(format!("it is not well: {of}: {why}"), "checks that pass", Retry::Safe).into())
}

/// What fails of a site's checks in as many looks as a fault needs, and how many there are.
pub(crate) fn looked_at_thrice(ui: &Ui<'_>, survey: &Survey) -> (usize, Vec<String>) {
    let look = look_thrice(ui, survey, &ui.host.now(), &[]);
    (look.facts.len(), look.faults.into_iter().map(|fault| format!("{}: {}", fault.of, fault.why)).collect())
}

/// The first look that finds no fault but those that are known, or the last of three: one slow answer is not an illness.
fn look_thrice(ui: &Ui<'_>, survey: &Survey, since: &jiff::Zoned, known: &[String]) -> Look {
    let beside = || {
        let mut look = look(ui, survey, since);
        look.faults.retain(|fault| !known.contains(&fault.of));
        look
    };
    let mut found = beside();
    for _ in 1..LOOKS {
        if found.faults.is_empty() {
            break;
        }
        ui.host.sleep(BETWEEN_LOOKS);
        found = beside();
    }
    found
}

/// One look at the site: the register's checks, and what its logs say of errors since the change began.
pub(super) fn look(ui: &Ui<'_>, survey: &Survey, since: &jiff::Zoned) -> Look {
    let target = assertions::Target::of(survey, None);
    let mut outcomes = assertions::run(ui, survey, &target, &assertions::Selection::default()).outcomes;
    outcomes.extend(assertions::errors_in_logs(ui, survey, target.environment(), since));
    let mut look = Look::default();
    for outcome in &outcomes {
        if let setpoint_model::Conclusion::Failed { failures } = &outcome.conclusion
            && outcome.waived.is_none()
        {
            let why = failures.first().map_or(String::new(), |failure| failure.message.clone());
            look.faults.push(Fault { of: format!("check `{}`", outcome.check), why });
        }
        look.facts.push((format!("check `{}`", outcome.check), format!("{:.0} ms", outcome.took.as_secs_f64() * 1e3)));
    }
    look
}
