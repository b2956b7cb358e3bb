//! Where a repository is: a folder of this machine, or a bucket. Whoever works with backups does not need to know which.

use crate::gate::{Gate, Trouble};
use crate::s3::{Because, Client, Fault, Key, Objects};
use crate::sentences;
use crate::store::Settings;
use rustic_backend::local::LocalBackend;
use rustic_core::{BytesList, RusticResult, WriteBackend};
use setpoint_host::{Access, Act, Host, Kind, Listed, Refusal};
use setpoint_model::register::Repository;
use setpoint_model::{Place, Problem};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The region of a store that has none, and of Amazon's first.
const REGION: &str = "us-east-1";
/// Where the locks of restic are.
const LOCKS: &str = "locks";
/// No lock is longer, in bytes.
const LONGEST_LOCK: u64 = 64 << 10;

#[derive(Clone, Debug)]
pub(crate) enum Location {
    Folder(PathBuf),
    Bucket(Box<Client>),
}

/// A lock of restic that is there.
pub(crate) struct LockFile {
    pub(crate) name: String,
    /// When it was written, by the clock of what keeps it.
    pub(crate) modified: jiff::Timestamp,
}

impl Location {
    /// Finds it, and reads the key of a store. Nothing is asked of that yet.
    pub(crate) fn of(host: &dyn Host, settings: &Settings) -> Result<Self, Problem> {
        let bucket = match &settings.repository {
            Repository::Folder(folder) => return Ok(Self::Folder(settings.root.join(folder))),
            Repository::Bucket(bucket) => bucket,
        };
        let file = settings.credentials_file.as_ref().ok_or_else(|| sentences::no_credentials(bucket))?;
        let key = Key::read(host, &settings.root.join(file))?;
        let region = settings.region.clone().or_else(|| key.region.clone()).unwrap_or_else(|| REGION.to_owned());
        let client = Client::new(bucket, &region, key).map_err(|fault| fault.problem("finding the repository"))?;
        Ok(Self::Bucket(Box::new(client)))
    }

    /// It as the place of a problem.
    pub(crate) fn place(&self) -> Place {
        Place::file(self.to_string())
    }

    /// True if the problem is about what is in it.
    pub(crate) fn is_place_of(&self, problem: &Problem) -> bool {
        problem.place.as_ref().is_some_and(|place| match self {
            Self::Folder(folder) => Path::new(&place.file).starts_with(folder),
            Self::Bucket(client) => place.file == client.shown(),
        })
    }

