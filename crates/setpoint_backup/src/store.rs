//! A repository that is open.

use crate::create::{TAG, UNDO_TAG, Wanted};
use crate::gate::Trouble;
use crate::list::tagged;
use crate::location::Location;
use crate::lock::Ours;
use crate::password::PasswordFile;
use crate::progress::{Bars, Tell, quiet};
use crate::record::Records;
use crate::restic_lock::{ResticLock, Strength};
use crate::{lock, machine, sentences};
use rustic_core::repofile::{MasterKey, SnapshotFile};
use rustic_core::{
    ConfigOptions, Credentials, IndexedFullStatus, IndexedIdsStatus, KeyOptions, OpenStatus, Repository,
    RepositoryBackends, RepositoryOptions, RusticResult,
};
use setpoint_host::{FileLock, Host};
use setpoint_model::Problem;
use setpoint_model::register::Repository as Place;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// What stands for the id of the newest backup.
const LATEST: &str = "latest";

/// Which repository, and what opens it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The repository, as the register has it.
    pub repository: Place,
    /// The region of a store.
    pub region: Option<String>,
    /// The file with the key of a store.
    pub credentials_file: Option<PathBuf>,
    /// The file with its password; `None` where the tool keeps that in its state folder.
    pub password_file: Option<PathBuf>,
    /// The folder that relative paths begin in.
    pub root: PathBuf,
    /// Where the tool keeps its state.
    pub state: PathBuf,
}

/// A repository that is open, and held against other processes.
pub struct Store<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) settings: Settings,
    /// Where it is.
    pub(crate) location: Location,
    pub(crate) password: String,
    pub(crate) trouble: Trouble,
    pub(crate) tell: Tell,
    pub(crate) records: Records,
    /// True if the repository was made just now.
    is_new: bool,
    /// The password file that was made just now.
    made_password: Option<PathBuf>,
    /// The repository's own key, once the password has opened it: to try that takes long, and is meant to.
    key: OnceLock<MasterKey>,
    /// What restic sees of us, from then on.
    for_restic: OnceLock<ResticLock<'a>>,
    ours: Arc<Ours>,
    _lock: FileLock,
}

impl<'a> Store<'a> {
    /// True if there is a repository; false if there never was one, as far as this machine knows.
    ///
    /// # Errors
    /// One that was there is gone, as with a disk that is not mounted; or nothing can be known of its place: this user may not
    /// look, the key of a store cannot be read, or the store does not answer.
    pub fn is_there(host: &dyn Host, settings: &Settings) -> Result<bool, Problem> {
        let location = Location::of(host, settings)?;
        is_there_or_never_was(host, &location, &Records::of(&settings.state, &location))
    }

    /// Opens the repository; one that is not there is an error.
    ///
    /// # Errors
    /// There is none, the password is wrong, or somebody else works on it.
    pub fn open(host: &'a dyn Host, settings: Settings, tell: Option<Tell>) -> Result<Self, Problem> {
        let location = Location::of(host, &settings)?;
        if !is_there_or_never_was(host, &location, &Records::of(&settings.state, &location))? {
            return Err(sentences::no_repository(&location));
        }
        let password = password_file(&settings).read(host, &location)?;
        let lock = lock::take(host, &location, &settings.state)?;
        Ok(Self::of(host, settings, location, lock, (password, None), tell))
    }

    /// Opens the repository, and makes it and its password where they never were.
    ///
    /// # Errors
    /// As [`Store::open`], or it cannot be made.
    pub fn open_or_make(host: &'a dyn Host, settings: Settings, tell: Option<Tell>) -> Result<Self, Problem> {
        let location = Location::of(host, &settings)?;
        let records = Records::of(&settings.state, &location);
        let was_there = is_there_or_never_was(host, &location, &records)?;
        if !was_there {
            location.prepare(host)?;
        }
        let lock = lock::take(host, &location, &settings.state)?;
        // Whoever held it until now may have made it.
        if was_there || location.has_repository(host)? {
            let password = password_file(&settings).read(host, &location)?;
            records.begin(host)?;
            return Ok(Self::of(host, settings, location, lock, (password, None), tell));
        }
        location.clear(host)?;
        let password = password_file(&settings).read_or_make(host)?;
        let mut store = Self::of(host, settings, location, lock, password, tell);
        let credentials = Credentials::password(&store.password);
        let made = store
            .closed()
            .and_then(|repository| repository.init(&credentials, &KeyOptions::default(), &ConfigOptions::default()));
        store.said("making the repository", made)?;
        records.begin(host)?;
        store.is_new = true;
        Ok(store)
    }

    /// As [`Store::open_or_make`], for what is to be saved in it: where files of it are missing or cannot be read, no
    /// repository and no password are made, of which nobody would know what for.
    ///
    /// # Errors
    /// As [`Store::open_or_make`], or the files of a first backup cannot be read. All of them are told.
    pub fn open_or_make_for(
        host: &'a dyn Host,
        settings: Settings,
        wanted: &Wanted,
        tell: Option<Tell>,
    ) -> Result<Self, Vec<Problem>> {
        let one = |problem| vec![problem];
        let location = Location::of(host, &settings).map_err(one)?;
        if !is_there_or_never_was(host, &location, &Records::of(&settings.state, &location)).map_err(one)? {
            wanted.collect(host, &location, &settings.root)?;
        }
        Self::open_or_make(host, settings, tell).map_err(one)
    }

