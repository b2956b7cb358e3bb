//! `setpoint check`: what is wrong with the site, by the rules and by the register's checks.

mod add;
mod export;
mod list;
mod watch;

use crate::assertions::{self, HurlFile, Selection, Target, open_hurl, web_address};
use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::moving;
use crate::report::defaults::Extent;
use crate::report::nagios::State;
use crate::report::verdict::Verdict;
use crate::report::{github, json_text, junit, nagios, problem, sarif, tap, text};
use crate::survey::{self, Survey};
use crate::terminal::Ui;
use clap::ValueEnum;
use setpoint_capture::{Libraries, Processes};
use setpoint_model::{Problem, Retry, nearest};
use setpoint_rules::Rule;
use std::path::PathBuf;

/// Check a service's defaults against the rules and the register
///
/// Captures the site as `capture` does and judges it: defaults that drifted from the register or are not documented,
/// variables that nothing reads, values of the wrong type or without effect, secrets in clear, processes that wait
/// for a restart. Notes fail nothing; what a waiver of the register accepts is listed and fails nothing either.
///
/// Then it runs the checks that the register declares, many at once, against the environment that is named.
#[derive(clap::Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  setpoint check                            the service in this folder
  sudo setpoint check --unit shop.service   what a unit runs, and what its process holds
  setpoint check --only SP007 --only shadowed
  setpoint check --environment production   and the register's checks, run against it
  setpoint check --environment production --tag smoke --watch
  setpoint check --url http://127.0.0.1:8000      its HTTP checks, of that server
  setpoint check --format github            annotations in a workflow of GitHub Actions
  setpoint check list                       the register's checks
  setpoint check add http://127.0.0.1:8000/health
  setpoint check --hurl smoke.hurl          its entries as checks
  setpoint explain SP007                    what a rule finds, why it hurts, and what to do"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    site: SiteArguments,
    /// A report for people or for a program
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Ask for addresses of checks below this URL, instead of the environment's; without `--environment` the checks are run
    /// that need no more than it
    #[arg(long, value_name = "URL", value_parser = url)]
    url: Option<String>,
    /// Ask this rule alone, by its code or name, or run this check or entry of a `.hurl` file alone, by its name; can be
    /// given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Run the checks with this tag alone, and ask no rule; can be given several times
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Run the entries of a `.hurl` file as checks too; can be given several times
    #[arg(long, value_name = "FILE")]
    hurl: Vec<PathBuf>,
    /// Go on until it is stopped: everything first, and then what changes
    #[arg(long)]
    watch: bool,
    /// How many seconds to wait between two rounds of `--watch`
    #[arg(long, value_name = "SECONDS", requires = "watch", default_value = "10", value_parser = seconds)]
    every: u32,
}

/// Where a service answers.
fn url(text: &str) -> Result<String, String> {
    let address = web_address(text).filter(|address| !address.contains(['?', '#']));
    address.ok_or_else(|| "expected where a service answers, such as `http://127.0.0.1:8000`".to_owned())
}

/// Between a second and a day.
fn seconds(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=86_400).contains(number));
    number.ok_or_else(|| "expected a whole number of seconds from 1 to 86400, without a unit, such as `10`".to_owned())
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Add(add::Args),
    Export(export::Args),
    List(list::Args),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// Everything, for programs
    Json,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// JUnit's XML, for CI systems
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// Test Anything Protocol, version 14
    Tap,
    /// One line, and the exit codes of a plugin of Nagios, Icinga and their like
    Nagios,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    match &args.command {
        Some(Command::Add(args)) => return add::run(ui, args),
        Some(Command::Export(args)) => return export::run(ui, args),
        Some(Command::List(args)) => return list::run(ui, args),
        None if args.watch => return watch::run(ui, args),
        None => {}
    }
    match (judge(ui, args), args.format) {
        // A monitoring system would take the code of a wrong register for that of a service in trouble.
        (Err(CommandError::Stopped { problems, .. }), Format::Nagios) => monitored(ui, nagios::stopped(&problems)),
        (ended, _) => ended,
    }
}

pub(super) fn monitored(ui: &Ui<'_>, (line, state): (String, State)) -> Result<Exit, CommandError> {
    ui.print(&line)?;
    Ok(Exit::Monitored(state))
}

fn judge(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let survey = take(ui, args)?;
    let begun = survey.begin(ui);
    let verdict = verdict(ui, args, &survey)?;
    tell(ui, args.format, &survey, &verdict)?.map_or_else(|| Ok(verdict.exit().max(begun)), Ok)
}

/// The site, and what this machine has of what the environment needs. Where a URL says which server is meant, or checks alone
/// are run, nobody asks about this machine.
fn take(ui: &Ui<'_>, args: &Args) -> Result<Survey, CommandError> {
    let mut survey = survey::take(ui, &args.site, Processes::LookedAt, Libraries::Read)?;
    if args.url.is_none() && args.tag.is_empty() {
        moving::compare(ui, &mut survey)?;
    }
    Ok(survey)
}