    /// The folder, if it is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Bucket(_) => None,
        }
    }

    /// A name for files about this repository, since a machine can have several.
    pub(crate) fn file_name(&self) -> String {
        let safe = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
        let name: String = self.to_string().chars().map(|letter| if safe(letter) { letter } else { '_' }).collect();
        name.trim_start_matches('_').to_owned()
    }

    /// True if there is a repository. Where nobody may look, nothing is known.
    pub(crate) fn has_repository(&self, host: &dyn Host) -> Result<bool, Problem> {
        match self {
            Self::Folder(folder) => is_there(host, &folder.join("config")),
            Self::Bucket(client) => {
                let listed = client.list("config").map_err(|fault| fault.problem("looking for the repository"))?;
                Ok(listed.iter().any(|object| object.name == "config"))
            }
        }
    }

    /// Makes room for a repository, where nothing else is.
    pub(crate) fn prepare(&self, host: &dyn Host) -> Result<(), Problem> {
        let refused = |refusal: Refusal| refusal.problem();
        match self {
            Self::Folder(folder) => {
                if !is_there(host, folder)? {
                    // What is in it is encrypted, and still nobody else's.
                    host.make_folder(folder.parent().unwrap_or(folder)).map_err(refused)?;
                    return host.act(&Act::MakeFolder { path: folder, mode: 0o700 }).map_err(refused);
                }
                let listed = host.list(folder).map_err(refused)?;
                match listed.iter().find(|listed| !is_of_repository(&listed.name.to_string_lossy())) {
                    Some(Listed { name, .. }) => Err(sentences::not_empty(self, name)),
                    None => Ok(()),
                }
            }
            Self::Bucket(client) => {
                let listed = client.list("").map_err(|fault| fault.problem("making the repository"))?;
                let mut first = listed.iter().filter_map(|object| object.name.split('/').next());
                match first.find(|name| !is_of_repository(name)) {
                    Some(name) => Err(sentences::not_empty(self, name.as_ref())),
                    None => Ok(()),
                }
            }
        }
    }

    /// Removes the keys of a repository whose making was interrupted: a second one for the same password would be beside the
    /// first, which does not open the new `config`, and the library takes whichever it finds first. Only for who holds the
    /// place. Where more than that is left, it was a repository once.
    pub(crate) fn clear(&self, host: &dyn Host) -> Result<(), Problem> {
        for kind in ["data", "index", "snapshots"] {
            if let Some(name) = self.files(host, kind)?.first() {
                return Err(sentences::no_config(self, name));
            }
        }
        for name in self.files(host, "keys")? {
            match self {
                Self::Folder(folder) => host.remove(&folder.join(&name)).map_err(|refusal| refusal.problem())?,
                Self::Bucket(client) => client.remove(&name).map_err(|fault| fault.problem("making the repository"))?,
            }
        }
        Ok(())
    }

    /// The names of all files below one of its folders, which begin with that.
    fn files(&self, host: &dyn Host, below: &str) -> Result<Vec<String>, Problem> {
        match self {
            Self::Folder(folder) => {
                let listed = unless_missing(host.list(&folder.join(below)))?.unwrap_or_default();
                let mut names = Vec::new();
                for Listed { name, kind } in listed {
                    let name = format!("{below}/{}", name.to_string_lossy());
                    match kind {
                        Kind::Folder => names.extend(self.files(host, &name)?),
                        Kind::File | Kind::Link | Kind::Socket | Kind::Other => names.push(name),
                    }
                }
                Ok(names)
            }
            Self::Bucket(client) => {
                let listed = client.list(&format!("{below}/"));
                let listed = listed.map_err(|fault| fault.problem("making the repository"))?;
                Ok(listed.into_iter().map(|object| object.name).collect())
            }
        }
    }

    /// As the library reads and writes it. Nothing is written into it while there is trouble.
    pub(crate) fn backend(&self, trouble: &Trouble) -> RusticResult<Arc<dyn WriteBackend>> {
        let trouble = trouble.clone();
        Ok(match self {
            Self::Folder(folder) => {
                Arc::new(Gate { inner: LocalBackend::new(folder.display().to_string(), [])?, trouble })
            }
            Self::Bucket(client) => Arc::new(Gate { inner: Objects(Client::clone(client)), trouble }),
        })
    }

    /// Returns once nothing that was written can be lost by a power cut. A store says that of each object by itself.
    pub(crate) fn settle(&self, host: &dyn Host) -> Result<(), Problem> {
        match self {
            // The library syncs each file and not the folders that their names are in.
            Self::Folder(folder) => host.act(&Act::SyncDisk { path: folder }).map_err(|refusal| refusal.problem()),
            Self::Bucket(_) => Ok(()),
        }
    }

    /// The locks of restic that are there.
    pub(crate) fn locks(&self, host: &dyn Host) -> Result<Vec<LockFile>, Problem> {
        match self {
            Self::Folder(folder) => {
                let folder = folder.join(LOCKS);
                let listed = unless_missing(host.list(&folder))?.unwrap_or_default();
                let mut found = Vec::new();
                for listed in listed.iter().filter(|listed| listed.kind == Kind::File) {
                    // One that is gone by now was given back.
                    let details = unless_missing(host.details(&folder.join(&listed.name)))?;
                    let name = listed.name.to_string_lossy().into_owned();
                    found.extend(details.map(|details| LockFile { name, modified: details.modified }));
                }
                Ok(found)
            }
            Self::Bucket(client) => {
                let listed = client.list(&format!("{LOCKS}/")).map_err(|fault| of_locks(&fault))?;
                let files = listed.into_iter().filter_map(|object| {
                    let name = object.name.rsplit('/').next()?.to_owned();
                    // One without a time could be of now.
                    Some(LockFile { name, modified: object.modified.unwrap_or_else(|| host.now().timestamp()) })
                });
                Ok(files.collect())
            }
        }
    }

    /// What is in a lock; `None` of one that is gone.
    pub(crate) fn read_lock(&self, host: &dyn Host, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        match self {
            Self::Folder(folder) => unless_missing(host.read(&folder.join(LOCKS).join(name), LONGEST_LOCK)),
            Self::Bucket(client) => match client.get_all(&format!("{LOCKS}/{name}"), LONGEST_LOCK) {
                Ok(bytes) => Ok(Some(bytes.to_vec())),
                Err(fault) if fault.because == Because::Missing => Ok(None),
                Err(fault) => Err(of_locks(&fault)),
            },
        }
    }

    pub(crate) fn write_lock(&self, host: &dyn Host, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        match self {
            Self::Folder(folder) => {
                let written = host.write_with(&folder.join(LOCKS).join(name), bytes, Access::PRIVATE);
                written.map_err(|refusal| refusal.problem())
            }
            Self::Bucket(client) => client
                .put(&format!("{LOCKS}/{name}"), &BytesList::from(bytes.to_vec()))
                .map_err(|fault| of_locks(&fault)),
        }
    }

    /// Removes a lock; true if it is gone. One that stays is taken for left behind after a while, by restic and by us.
    pub(crate) fn remove_lock(&self, host: &dyn Host, name: &str) -> bool {
        match self {
            Self::Folder(folder) => unless_missing(host.remove(&folder.join(LOCKS).join(name))).is_ok(),
            Self::Bucket(client) => client.remove(&format!("{LOCKS}/{name}")).is_ok(),
        }
    }

    /// A lock as the place of a problem.
    pub(crate) fn place_of_lock(&self, name: &str) -> Place {
        Place::file(format!("{self}/{LOCKS}/{name}"))
    }
}

fn of_locks(fault: &Fault) -> Problem {
    fault.problem("locking the repository")
}

fn is_there(host: &dyn Host, path: &Path) -> Result<bool, Problem> {
    Ok(unless_missing(host.status(path))?.is_some())
}

/// What the machine says; `None` where there is nothing of that name.
fn unless_missing<T>(said: Result<T, Refusal>) -> Result<Option<T>, Problem> {
    match said {
        Ok(said) => Ok(Some(said)),
        Err(refusal) if refusal.is_missing() => Ok(None),
        Err(refusal) => Err(refusal.problem()),
    }
}

/// True for what a repository is made of, of which a part is there if making it was interrupted.
fn is_of_repository(name: &str) -> bool {
    const NAMES: [&str; 8] =
        ["config", "data", "index", "keys", "locks", "snapshots", "setpoint.lock", "setpoint.locks"];
    NAMES.contains(&name)
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Bucket(client) => f.write_str(client.shown()),
        }
    }
}
