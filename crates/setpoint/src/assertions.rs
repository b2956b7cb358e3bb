//! The register's checks, run for one environment: which are meant, what came of them, and what of that may be shown.

use crate::command_error::CommandError;
use crate::survey::Survey;
use crate::terminal::Ui;
use setpoint_checks::Scene;
use setpoint_checks::hurl::Entry;
use setpoint_model::register::{Check, CheckKind, Documentation, Environment, LogCheck, Register};
use setpoint_model::{Conclusion, Failure, Held, Outcome, Problem, Retry, Written, hide_secrets, nearest};
use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

/// A value that is shorter, in bytes, keeps nobody out, and stands in too many texts.
const SHORTEST_SECRET: usize = 4;
/// No hurl file is longer, in bytes.
const LONGEST_HURL: u64 = 4 << 20;

/// A line of a log that says of an error: the words of Python's logging, of nginx's error log, and of a traceback.
const ERROR_LINE: &str = r"\b(ERROR|CRITICAL|FATAL)\b|\[(error|crit|alert|emerg)\]|Traceback \(most recent call last\)";

/// Which checks are meant.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// By their names; all where none is named.
    pub(crate) names: Vec<String>,
    /// By their tags; all where none is named.
    pub(crate) tags: Vec<String>,
}

impl Selection {
    /// An error where a tag is on no check, or a check that was named is for other environments: a run without checks would
    /// pass.
    pub(crate) fn exists(&self, register: Option<&Register>, environment: Option<&str>) -> Result<(), CommandError> {
        let checks = register.map(|register| register.checks.as_slice()).unwrap_or_default();
        let is_elsewhere = |check: &&Check| self.names.contains(&check.name) && !is_here(check, environment);
        if let (Some(environment), Some(check)) = (environment, checks.iter().find(is_elsewhere)) {
            let environments = check.environments.join(", ");
            let what = format!("the check `{}` is not for the environment `{environment}`", check.name);
            return Err(
                Problem::input(what, format!("one that it is for: {environments}"), Retry::SafeOnceMended).into()
            );
        }
        let mut known: Vec<&str> = checks.iter().flat_map(|check| &check.tags).map(String::as_str).collect();
        known.sort_unstable();
        known.dedup();
        let environments = register.map(|register| register.environments.as_slice()).unwrap_or_default();
        if let (None, Some(name), false) = (environment, self.names.first(), environments.is_empty()) {
            let known = environments.iter().map(|environment| environment.name.as_str()).collect::<Vec<_>>().join(", ");
            let what = format!("the check `{name}` is not run without an environment to look at");
            let problem = Problem::input(what, "`--environment NAME`", Retry::SafeOnceMended);
            return Err(problem.hint(format!("the register has {known}")).into());
        }
        let Some(tag) = self.tags.iter().find(|tag| !known.contains(&tag.as_str())) else { return Ok(()) };
        let problem =
            Problem::input(format!("no check has the tag `{tag}`"), "a tag of a check", Retry::SafeOnceMended);
        Err(match nearest(tag, known.iter().copied()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None if known.is_empty() => problem.hint("`tags = [\"…\"]` in a check gives it one"),
            None => problem.hint(format!("the tags are {}", known.join(", "))),
        }
        .into())
    }

    /// The checks with the tags, for an environment or, where none is named, for any.
    pub(crate) fn meant<'r>(&self, register: &'r Register, environment: Option<&str>) -> Vec<&'r Check> {
        let is_here = |check: &&Check| environment.is_none() || is_here(check, environment);
        register.checks.iter().filter(|check| self.is_meant(check)).filter(is_here).collect()
    }

    fn is_meant(&self, check: &Check) -> bool {
        (self.names.is_empty() || self.names.contains(&check.name))
            && (self.tags.is_empty() || check.tags.iter().any(|tag| self.tags.contains(tag)))
    }

    /// The checks that are meant, and those that they need.
    fn of<'r>(&self, register: &'r Register, environment: Option<&str>) -> Vec<&'r Check> {
        let is_here = |check: &Check| is_here(check, environment);
        let mut meant: Vec<bool> = register.checks.iter().map(|check| self.is_meant(check) && is_here(check)).collect();
        // What a check needs may need something itself; the register has no circles.
        loop {
            let needed = |check: &Check| {
                let needs = |(other, is_meant): (&Check, &bool)| *is_meant && other.needs.contains(&check.name);
                register.checks.iter().zip(&meant).any(needs)
            };
            let next = register.checks.iter().zip(&meant);
            let next: Vec<bool> = next.map(|(check, meant)| *meant || (is_here(check) && needed(check))).collect();
            if next == meant {
                break;
            }
            meant = next;
        }
        register.checks.iter().zip(meant).filter_map(|(check, meant)| meant.then_some(check)).collect()
    }
}

/// True for a check that is meant for that environment.
fn is_here(check: &Check, environment: Option<&str>) -> bool {
    let is_named = |environment: &str| check.environments.iter().any(|name| name == environment);
    check.environments.is_empty() || environment.is_some_and(is_named)
}

/// What came of the checks that are meant.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Of each that was run or skipped, in the register's order.
    pub(crate) outcomes: Vec<Outcome>,
    /// How many were not run, since nobody said where: the register has environments, and none is named.
    pub(crate) not_run: usize,
}

