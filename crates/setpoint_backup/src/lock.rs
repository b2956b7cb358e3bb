//! One process of this program at a time works on a repository.

use crate::sentences;
use setpoint_host::{Access, FileLock, Host};
use setpoint_model::Problem;
use std::path::{Path, PathBuf};

/// The file that is held, in the repository, so that every user of the machine sees the same one.
const FILE: &str = "setpoint.lock";
/// Where the names of the locks for restic stand that whoever holds the repository has made.
const FOR_RESTIC: &str = "setpoint.locks";
/// The second file is not longer, in bytes.
const LONGEST: u64 = 64 << 10;

/// Holds a repository until it is dropped. Locks for restic that a process of ours has left behind when it was killed are
/// removed.
pub(crate) fn take(host: &dyn Host, repository: &Path) -> Result<FileLock, Problem> {
    let lock = host.lock(&repository.join(FILE)).map_err(|refusal| refusal.problem())?;
    let lock = lock.ok_or_else(|| sentences::taken(repository))?;
    let left = host.read(&repository.join(FOR_RESTIC), LONGEST).unwrap_or_default();
    for name in String::from_utf8_lossy(&left).lines().filter(|name| name.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        // Whoever was not killed has removed its own.
        let _ = host.remove(&repository.join("locks").join(name));
    }
    Ok(lock)
}

/// Remembers the locks for restic, so that the next of us can remove them if this one is killed.
pub(crate) fn remember(host: &dyn Host, repository: &Path, files: &[&Path]) -> Result<(), Problem> {
    let names = files.iter().filter_map(|file| file.file_name());
    let text: String = names.map(|name| format!("{}\n", name.display())).collect();
    let file: PathBuf = repository.join(FOR_RESTIC);
    host.write_with(&file, text.as_bytes(), Access::PRIVATE).map_err(|refusal| refusal.problem())
}
