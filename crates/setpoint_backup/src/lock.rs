//! One process of this program at a time works on a repository.

use crate::location::Location;
use crate::sentences;
use setpoint_host::{Access, FileLock, Host};
use setpoint_model::Problem;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The second file is not longer, in bytes.
const LONGEST: u64 = 64 << 10;

/// The file that is held, and the one with the names of the locks for restic that whoever holds the repository has made. They
/// are in the folder of the repository, so that every user of the machine sees the same ones. A store has nothing that can be
/// held: for that they are among the records, and other machines and users are kept away by the locks for restic alone.
fn files(location: &Location, state: &Path) -> (PathBuf, PathBuf) {
    if let Some(folder) = location.folder() {
        return (folder.join("setpoint.lock"), folder.join("setpoint.locks"));
    }
    let (folder, name) = (state.join("backups"), location.file_name());
    (folder.join(format!("{name}.lock")), folder.join(format!("{name}.locks")))
}

/// Holds a repository until it is dropped. Locks for restic that a process of ours has left behind when it was killed are
/// removed.
pub(crate) fn take(host: &dyn Host, location: &Location, state: &Path) -> Result<FileLock, Problem> {
    let (held, for_restic) = files(location, state);
    if let Some(folder) = held.parent() {
        host.make_folder(folder).map_err(|refusal| refusal.problem())?;
    }
    let lock = host.lock(&held).map_err(|refusal| refusal.problem())?;
    let lock = lock.ok_or_else(|| sentences::taken(location))?;
    let left = host.read(&for_restic, LONGEST).unwrap_or_default();
    for name in String::from_utf8_lossy(&left).lines().filter(|name| name.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        // Whoever was not killed has removed its own.
        location.remove_lock(host, name);
    }
    Ok(lock)
}

/// The locks for restic that this process has, written down so that the next of us can remove them if this one is killed.
#[derive(Debug)]
pub(crate) struct Ours {
    file: PathBuf,
    names: Mutex<BTreeSet<String>>,
}

impl Ours {
    pub(crate) fn of(location: &Location, state: &Path) -> Self {
        Self { file: files(location, state).1, names: Mutex::default() }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().contains(name)
    }

    pub(crate) fn add(&self, host: &dyn Host, name: &str) -> Result<(), Problem> {
        // Held while the file is written: the threads that renew locks are several.
        let mut names = self.names();
        names.insert(name.to_owned());
        self.write(host, &names)
    }

    /// Of one that is gone. Where that cannot be written down, one that is gone is removed again.
    pub(crate) fn forget(&self, host: &dyn Host, name: &str) {
        let mut names = self.names();
        names.remove(name);
        drop(self.write(host, &names));
    }

    fn write(&self, host: &dyn Host, names: &BTreeSet<String>) -> Result<(), Problem> {
        let text: String = names.iter().map(|name| format!("{name}\n")).collect();
        host.write_with(&self.file, text.as_bytes(), Access::PRIVATE).map_err(|refusal| refusal.problem())
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
