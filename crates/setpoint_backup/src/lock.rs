//! One process of this program at a time works on a repository.

use crate::location::Location;
use crate::sentences;
use setpoint_host::{Access, FileLock, Host};
use setpoint_model::Problem;
use std::path::{Path, PathBuf};

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

/// Remembers the locks for restic, so that the next of us can remove them if this one is killed.
pub(crate) fn remember(host: &dyn Host, location: &Location, state: &Path, names: &[&str]) -> Result<(), Problem> {
    let text: String = names.iter().map(|name| format!("{name}\n")).collect();
    let (_, for_restic) = files(location, state);
    host.write_with(&for_restic, text.as_bytes(), Access::PRIVATE).map_err(|refusal| refusal.problem())
}
