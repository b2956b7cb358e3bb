//! One process at a time works on a repository.

use crate::sentences;
use setpoint_host::{FileLock, Host, Kind};
use setpoint_model::Problem;
use std::path::Path;
use std::time::Duration;

/// restic renews its lock every five minutes and takes one that is older than this for left behind (`StaleLockTimeout`).
const STALE: Duration = Duration::from_mins(30);

/// Holds a repository until it is dropped. A repository that restic works on is left alone.
pub(crate) fn take(host: &dyn Host, repository: &Path) -> Result<FileLock, Problem> {
    let lock = host.lock(&repository.join("setpoint.lock")).map_err(|refusal| refusal.problem())?;
    let lock = lock.ok_or_else(|| sentences::taken(repository))?;
    is_free_of_restic(host, repository)?;
    Ok(lock)
}

/// Fails where restic works on the repository.
pub(crate) fn is_free_of_restic(host: &dyn Host, repository: &Path) -> Result<(), Problem> {
    let locks = repository.join("locks");
    let now = host.now().timestamp();
    for listed in host.list(&locks).unwrap_or_default().iter().filter(|listed| listed.kind == Kind::File) {
        let path = locks.join(&listed.name);
        // One that is gone by now was given back.
        let Ok(details) = host.details(&path) else { continue };
        if now.duration_since(details.modified).unsigned_abs() < STALE {
            return Err(sentences::taken_by_restic(&path));
        }
    }
    Ok(())
}
