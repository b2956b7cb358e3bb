//! The change itself: plan, show, ask, and walk through the steps.

use super::{Args, document, walking};
use crate::command_error::{CommandError, Exit};
use crate::commands::backup;
use crate::report::change::{self as report, Dress};
use crate::survey::{self, Survey};
use crate::terminal::{NOTE, Ui, WARNING};
use setpoint_capture::{Libraries, Processes};
use setpoint_change::{Assignment, Planned};
use setpoint_model::{Finding, Problem, Retry, Severity};
use std::time::Duration;

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let assignments = assignments(ui, &args.assignments)?;
    let survey = survey::take(ui, &args.site, Processes::LookedAt, Libraries::Read)?;
    survey.may_be_added_to()?;
    refuse_elsewhere(&survey)?;
    let mut planned =
        setpoint_change::plan(ui.host, &survey.request, &survey.snapshot, &assignments, args.process.as_deref())?;
    planned.plan.why.clone_from(&args.why);
    planned.plan.owner = args.owner.clone().or_else(|| survey.register.as_ref()?.service.as_ref()?.owner.clone());
    planned.plan.options = options(args, &survey);
    planned.plan.window = Duration::from_secs(args.window);
    document::along(ui, &survey, &mut planned)?;
    // Files that nothing runs from are no production.
    if !args.without_backup && !planned.plan.settle.is_empty() {
        planned.plan.saves = backup::saves(&survey);
    }
    planned.plan.shown = report::differences(&survey, &planned, Dress::Plain);
    let not_asked = setpoint_change::validate(ui.host, &planned)?;
    planned.plan.assumes.clone_from(&not_asked);
    if args.doing.print_runbook {
        ui.print(&setpoint_change::runbook(&planned.plan))?;
        return Ok(Exit::Fine);
    }
    let new = new_findings(ui, &survey, &planned);
    refuse_errors(&new)?;
    walking::show_plan(ui, &report::plan(&survey, &planned), args.doing)?;
    not_asked.iter().for_each(|sentence| ui.tell_labelled(NOTE, "note:", sentence));
    for finding in &new {
        ui.tell_labelled(NOTE, "would find:", &format!("{} {}: {}", finding.code, finding.name, finding.message));
    }
    tell_of_carelessness(ui, args, &survey, &planned);
    walking::may_begin(ui, &survey, &planned.plan, args.doing)?;
    if args.doing.dry_run {
        return Ok(Exit::Fine);
    }
    if !args.doing.yes && !ui.ask("Apply it?")? {
        ui.say("nothing was changed");
        return Ok(Exit::NeverApplied);
    }
    walking::walk(ui, &survey, &planned.plan)
}

/// The names and values. A value that is read from standard input is on no command line, which others can see.
fn assignments(ui: &Ui<'_>, given: &[String]) -> Result<Vec<Assignment>, CommandError> {
    given
        .iter()
        .map(|text| {
            let Some((name, value)) = name_and_value(text).filter(|(name, _)| !name.is_empty()) else {
                let what = format!("`{text}` gives nothing a value");
                return Err(Problem::input(what, "NAME=VALUE", Retry::SafeOnceMended).into());
            };
            let value = if value == "-" { ui.read_line(&format!("{name}: "))? } else { value.to_owned() };
            if value.contains(['\n', '\0']) {
                let what = format!("the value of `{name}` has more than one line");
                return Err(Problem::input(what, "a value of one line", Retry::SafeOnceMended).into());
            }
            Ok(Assignment { name: name.to_owned(), value })
        })
        .collect()
}

/// What stands before and behind the first equals sign outside of brackets: a block of nginx, by which a default is named, has
/// signs of its own (`nginx[shop.example = /health].proxy_read_timeout`). Where no bracket is closed it is the first sign.
fn name_and_value(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut is_escaped) = (0_usize, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            // A pattern of a location may have a bracket that opens nothing.
            '\\' => is_escaped = true,
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '=' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    text.split_once('=')
}

/// The options that name the same site and process again, from any folder.
fn options(args: &Args, survey: &Survey) -> Vec<String> {
    let site = &args.site;
    let root = if site.units.is_empty() && site.containers.is_empty() { Some(&survey.root) } else { None };
    let root = root.map(|root| format!("--root={}", root.display())).into_iter();
    let units = site.units.iter().map(|unit| format!("--unit={unit}"));
    let containers = site.containers.iter().map(|container| format!("--container={container}"));
    let environment = site.environment.iter().map(|name| format!("--environment={name}"));
    let process = args.process.iter().map(|name| format!("--process={name}"));
    root.chain(units).chain(containers).chain(environment).chain(process).collect()
}

