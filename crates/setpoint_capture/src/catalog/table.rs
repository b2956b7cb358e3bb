use setpoint_model::Value;
use std::str::FromStr;

/// What a program has that is no Python and whose source cannot be read.
#[derive(Debug)]
pub(crate) struct Table {
    /// What it has in every version, or before the first of those that changed it.
    pub(super) value: Value,
    /// What it has since a version, the oldest first.
    pub(super) since: Vec<(Version, Value)>,
    /// The page that says it.
    pub(super) source: String,
}

/// `1.29.7`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(Vec<u32>);

impl FromStr for Version {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split('.').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl Version {
    /// The version that a program says of itself: `nginx version: nginx/1.22.1 (Ubuntu)`.
    pub(crate) fn said(text: &str) -> Option<Self> {
        let (_, behind) = text.split_once('/')?;
        let end = behind.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(behind.len());
        behind[..end].parse().ok()
    }
}

impl Table {
    /// What it has in that version; `None` where a version changed it and nobody knows which it is.
    pub(super) fn value(&self, version: Option<&Version>) -> Option<&Value> {
        if self.since.is_empty() {
            return Some(&self.value);
        }
        let version = version?;
        let changed = self.since.iter().rev().find(|(since, _)| since <= version);
        Some(changed.map_or(&self.value, |(_, value)| value))
    }
}
