//! What is known of a backup beside what is in it: whether it was proven, and who needs it.

use crate::location::Location;
use serde::{Deserialize, Serialize};
use setpoint_host::{Access, Host};
use setpoint_model::Problem;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// No file of records is longer, in bytes.
const LONGEST: u64 = 16 << 20;

/// What is known of one backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The last time that it was restored into scratch and compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// Who needs it, so that it must stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned_by: Vec<String>,
}

/// What was compared, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// When.
    pub at: jiff::Timestamp,
    /// True if all was the same.
    pub passed: bool,
    /// Files, folders and links that were restored and compared.
    pub compared: u64,
    /// Bytes of their content, each of which was compared by its hash.
    pub bytes: u64,
    /// What was compared, a sentence each.
    pub what: Vec<String>,
    /// What was not the same, or could not be compared.
    pub differences: Vec<String>,
}

/// The records of one repository: a file in the state folder.
#[derive(Clone, Debug)]
pub(crate) struct Records(PathBuf);

impl Records {
    pub(crate) fn of(state: &Path, location: &Location) -> Self {
        Self(state.join("backups").join(format!("{}.json", location.file_name())))
    }

    /// The file.
    pub(crate) fn file(&self) -> &Path {
        &self.0
    }

    /// True if a repository was known here, whatever it had.
    pub(crate) fn are_there(&self, host: &dyn Host) -> Result<bool, Problem> {
        match host.status(&self.0) {
            Ok(_) => Ok(true),
            Err(refusal) if refusal.is_missing() => Ok(false),
            Err(refusal) => Err(refusal.problem()),
        }
    }

    /// Writes down that there is a repository, so that it is missed where it is gone.
    pub(crate) fn begin(&self, host: &dyn Host) -> Result<(), Problem> {
        if self.are_there(host)? { Ok(()) } else { self.write(host, &BTreeMap::new()) }
    }

    pub(crate) fn read(&self, host: &dyn Host) -> Result<BTreeMap<String, Record>, Problem> {
        let bytes = match host.read(&self.0, LONGEST) {
            Ok(bytes) => bytes,
            Err(refusal) if refusal.is_missing() => return Ok(BTreeMap::new()),
            Err(refusal) => return Err(refusal.problem()),
        };
        serde_json::from_slice(&bytes).map_err(|error| {
            let what = format!("`{}` is not understood: {error}", self.0.display());
            let expected = "what this program wrote there";
            Problem::input(what, expected, setpoint_model::Retry::SafeOnceMended)
        })
    }

    /// Changes the record of one backup.
    pub(crate) fn change(&self, host: &dyn Host, id: &str, work: impl FnOnce(&mut Record)) -> Result<(), Problem> {
        let mut records = self.read(host)?;
        work(records.entry(id.to_owned()).or_default());
        self.write(host, &records)
    }

    /// Forgets backups that are gone.
    pub(crate) fn forget(&self, host: &dyn Host, ids: &[String]) -> Result<(), Problem> {
        let mut records = self.read(host)?;
        records.retain(|id, _| !ids.contains(id));
        self.write(host, &records)
    }

    fn write(&self, host: &dyn Host, records: &BTreeMap<String, Record>) -> Result<(), Problem> {
        let text = serde_json::to_string_pretty(records).unwrap_or_default() + "\n";
        host.write_with(&self.0, text.as_bytes(), Access::PRIVATE).map_err(|refusal| refusal.problem())
    }
}