/// What a person may have meant otherwise.
fn tell_of_carelessness(ui: &Ui<'_>, args: &Args, survey: &Survey, planned: &Planned) {
    let environments = survey.register.as_ref().map(|register| register.environments.as_slice()).unwrap_or_default();
    if let ([first, ..], true) = (environments, planned.plan.site_units.is_empty()) {
        let name = &first.name;
        let sentence = format!("only files of this folder are edited; `--environment {name}` changes what runs there");
        ui.tell_labelled(WARNING, "warning:", &sentence);
    }
    let is_read = |name: &str| args.assignments.iter().any(|text| text.strip_suffix("=-") == Some(name));
    for wanted in planned.plan.defaults.iter().filter(|wanted| wanted.is_secret && !is_read(&wanted.name)) {
        let name = &wanted.name;
        let sentence = format!("others can see a command line; `{name}=-` reads the value from standard input");
        ui.tell_labelled(WARNING, "warning:", &sentence);
    }
    let secrets = planned.plan.defaults.iter().zip(&planned.drafts).filter(|(wanted, _)| wanted.is_secret);
    for (wanted, draft) in secrets {
        let Ok(status) = ui.host.status(&draft.path) else { continue };
        // What others may not read is nobody's business here.
        if status.mode & 0o004 != 0 {
            let (name, file, mode) = (&wanted.name, &draft.place.file, status.mode & 0o7777);
            let sentence =
                format!("`{name}` is a secret, and every user of the machine may read `{file}` (mode {mode:04o})");
            ui.tell_labelled(WARNING, "warning:", &sentence);
        }
    }
}

/// What the rules would find in the site as it would be, and do not find in it as it is.
fn new_findings(ui: &Ui<'_>, survey: &Survey, planned: &Planned) -> Vec<Finding> {
    let day = ui.host.now().date();
    let judge = |snapshot| setpoint_rules::judge(setpoint_rules::Facts::new(snapshot, survey.register.as_ref(), day));
    let before = judge(&survey.snapshot);
    // What is documented is changed with the value.
    let is_drift = |code: &str| code == "SP002";
    let is_new = |finding: &Finding| {
        let same = |old: &Finding| old.code == finding.code && old.subject == finding.subject;
        finding.waived.is_none() && !is_drift(finding.code) && !before.iter().any(same)
    };
    judge(&planned.after).into_iter().filter(is_new).collect()
}

/// Refuses an environment that does not run here: its files would be those of the folder, which others have too, and nothing
/// would take them up.
fn refuse_elsewhere(survey: &Survey) -> Result<(), Problem> {
    let register = survey.register.as_ref();
    let Some(environment) = survey.request.environment.as_ref().and_then(|name| register?.environment(name)) else {
        return Ok(());
    };
    if environment.units.is_empty() || !survey.request.units.is_empty() {
        return Ok(());
    }
    let what = format!("systemd knows none of the units of `{}`: {}", environment.name, environment.units.join(", "));
    let problem = Problem::input(what, "a change on the machine that it runs on", Retry::SafeOnceMended);
    Err(problem.hint("without `--environment` the files of this folder alone are edited, for who commits them"))
}

fn refuse_errors(new: &[Finding]) -> Result<(), Problem> {
    let Some(finding) = new.iter().find(|finding| finding.severity == Severity::Error) else { return Ok(()) };
    let what = format!("the change would bring an error: {}", finding.message);
    let problem = Problem::input(what, "a value without one", Retry::SafeOnceMended);
    Err(problem.hint(format!("`setpoint explain {}` says why that is one", finding.code)))
}

#[cfg(test)]
mod tests {
    use super::name_and_value;

    #[test]
    fn a_name_ends_at_the_first_equals_sign_outside_of_brackets() {
        for (text, name, value) in [
            ("A=b=c", "A", "b=c"),
            ("A=[1=2]", "A", "[1=2]"),
            (
                "nginx[shop.example = /health].proxy_read_timeout=5s",
                "nginx[shop.example = /health].proxy_read_timeout",
                "5s",
            ),
            (r"nginx[shop ~ ^/[a-z=]+\[$].expires=1d", r"nginx[shop ~ ^/[a-z=]+\[$].expires", "1d"),
            ("A[=b", "A[", "b"),
        ] {
            assert_eq!(name_and_value(text), Some((name, value)), "{text}");
        }
        assert_eq!(name_and_value("A"), None);
    }
}
