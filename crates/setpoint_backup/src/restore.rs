//! Takes a backup back.

use crate::database::{self, Dump};
use crate::plan::{self, Planned, WhatIsDone};
use crate::progress::Counter;
use crate::saved::{self, Saved, SavedKind};
use crate::sentences;
use crate::store::Store;
use crate::write::{Promise, Stopped, Writer};
use rustic_core::repofile::SnapshotFile;
use rustic_core::{IndexedFullStatus, Repository};
use serde::Serialize;
use setpoint_host::Refusal;
use setpoint_model::Problem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a backup is restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Below a folder, which is made where it is missing. One that is there must be this user's.
    Folder(PathBuf),
    /// Where everything was.
    InPlace,
}

/// A restore that was planned, and can be done as long as nobody else changes what is there.
pub struct Restoring<'r, 's> {
    store: &'r Store<'s>,
    repository: Repository<IndexedFullStatus>,
    saved: Vec<Saved>,
    planned: Vec<Option<Planned>>,
    destination: Destination,
    /// The backup's id.
    pub id: String,
}

/// What was restored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Files, folders and links that were not there.
    pub new: u64,
    /// Files and links whose content was replaced.
    pub replaced: u64,
    /// What only got its mode, owner or time back.
    pub adjusted: u64,
    /// What was as it was saved.
    pub same: u64,
    /// Bytes that were written.
    pub bytes: u64,
    /// True where files got their owners back, which only root can do.
    pub with_owners: bool,
}

impl<'s> Store<'s> {
    /// Looks what restoring would do. Nothing is written.
    ///
    /// # Errors
    /// There is no such backup, something stands in the way, or there is no room.
    pub fn plan_restore<'r>(&'r self, id: &str, destination: Destination) -> Result<Restoring<'r, 's>, Problem> {
        let snapshot = self.find(&self.opened()?, id)?;
        self.plan_restore_of(&snapshot, destination, &|_| true)
    }

    /// The same of what is wanted of a backup, by its path there.
    pub(crate) fn plan_restore_of<'r>(
        &'r self,
        snapshot: &SnapshotFile,
        destination: Destination,
        is_wanted: &dyn Fn(&Path) -> bool,
    ) -> Result<Restoring<'r, 's>, Problem> {
        let destination = match destination {
            Destination::Folder(folder) => Destination::Folder(plan::settled(self.host, &folder)?),
            Destination::InPlace => Destination::InPlace,
        };
        let repository = self.for_reading()?;
        let mut saved = saved::read(self, &repository, snapshot)?;
        saved.retain(|saved| is_wanted(&saved.path));
        let roots: Vec<PathBuf> = snapshot.paths.iter().map(PathBuf::from).collect();
        let planned = plan::make(self.host, &saved, &roots, &destination)?;
        let restoring =
            Restoring { store: self, repository, saved, planned, destination, id: snapshot.id.to_hex().to_string() };
        restoring.has_room()?;
        Ok(restoring)
    }
}

impl Restoring<'_, '_> {
    /// What becomes of each path.
    pub fn planned(&self) -> impl Iterator<Item = &Planned> {
        self.planned.iter().flatten()
    }

    /// True where something that is there is replaced or adjusted.
    pub fn replaces(&self) -> bool {
        self.planned().any(|planned| matches!(planned.what, WhatIsDone::Replaced | WhatIsDone::Adjusted))
    }

    /// What is in the backup and is not restored: devices, pipes and sockets.
    pub fn left_out(&self) -> Vec<PathBuf> {
        let other = self.saved.iter().filter(|saved| matches!(saved.kind, SavedKind::Other));
        other.map(|saved| saved.path.clone()).collect()
    }

    /// The databases whose dumps the backup holds.
    ///
    /// # Errors
    /// The list of them cannot be read.
    pub fn dumps(&self) -> Result<Vec<Dump>, Problem> {
        let list = Path::new(database::FOLDER).join(database::LIST);
        let Some(saved) = self.saved.iter().find(|saved| saved.path == list) else { return Ok(Vec::new()) };
        let mut bytes = Vec::new();
        if let SavedKind::File(pieces) = &saved.kind {
            for (id, _) in pieces {
                let id = rustic_core::BlobId::from(**id);
                let piece = self.repository.get_blob_cached(&id, rustic_core::repofile::BlobType::Data);
                bytes.extend_from_slice(&self.store.said("reading the list of databases", piece)?);
            }
        }
        database::read_list(&bytes)
    }

