//! What somebody says to the process that watches a change: a file in the change's folder, since only the watcher writes into
//! the journal.

use crate::Journal;
use jiff::Timestamp;
use setpoint_host::{Access, Host, Refusal};
use setpoint_model::Problem;
use std::path::PathBuf;
use std::time::Duration;

/// No word is longer, in bytes.
const LONGEST: u64 = 100;

/// A word to the watcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It is well: keep it.
    Confirmed,
    /// It is not: put it back.
    Cancelled,
    /// Watch for longer.
    Extended {
        /// For so much longer.
        by: Duration,
        /// When it was said, so that it is heard once.
        said: Timestamp,
    },
}

impl Word {
    /// Leaves it. A later word takes the place of an earlier one.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn leave(self, host: &dyn Host, journal: &Journal) -> Result<(), Problem> {
        let text = match self {
            Self::Confirmed => "confirmed".to_owned(),
            Self::Cancelled => "cancelled".to_owned(),
            Self::Extended { by, said } => format!("{} {said}", by.as_secs()),
        };
        host.write_with(&path(journal), text.as_bytes(), Access::PRIVATE).map_err(|refusal: Refusal| refusal.problem())
    }

    /// Forgets what was said before.
    ///
    /// # Errors
    /// The machine refuses.
    pub(crate) fn forget(host: &dyn Host, journal: &Journal) -> Result<(), Problem> {
        match host.remove(&path(journal)) {
            Err(refusal) if !refusal.is_missing() => Err(refusal.problem()),
            _ => Ok(()),
        }
    }

    /// The word that was left; what nobody understands was not said.
    pub(crate) fn heard(host: &dyn Host, journal: &Journal) -> Option<Self> {
        let text = String::from_utf8(host.read(&path(journal), LONGEST).ok()?).ok()?;
        match text.as_str() {
            "confirmed" => Some(Self::Confirmed),
            "cancelled" => Some(Self::Cancelled),
            longer => {
                let (by, said) = longer.split_once(' ')?;
                Some(Self::Extended { by: Duration::from_secs(by.parse().ok()?), said: said.parse().ok()? })
            }
        }
    }
}

fn path(journal: &Journal) -> PathBuf {
    journal.path().with_file_name("word")
}
