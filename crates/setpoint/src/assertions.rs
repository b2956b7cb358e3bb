//! The register's checks, run for one environment: which are meant, what came of them, and what of that may be shown.

mod hurl;
mod logs;
mod progress;
mod scrub;
mod selection;
mod target;

pub(crate) use hurl::{HurlFile, open as open_hurl};
pub(crate) use logs::errors_in_logs;
pub(crate) use scrub::{holds_secret, scrub, scrub_failure, scrub_text};
pub(crate) use selection::Selection;
pub(crate) use target::{Target, web_address};

use crate::survey::Survey;
use crate::terminal::Ui;
use progress::watched;
use setpoint_checks::Scene;
use setpoint_model::register::{Check, CheckKind, Environment};
use setpoint_model::{Conclusion, Failure, Held, Outcome, Problem, Reason};

/// What came of the checks that are meant.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Of each that was run or skipped, or could not be run as it stands, in the register's order.
    pub(crate) outcomes: Vec<Outcome>,
    /// How many were not run, since nobody said where: the register has environments, and none is named.
    pub(crate) not_run: usize,
}

/// Runs the checks that are meant. Those whose entries are wrong fail without being run, wherever it is looked.
pub(crate) fn run(ui: &Ui<'_>, survey: &Survey, target: &Target, selection: &Selection) -> Run {
    let Some(register) = &survey.register else { return Run::default() };
    let name = target.name();
    let checks: Vec<&Check> = selection.of(register, name).into_iter().filter(|check| target.reaches(check)).collect();
    let not_run = match name {
        // Those that are for other environments are not missing.
        Some(_) => 0,
        None => selection.meant(register, None).iter().filter(|check| !target.reaches(check)).count(),
    };
    let unsound = selection.unsound(register, name);
    let distrusted = setpoint_change::trust(ui.host, &survey.register_file).err();
    let is_refused = |check: &&Check| distrusted.is_some() && matches!(check.kind, CheckKind::Command(_));
    let (refused, checks): (Vec<&Check>, Vec<&Check>) = checks.into_iter().partition(is_refused);
    let unsound_ones = register.unsound_checks.iter().map(|check| check.name.as_str());
    let missing: Vec<&str> = unsound_ones.chain(refused.iter().map(|check| check.name.as_str())).collect();
    let mut outcomes = with_scene(ui, survey, target.environment(), |scene| {
        watched(ui, checks.len(), |told| setpoint_checks::run_without(scene, &checks, &missing, told))
    });
    setpoint_rules::waive(&mut outcomes, register, name, ui.host.now().date());
    let refused = distrusted.iter().flat_map(|problem| refused.iter().map(|check| not_as_root(check, problem)));
    let untried: Vec<Outcome> = unsound.into_iter().map(Outcome::unsound).chain(refused).collect();
    if !untried.is_empty() {
        outcomes.extend(untried);
        outcomes.sort_by(|one, two| one.place.cmp(&two.place));
    }
    outcomes.iter_mut().for_each(|outcome| scrub(outcome, survey));
    Run { outcomes, not_run }
}

/// That of a check whose command root would run at the word of somebody else.
fn not_as_root(check: &Check, problem: &Problem) -> Outcome {
    let failure = Failure::new(Reason::Denied, problem.what.as_str(), problem.expected.as_str());
    let failure = Failure { hint: problem.hint.clone(), ..failure };
    let conclusion = Conclusion::Failed { failures: vec![failure] };
    Outcome::untried(check.name.as_str(), "command", check.place.to_string(), conclusion, check.place.clone())
}

/// Does something where the checks of an environment look.
pub(crate) fn with_scene<T>(
    ui: &Ui<'_>,
    survey: &Survey,
    environment: Option<&Environment>,
    work: impl FnOnce(&Scene<'_>) -> T,
) -> T {
    let urls = |held: &Held| survey.vault.url(held).map(str::to_owned);
    work(&Scene::of_machine(ui.host, &survey.root).in_environment(environment).of_site(&survey.snapshot, &urls))
}