/// What the rules that are asked and the checks that are run say of a site.
fn verdict<'s>(ui: &Ui<'_>, args: &Args, survey: &'s Survey) -> Result<Verdict<'s>, CommandError> {
    if !(args.tag.is_empty() || args.hurl.is_empty()) {
        let what = "`--tag` picks among the register's checks, and entries of a hurl file have no tags";
        let problem = Problem::input(what, "`--tag` or `--hurl`", Retry::SafeOnceMended);
        return Err(problem.hint("`--only NAME:2` runs the second entry of `NAME.hurl` alone").into());
    }
    let target = Target::of(survey, args.url.as_deref());
    let files = open_hurl(ui, survey, &target, &args.hurl)?;
    let Meant { rules, selection, entries } = meant(args, survey, &target, &files)?;
    let run = |selection| assertions::run(ui, survey, &target, &selection);
    let mut checks = selection.map(run).unwrap_or_default();
    for file in &files {
        // Where entries are named, those of the other files are not meant.
        if entries.is_empty() || file.names().any(|name| entries.iter().any(|entry| entry == name)) {
            checks.outcomes.extend(file.run(ui, survey, &target, &entries));
        }
    }
    Ok(Verdict::of(ui, survey, rules, checks))
}

/// Writes the report, and says how to end where its readers have their own codes for that.
fn tell(ui: &Ui<'_>, format: Format, survey: &Survey, verdict: &Verdict<'_>) -> Result<Option<Exit>, CommandError> {
    if format != Format::Text {
        return tell_programs(ui, format, verdict);
    }
    ui.print(&text::report(ui, survey, verdict))?;
    verdict.not_run_in_words().iter().for_each(|sentence| ui.say(sentence));
    problem::collected(ui, &survey.root, &survey.snapshot.problems, &survey.secrets(), Extent::Brief);
    Ok(None)
}

/// Writes the report in a format of programs.
pub(super) fn tell_programs(ui: &Ui<'_>, format: Format, verdict: &Verdict<'_>) -> Result<Option<Exit>, CommandError> {
    ui.print(&match format {
        Format::Text | Format::Json => json_text(verdict)?,
        Format::Sarif => sarif::report(verdict)?,
        Format::Junit => junit::report(verdict),
        Format::Github => {
            let workspace = ui.host.variable("GITHUB_WORKSPACE").map(PathBuf::from);
            github::report(verdict, workspace.as_deref())
        }
        Format::Tap => tap::report(verdict),
        Format::Nagios => return monitored(ui, nagios::report(verdict)).map(Some),
    })?;
    Ok(None)
}

/// What is asked and run.
struct Meant {
    rules: Vec<&'static Rule>,
    /// Of the register's checks; `None` where none is run.
    selection: Option<Selection>,
    /// The entries of hurl files that are named; where none is, all are run.
    entries: Vec<String>,
}

fn meant(args: &Args, survey: &Survey, target: &Target, files: &[HurlFile]) -> Result<Meant, CommandError> {
    let register = survey.register.as_ref();
    let sound = register.iter().flat_map(|register| &register.checks).map(|check| check.name.as_str());
    let unsound = register.iter().flat_map(|register| &register.unsound_checks).map(|check| check.name.as_str());
    let checks: Vec<&str> = sound.chain(unsound).collect();
    let is_check = |name: &str| checks.contains(&name);
    let is_entry = |name: &str| files.iter().flat_map(HurlFile::names).any(|entry| entry == name);
    let mut unknown = Vec::new();
    let is_known = |name: &str| setpoint_rules::find(name).is_some() || is_check(name) || is_entry(name);
    for name in args.only.iter().filter(|name| !is_known(name)) {
        let what = format!("there is no rule or check `{name}`");
        let known = || checks.iter().copied().chain(files.iter().flat_map(HurlFile::names));
        let near = setpoint_rules::near(name).or_else(|| nearest(name, known()));
        let problem = Problem::input(what, "a rule's code or name, or a check's name", Retry::SafeOnceMended);
        unknown.push(problem.hint(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the rules are {}", names()),
        }));
    }
    if !unknown.is_empty() {
        return Err(unknown.into());
    }
    let asked = |rule: &&Rule| {
        args.tag.is_empty() && (args.only.is_empty() || args.only.iter().any(|name| rule.is_called(name)))
    };
    let rules = setpoint_rules::catalogue().iter().filter(asked).collect();
    let names: Vec<String> = args.only.iter().filter(|name| is_check(name)).cloned().collect();
    let rules_alone = !args.only.is_empty() && names.is_empty();
    let selection = Selection { names, tags: args.tag.clone() };
    selection.exists(register, target)?;
    let entries = args.only.iter().filter(|name| is_entry(name)).cloned().collect();
    Ok(Meant { rules, selection: (!rules_alone).then_some(selection), entries })
}

fn names() -> String {
    setpoint_rules::catalogue().iter().map(|rule| rule.name).collect::<Vec<_>>().join(", ")
}
