//! Writes what a backup holds. Each file is written beside its place, made as it was in all but its name, and then takes its
//! place at once: there is the old file or the one that was saved, never half of it.

use crate::plan::{Planned, WhatIsDone};
use crate::progress::Counter;
use crate::saved::{Saved, SavedKind};
use rustic_core::repofile::BlobType;
use rustic_core::{BlobId, DataId, IndexedFullStatus, Repository};
use setpoint_host::{Access, Act, Host, Refusal};
use std::collections::BTreeMap;
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
        for (_, saved, planned) in &jobs {
            if matches!(saved.kind, SavedKind::Folder) && planned.what == WhatIsDone::New {
                self.make_folder(&planned.path)?;
            }
        }
        let (twins, files) = split_twins(&jobs);
        let beside: Vec<(PathBuf, PathBuf)> = files
            .iter()
            .map(|(number, _, planned)| (self.beside(&planned.path, *number), planned.path.clone()))
            .collect();
        let placed = self.in_parallel(&files).and_then(|()| self.sync(&jobs)).and_then(|()| self.place(&beside));
        if placed.is_err() {
            // What is left of them is an unread file with a dot in front; those that took their place are gone already.
            beside.iter().for_each(|(beside, _)| drop(self.host.act(&Act::Remove { path: beside })));
        }
        placed?;
        for (job, first) in &twins {
            self.name_once_more(job, first)?;
        }
        self.adjust(&jobs)?;
        self.sync(&jobs)
    }

    fn act(&self, act: &Act<'_>) -> Result<(), Stopped> {
        self.host.act(act).map_err(|refusal| Stopped::Machine(act.path().to_owned(), refusal))
    }

    /// A folder that only this user may enter until all is in it.
    fn make_folder(&self, path: &Path) -> Result<(), Stopped> {
        if let Some(above) = path.parent().filter(|above| self.host.status(above).is_err()) {
            self.host.make_folder(above).map_err(|refusal| Stopped::Machine(above.to_owned(), refusal))?;
        }
        self.act(&Act::MakeFolder { path, mode: 0o700 })
    }

    /// Writes files beside their places, as many at once as the machine has cores.
    fn in_parallel(&self, jobs: &[Job<'_>]) -> Result<(), Stopped> {
        let next = AtomicUsize::new(0);
        let is_over = AtomicBool::new(false);
        let stopped = Mutex::new(None);
        let work = || {
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                if let Err(because) = self.write_one(job) {
                    is_over.store(true, Ordering::Relaxed);
                    stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(because);
                    return;
                }
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        std::thread::scope(|scope| {
            for _ in 0..threads.min(jobs.len()) {
                scope.spawn(work);
            }
        });
        stopped.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    fn write_one(&self, (number, saved, planned): &Job<'_>) -> Result<(), Stopped> {
        let beside = self.beside(&planned.path, *number);
        match &saved.kind {
            SavedKind::File(pieces) => {
                self.act(&Act::Create { path: &beside })?;
                self.fill(&beside, &planned.path, pieces)?;
            }
            SavedKind::Link(target) => self.act(&Act::Link { path: &beside, target })?,
            SavedKind::Folder | SavedKind::Other => {}
        }
        self.dress(saved, &beside)
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

    fn place(&self, beside: &[(PathBuf, PathBuf)]) -> Result<(), Stopped> {
        beside.iter().try_for_each(|(from, to)| self.act(&Act::Rename { from, to }))
    }

    /// One more name of a file that is in its place by now.
    fn name_once_more(&self, (number, _, planned): &Job<'_>, first: &Path) -> Result<(), Stopped> {
        let beside = self.beside(&planned.path, *number);
        self.act(&Act::Name { from: first, to: &beside })?;
        self.act(&Act::Rename { from: &beside, to: &planned.path })
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

    /// The name of a file that becomes `path`, as [`Host::sweep`] knows such names.
    fn beside(&self, path: &Path, number: usize) -> PathBuf {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // A name can have 255 bytes, and this one is longer than that of the file.
        let short: String = name.chars().take(40).collect();
        path.with_file_name(format!(".setpoint-{short}-{:016x}", self.random.wrapping_add(number as u64)))
    }
}

/// What has a content or a target to be written, and names of a file that has another name already, with that.
fn split_twins<'j>(jobs: &[Job<'j>]) -> (Vec<(Job<'j>, PathBuf)>, Vec<Job<'j>>) {
    let mut first: BTreeMap<(u64, u64), PathBuf> = BTreeMap::new();
    let (mut twins, mut files) = (Vec::new(), Vec::new());
    for job in jobs {
        let (_, saved, planned) = job;
        let is_written = matches!(planned.what, WhatIsDone::New | WhatIsDone::Replaced);
        if matches!(saved.kind, SavedKind::Folder | SavedKind::Other) || !is_written {
            continue;
        }
        match saved.twin.and_then(|twin| first.get(&twin)) {
            Some(path) => twins.push((*job, path.clone())),
            None => files.push(*job),
        }
        if let Some(twin) = saved.twin {
            first.entry(twin).or_insert_with(|| planned.path.clone());
        }
    }
    (twins, files)
}