    fn of(
        host: &'a dyn Host,
        settings: Settings,
        location: Location,
        lock: FileLock,
        (password, made_password): (String, Option<PathBuf>),
        tell: Option<Tell>,
    ) -> Self {
        let records = Records::of(&settings.state, &location);
        let ours = Arc::new(Ours::of(&location, &settings.state));
        Self {
            host,
            settings,
            location,
            password,
            trouble: Trouble::default(),
            tell: tell.unwrap_or_else(quiet),
            records,
            is_new: false,
            made_password,
            key: OnceLock::new(),
            for_restic: OnceLock::new(),
            ours,
            _lock: lock,
        }
    }

    /// The place of the repository if it was made when this was opened. A person should know that it has no older backups.
    pub fn made_repository(&self) -> Option<String> {
        self.is_new.then(|| self.location.to_string())
    }

    /// The password file that was made when this was opened. The person should keep a copy of it elsewhere.
    pub fn made_password(&self) -> Option<&Path> {
        self.made_password.as_deref()
    }

    fn closed(&self) -> RusticResult<Repository<()>> {
        let backends = RepositoryBackends::new(self.location.backend(&self.trouble)?, None);
        // A disk of this machine is as fast as the cache would be, and nothing of a store's is kept here.
        let options = RepositoryOptions::default().no_cache(true);
        Repository::new_with_progress(&options, &backends, Bars(Arc::clone(&self.tell)))
    }

    pub(crate) fn opened(&self) -> Result<Repository<OpenStatus>, Problem> {
        let credentials = match self.key.get() {
            Some(key) => Credentials::Masterkey(key.clone()),
            None => Credentials::password(&self.password),
        };
        let opened = self.closed().and_then(|repository| repository.open(&credentials));
        let opened = self.said("opening the repository", opened)?;
        let key = self.key.get_or_init(|| opened.key());
        if self.for_restic.get().is_none() {
            let lock = ResticLock::take(self.host, &self.location, key, Strength::Shared, &self.ours)?;
            self.for_restic.get_or_init(|| lock);
        }
        Ok(opened)
    }

    /// Keeps all others away from the repository, restic too, until what is given back is dropped.
    pub(crate) fn alone(&self) -> Result<ResticLock<'a>, Problem> {
        let opened = self.opened()?;
        let key = self.key.get_or_init(|| opened.key());
        ResticLock::take(self.host, &self.location, key, Strength::Exclusive, &self.ours)
    }

    /// As it has to be for writing: it knows what is there.
    pub(crate) fn for_writing(&self) -> Result<Repository<IndexedIdsStatus>, Problem> {
        self.said("reading the repository's index", self.opened()?.to_indexed_ids())
    }

    /// As it has to be for reading: it knows where all is.
    pub(crate) fn for_reading(&self) -> Result<Repository<IndexedFullStatus>, Problem> {
        self.said("reading the repository's index", self.opened()?.to_indexed())
    }

    /// What the library said, in words for a person.
    pub(crate) fn said<T>(&self, doing: &str, result: RusticResult<T>) -> Result<T, Problem> {
        result.map_err(|error| sentences::library(&error, doing, &self.location))
    }

    /// The backup of an id, of which the beginning is enough; `latest` is the newest of ours and of this machine that was not
    /// made to undo a restore. What others saved holds other files, and is meant only by who names it.
    pub(crate) fn find(&self, repository: &Repository<OpenStatus>, id: &str) -> Result<SnapshotFile, Problem> {
        let all = self.snapshots(repository)?;
        if id == LATEST {
            let machine = machine::name(self.host)?;
            let is_meant = |snapshot: &SnapshotFile| {
                snapshot.hostname == machine && snapshot.tags.contains(TAG) && tagged(snapshot, UNDO_TAG).is_none()
            };
            let newest = all.into_iter().rev().find(is_meant);
            return newest.ok_or_else(|| sentences::no_latest(&machine, &self.location));
        }
        let mut found = all.into_iter().filter(|snapshot| snapshot.id.to_hex().starts_with(id));
        match (found.next(), found.next()) {
            (Some(one), None) if !id.is_empty() => Ok(one),
            (Some(_), Some(_)) => Err(sentences::more_than_one(id)),
            (Some(_) | None, _) => Err(sentences::no_such_backup(id, &self.location)),
        }
    }
}

impl std::fmt::Debug for Store<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("location", &self.location).finish_non_exhaustive()
    }
}

/// True if there is a repository. One that was there and is gone is none that can be made: it may be on a disk that is not
/// mounted, and what is saved below its place then is found by nobody once it is.
fn is_there_or_never_was(host: &dyn Host, location: &Location, records: &Records) -> Result<bool, Problem> {
    let is_there = location.has_repository(host)?;
    if !is_there && records.are_there(host)? {
        return Err(sentences::repository_gone(location, records.file()));
    }
    Ok(is_there)
}

fn password_file(settings: &Settings) -> PasswordFile {
    let named = settings.password_file.as_ref().map(|file| settings.root.join(file));
    PasswordFile::of(named.as_deref(), &settings.state)
}
