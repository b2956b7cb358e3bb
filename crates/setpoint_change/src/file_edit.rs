//! One file as it was and as it is to be, and how to get from each to the other. Of the file only what differs is kept.

use crate::bytes::{Bytes, digest};
use serde::{Deserialize, Serialize};
use setpoint_host::{Access, Act, Host, Kind, Refusal};
use std::path::{Path, PathBuf};

/// A configuration file that is longer is not one that a person edits.
const LONGEST: u64 = 16 << 20;

/// A file that a change makes, alters or removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEdit {
    /// Where it is, with every link resolved.
    pub path: PathBuf,
    /// As found; `None` if there was no such file.
    pub before: Option<Seen>,
    /// As left; `None` if there is to be no such file.
    pub after: Option<Seen>,
    /// The first byte that differs.
    at: usize,
    /// What stood there.
    removed: Bytes,
    /// What stands there instead.
    inserted: Bytes,
    /// The folders that were made for it, the outermost first.
    folders: Vec<PathBuf>,
}

/// A file without its text: enough to know it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    sha256: String,
    length: usize,
    mode: u32,
    user: u32,
    group: u32,
}

/// What of the two a file is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// As before the change.
    Before,
    /// As after it.
    After,
    /// Somebody else changed it.
    Other,
}

impl FileEdit {
    /// The edit that makes `text` of the file at `path`, or makes such a file; `None` if it has that text already.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn replace(host: &dyn Host, path: &Path, text: &[u8], access: Option<Access>) -> Result<Option<Self>, Refusal> {
        let path = real(host, path);
        let (old, before) = match read(host, &path) {
            Ok(Some((old, seen))) => (old, Some(seen)),
            Ok(None) => (Vec::new(), None),
            Err(refusal) => return Err(refusal),
        };
        let folders = if before.is_some() { Vec::new() } else { missing_folders(host, &path)? };
        let access = access.or(before.as_ref().map(Seen::access));
        let owner = before.as_ref().map_or_else(|| host.owner(), |seen| (seen.user, seen.group));
        let after = Some(Seen::of(text, access.unwrap_or(Access::PUBLIC), owner));
        Ok((before != after).then(|| Self::between(path, (&old, before), (text, after), folders)))
    }

    /// The edit that removes the file; `None` if there is none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn remove(host: &dyn Host, path: &Path) -> Result<Option<Self>, Refusal> {
        let path = real(host, path);
        let read = read(host, &path)?;
        Ok(read.map(|(old, before)| Self::between(path, (&old, Some(before)), (b"", None), Vec::new())))
    }

    fn between(
        path: PathBuf,
        (old, before): (&[u8], Option<Seen>),
        (new, after): (&[u8], Option<Seen>),
        folders: Vec<PathBuf>,
    ) -> Self {
        let at = old.iter().zip(new).take_while(|(one, two)| one == two).count();
        let same_end = old[at..].iter().rev().zip(new[at..].iter().rev()).take_while(|(one, two)| one == two).count();
        Self {
            path,
            before,
            after,
            at,
            removed: Bytes(old[at..old.len() - same_end].to_vec()),
            inserted: Bytes(new[at..new.len() - same_end].to_vec()),
            folders,
        }
    }

    /// Which of the two the file is.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn found(&self, host: &dyn Host) -> Result<Found, Refusal> {
        let now = read(host, &self.path)?.map(|(_, seen)| seen);
        Ok(if now == self.after {
            Found::After
        } else if now == self.before {
            Found::Before
        } else {
            Found::Other
        })
    }

    /// True if the file is as it was found, and this edit, done and undone in memory, gives each of its bytes again.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn comes_back(&self, host: &dyn Host) -> Result<bool, Refusal> {
        let (found, seen) = read(host, &self.path)?.map_or((Vec::new(), None), |(bytes, seen)| (bytes, Some(seen)));
        let is = |text: &[u8], seen: Option<&Seen>| seen.is_none_or(|seen| seen.is_of(text));
        let left = self.spliced(&found, &self.removed, &self.inserted);
        let Some(left) = left.filter(|left| seen == self.before && is(left, self.after.as_ref())) else {
            return Ok(false);
        };
        let back = self.spliced(&left, &self.inserted, &self.removed);
        Ok(back.is_some_and(|back| back == found && is(&back, self.before.as_ref())))
    }

    /// The text with other bytes in the place of some; `None` where those are not there.
    fn spliced(&self, text: &[u8], there: &Bytes, then: &Bytes) -> Option<Vec<u8>> {
        let rest = text.get(self.at..)?.strip_prefix(there.0.as_slice())?;
        Some([text.get(..self.at)?, &then.0, rest].concat())
    }

    /// Makes the file as it is to be. Does nothing where it is so already, and nothing where somebody else changed it.
    ///
    /// # Errors
    /// The machine refuses.
    pub(crate) fn apply(&self, host: &dyn Host) -> Result<Found, Refusal> {
        host.sweep(&self.path)?;
        let found = self.found(host)?;
        if found == Found::Before {
            self.put(host, self.before.as_ref(), self.after.as_ref(), &self.removed, &self.inserted)?;
        }
        Ok(found)
    }

    /// Makes the file as it was found, and removes the folders that were made for it. Does nothing where it is so already,
    /// and nothing where somebody else changed it.
    ///
    /// # Errors
    /// The machine refuses.
    pub(crate) fn undo(&self, host: &dyn Host) -> Result<Found, Refusal> {
        host.sweep(&self.path)?;
        let found = self.found(host)?;
        if found == Found::After {
            self.put(host, self.after.as_ref(), self.before.as_ref(), &self.inserted, &self.removed)?;
        }
        if found != Found::Other {
            self.remove_folders(host)?;
        }
        Ok(found)
    }

    fn put(
        &self,
        host: &dyn Host,
        from: Option<&Seen>,
        to: Option<&Seen>,
        there: &Bytes,
        then: &Bytes,
    ) -> Result<(), Refusal> {
        let Some(to) = to else { return host.remove_closely(&self.path) };
        let bytes = read(host, &self.path)?.map(|(bytes, _)| bytes).unwrap_or_default();
        let is_it = from.is_none_or(|from| from.is_of(&bytes));
        let Some(bytes) = self.spliced(&bytes, there, then).filter(|_| is_it) else {
            let because = "it was changed in this moment".to_owned();
            return Err(Refusal::Failed { what: self.path.display().to_string(), because });
        };
        host.write_closely(&self.path, &bytes, to.access())
    }

    /// Of the folders that were made for it, those in which nobody put anything else.
    fn remove_folders(&self, host: &dyn Host) -> Result<(), Refusal> {
        for folder in self.folders.iter().rev() {
            match host.list(folder) {
                Ok(listed) if listed.is_empty() => {
                    host.act(&Act::RemoveFolder { path: folder })?;
                    if let Some(above) = folder.parent() {
                        host.act(&Act::Sync { path: above })?;
                    }
                }
                Ok(_) => return Ok(()),
                Err(refusal) if refusal.is_missing() => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }
}

impl Seen {
    fn of(text: &[u8], access: Access, owner: (u32, u32)) -> Self {
        let (user, group) = access.owner.unwrap_or(owner);
        Self { sha256: digest(text), length: text.len(), mode: access.mode, user, group }
    }

    /// True if it is what was seen of that text.
    pub(crate) fn is_of(&self, text: &[u8]) -> bool {
        self.sha256 == digest(text)
    }

    pub(crate) fn access(&self) -> Access {
        Access { mode: self.mode, owner: Some((self.user, self.group)) }
    }
}

/// A file and what it is; `None` if there is none.
pub(crate) fn read(host: &dyn Host, path: &Path) -> Result<Option<(Vec<u8>, Seen)>, Refusal> {
    let status = match host.status(path) {
        Ok(status) => status,
        Err(refusal) if refusal.is_missing() => return Ok(None),
        Err(refusal) => return Err(refusal),
    };
    let bytes = host.read(path, LONGEST)?;
    let seen = Seen::of(&bytes, Access { mode: status.mode, owner: None }, (status.user, status.group));
    Ok(Some((bytes, seen)))
}

/// The path with every link resolved, of a file or folders that may not be there yet.
pub(crate) fn real(host: &dyn Host, path: &Path) -> PathBuf {
    let mut there = path.ancestors().filter_map(|above| Some((above, host.resolve(above).ok()?)));
    there.next().map_or_else(
        || path.to_owned(),
        |(above, real)| match path.strip_prefix(above) {
            Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
            _ => real,
        },
    )
}

/// The folders above a path that are not there, the outermost first.
fn missing_folders(host: &dyn Host, path: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let mut missing = Vec::new();
    for folder in path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
        match host.status(folder) {
            Ok(status) if status.kind == Kind::Folder => break,
            Err(refusal) if refusal.is_missing() => missing.push(folder.to_owned()),
            Err(refusal) => return Err(refusal),
            Ok(_) => {
                let because = "it is no folder".to_owned();
                return Err(Refusal::Failed { what: folder.display().to_string(), because });
            }
        }
    }
    missing.reverse();
    Ok(missing)
}
