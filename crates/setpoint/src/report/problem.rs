//! A problem as a person reads it: what failed, where, what was expected, whether a retry is safe.

use crate::report::columns::wrapped;
use crate::report::defaults::Extent;
use crate::report::excerpt;
use crate::report::hidden::Secrets;
use crate::terminal::{NOTE, STRONG, Ui, severity_style, styled, visible};
use anstyle::Style;
use setpoint_model::{Place, Problem, ProblemKind, Severity};
use std::path::Path;

/// Writes problems to standard error, an empty line between them. Those that stop the work or make it uncertain are
/// errors, others that were collected on the way are warnings.
pub(crate) fn report(ui: &Ui<'_>, severity: Severity, root: &Path, problems: &[Problem], secrets: &Secrets<'_>) {
    for (number, problem) in problems.iter().enumerate() {
        if number > 0 {
            ui.say("");
        }
        let plain = format!("{severity}:");
        let broken = wrapped(&format!("{plain} {}", visible(&problem.what)), ui.error_width, 2);
        let said = broken.strip_prefix(&plain).unwrap_or(&broken);
        ui.say(&format!("{}{}", styled(severity_style(severity), plain), styled(STRONG, said)));
        if let Some(place) = &problem.place {
            let lines = excerpt::of_problem(ui, root, place, secrets);
            ui.say(&lines.unwrap_or_else(|| format!("  --> {}", visible(&shown(place)))));
        }
        ui.tell_labelled(Style::new(), "expected:", &problem.expected);
        ui.tell_labelled(Style::new(), "retry:", problem.retry.sentence());
        if let Some(hint) = &problem.hint {
            ui.tell_labelled(NOTE, "hint:", hint);
        }
    }
}

/// A place for a person; where a whole file is meant, no line is named.
fn shown(place: &Place) -> String {
    match place {
        Place { file, line: 1, column: 1, span: None } => file.clone(),
        _ => place.to_string(),
    }
}

/// No more than this are told where nobody asked for all.
const TOLD: usize = 10;

/// Writes problems that a capture met and went on from.
pub(crate) fn collected(ui: &Ui<'_>, root: &Path, problems: &[Problem], secrets: &Secrets<'_>, extent: Extent) {
    let told = match extent {
        Extent::Brief => problems.len().min(TOLD),
        Extent::All => problems.len(),
    };
    if told > 0 {
        ui.say("");
    }
    // What the machine refused makes a command fail, and so is never among those that are left out.
    let (refused, others): (Vec<Problem>, Vec<Problem>) =
        problems.iter().cloned().partition(|problem| problem.kind == ProblemKind::Machine);
    let (first, rest) = (told.min(refused.len()), told.saturating_sub(refused.len()));
    report(ui, Severity::Error, root, &refused[..first], secrets);
    if first > 0 && rest > 0 {
        ui.say("");
    }
    report(ui, Severity::Warning, root, &others[..rest], secrets);
    if told < problems.len() {
        ui.say("");
        ui.tell(&format!("{} more problems; `setpoint capture --all` tells them all", problems.len() - told));
    }
}
