//! `setpoint check add`: writes a check from what is there now, once it has been run and has passed.

use crate::assertions::{holds_secret, scrub, scrub_failure, with_scene};
use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::survey::{self, Survey, added_lines};
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes};
use setpoint_model::register::{Check, Environment, Register};
use setpoint_model::{Conclusion, Failure, Problem, Retry, Value, nearest};
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
    let (kind, subject) = named(args)?;
    let site = SiteArguments { environment: args.environment.clone(), ..SiteArguments::default() };
    let survey = survey::take(ui, &site, Processes::LookedAt, Libraries::Read)?;
    survey.may_be_added_to()?;
    let environment = environment(args, subject, survey.register.as_ref());
    let proposed = with_scene(ui, &survey, environment, |scene| setpoint_checks::propose(scene, kind, subject));
    let mut keys = match proposed {
        None => return Err(unknown(kind).into()),
        Some(Err(failure)) => return Err(refused(&failure, &survey).hinted(NOTHING)),
        Some(Ok(keys)) => keys,
    };
    let is_everywhere = kind == "http" && keys.iter().any(|(_, value)| is_path(value));
    if let (Some(name), false) = (&args.environment, is_everywhere) {
        keys.push(("environments", Value::List(vec![Value::from(name.as_str())])));
    }
    let name = args.name.clone().unwrap_or_else(|| name_of(kind, subject));
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
    let mut outcomes =
        with_scene(ui, &survey, environment, |scene| setpoint_checks::run(scene, &[&check], &|_| {})).into_iter();
    if let Some(mut outcome) = outcomes.next().filter(|outcome| outcome.conclusion != Conclusion::Passed) {
        scrub(&mut outcome, &survey);
        let problems: Vec<Problem> = outcome.failures().iter().map(problem).collect();
        return Err(CommandError::from(problems).hinted(NOTHING));
    }
    if args.dry_run {
        ui.print(&added)?;
        ui.tell("\nit passed; nothing was written");
        return Ok(Exit::Fine);
    }
    ui.host.write(&survey.register_file, new.as_bytes())?;
    ui.print(&added)?;
    ui.tell(&format!("\nwritten to {REGISTER}; it passed. Fill in owner, why, expect and rollback"));
    Ok(Exit::Fine)
}

const NOTHING: &str = "nothing was written; what is written passes when it is written";

/// The kind's word and what it looks at.
fn named(args: &Args) -> Result<(&str, &str), CommandError> {
    if let Some(subject) = &args.subject {
        return Ok((&args.kind, subject));
    }
    if is_url(&args.kind) {
        return Ok(("http", &args.kind));
    }
    let kind = args.kind.as_str();
    if setpoint_checks::proposed_kinds().any(|known| known == kind) {
        let what = format!("`{kind}` of what?");
        return Err(Problem::input(what, format!("`setpoint check add {kind} SUBJECT`"), Retry::SafeOnceMended).into());
    }
    Err(unknown(kind).into())
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
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
    let problem = Problem::machine(what, failure.expected.clone(), failure.retry);
    failure.hint.iter().fold(problem, |problem, hint| problem.hint(hint.clone()))
}

/// The check as the register now has it.
fn loaded(text: &str, name: &str) -> Result<Check, CommandError> {
    let (register, problems) = setpoint_register::load(REGISTER, text);
    let check = register.checks.into_iter().find(|check| check.name == name);
    match (problems.is_empty(), check) {
        (true, Some(check)) => Ok(check),
        _ => Err(CommandError::from(problems).hinted("nothing was written")),
    }
}

/// A name from what is looked at: the last part of an address or path, a unit without its type.
fn name_of(kind: &str, subject: &str) -> String {
    let without_query = subject.split(['?', '#']).next().unwrap_or(subject);
    let last = without_query.trim_end_matches('/').rsplit('/').next().unwrap_or(without_query);
    let (prefix, words) = match kind {
        "http" | "file" => ("", last),
        "unit" => ("", subject.rsplit_once('.').map_or(subject, |(stem, _)| stem)),
        "process" => ("", subject),
        "command" => {
            ("", subject.split_whitespace().next().map_or(subject, |word| word.rsplit('/').next().unwrap_or(word)))
        }
        "log" => ("log-", subject.rsplit([':', '/']).next().unwrap_or(subject)),
        other => (other, subject),
    };
    let letters =
        words.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    let slug: String = letters.collect();
    let parts = slug.split('-').filter(|part| !part.is_empty());
    let parts = std::iter::once(prefix.trim_end_matches('-')).filter(|prefix| !prefix.is_empty()).chain(parts);
    let name = parts.collect::<Vec<_>>().join("-");
    if name.is_empty() { kind.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_name_is_made_from_what_is_looked_at() {
        let names = [
            ("http", "http://127.0.0.1:8000/health", "health"),
            ("http", "https://shop.example/", "shop-example"),
            ("http", "/orders/?page=2", "orders"),
            ("unit", "shop-worker@1.service", "shop-worker-1"),
            ("port", "5432", "port-5432"),
            ("file", "/etc/shop/shop.env", "shop-env"),
            ("tls", "shop.example:443", "tls-shop-example-443"),
            ("command", "/usr/bin/python manage.py check", "python"),
            ("disk", "/", "disk"),
            ("process", "^…$", "process"),
            ("log", "journal:shop.service", "log-shop-service"),
            ("sql", "SHOP_DATABASE_URL", "sql-shop-database-url"),
        ];
        for (kind, subject, name) in names {
            assert_eq!(name_of(kind, subject), name);
        }
    }
}
