//! What an environment's logs say of errors, which nobody has to write a check for.

use super::{scrub, with_scene};
use crate::survey::Survey;
use crate::terminal::Ui;
use setpoint_model::Outcome;
use setpoint_model::register::{Check, CheckKind, Documentation, Environment, LogCheck};
use std::time::Duration;

/// A line of a log that says of an error: the words of Python's logging, of nginx's error log, and of a traceback.
const ERROR_LINE: &str = r"\b(ERROR|CRITICAL|FATAL)\b|\[(error|crit|alert|emerg)\]|Traceback \(most recent call last\)";

/// What the logs say of errors since then: an outcome for each log.
pub(crate) fn errors_in_logs(
    ui: &Ui<'_>,
    survey: &Survey,
    environment: Option<&Environment>,
    since: &jiff::Zoned,
) -> Vec<Outcome> {
    let Some(environment) = environment else { return Vec::new() };
    let last = ui.host.now().duration_since(since).unsigned_abs().max(Duration::from_secs(1));
    let check = |log: &String| Check {
        name: format!("no errors in {log}"),
        kind: CheckKind::Log(LogCheck { log: log.clone(), present: None, absent: Some(ERROR_LINE.to_owned()), last }),
        timeout: Check::TIMEOUT,
        retries: 0,
        wait: Check::WAIT,
        tags: Vec::new(),
        environments: Vec::new(),
        needs: Vec::new(),
        documentation: Documentation::default(),
        place: environment.place.clone(),
    };
    let checks: Vec<Check> = environment.logs.iter().map(check).collect();
    let checks: Vec<&Check> = checks.iter().collect();
    let mut outcomes = with_scene(ui, survey, Some(environment), |scene| setpoint_checks::run(scene, &checks, &|_| {}));
    outcomes.iter_mut().for_each(|outcome| scrub(outcome, survey));
    outcomes
}
