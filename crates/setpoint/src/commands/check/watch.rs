//! `setpoint check --watch`: everything once, and then what changes, until somebody stops it.

use super::{Args, Format, take, tell, verdict};
use crate::command_error::{CommandError, Exit};
use crate::report::outcomes;
use crate::report::verdict::Verdict;
use crate::survey::Survey;
use crate::terminal::{STRONG, Ui, styled, visible};
use setpoint_model::{Conclusion, Finding, Outcome, Problem, Retry};
use std::time::Duration;

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    if args.format != Format::Text {
        let what = "`--watch` never ends, and so has no report for programs";
        return Err(Problem::input(what, "`--format text`, or no `--watch`", Retry::SafeOnceMended).into());
    }
    let mut before = None;
    loop {
        match round(ui, args, before.as_ref()) {
            Ok(after) => before = Some(after),
            Err(CommandError::ReaderGone) => return Ok(Exit::Fine),
            // What is wrong at the start is a mistake; later it is a file that is being edited.
            Err(error) if before.is_none() => return Err(error),
            Err(error) => {
                error.report(ui);
            }
        }
        if !ui.has_reader() {
            return Ok(Exit::Fine);
        }
        std::thread::sleep(Duration::from_secs(args.every.into()));
    }
}

/// What one round saw.
struct Round {
    outcomes: Vec<Outcome>,
    findings: Vec<Finding>,
    register_problems: Vec<Problem>,
}

fn round(ui: &Ui<'_>, args: &Args, before: Option<&Round>) -> Result<Round, CommandError> {
    let survey = take(ui, args)?;
    if before.is_none_or(|before| before.register_problems != survey.register_problems) {
        survey.begin(ui);
    }
    let verdict = verdict(ui, args, &survey)?;
    match before {
        None => {
            tell(ui, args.format, &survey, &verdict)?;
        }
        Some(before) => ui.print(&changes(ui, &survey, &verdict, before))?,
    }
    let (outcomes, findings) = (verdict.outcomes, verdict.findings);
    Ok(Round { outcomes, findings, register_problems: survey.register_problems })
}

/// The outcomes that ended otherwise than in the round before, and the findings that came and went; nothing where all is as
/// it was.
fn changes(ui: &Ui<'_>, survey: &Survey, verdict: &Verdict<'_>, before: &Round) -> String {
    let Round { outcomes, findings, .. } = before;
    let is_new = |outcome: &&Outcome| {
        let before = outcomes.iter().find(|before| before.check == outcome.check);
        before.is_none_or(|before| !ended_alike(before, outcome))
    };
    let changed: Vec<Outcome> = verdict.outcomes.iter().filter(is_new).cloned().collect();
    let came = verdict.findings.iter().filter(|finding| !findings.contains(finding));
    let went = findings.iter().filter(|finding| !verdict.findings.contains(finding));
    let line = |word: &str, finding: &Finding| format!("{word:7}  {}  {}\n", finding.code, visible(&finding.message));
    let findings: Vec<String> =
        came.map(|finding| line("found", finding)).chain(went.map(|finding| line("gone", finding))).collect();
    if changed.is_empty() && findings.is_empty() {
        return String::new();
    }
    let time = ui.host.now().strftime("%H:%M:%S").to_string();
    let section = outcomes::section(ui, &changed, survey.register.as_ref());
    format!("\n{}\n{section}{}", styled(STRONG, time), findings.concat())
}

/// What was measured differs from round to round, and so what was found is not compared.
fn ended_alike(before: &Outcome, after: &Outcome) -> bool {
    let reasons = |outcome: &Outcome| outcome.failures().iter().map(|failure| failure.reason).collect::<Vec<_>>();
    let is_skipped = |outcome: &Outcome| matches!(outcome.conclusion, Conclusion::Skipped { .. });
    reasons(before) == reasons(after)
        && is_skipped(before) == is_skipped(after)
        && before.waived.is_some() == after.waived.is_some()
}
