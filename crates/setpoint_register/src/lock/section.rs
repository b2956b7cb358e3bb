use super::line::Line;
use crate::value;

/// The table that holds a table for each library.
pub(super) const INSTALLED: &str = "installed";

/// A table of the lock; what is of the tree comes before libraries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    /// `[environ]`: what is declared so.
    Mechanism(String),
    /// `[installed.sqlalchemy]`: a library's version and its own defaults.
    Library(String),
}

impl Section {
    /// The library, if it is one's.
    pub(super) fn library(&self) -> Option<&str> {
        match self {
            Section::Mechanism(_) => None,
            Section::Library(name) => Some(name),
        }
    }

    /// What stands in brackets above it.
    pub(super) fn header(&self) -> String {
        match self {
            Section::Mechanism(name) => value::key(name),
            Section::Library(name) => format!("{INSTALLED}.{}", value::key(name)),
        }
    }

    /// Of a library the values alone are written.
    pub(super) fn write(&self, line: &Line) -> String {
        match self {
            Section::Mechanism(_) => line.write(),
            Section::Library(_) => line.write_short(),
        }
    }
}
