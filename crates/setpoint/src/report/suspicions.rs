//! What looks wrong, in short: the end of `capture`'s table. `check` says it at length.

use crate::report::columns::wrapped;
use crate::report::defaults::counted;
use crate::terminal::{FAINT, STRONG, Ui, severity_style, styled, visible};
use setpoint_model::{Finding, Severity};
use std::fmt::Write as _;

/// No more than this are named.
const NAMED: usize = 8;

/// The gravest findings, one paragraph each, and where to find the rest.
pub(crate) fn list(ui: &Ui<'_>, findings: &[Finding]) -> String {
    let open: Vec<&Finding> = findings.iter().filter(|finding| finding.waived.is_none()).collect();
    if open.is_empty() {
        return String::new();
    }
    let count = |severity: Severity, word| {
        let number = open.iter().filter(|finding| finding.severity == severity).count();
        (number > 0).then(|| counted(number, word))
    };
    let counts = [count(Severity::Error, "error"), count(Severity::Warning, "warning"), count(Severity::Note, "note")];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    let mut text = format!("\n{} {}\n", styled(STRONG, "what looks wrong:"), counts.join(", "));
    let mut sorted = open.clone();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in sorted.iter().take(NAMED) {
        let message = wrapped(&visible(&finding.message), ui.width, 9);
        let word = styled(severity_style(finding.severity), format_args!("{:7}", finding.severity));
        let _ = writeln!(text, "{word}  {message}");
        let place = finding.places.first().map(|place| format!("{}  ", visible(&place.to_string())));
        let rule = styled(FAINT, format_args!("{} {}", finding.code, finding.name));
        let _ = writeln!(text, "         {}{rule}", place.unwrap_or_default());
    }
    let more = open.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("{more} more; ") } else { String::new() };
    let _ = writeln!(text, "{more}`setpoint check` says what was expected and what to do about each");
    text
}
