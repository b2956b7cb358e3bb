//! What a deployment command may do to a machine, which only the command knows: the files that were there are kept, so that
//! they can be put back where the command's own way back is not enough, or not to be trusted.

use crate::bytes::Bytes;
use crate::file_edit::{Seen, read, real};
use serde::{Deserialize, Serialize};
use setpoint_host::{Host, Refusal};
use std::path::{Path, PathBuf};

/// A file as it was found, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Where it is, with every link resolved.
    pub path: PathBuf,
    /// What it was; `None` if there was none.
    seen: Option<Seen>,
    text: Bytes,
    /// Its extended attributes, and so its access control list.
    #[serde(default)]
    attributes: Vec<(String, Bytes)>,
}

impl Guard {
    /// The file as it is now.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(host: &dyn Host, path: &Path) -> Result<Self, Refusal> {
        let path = real(host, path);
        let (text, seen) = read(host, &path)?.map_or((Vec::new(), None), |(text, seen)| (text, Some(seen)));
        let attributes = attributes(host, &path).into_iter().map(|(name, value)| (name, Bytes(value))).collect();
        Ok(Self { path, seen, text: Bytes(text), attributes })
    }

    /// True if the file is as it was.
    pub(crate) fn is_as_found(&self, host: &dyn Host) -> bool {
        self.now(host).is_ok_and(|now| now == self.seen) && self.has_attributes(host)
    }

    /// True if it has those that it had; others do no harm.
    fn has_attributes(&self, host: &dyn Host) -> bool {
        let now = attributes(host, &self.path);
        self.attributes.iter().all(|(name, value)| now.iter().any(|(other, now)| other == name && *now == value.0))
    }

    /// True if what is kept of the file is all of it.
    pub(crate) fn is_whole(&self) -> bool {
        self.seen.as_ref().is_none_or(|seen| seen.is_of(&self.text.0))
    }

    /// True if the file was found so.
    pub(crate) fn was(&self, seen: Option<&Seen>) -> bool {
        self.seen.as_ref() == seen
    }

    /// What the file is now.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn now(&self, host: &dyn Host) -> Result<Option<Seen>, Refusal> {
        Ok(read(host, &self.path)?.map(|(_, seen)| seen))
    }

    /// Makes the file as it was; true if it was not.
    ///
    /// # Errors
    /// The machine refuses.
    pub(crate) fn restore(&self, host: &dyn Host) -> Result<bool, Refusal> {
        host.sweep(&self.path)?;
        if self.is_as_found(host) {
            return Ok(false);
        }
        match &self.seen {
            Some(seen) => {
                host.write_closely(&self.path, &self.text.0, seen.access())?;
                let attributes: Vec<_> =
                    self.attributes.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect();
                host.give(&self.path, &attributes)?;
            }
            None => host.remove_closely(&self.path)?,
        }
        Ok(true)
    }
}

fn attributes(host: &dyn Host, path: &Path) -> Vec<(String, Vec<u8>)> {
    host.details(path).map(|details| details.attributes).unwrap_or_default()
}
