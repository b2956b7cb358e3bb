//! A repository that is open.

use crate::create::UNDO_TAG;
use crate::gate::{Gate, Trouble};
use crate::list::tagged;
use crate::password::PasswordFile;
use crate::progress::{Bars, Tell, quiet};
use crate::record::Records;
use crate::restic_lock::{ResticLock, Strength};
use crate::{lock, sentences};
use rustic_backend::local::LocalBackend;
use rustic_core::repofile::{MasterKey, SnapshotFile};
use rustic_core::{
    ConfigOptions, Credentials, IndexedFullStatus, IndexedIdsStatus, KeyOptions, OpenStatus, Repository,
    RepositoryBackends, RepositoryOptions, RusticResult,
};
use setpoint_host::{Act, FileLock, Host, Listed};
use setpoint_model::Problem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Which repository, and what opens it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The repository, as the register has it.
    pub repository: String,
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
    pub(crate) path: PathBuf,
    pub(crate) password: String,
    pub(crate) trouble: Trouble,
    pub(crate) tell: Tell,
    pub(crate) records: Records,
    /// The password file that was made just now.
    made_password: Option<PathBuf>,
    /// The repository's own key, once the password has opened it: to try that takes long, and is meant to.
    key: OnceLock<MasterKey>,
    /// What restic sees of us, from then on.
    for_restic: OnceLock<ResticLock<'a>>,
    _lock: FileLock,
}

impl<'a> Store<'a> {
    /// True if there is a repository.
    ///
    /// # Errors
    /// Its place is none that is known.
    pub fn is_there(host: &dyn Host, settings: &Settings) -> Result<bool, Problem> {
        Ok(host.status(&folder(settings)?.join("config")).is_ok())
    }

    /// Opens the repository; one that is not there is an error.
    ///
    /// # Errors
    /// There is none, the password is wrong, or somebody else works on it.
    pub fn open(host: &'a dyn Host, settings: Settings, tell: Option<Tell>) -> Result<Self, Problem> {
        let path = folder(&settings)?;
        if host.status(&path.join("config")).is_err() {
            return Err(sentences::no_repository(&path));
        }
        let password = password_file(&settings).read(host, &path)?;
        Self::of(host, settings, path, password, None, tell)
    }

    /// Opens the repository, and makes it and its password where they are not there.
    ///
    /// # Errors
    /// As [`Store::open`], or it cannot be made.
    pub fn open_or_make(host: &'a dyn Host, settings: Settings, tell: Option<Tell>) -> Result<Self, Problem> {
        let path = folder(&settings)?;
        if host.status(&path.join("config")).is_ok() {
            return Self::open(host, settings, tell);
        }
        let refused = |refusal: setpoint_host::Refusal| refusal.problem();
        if host.status(&path).is_err() {
            // What is in it is encrypted, and still nobody else's.
            host.make_folder(path.parent().unwrap_or(&path)).map_err(refused)?;
            host.act(&Act::MakeFolder { path: &path, mode: 0o700 }).map_err(refused)?;
        } else if let Some(other) = host.list(&path).map_err(refused)?.iter().find(|listed| !is_of_repository(listed)) {
            return Err(sentences::not_empty(&path, &other.name));
        }
        let (password, made) = password_file(&settings).read_or_make(host)?;
        let store = Self::of(host, settings, path, password, made, tell)?;
        let credentials = Credentials::password(&store.password);
        let made = store
            .closed()
            .and_then(|repository| repository.init(&credentials, &KeyOptions::default(), &ConfigOptions::default()));
        store.said("making the repository", made)?;
        Ok(store)
    }

