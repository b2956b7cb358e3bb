//! Which backups there are.

use crate::create::{ENVIRONMENT_TAG, TAG, UNDO_TAG};
use crate::machine;
use crate::record::Record;
use crate::store::Store;
use rustic_core::repofile::SnapshotFile;
use rustic_core::{OpenStatus, Repository};
use serde::Serialize;
use setpoint_model::Problem;

/// One backup of the repository.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// By which it is found.
    pub id: String,
    /// When it was made.
    pub time: jiff::Timestamp,
    /// The environment that it is of.
    pub environment: Option<String>,
    /// The service that it is of.
    pub service: Option<String>,
    /// The machine that it is of.
    pub machine: String,
    /// False where that is another one, of which nothing is known here: neither what is proven nor what is needed.
    pub is_of_this_machine: bool,
    /// False for one of another program.
    pub is_ours: bool,
    /// The backup whose restore it undoes, if it was made for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_restore_of: Option<String>,
    /// What was saved.
    pub paths: Vec<String>,
    /// Files in it, where that was counted.
    pub files: Option<u64>,
    /// Bytes of its files, where that was counted.
    pub bytes: Option<u64>,
    /// Whether it was proven, and who needs it.
    pub record: Record,
}

impl Store<'_> {
    /// All backups, the oldest first.
    ///
    /// # Errors
    /// The repository or the records of it cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, Problem> {
        self.listed(&self.snapshots(&self.opened()?)?)
    }

    /// The same of those that were read.
    pub(crate) fn listed(&self, snapshots: &[SnapshotFile]) -> Result<Vec<Listed>, Problem> {
        let records = self.records.read(self.host)?;
        let machine = machine::name(self.host)?;
        let listed = snapshots.iter().map(|snapshot| {
            let id = snapshot.id.to_hex().to_string();
            let record = records.get(&id).cloned().unwrap_or_default();
            listed(snapshot, id, record, &machine)
        });
        Ok(listed.collect())
    }

    /// What the library knows of all backups, the oldest first.
    pub(crate) fn snapshots(&self, repository: &Repository<OpenStatus>) -> Result<Vec<SnapshotFile>, Problem> {
        let mut all = self.said("listing the backups", repository.get_all_snapshots())?;
        all.sort_unstable_by(|one, two| one.time.cmp(&two.time));
        Ok(all)
    }
}

/// What stands behind the beginning of one of its tags.
pub(crate) fn tagged(snapshot: &SnapshotFile, begin: &str) -> Option<String> {
    let all = snapshot.tags.iter();
    all.filter_map(|tag| tag.strip_prefix(begin)).find(|rest| !rest.is_empty()).map(ToOwned::to_owned)
}

fn listed(snapshot: &SnapshotFile, id: String, record: Record, machine: &str) -> Listed {
    let summary = snapshot.summary.as_ref();
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Listed {
        id,
        time: snapshot.time.timestamp(),
        environment: tagged(snapshot, ENVIRONMENT_TAG),
        service: some(&snapshot.label),
        machine: snapshot.hostname.clone(),
        is_of_this_machine: snapshot.hostname == machine,
        is_ours: snapshot.tags.contains(TAG),
        before_restore_of: tagged(snapshot, UNDO_TAG),
        paths: snapshot.paths.iter().cloned().collect(),
        files: summary.map(|summary| summary.total_files_processed),
        bytes: summary.map(|summary| summary.total_bytes_processed),
        record,
    }
}
