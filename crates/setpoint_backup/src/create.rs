//! Makes a backup.

use crate::collect::{Collected, Entry, Selection};
use crate::database::{self, Database, Dump};
use crate::location::Location;
use crate::store::Store;
use crate::tree::{Names, Tree};
use crate::{machine, sentences};
use rustic_core::repofile::{SnapshotFile, SnapshotSummary};
use rustic_core::{BackupOptions, SnapshotOptions};
use serde::Serialize;
use setpoint_host::{Host, Kind};
use setpoint_model::Problem;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What every backup of this program is tagged with, beside its environment.
pub(crate) const TAG: &str = "setpoint";
/// What the tag of an environment begins with.
pub(crate) const ENVIRONMENT_TAG: &str = "environment=";
/// What the tag begins with of a backup that was made so that a restore can be undone; the id of what was restored follows.
pub(crate) const UNDO_TAG: &str = "before-restore-of=";

/// What is to be saved.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Files and folders, as the register has them.
    pub include: Vec<String>,
    /// What of them is left out.
    pub exclude: Vec<String>,
    /// Databases to dump.
    pub databases: Vec<Database>,
    /// Whose backup it is: how long it is kept depends on that.
    pub environment: Option<String>,
    /// The service's name.
    pub service: Option<String>,
    /// The backup that is about to be restored, where this one is made so that that can be undone. Such a backup is never the
    /// `latest`, which a person means who restores twice.
    pub before_restore_of: Option<String>,
}

impl Wanted {
    /// The files of it, all of which can be read.
    pub(crate) fn collect(&self, host: &dyn Host, location: &Location, root: &Path) -> Result<Collected, Vec<Problem>> {
        let mut never: Vec<PathBuf> = location.folder().map(ToOwned::to_owned).into_iter().collect();
        never.extend(self.databases.iter().flat_map(|database| database.files(root)));
        let never: Vec<PathBuf> =
            never.iter().map(|path| host.resolve(path).unwrap_or_else(|_| path.clone())).collect();
        let selection = Selection { root, include: &self.include, exclude: &self.exclude, never: &never };
        let collected = Collected::of(host, selection);
        if collected.problems.is_empty() { Ok(collected) } else { Err(collected.problems) }
    }
}

/// A backup that was made.
#[derive(Clone, Debug, Serialize)]
pub struct Created {
    /// By which it is found again.
    pub id: String,
    /// Files and links in it.
    pub files: u64,
    /// Folders in it.
    pub folders: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Bytes that the repository has grown by.
    pub added: u64,
    /// Files that the backup before had already, just the same.
    pub unchanged: u64,
    /// Sockets, pipes and devices, which hold nothing that could be saved.
    pub left_out: Vec<PathBuf>,
    /// The databases that were dumped.
    pub dumps: Vec<Dump>,
    /// How long it took.
    #[serde(skip)]
    pub took: Duration,
}

impl Store<'_> {
    /// Saves all of it, or nothing.
    ///
    /// # Errors
    /// Something cannot be read, a database cannot be dumped, or the repository cannot be written. All of it is told.
    pub fn create(&self, wanted: &Wanted) -> Result<Created, Vec<Problem>> {
        let began = self.host.now();
        let mut collected = wanted.collect(self.host, &self.location, &self.settings.root)?;
        let folder = self.host.temporary_folder().map_err(|refusal| vec![refusal.problem()])?;
        let dumps = database::dump_all(self.host, &wanted.databases, &self.settings.root, folder.path())?;
        if !dumps.is_empty() {
            collected.roots.push(database::FOLDER.into());
            collected.add_with_all_below(self.host, folder.path(), database::FOLDER.as_ref(), &|_| false);
        }
        let (roots, left_out) = (collected.roots, collected.left_out);
        let entries: Vec<Entry> = collected.entries.into_values().collect();
        let expected = entries.iter().filter(|entry| entry.details.kind != Kind::Folder).count() as u64;
        let snapshot = self.archive(wanted, entries, &roots)?;
        let summary = snapshot.summary.clone().unwrap_or_default();
        let id = snapshot.id.to_hex().to_string();
        if summary.total_files_processed != expected {
            self.discard(&snapshot);
            return Err(vec![sentences::lost_on_the_way(expected, summary.total_files_processed)]);
        }
        self.location.settle(self.host).map_err(|problem| vec![problem])?;
        Ok(created(id, &summary, left_out, dumps, self.host.now().duration_since(&began).unsigned_abs()))
    }

    fn archive(&self, wanted: &Wanted, entries: Vec<Entry>, roots: &[PathBuf]) -> Result<SnapshotFile, Vec<Problem>> {
        let one = |problem| vec![problem];
        let repository = self.for_writing().map_err(one)?;
        let mut options = SnapshotOptions::default().label(wanted.service.clone());
        options.host = Some(machine::name(self.host).map_err(one)?);
        let tags = [
            Some(TAG.to_owned()),
            wanted.environment.as_ref().map(|name| format!("{ENVIRONMENT_TAG}{name}")),
            wanted.before_restore_of.as_ref().map(|id| format!("{UNDO_TAG}{id}")),
        ];
        for tag in tags.into_iter().flatten() {
            options = self.said("naming the backup", options.add_tags(&tag)).map_err(one)?;
        }
        let snapshot = self.said("naming the backup", options.to_snapshot()).map_err(one)?;
        let tree = Tree::new(entries, Names::of(self.host), self.trouble.clone());
        let archived = repository.archive(&BackupOptions::default(), &tree, snapshot, roots);
        let trouble = self.trouble.take();
        if !trouble.is_empty() {
            return Err(trouble.iter().map(sentences::unread).collect());
        }
        self.said("saving", archived).map_err(one)
    }

    /// Takes back a backup in which something is missing. Where even that fails, it is never called safe, since it was not
    /// verified.
    fn discard(&self, snapshot: &SnapshotFile) {
        if let Ok(repository) = self.opened() {
            let _ = repository.delete_snapshots(&[snapshot.id]);
        }
    }
}

fn created(id: String, summary: &SnapshotSummary, left_out: Vec<PathBuf>, dumps: Vec<Dump>, took: Duration) -> Created {
    Created {
        id,
        files: summary.total_files_processed,
        folders: summary.total_dirs_processed,
        bytes: summary.total_bytes_processed,
        added: summary.data_added_packed,
        unchanged: summary.files_unmodified,
        left_out,
        dumps,
        took,
    }
}
