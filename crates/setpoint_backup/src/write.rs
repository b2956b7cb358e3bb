//! Writes what a backup holds. Each file is written beside its place, made as it was in all but its name, and then takes its
//! place at once: there is the old file or the one that was saved, never half of it.
//!
//! No link is followed: what is restored can lie in folders of others, who can put a link in the place of anything in them
//! meanwhile.

use crate::plan::{Planned, WhatIsDone};
use crate::progress::Counter;
use crate::saved::{Saved, SavedKind};
use rustic_core::repofile::BlobType;
use rustic_core::{BlobId, DataId, IndexedFullStatus, Repository};
use setpoint_host::{Access, Act, Host, Kind, Refusal, beside, is_half_of, is_half_written};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What stopped a restore: where, and why.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The machine refused.
    Machine(PathBuf, Refusal),
    /// The repository did not give it.
    Repository(PathBuf, Box<rustic_core::RusticError>),
}

/// What has to outlast a loss of power in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// Files that are there are replaced: all is on the disk before the first takes its place, and at the end.
    OldOrNew,
    /// It is a copy beside what is there.
    Copy,
}

/// Writes by a plan.
pub(crate) struct Writer<'w> {
    pub(crate) host: &'w dyn Host,
    pub(crate) repository: &'w Repository<IndexedFullStatus>,
    pub(crate) counter: Counter,
    pub(crate) promise: Promise,
    /// Only root may give files away.
    pub(crate) with_owners: bool,
    /// What the names of half-written files end in, so that nobody guesses them.
    pub(crate) random: u64,
}

/// One thing to be written: its number among all, what was saved, what becomes of it.
type Job<'j> = (usize, &'j Saved, &'j Planned);
/// All names of one file or link.
type Names<'j> = Vec<Job<'j>>;