/// Runs the checks that are meant.
pub(crate) fn run(ui: &Ui<'_>, survey: &Survey, selection: &Selection) -> Run {
    let Some(register) = &survey.register else { return Run::default() };
    if survey.snapshot.site.environment.is_none() && !register.environments.is_empty() {
        return Run { outcomes: Vec::new(), not_run: selection.of(register, None).len() };
    }
    let name = survey.snapshot.site.environment.as_deref();
    let environment = name.and_then(|name| register.environment(name));
    let checks = selection.of(register, name);
    let mut outcomes = with_scene(ui, survey, environment, |scene| setpoint_checks::run(scene, &checks, &|_| {}));
    setpoint_rules::waive(&mut outcomes, register, name, ui.host.now().date());
    outcomes.iter_mut().for_each(|outcome| scrub(outcome, survey));
    Run { outcomes, not_run: 0 }
}

/// What the logs of the environment say of errors since then: an outcome for each that can be read.
pub(crate) fn errors_in_logs(ui: &Ui<'_>, survey: &Survey, since: &jiff::Zoned) -> Vec<Outcome> {
    let name = survey.snapshot.site.environment.as_deref();
    let Some(environment) = survey.register.as_ref().zip(name).and_then(|(register, name)| register.environment(name))
    else {
        return Vec::new();
    };
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

/// Runs the entries of a hurl file, where nothing of the register is asked but the environment's address.
pub(crate) fn run_hurl(ui: &Ui<'_>, survey: &Survey, file: &Path) -> Result<Vec<Outcome>, CommandError> {
    let bytes = ui.host.read(file, LONGEST_HURL)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        let what = format!("`{}` is not UTF-8", file.display());
        Problem::input(what, "a hurl file, which is UTF-8", Retry::SafeOnceMended)
    })?;
    let register = survey.register.as_ref();
    let environment = register.zip(survey.snapshot.site.environment.as_deref());
    let environment = environment.and_then(|(register, name)| register.environment(name));
    // What a variable holds may be a secret, and is not shown.
    let hidden = RefCell::new(Vec::new());
    let variable = |name: &str| {
        let url = environment.and_then(|environment| environment.url.as_ref()).filter(|_| name == "url");
        if let Some(url) = url {
            return Some(url.trim_end_matches('/').to_owned());
        }
        // As hurl takes them.
        let value = ["HURL_VARIABLE_", "HURL_"].iter().find_map(|begin| ui.host.variable(&format!("{begin}{name}")))?;
        hidden.borrow_mut().extend((name != "url" && value.len() >= SHORTEST_SECRET).then(|| value.clone()));
        Some(value)
    };
    let shown = file.strip_prefix(&survey.root).unwrap_or(file).display().to_string();
    let entries = setpoint_checks::hurl::read(&shown, &text, &variable);
    let checks = entries.iter().filter_map(|entry| match entry {
        Entry::Check(check) => Some(&**check),
        Entry::NotRun(_) => None,
    });
    let checks: Vec<&Check> = checks.collect();
    let mut ran =
        with_scene(ui, survey, environment, |scene| setpoint_checks::run(scene, &checks, &|_| {})).into_iter();
    let mut outcomes: Vec<Outcome> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Check(_) => ran.next(),
            Entry::NotRun(outcome) => Some((**outcome).clone()),
        })
        .collect();
    if outcomes.is_empty() {
        let what = format!("`{}` has no entries", file.display());
        return Err(Problem::input(what, "a hurl file with a request", Retry::SafeOnceMended).into());
    }
    for outcome in &mut outcomes {
        for_each_text(outcome, &mut |text| {
            for value in hidden.borrow().iter().filter(|value| text.contains(*value)).collect::<Vec<_>>() {
                *text = text.replace(value, "***");
            }
            scrub_text(text, survey);
        });
    }
    Ok(outcomes)
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

/// What came back may repeat a secret of the site, or hold one of its own.
pub(crate) fn scrub(outcome: &mut Outcome, survey: &Survey) {
    for_each_text(outcome, &mut |text| scrub_text(text, survey));
}

/// Does something with each text of an outcome that may say what came back.
fn for_each_text(outcome: &mut Outcome, work: &mut dyn FnMut(&mut String)) {
    work(&mut outcome.subject);
    outcome.evidence.iter_mut().for_each(|evidence| work(&mut evidence.text));
    match &mut outcome.conclusion {
        Conclusion::Passed => {}
        Conclusion::Skipped { because } => work(because),
        Conclusion::Failed { failures } => failures.iter_mut().for_each(|failure| for_each_text_of(failure, work)),
    }
}

fn for_each_text_of(failure: &mut Failure, work: &mut dyn FnMut(&mut String)) {
    [&mut failure.message, &mut failure.expected].into_iter().chain(&mut failure.hint).for_each(work);
}

/// The same of one failure.
pub(crate) fn scrub_failure(failure: &mut Failure, survey: &Survey) {
    for_each_text_of(failure, &mut |text| scrub_text(text, survey));
}

/// True if a text says a secret.
pub(crate) fn holds_secret(text: &str, survey: &Survey) -> bool {
    let mut scrubbed = text.to_owned();
    scrub_text(&mut scrubbed, survey);
    scrubbed != text
}

/// The same of a text.
pub(crate) fn scrub_text(text: &mut String, survey: &Survey) {
    if let Some(scrubbed) = survey.scrubber.scrub(text) {
        *text = scrubbed;
    }
    *text = hide_secrets(text, Written::Deployment);
}
