//! `setpoint check add`: writes a check from what is there now, once it has been run and has passed.

mod name;

use crate::assertions::{holds_secret, scrub, scrub_failure, web_address, with_scene};
use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::survey::{self, Survey, added_lines};
use crate::terminal::{Ui, WARNING, visible};
use name::names;
use setpoint_capture::{Libraries, Processes};
use setpoint_model::register::{Check, Environment, Register};
use setpoint_model::{Conclusion, Failure, Outcome, Problem, Retry, Value, nearest};
use setpoint_register::{REGISTER, add_check};

/// Write a check into the register from what is there now
///
/// Looks at what is named, takes of it what is stable and no more (of an answer the status and the words of its JSON, of a
/// file who may do what with it), runs the check, and writes it where it passes. Owner, reason, expected result and way
/// back are left to fill in.
///
/// The kinds are http, tcp, tls, unit, process, port, file, command, sql, redis, log, disk, dns and config; `sql` and `redis`
/// take the name of the default that holds the URL. An address below an environment's `url` is written as a path, so that
/// the check holds in every environment.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint check add http://127.0.0.1:8000/health
  setpoint check add http /health --environment production
  setpoint check add unit shop.service
  setpoint check add port 5432 --name database-port
  setpoint check add file /etc/shop/shop.env
  setpoint check add tls shop.example:443 --dry-run")]
pub(super) struct Args {
    /// The kind of check, or the web address to ask for
    #[arg(value_name = "KIND|URL")]
    kind: String,
    /// What it looks at: a unit, a port, a path …
    #[arg(value_name = "SUBJECT")]
    subject: Option<String>,
    /// The check's name [default: made from what it looks at]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The environment in which it is looked, and for which the check is, unless it asks for a path below its `url`
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let (kind, subject) = &named(args)?;
    let site = SiteArguments { environment: args.environment.clone(), ..SiteArguments::default() };
    let survey = survey::take(ui, &site, Processes::LookedAt, Libraries::Read)?;
    survey.may_be_added_to()?;
    let register = survey.register.as_ref();
    let environment = environment(args, subject, register);
    let place = || hint_of_environment(kind, subject, environment, register);
    let proposed = with_scene(ui, &survey, environment, |scene| setpoint_checks::propose(scene, kind, subject));
    let mut keys = match proposed {
        None => return Err(unknown(kind).into()),
        Some(Err(failure)) => return Err(hinted(refused(&failure, &survey), place()).hinted(NOTHING)),
        Some(Ok(keys)) => keys,
    };
    contradicts_nothing(kind, subject, &survey)?;
    let is_everywhere = kind == "http" && keys.iter().any(|(_, value)| is_path(value));
    if let (Some(name), false) = (&args.environment, is_everywhere) {
        keys.push(("environments", Value::List(vec![Value::from(name.as_str())])));
    }
    let name = args.name.clone().unwrap_or_else(|| free_name(kind, subject, register));
    let old = survey.register_text(ui)?;
    let before = old.clone().unwrap_or_else(|| survey.starter());
    let new = add_check(&before, &name, &keys)?;
    let added = added_lines(old.as_deref().unwrap_or_default(), &new);
    if holds_secret(&added, &survey) {
        let what = "it would hold a secret, and the register is committed";
        let expected = "a subject and an answer without user, password or token";
        return Err(CommandError::from(Problem::input(what, expected, Retry::SafeOnceMended)).hinted(NOTHING));
    }
    let check = loaded(&new, &name)?;
    if args.name.is_none() {
        is_new(&check, register)?;
    }
    let mut outcomes =
        with_scene(ui, &survey, environment, |scene| setpoint_checks::run(scene, &[&check], &|_| {})).into_iter();
    if let Some(mut outcome) = outcomes.next().filter(|outcome| outcome.conclusion != Conclusion::Passed) {
        scrub(&mut outcome, &survey);
        return Err(hinted(CommandError::from(problems(&outcome)), place()).hinted(NOTHING));
    }
    if !args.dry_run {
        ui.host.write(&survey.register_file, new.as_bytes())?;
    }
    ui.print(&added)?;
    ui.say("");
    if let Some(status) = keys.iter().find_map(|(key, value)| odd_status(key, value)) {
        let said = format!("the answer is {status}, and the check demands that; a page that is there answers with 2xx");
        ui.tell_labelled(WARNING, "look again:", &said);
    }
    if args.dry_run {
        ui.tell("it passed; nothing was written");
    } else {
        ui.tell(&format!("written to {REGISTER}; it passed. Fill in owner, why, expect and rollback"));
    }
    Ok(Exit::Fine)
}

const NOTHING: &str = "nothing was written; what is written passes when it is written";

/// The kind's word and what it looks at.
fn named(args: &Args) -> Result<(String, String), CommandError> {
    if let Some(subject) = &args.subject {
        let address = web_address(subject).filter(|_| args.kind == "http");
        return Ok((args.kind.clone(), address.unwrap_or_else(|| subject.clone())));
    }
    if let Some(address) = web_address(&args.kind) {
        return Ok(("http".to_owned(), address));
    }
    let kind = args.kind.as_str();
    if setpoint_checks::proposed_kinds().any(|known| known == kind) {
        let what = format!("`{kind}` of what?");
        return Err(Problem::input(what, format!("`setpoint check add {kind} SUBJECT`"), Retry::SafeOnceMended).into());
    }
    Err(unknown(kind).into())
}

/// The status, where it is none with which a page answers that is there.
fn odd_status(key: &str, value: &Value) -> Option<i128> {
    match value {
        Value::Integer(status) if key == "status" && !(200..300).contains(status) => Some(*status),
        _ => None,
    }
}

