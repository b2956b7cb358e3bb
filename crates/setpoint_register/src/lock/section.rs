use super::line::Line;
use crate::value;
use toml::de::DeValue;

/// The table that holds a table for each library.
pub(super) const INSTALLED: &str = "installed";

/// The name of a library's line that is no default.
pub(super) const VERSION: &str = "version";

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

    /// True for the line of a library's section that is no default.
    pub(super) fn is_version(&self, name: &str) -> bool {
        self.library().is_some() && name == VERSION
    }

    /// One line, with its end. Of a library the values alone are written.
    pub(super) fn write(&self, name: &str, line: &Line) -> String {
        let line = match self {
            Section::Mechanism(_) => line.write(),
            Section::Library(_) => line.write_short(),
        };
        format!("{} = {line}\n", value::key(name))
    }

    /// What a lock holds, whoever wrote it.
    pub(super) fn read(&self, name: &str, held: &DeValue<'_>) -> Line {
        match value::read(held) {
            version if self.is_version(name) => Line::of_version(version),
            _ => Line::read(held),
        }
    }
}
