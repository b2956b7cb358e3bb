//! `setpoint check`: what is wrong with the site, by the rules.

use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::report::defaults::Extent;
use crate::report::verdict::Verdict;
use crate::report::{github, json_text, junit, problem, sarif, text};
use crate::survey;
use crate::terminal::Ui;
use clap::ValueEnum;
use setpoint_capture::{Libraries, Processes};
use setpoint_model::{Problem, Retry};
use setpoint_rules::Rule;
use std::path::PathBuf;

/// Check a service's defaults against the rules and the register
///
/// Captures the site as `capture` does and judges it: defaults that drifted from the register or are not documented,
/// variables that nothing reads, values of the wrong type or without effect, secrets in clear, processes that wait
/// for a restart. Notes fail nothing; what a waiver of the register accepts is listed and fails nothing either.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint check                            the service in this folder
  sudo setpoint check --unit shop.service   what a unit runs, and what its process holds
  setpoint check --only SP007 --only shadowed
  setpoint check --format github            annotations in a workflow of GitHub Actions
  setpoint explain SP007                    what a rule finds, why it hurts, and what to do")]
pub(crate) struct Args {
    #[command(flatten)]
    site: SiteArguments,
    /// A report for people or for a program
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Ask this rule alone, by its code or name; can be given several times
    #[arg(long, value_name = "RULE")]
    only: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
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
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let rules = rules(&args.only)?;
    let survey = survey::take(ui, &args.site, Processes::LookedAt, Libraries::Read)?;
    let verdict = Verdict::of(ui, &survey, rules);
    ui.print(&match args.format {
        Format::Text => text::report(ui, &survey, &verdict),
        Format::Json => json_text(&verdict)?,
        Format::Sarif => sarif::report(&verdict)?,
        Format::Junit => junit::report(&verdict),
        Format::Github => {
            let workspace = ui.host.variable("GITHUB_WORKSPACE").map(PathBuf::from);
            github::report(&verdict, workspace.as_deref())
        }
    })?;
    if matches!(args.format, Format::Text) {
        problem::collected(ui, &survey, &survey.snapshot.problems, Extent::Brief);
    }
    // A register that cannot be trusted is worse than what was found by it.
    Ok(verdict.exit().max(survey.end(ui)))
}

/// The rules of those codes or names; all where none is named.
fn rules(named: &[String]) -> Result<Vec<&'static Rule>, Vec<Problem>> {
    let mut unknown = Vec::new();
    for name in named.iter().filter(|name| setpoint_rules::find(name).is_none()) {
        unknown.push(
            Problem::input(format!("there is no rule `{name}`"), "a rule's code or name", Retry::SafeOnceMended).hint(
                match setpoint_rules::near(name) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the rules are {}", names()),
                },
            ),
        );
    }
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let asked = |rule: &&Rule| named.is_empty() || named.iter().any(|name| rule.is_called(name));
    Ok(setpoint_rules::catalogue().iter().filter(asked).collect())
}

fn names() -> String {
    setpoint_rules::catalogue().iter().map(|rule| rule.name).collect::<Vec<_>>().join(", ")
}
