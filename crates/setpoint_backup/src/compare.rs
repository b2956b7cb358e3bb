//! Whether a file is what was saved of it.

use crate::saved::{Saved, SavedKind};
use rustic_core::Id;
use serde::Serialize;
use setpoint_host::{Details, Host, Kind, Refusal, Source};
use std::fmt;
use std::io::Read as _;
use std::path::Path;

/// In what a file differs from what was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// There is nothing of that name.
    Missing,
    /// It is something else: a folder, say, where a file was.
    Kind,
    /// Its bytes.
    Content,
    /// Where a link leads.
    Target,
    /// Its permission bits.
    Mode,
    /// Its user or group.
    Owner,
    /// The time of its last change.
    Time,
    /// Access control lists, capabilities and the like.
    Attributes,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is missing",
            Self::Kind => "is something else",
            Self::Content => "has another content",
            Self::Target => "leads elsewhere",
            Self::Mode => "has another mode",
            Self::Owner => "has another owner",
            Self::Time => "has another time",
            Self::Attributes => "has other attributes",
        })
    }
}

/// Whether owners are compared. Only root can give a file to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owners {
    Compared,
    Passed,
}

impl Owners {
    /// What this user can do about owners.
    pub(crate) fn of(host: &dyn Host) -> Self {
        if host.owner().0 == 0 { Self::Compared } else { Self::Passed }
    }
}

/// In what the path differs; nothing where all is the same.
pub(crate) fn differences(
    host: &dyn Host,
    saved: &Saved,
    at: &Path,
    owners: Owners,
) -> Result<Vec<Difference>, Refusal> {
    let details = match host.details(at) {
        Ok(details) => details,
        Err(refusal) if refusal.is_missing() => return Ok(vec![Difference::Missing]),
        Err(refusal) => return Err(refusal),
    };
    let mut differences = Vec::new();
    match (&saved.kind, details.kind) {
        (SavedKind::File(pieces), Kind::File) => {
            if details.length != saved.length() || !has_content(&host.source(at), pieces.iter())? {
                differences.push(Difference::Content);
            }
        }
        (SavedKind::Folder, Kind::Folder) => {}
        (SavedKind::Link(target), Kind::Link) => {
            if host.link_target(at)? != *target {
                differences.push(Difference::Target);
            }
        }
        _ => return Ok(vec![Difference::Kind]),
    }
    differences.extend(of_details(saved, &details, owners));
    Ok(differences)
}

fn of_details(saved: &Saved, details: &Details, owners: Owners) -> impl Iterator<Item = Difference> {
    let is_link = details.kind == Kind::Link;
    // The mode of a link is the same for all of them, and means nothing (symlink(7)).
    let mode = !is_link && saved.mode != details.mode;
    let owner = owners == Owners::Compared && saved.owner.is_some_and(|owner| owner != (details.user, details.group));
    let time = saved.modified.is_some_and(|modified| modified != details.modified);
    let attributes = saved.attributes != details.attributes;
    let all = [
        (mode, Difference::Mode),
        (owner, Difference::Owner),
        (time, Difference::Time),
        (attributes, Difference::Attributes),
    ];
    all.into_iter().filter_map(|(differs, difference)| differs.then_some(difference))
}

/// Reads a file in the pieces in which it was saved, and compares the hash of each.
fn has_content<'p, I: std::ops::Deref<Target = Id> + 'p>(
    source: &Source,
    pieces: impl Iterator<Item = &'p (I, u64)>,
) -> Result<bool, Refusal> {
    let mut reader = source.open()?;
    for (id, length) in pieces {
        if !id.deref().blob_matches_reader(*length, &mut reader) {
            return Ok(false);
        }
    }
    let mut more = [0];
    let read = reader.read(&mut more).map_err(|error| Refusal::from_io(source.path(), &error))?;
    Ok(read == 0)
}
