//! Every rule in a few lines, for `explain --all`.

use crate::report::columns::wrapped;
use crate::terminal::{STRONG, Ui, severity_style, styled};
use serde::Serialize;
use setpoint_model::Severity;
use setpoint_rules::{Rule, catalogue};
use std::cmp::Reverse;
use std::fmt::Write as _;

/// The JSON form of a rule in the list.
#[derive(Debug, Serialize)]
pub(crate) struct ListedRule {
    code: &'static str,
    name: &'static str,
    severity: Severity,
    summary: String,
}

impl ListedRule {
    /// What the list says of a rule.
    pub(crate) fn of(rule: &Rule) -> Self {
        Self { code: rule.code, name: rule.name, severity: rule.severity, summary: rule.summary() }
    }
}

/// Every rule by its usual severity, and then by its code.
pub(crate) fn worst_first() -> Vec<&'static Rule> {
    let mut rules: Vec<&Rule> = catalogue().iter().collect();
    rules.sort_by_key(|rule| Reverse(rule.severity));
    rules
}

/// The rules as text, those of one severity together.
pub(crate) fn text(ui: &Ui<'_>, rules: &[&Rule]) -> String {
    let mut text = String::new();
    for rules in rules.chunk_by(|one, two| one.severity == two.severity) {
        let Some(first) = rules.first() else { continue };
        let gap = if text.is_empty() { "" } else { "\n" };
        let counted = match rules.len() {
            1 => "1 rule".to_owned(),
            count => format!("{count} rules"),
        };
        let _ = writeln!(text, "{gap}{}: {counted}", styled(severity_style(first.severity), first.severity));
        for rule in rules {
            let summary = wrapped(&rule.summary(), ui.width, 4);
            let _ = writeln!(text, "  {} {}\n    {summary}", rule.code, styled(STRONG, rule.name));
        }
    }
    text
}