impl Writer<'_> {
    /// Does all of it. Where that fails, each file is as it was or as it was saved.
    pub(crate) fn write(&self, saved: &[Saved], planned: &[Option<Planned>]) -> Result<(), Stopped> {
        let jobs: Vec<Job<'_>> = saved
            .iter()
            .zip(planned)
            .enumerate()
            .filter_map(|(number, (saved, planned))| Some((number, saved, planned.as_ref()?)))
            .filter(|(_, _, planned)| planned.what != WhatIsDone::Same)
            .collect();
        self.sweep(planned)?;
        for (_, saved, planned) in &jobs {
            if matches!(saved.kind, SavedKind::Folder) && planned.what == WhatIsDone::New {
                self.make_folder(&planned.path, 0o700)?;
            }
        }
        let files = with_twins(&jobs);
        let beside: Vec<(PathBuf, &Path)> = files
            .iter()
            .flatten()
            .map(|(number, _, planned)| (self.beside(&planned.path, *number), planned.path.as_path()))
            .collect();
        let placed = self.in_parallel(&files).and_then(|()| self.sync(&jobs)).and_then(|()| self.place(&beside));
        if placed.is_err() {
            // What is left of them is an unread file with a dot in front; those that took their place are gone already.
            beside.iter().for_each(|(beside, _)| drop(self.host.act_closely(&Act::Remove { path: beside })));
        }
        placed?;
        self.adjust(&jobs)?;
        self.sync(&jobs)
    }

    fn act(&self, act: &Act<'_>) -> Result<(), Stopped> {
        self.host.act_closely(act).map_err(|refusal| Stopped::Machine(act.path().to_owned(), refusal))
    }

    /// Removes what a restore that was killed has left of these files: it has their owners and modes already, and the next
    /// backup would save it.
    fn sweep(&self, planned: &[Option<Planned>]) -> Result<(), Stopped> {
        let mut folders: BTreeMap<&Path, Vec<&OsStr>> = BTreeMap::new();
        for path in planned.iter().flatten().map(|planned| planned.path.as_path()) {
            if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
                folders.entry(folder).or_default().push(name);
            }
        }
        for (folder, names) in folders {
            // In a folder that is not there nothing is left.
            for half in self.host.list(folder).unwrap_or_default() {
                let is_ours = is_half_written(&half.name) && names.iter().any(|name| is_half_of(&half.name, name));
                if is_ours && matches!(half.kind, Kind::File | Kind::Link) {
                    self.act(&Act::Remove { path: &folder.join(&half.name) })?;
                }
            }
        }
        Ok(())
    }

    /// A folder and those above it that are missing. One that is restored only this user may enter until all is in it.
    pub(crate) fn make_folder(&self, path: &Path, mode: u32) -> Result<(), Stopped> {
        if let Some(above) = path.parent().filter(|above| self.is_missing(above)) {
            self.make_folder(above, 0o755)?;
        }
        self.act(&Act::MakeFolder { path, mode })
    }

    pub(crate) fn is_missing(&self, path: &Path) -> bool {
        self.host.details(path).is_err_and(|refusal| refusal.is_missing())
    }

    /// Writes files beside their places, as many at once as the machine has cores.
    fn in_parallel(&self, files: &[Names<'_>]) -> Result<(), Stopped> {
        let next = AtomicUsize::new(0);
        let is_over = AtomicBool::new(false);
        let stopped = Mutex::new(None);
        let work = || {
            while let Some(names) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                if let Err(because) = self.write_one(names) {
                    is_over.store(true, Ordering::Relaxed);
                    stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(because);
                    return;
                }
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        std::thread::scope(|scope| {
            for _ in 0..threads.min(files.len()) {
                scope.spawn(work);
            }
        });
        stopped.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    fn write_one(&self, names: &Names<'_>) -> Result<(), Stopped> {
        let Some(((number, saved, planned), others)) = names.split_first() else { return Ok(()) };
        let beside = self.beside(&planned.path, *number);
        match &saved.kind {
            SavedKind::File(pieces) => {
                self.act(&Act::Create { path: &beside })?;
                self.fill(&beside, &planned.path, pieces)?;
                self.dress(saved, &beside)?;
                for (number, _, planned) in others {
                    self.act(&Act::Name { from: &beside, to: &self.beside(&planned.path, *number) })?;
                }
                self.act(&Act::Close { path: &beside })
            }
            SavedKind::Link(target) => {
                self.act(&Act::Link { path: &beside, target })?;
                self.dress(saved, &beside)
            }
            SavedKind::Folder | SavedKind::Other => Ok(()),
        }
    }

    fn fill(&self, beside: &Path, path: &Path, pieces: &[(DataId, u64)]) -> Result<(), Stopped> {
        for (id, length) in pieces {
            let bytes = self.repository.get_blob_cached(&BlobId::from(**id), BlobType::Data);
            let bytes = bytes.map_err(|error| Stopped::Repository(path.to_owned(), error))?;
            self.act(&Act::Append { path: beside, bytes: &bytes })?;
            self.counter.add(*length);
        }
        Ok(())
    }

    /// Gives a file, folder or link all that it had beside its content.
    fn dress(&self, saved: &Saved, path: &Path) -> Result<(), Stopped> {
        let owner = saved.owner.filter(|_| self.with_owners);
        if matches!(saved.kind, SavedKind::Link(_)) {
            if let Some(owner) = owner {
                self.act(&Act::OwnLink { path, owner })?;
            }
        } else {
            self.act(&Act::Own { path, access: Access { mode: saved.mode, owner } })?;
        }
        for (name, value) in &saved.attributes {
            self.act(&Act::Attribute { path, name, value })?;
        }
        match saved.modified {
            Some(modified) => self.act(&Act::Date { path, modified }),
            None => Ok(()),
        }
    }

    fn place(&self, beside: &[(PathBuf, &Path)]) -> Result<(), Stopped> {
        beside.iter().try_for_each(|(from, to)| self.act(&Act::Rename { from, to }))
    }

    /// Folders last and from within, since what is put into one changes its time.
    fn adjust(&self, jobs: &[Job<'_>]) -> Result<(), Stopped> {
        let is_folder = |saved: &Saved| matches!(saved.kind, SavedKind::Folder);
        for (_, saved, planned) in jobs.iter().rev() {
            if is_folder(saved) || planned.what == WhatIsDone::Adjusted {
                self.dress(saved, &planned.path)?;
            }
        }
        Ok(())
    }

    /// Waits for each disk that is written to.
    fn sync(&self, jobs: &[Job<'_>]) -> Result<(), Stopped> {
        if self.promise == Promise::Copy {
            return Ok(());
        }
        let mut disks = BTreeMap::new();
        for folder in jobs.iter().filter_map(|(_, _, planned)| planned.path.parent()) {
            if let Ok(details) = self.host.details(folder) {
                disks.entry(details.device).or_insert(folder);
            }
        }
        disks.into_values().try_for_each(|path| self.act(&Act::SyncDisk { path }))
    }

    fn beside(&self, path: &Path, number: usize) -> PathBuf {
        beside(path, self.random.wrapping_add(number as u64))
    }
}

/// What has a content or a target to be written, each with all the names that it gets.
fn with_twins<'j>(jobs: &[Job<'j>]) -> Vec<Names<'j>> {
    let mut first: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    let mut files: Vec<Names<'j>> = Vec::new();
    for job in jobs {
        let (_, saved, planned) = job;
        let is_written = matches!(planned.what, WhatIsDone::New | WhatIsDone::Replaced);
        if matches!(saved.kind, SavedKind::Folder | SavedKind::Other) || !is_written {
            continue;
        }
        if let Some(names) = saved.twin.and_then(|twin| first.get(&twin)).and_then(|first| files.get_mut(*first)) {
            names.push(*job);
            continue;
        }
        if let Some(twin) = saved.twin {
            first.insert(twin, files.len());
        }
        files.push(vec![*job]);
    }
    files
}
