//! A problem as a person reads it: what failed, where, what was expected, whether a retry is safe.

use crate::terminal::{ERROR, STRONG, Ui, styled};
use setpoint_model::Problem;

/// Writes problems to standard error, an empty line between them.
pub(crate) fn report(ui: &Ui<'_>, problems: &[Problem]) {
    for (number, problem) in problems.iter().enumerate() {
        if number > 0 {
            ui.say("");
        }
        ui.say(&format!("{} {}", styled(ERROR, "error:"), styled(STRONG, &problem.what)));
        if let Some(place) = &problem.place {
            ui.say(&format!("  --> {place}"));
        }
        ui.say(&format!("expected: {}", problem.expected));
        ui.say(&format!("retry: {}", problem.retry.sentence()));
        if let Some(hint) = &problem.hint {
            ui.say(&format!("{} {hint}", ui.hint_word()));
        }
    }
}
