use crate::Place;
use serde::Serialize;
use std::fmt;

/// Something that could not be done or understood. It cannot be built without what failed, what was expected,
/// and whether a retry is safe. Collected where the work goes on, returned as the error where it cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whose fault it is, which fixes the exit code.
    pub kind: ProblemKind,
    /// What failed, as a sentence without a full stop, with names in backticks.
    pub what: String,
    /// What was expected instead.
    pub expected: String,
    /// Whether doing the same again is safe and sensible.
    pub retry: Retry,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Whose fault a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The input or the register is wrong: exit code 2.
    Input,
    /// The machine refused (permission, network, disk): exit code 3.
    Machine,
}

/// Whether doing the same again is safe and sensible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// Nothing was changed; the same again gives the same until the cause is mended.
    SafeOnceMended,
    /// Nothing was changed, and the same may succeed later.
    Safe,
    /// Something was changed; look first.
    Unsafe,
}

impl Problem {
    /// A fault of the input.
    pub fn input(what: impl Into<String>, expected: impl Into<String>, retry: Retry) -> Self {
        Self { kind: ProblemKind::Input, what: what.into(), expected: expected.into(), retry, place: None, hint: None }
    }

    /// A refusal of the machine.
    pub fn machine(what: impl Into<String>, expected: impl Into<String>, retry: Retry) -> Self {
        Self { kind: ProblemKind::Machine, ..Self::input(what, expected, retry) }
    }

    /// The same with a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Retry {
    /// The sentence for a person.
    pub fn sentence(self) -> &'static str {
        match self {
            Retry::SafeOnceMended => "safe once this is mended; nothing was changed",
            Retry::Safe => "safe, nothing was changed",
            Retry::Unsafe => "look first: something was changed",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(place) = &self.place {
            write!(f, " ({place})")?;
        }
        write!(f, "; expected {}; retry: {}", self.expected, self.retry.sentence())
    }
}

impl std::error::Error for Problem {}
