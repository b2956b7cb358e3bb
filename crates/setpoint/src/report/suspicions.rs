//! What looks wrong, in short: the end of `capture`'s table. `check` says it at length.

use crate::report::columns::wrapped;
use crate::report::defaults::counted;
use crate::terminal::{FAINT, STRONG, Ui, severity_style, styled, visible};
use setpoint_model::{Finding, Severity};
use std::fmt::Write as _;

/// No more rules than this are named.
const NAMED: usize = 8;

/// The gravest finding of each rule, and where to find the rest.
pub(crate) fn list(ui: &Ui<'_>, findings: &[Finding]) -> String {
    let mut open: Vec<&Finding> = findings.iter().filter(|finding| finding.waived.is_none()).collect();
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
    open.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.code));
    let groups: Vec<&[&Finding]> =
        open.chunk_by(|one, two| (one.severity, one.code) == (two.severity, two.code)).collect();
    for group in groups.iter().take(NAMED) {
        paragraph(ui, group, &mut text);
    }
    let more = groups.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("{} more; ", counted(more, "rule")) } else { String::new() };
    let _ = writeln!(text, "{more}`setpoint check` says what was expected and what to do about each");
    text
}

/// What one rule says: its first finding, and how many there are like it.
fn paragraph(ui: &Ui<'_>, group: &[&Finding], text: &mut String) {
    let first = group[0];
    let message = wrapped(&visible(&first.message), ui.width, 9);
    let word = styled(severity_style(first.severity), format_args!("{:7}", first.severity));
    let _ = writeln!(text, "{word}  {message}");
    let place = first.places.first().map(|place| format!("{}  ", visible(&place.to_string()))).unwrap_or_default();
    let more = if group.len() > 1 { format!("  and {} more", group.len() - 1) } else { String::new() };
    let _ = writeln!(text, "         {place}{}{more}", styled(FAINT, format_args!("{} {}", first.code, first.name)));
}