    fn of(
        host: &'a dyn Host,
        settings: Settings,
        path: PathBuf,
        password: String,
        made_password: Option<PathBuf>,
        tell: Option<Tell>,
    ) -> Result<Self, Problem> {
        let lock = lock::take(host, &path)?;
        let records = Records::of(&settings.state, &path);
        Ok(Self {
            host,
            settings,
            path,
            password,
            trouble: Trouble::default(),
            tell: tell.unwrap_or_else(quiet),
            records,
            made_password,
            key: OnceLock::new(),
            for_restic: OnceLock::new(),
            _lock: lock,
        })
    }

    /// The password file that was made when this was opened. The person should keep a copy of it elsewhere.
    pub fn made_password(&self) -> Option<&Path> {
        self.made_password.as_deref()
    }

    /// Where the repository is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn closed(&self) -> RusticResult<Repository<()>> {
        let backend = LocalBackend::new(self.path.display().to_string(), [])?;
        let backend = Gate { inner: backend, trouble: self.trouble.clone() };
        let backends = RepositoryBackends::new(Arc::new(backend), None);
        // The repository is on a disk of this machine, which is as fast as the cache would be.
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
            let lock = ResticLock::take(self.host, &self.path, key, Strength::Shared, &[])?;
            lock::remember(self.host, &self.path, &[lock.file()])?;
            self.for_restic.get_or_init(|| lock);
        }
        Ok(opened)
    }

    /// Keeps all others away from the repository, restic too, until what is given back is dropped.
    pub(crate) fn alone(&self) -> Result<ResticLock<'a>, Problem> {
        self.opened()?;
        let key = self.key.get().cloned().unwrap_or_default();
        let ours: Vec<&Path> = self.for_restic.get().map(ResticLock::file).into_iter().collect();
        let lock = ResticLock::take(self.host, &self.path, &key, Strength::Exclusive, &ours)?;
        lock::remember(self.host, &self.path, &[&ours[..], &[lock.file()]].concat())?;
        Ok(lock)
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
        result.map_err(|error| sentences::library(&error, doing, &self.path))
    }

    /// The backup of an id, of which the beginning is enough; `latest` is the newest that was not made to undo a restore.
    pub(crate) fn find(&self, repository: &Repository<OpenStatus>, id: &str) -> Result<SnapshotFile, Problem> {
        let mut all = self.said("listing the backups", repository.get_all_snapshots())?;
        all.sort_unstable_by(|one, two| one.time.cmp(&two.time));
        if id == "latest" {
            all.retain(|snapshot| tagged(snapshot, UNDO_TAG).is_none());
            return all.pop().ok_or_else(|| sentences::no_such_backup(id, &self.path));
        }
        let mut found = all.into_iter().filter(|snapshot| snapshot.id.to_hex().starts_with(id));
        match (found.next(), found.next()) {
            (Some(one), None) if !id.is_empty() => Ok(one),
            (Some(_), Some(_)) => Err(sentences::more_than_one(id)),
            (Some(_) | None, _) => Err(sentences::no_such_backup(id, &self.path)),
        }
    }
}

impl std::fmt::Debug for Store<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

/// True for what a repository is made of, of which a part is there if making it was interrupted.
fn is_of_repository(listed: &Listed) -> bool {
    const NAMES: [&str; 8] =
        ["config", "data", "index", "keys", "locks", "snapshots", "setpoint.lock", "setpoint.locks"];
    NAMES.iter().any(|name| listed.name == *name)
}

fn password_file(settings: &Settings) -> PasswordFile {
    let named = settings.password_file.as_ref().map(|file| settings.root.join(file));
    PasswordFile::of(named.as_deref(), &settings.state)
}

/// The folder of the repository. Other places are told by a word and a colon, as restic has them.
fn folder(settings: &Settings) -> Result<PathBuf, Problem> {
    let named = settings.repository.strip_prefix("local:").unwrap_or(&settings.repository);
    let is_elsewhere = named
        .split_once(':')
        .is_some_and(|(word, _)| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_alphanumeric()));
    if is_elsewhere {
        return Err(sentences::not_local(named));
    }
    Ok(settings.root.join(named))
}