/// What to do about a path where nobody said below what.
fn hint_of_environment(
    kind: &str,
    subject: &str,
    environment: Option<&Environment>,
    register: Option<&Register>,
) -> Option<String> {
    let known = register.map(|register| register.environments.as_slice()).unwrap_or_default();
    let names: Vec<String> = known.iter().map(|environment| format!("`{}`", environment.name)).collect();
    (kind == "http" && subject.starts_with('/') && environment.is_none()).then(|| match names.as_slice() {
        [] => "give the whole URL, or write an environment with a `url` into the register".to_owned(),
        names => format!("`--environment NAME` says below which `url`; the register has {}", names.join(", ")),
    })
}

fn hinted(error: CommandError, hint: Option<String>) -> CommandError {
    match hint {
        Some(hint) => error.hinted(hint),
        None => error,
    }
}

/// An error where a check would demand of a default another value than the register documents: one of them is wrong.
fn contradicts_nothing(kind: &str, subject: &str, survey: &Survey) -> Result<(), CommandError> {
    let (Some(register), true) = (&survey.register, kind == "config") else { return Ok(()) };
    let Some(default) = survey.snapshot.find(subject) else { return Ok(()) };
    let environment = survey.snapshot.site.environment.as_deref();
    let documented = register.documented_value(default, environment).and_then(|documented| documented.general);
    let (Some(documented), Some(effective)) = (documented, default.effective_value()) else { return Ok(()) };
    if default.secret || default.comparison().is_same(effective, documented) {
        return Ok(());
    }
    let what = format!("`{subject}` is `{effective}`, and the register documents it as `{documented}`");
    let problem = Problem::input(what, "what is documented, which a check can then demand", Retry::SafeOnceMended);
    let hint = format!("`setpoint explain {subject}` shows what sets it; mend that, or the register's entry");
    Err(CommandError::from(problem.hint(hint)).hinted(NOTHING))
}

/// The first name that nothing has.
fn free_name(kind: &str, subject: &str, register: Option<&Register>) -> String {
    let checks = register.iter().flat_map(|register| &register.checks).map(|check| &check.name);
    let caches = register.iter().flat_map(|register| &register.caches).map(|rule| &rule.name);
    let jobs = register.iter().flat_map(|register| &register.jobs).map(|job| &job.name);
    let taken: Vec<&String> = checks.chain(caches).chain(jobs).collect();
    names(kind, subject).find(|name| !taken.contains(&name)).unwrap_or_default()
}

/// An error where a check demands the same already.
fn is_new(check: &Check, register: Option<&Register>) -> Result<(), CommandError> {
    let is_same = |other: &&Check| other.kind == check.kind && other.environments == check.environments;
    let Some(same) = register.and_then(|register| register.checks.iter().find(is_same)) else { return Ok(()) };
    let what = format!("the check `{}` demands the same already", same.name);
    let problem = Problem::input(what, "something that no check demands", Retry::SafeOnceMended);
    Err(problem.hint("`--name NAME` writes it once more").into())
}

fn is_path(value: &Value) -> bool {
    value.as_text().is_some_and(|text| text.starts_with('/'))
}

fn unknown(kind: &str) -> Problem {
    let kinds: Vec<&str> = setpoint_checks::proposed_kinds().collect();
    let what = if kind == "rejects" {
        "what a service should refuse cannot be seen from its answers, and is written by hand".to_owned()
    } else {
        format!("there is no kind of check `{kind}`")
    };
    let problem = Problem::input(what, "a web address, or a kind and what it looks at", Retry::SafeOnceMended);
    problem.hint(match nearest(kind, kinds.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the kinds are {}", kinds.join(", ")),
    })
}

/// The environment that was named, else the one below whose `url` the address is.
fn environment<'r>(args: &Args, subject: &str, register: Option<&'r Register>) -> Option<&'r Environment> {
    let register = register?;
    if let Some(name) = &args.environment {
        return register.environment(name);
    }
    let is_below = |environment: &&Environment| {
        let below = environment.url.as_ref().and_then(|url| subject.strip_prefix(url.trim_end_matches('/')));
        below.is_some_and(|path| path.starts_with('/'))
    };
    register.environments.iter().find(is_below)
}

fn refused(failure: &Failure, survey: &Survey) -> CommandError {
    let mut failure = failure.clone();
    scrub_failure(&mut failure, survey);
    problem(&failure).into()
}

fn problem(failure: &Failure) -> Problem {
    let what = format!("{}: {}", failure.reason.as_str(), failure.message);
    let problem = Problem::input(what, failure.expected.clone(), failure.retry);
    let problem = Problem { kind: failure.reason.kind(), ..problem };
    failure.hint.iter().fold(problem, |problem, hint| problem.hint(hint.clone()))
}

/// What is wrong; of the first thing also what came back, which mostly says why.
fn problems(outcome: &Outcome) -> Vec<Problem> {
    let mut problems: Vec<Problem> = outcome.failures().iter().map(problem).collect();
    if let Some(first) = problems.first_mut() {
        for evidence in &outcome.evidence {
            let lines: Vec<&str> = evidence.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            first.what.push_str(&format!("; {}: {}", evidence.of, visible(&lines.join("; "))));
        }
    }
    problems
}

/// The check as the register now has it. The place of what is wrong with it is none that anybody can look at.
fn loaded(text: &str, name: &str) -> Result<Check, CommandError> {
    let (register, problems) = setpoint_register::load(REGISTER, text);
    if let (true, Some(check)) = (problems.is_empty(), register.checks.into_iter().find(|check| check.name == name)) {
        return Ok(check);
    }
    let problems: Vec<Problem> = problems.into_iter().map(|problem| Problem { place: None, ..problem }).collect();
    Err(CommandError::from(problems).hinted("nothing was written"))
}
