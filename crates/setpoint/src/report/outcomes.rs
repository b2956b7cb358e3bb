//! Outcomes of checks for a person: a line for each, and under one that failed what was found, what was expected, whether a
//! retry makes sense, who answers for it, and how to get back.

use crate::report::columns::{Cell, Fit, Layout, wrapped};
use crate::terminal::{ERROR, FAINT, NOTE, STRONG, Ui, WARNING, styled, visible};
use anstyle::{AnsiColor, Style};
use setpoint_checks::cache::KIND as CACHE_KIND;
use setpoint_model::register::{Documentation, Register};
use setpoint_model::{Conclusion, Failure, Outcome};
use std::fmt::Write as _;
use std::time::Duration;

/// More passed checks than this are only counted.
const LISTED: usize = 20;
/// Right, done.
const PASSED: Style = AnsiColor::Green.on_default().bold();

/// All of them, the failed ones last, where a person looks first.
pub(crate) fn section(ui: &Ui<'_>, outcomes: &[Outcome], register: Option<&Register>) -> String {
    if outcomes.is_empty() {
        return String::new();
    }
    let rank = |outcome: &Outcome| match (&outcome.conclusion, &outcome.waived) {
        (Conclusion::Passed, _) => 0,
        (Conclusion::Skipped { .. }, _) => 1,
        (Conclusion::Failed { .. }, Some(_)) => 2,
        (Conclusion::Failed { .. }, None) => 3,
    };
    let passed = outcomes.iter().filter(|outcome| rank(outcome) == 0).count();
    let mut shown: Vec<&Outcome> = outcomes.iter().filter(|outcome| passed <= LISTED || rank(outcome) > 0).collect();
    shown.sort_by_key(|outcome| rank(outcome));
    let rows: Vec<[Cell; 4]> = shown.iter().map(|outcome| row(outcome)).collect();
    let fits = [Fit::Whole(7), Fit::Whole(30), Fit::Cut(10), Fit::Whole(10)];
    let layout = Layout::of(&rows, fits, ui.width);
    let mut text = String::new();
    for (row, outcome) in rows.iter().zip(shown) {
        text.push_str(&layout.row(row));
        details(ui, outcome, documentation(register, outcome), &mut text);
    }
    text
}

fn row(outcome: &Outcome) -> [Cell; 4] {
    let (style, word) = match (&outcome.conclusion, &outcome.waived) {
        (Conclusion::Passed, _) => (PASSED, "passed"),
        (Conclusion::Skipped { .. }, _) => (WARNING, "skipped"),
        (Conclusion::Failed { .. }, Some(_)) => (FAINT, "waived"),
        (Conclusion::Failed { .. }, None) => (ERROR, "failed"),
    };
    let took = if outcome.tries == 0 { String::new() } else { milliseconds(outcome.took) };
    let subject = format!("{} {}", outcome.kind, outcome.subject);
    [Cell::new(style, word), Cell::new(STRONG, &outcome.check), Cell::plain(&subject), Cell::new(FAINT, &took)]
}

fn details(ui: &Ui<'_>, outcome: &Outcome, documentation: Option<&Documentation>, text: &mut String) {
    let mut line = |word: &str, style: Style, said: &str| {
        // The word is styled when the line is broken already, since a style has no width.
        let broken = wrapped(&format!("{word} {}", visible(said)), ui.width.saturating_sub(9), 2);
        for (number, part) in broken.lines().enumerate() {
            let part =
                if number == 0 { format!("{}{}", styled(style, word), &part[word.len()..]) } else { part.to_owned() };
            let _ = writeln!(text, "         {part}");
        }
    };
    if let Conclusion::Skipped { because } = &outcome.conclusion {
        line("because:", Style::new(), because);
    }
    if let Some(reason) = &outcome.waived {
        line("waived:", FAINT, reason);
        return;
    }
    for Failure { reason, message, expected, retry, hint } in outcome.failures() {
        line(&format!("{}:", reason.as_str()), ERROR, message);
        line("expected:", Style::new(), expected);
        line("retry:", Style::new(), retry.sentence());
        hint.iter().for_each(|hint| line("hint:", NOTE, hint));
    }
    for evidence in &outcome.evidence {
        line(&format!("{}:", evidence.of), FAINT, evidence.text.trim());
    }
    if outcome.failures().is_empty() {
        return;
    }
    if outcome.tries > 1 {
        line("tries:", FAINT, &outcome.tries.to_string());
    }
    if let Some(documentation) = documentation {
        documentation.owner.iter().for_each(|owner| line("owner:", FAINT, owner));
        documentation.rollback.iter().for_each(|rollback| line("rollback:", FAINT, rollback));
    }
}

/// What the register has beside it; a check and a cache rule may have one name.
fn documentation<'r>(register: Option<&'r Register>, outcome: &Outcome) -> Option<&'r Documentation> {
    let register = register?;
    let checks = register.checks.iter().map(|check| (&check.name, &check.documentation));
    let unsound = register.unsound_checks.iter().map(|check| (&check.name, &check.documentation));
    let caches = register.caches.iter().map(|rule| (&rule.name, &rule.documentation));
    let mut known: Box<dyn Iterator<Item = _>> =
        if outcome.kind == CACHE_KIND { Box::new(caches) } else { Box::new(checks.chain(unsound)) };
    known.find(|(name, _)| **name == outcome.check).map(|(_, documentation)| documentation)
}

fn milliseconds(took: Duration) -> String {
    let milliseconds = took.as_secs_f64() * 1000.0;
    if milliseconds < 10.0 { format!("{milliseconds:.1} ms") } else { format!("{milliseconds:.0} ms") }
}

/// `12 checks passed, 1 failed`, styled; nothing where there are none.
pub(crate) fn summary(outcomes: &[Outcome]) -> Option<String> {
    if outcomes.is_empty() {
        return None;
    }
    let count = |is_it: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is_it(outcome)).count();
    let failed = count(Outcome::fails);
    let counts = [
        (count(|outcome| outcome.conclusion == Conclusion::Passed), "passed", PASSED),
        (failed, "failed", ERROR),
        (count(|outcome| matches!(outcome.conclusion, Conclusion::Skipped { .. })), "skipped", WARNING),
        (count(|outcome| outcome.waived.is_some()), "waived", FAINT),
    ];
    let told = counts.into_iter().filter(|(number, ..)| *number > 0);
    let told: Vec<String> = told.map(|(number, word, style)| styled(style, format_args!("{number} {word}"))).collect();
    Some(format!("checks: {}", told.join(", ")))
}