    pub(crate) fn planned_of_all(&self) -> &[Option<Planned>] {
        &self.planned
    }

    pub(crate) fn saved(&self) -> &[Saved] {
        &self.saved
    }

    fn written(&self) -> impl Iterator<Item = &Saved> {
        let both = self.saved.iter().zip(&self.planned);
        both.filter_map(|(saved, planned)| {
            let what = planned.as_ref()?.what;
            matches!(what, WhatIsDone::New | WhatIsDone::Replaced).then_some(saved)
        })
    }

    fn has_room(&self) -> Result<(), Problem> {
        let needed: u64 = self.written().map(Saved::length).sum();
        // In place every path can be on another disk; there, the disk of the first is looked at.
        let place = match &self.destination {
            Destination::Folder(folder) => Some(folder.as_path()),
            Destination::InPlace => {
                let written = self.planned.iter().flatten().find(|planned| planned.what == WhatIsDone::Replaced);
                written.map(|planned| planned.path.as_path())
            }
        };
        let there = place.and_then(|place| place.ancestors().find(|above| self.store.host.status(above).is_ok()));
        let Some(space) = there.and_then(|there| self.store.host.space(there).ok()) else { return Ok(()) };
        if space.free < needed {
            Err(sentences::no_room(place.unwrap_or(there.unwrap_or(Path::new("/"))), Some((needed, space.free))))
        } else {
            Ok(())
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// The machine refused or the repository is damaged; each file is as it was or as it was saved.
    pub fn restore(&self) -> Result<Restored, Problem> {
        let bytes = self.written().map(Saved::length).sum();
        let with_owners = self.store.host.owner().0 == 0;
        let random = self.store.host.random().map_err(|refusal| refusal.problem())?;
        let writer = Writer {
            host: self.store.host,
            repository: &self.repository,
            counter: Counter::new(bytes, &Arc::clone(&self.store.tell)),
            promise: self.promise(),
            with_owners,
            random: u64::from_le_bytes(*random.first_chunk().unwrap_or(&[0; 8])),
        };
        if let Destination::Folder(folder) = &self.destination {
            if writer.is_missing(folder) {
                writer.make_folder(folder, 0o755).map_err(|stopped| self.problem(stopped))?;
            }
            // Somebody else may have made it meanwhile.
            plan::is_ours(self.store.host, folder)?;
        }
        writer.write(&self.saved, &self.planned).map_err(|stopped| self.problem(stopped))?;
        let count = |what| self.planned().filter(|planned| planned.what == what).count() as u64;
        Ok(Restored {
            new: count(WhatIsDone::New),
            replaced: count(WhatIsDone::Replaced),
            adjusted: count(WhatIsDone::Adjusted),
            same: count(WhatIsDone::Same),
            bytes,
            with_owners,
        })
    }

    fn promise(&self) -> Promise {
        match self.destination {
            Destination::Folder(_) if !self.replaces() => Promise::Copy,
            Destination::Folder(_) | Destination::InPlace => Promise::OldOrNew,
        }
    }

    fn problem(&self, stopped: Stopped) -> Problem {
        match stopped {
            Stopped::Machine(path, refusal) if is_full(&refusal) => sentences::no_room(&path, None),
            Stopped::Machine(path, refusal) if self.promise() == Promise::OldOrNew => {
                sentences::half_restored(&path, &refusal)
            }
            Stopped::Machine(path, refusal) => sentences::not_restored(&path, &refusal),
            Stopped::Repository(path, error) => {
                let problem = sentences::library(&error, "reading from the repository", &self.store.location);
                let below = match &self.destination {
                    Destination::Folder(folder) => path.strip_prefix(folder).ok(),
                    Destination::InPlace => None,
                };
                let saved = below.map_or_else(|| path.clone(), |below| Path::new("/").join(below));
                sentences::not_read_back(&saved, problem)
            }
        }
    }
}

/// ENOSPC of errno(3), in the words of Rust's library.
fn is_full(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Failed { because, .. } if because.contains("(os error 28)"))
}

impl std::fmt::Debug for Restoring<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restoring").field("id", &self.id).finish_non_exhaustive()
    }
}
