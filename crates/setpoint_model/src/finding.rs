use crate::Place;
use serde::Serialize;
use std::fmt;

/// What a rule has to say about one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `SP006`; it never changes its meaning.
    pub code: &'static str,
    /// The fault's name: `unknown-variable`.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, with its values, as a sentence without a full stop.
    pub message: String,
    /// What was expected instead.
    pub expected: String,
    /// The default or register entry that it is about.
    pub subject: Option<String>,
    /// The process that it concerns, by its unit, where it does not concern all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Where to look, the place to mend first.
    pub places: Vec<Place>,
    /// What to do.
    pub hint: Option<String>,
    /// The reason of the waiver that accepts it for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
    /// The last day of that waiver, `2026-06-30`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived_until: Option<String>,
}

impl Finding {
    /// True if it is about how the parts of the site work together, which the rules are whose codes begin with `SP1`.
    /// The others are about where values come from, and what is written down of them.
    pub fn is_about_working_together(&self) -> bool {
        self.code.starts_with("SP1")
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; does not fail a check.
    Note,
    /// Likely wrong.
    Warning,
    /// Wrong.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}
