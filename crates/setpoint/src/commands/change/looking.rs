//! How a site is, as its capture, its checks and its logs say.

use crate::assertions;
use crate::cli::{Options, SiteArguments};
use crate::command_error::CommandError;
use crate::survey::{self, Survey};
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes, Request};
use setpoint_change::{Eyes, Fault, Journal, Look, Plan};
use setpoint_model::{Held, Layer, Problem, Retry};
use std::time::Duration;

/// How often a site is looked at before it is said to be ill, and how long apart.
const LOOKS: usize = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Lets somebody look at the site of a change as its journal says it is. Where its folder is not there, a look says so.
pub(crate) fn with_eyes<T>(ui: &Ui<'_>, journal: &Journal, work: impl FnOnce(Eyes<'_>) -> T) -> T {
    let plan = journal.plan().cloned().unwrap_or_default();
    let request = Request {
        root: Some(plan.site.clone()),
        units: plan.site_units.clone(),
        environment: plan.environment.clone(),
        processes: Processes::LookedAt,
        libraries: Libraries::Read,
        ..Request::default()
    };
    // What a command says is said in the middle of the way back, and the secrets are those from before it.
    let scrubber = setpoint_capture::capture(ui.host, &request).map(|captured| captured.scrubber);
    let unknown = "what it said is not kept, since the secrets in it are not known\n";
    work(Eyes {
        capture: &|key| capture(ui, &request, key),
        look: &|since| {
            with_survey(ui, journal, |there, survey| look(there, survey, since)).unwrap_or_else(|error| {
                let fault = Fault { of: "the checks".to_owned(), why: error.sentence() };
                Look { faults: vec![fault], facts: Vec::new() }
            })
        },
        scrub: &|text| match &scrubber {
            Ok(scrubber) => scrubber.scrub(text).unwrap_or_else(|| text.to_owned()),
            Err(_) => unknown.to_owned(),
        },
    })
}

/// A line for each default and process of a site: what is effective, and where that stands. A secret is told from another by
/// a hash with the key of the change, since "it is set" would be the same of both.
pub(super) fn capture(ui: &Ui<'_>, request: &Request, key: [u8; 16]) -> Result<String, Problem> {
    let request = Request { key: Some(key), ..request.clone() };
    let snapshot = setpoint_capture::capture(ui.host, &request)?.snapshot;
    let mut text = String::new();
    for default in &snapshot.defaults {
        let general = default.effective.iter().map(|effective| ("", effective));
        let own = default.per_process.iter().map(|(process, effective)| (process.as_str(), effective));
        for (process, effective) in general.chain(own) {
            // A process that was started again is another one with the same in it.
            let place = if effective.layer == Layer::Process { String::new() } else { effective.place.to_string() };
            let value = match &effective.value {
                Held::Secret(fingerprint) => format!("(secret {:016x})", fingerprint.hash),
                value => value.shown(),
            };
            text += &format!("{} {process} {value} {place}\n", default.name);
        }
    }
    Ok(text)
}

/// Looks at the site of a change as it is written down now.
fn with_survey<T>(ui: &Ui<'_>, journal: &Journal, work: impl FnOnce(&Ui<'_>, &Survey) -> T) -> Result<T, CommandError> {
    let plan =
        journal.plan().ok_or_else(|| Problem::input("the change has no plan", "one with a plan", Retry::Safe))?;
    if let Some(register) = &plan.register {
        // It may be another one than when the change began, and its checks run commands.
        setpoint_change::trust(ui.host, register)?;
    }
    at_site(ui, plan, |there| {
        let (environment, units) = (plan.environment.clone(), plan.site_units.clone());
        let site = SiteArguments { units, environment, ..SiteArguments::default() };
        let mut survey = survey::take(there, &site, Processes::LeftOut, Libraries::LeftOut)?;
        if plan.register.is_none() {
            // One that lies there by now is not what the change was made with, and its checks run commands.
            survey.register = None;
        }
        Ok(work(there, &survey))
    })
}

/// As if a command had been given in the site of a change, with the register that it was made with.
pub(super) fn at_site<T>(ui: &Ui<'_>, plan: &Plan, work: impl FnOnce(&Ui<'_>) -> T) -> T {
    let (root, register) = (Some(plan.site.clone()), plan.register.clone());
    let options = Options { root, register, color: ui.options.color };
    work(&Ui { options: &options, root: plan.site.clone(), ..*ui })
}

/// An error where a check of the change's environment fails now, over connections that are new.
pub(super) fn refuse_ill(ui: &Ui<'_>, journal: &Journal) -> Result<(), CommandError> {
    let begun = journal.begun().unwrap_or_else(|| ui.host.now());
    let before = setpoint_change::as_found(journal).map(|found| found.faults.clone()).unwrap_or_default();
    let look = with_survey(ui, journal, |there, survey| look_thrice(there, survey, &begun, &before))?;
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
