//! Files with a secret in them that a person keeps: nobody else may have got at them.

use crate::sentences;
use setpoint_host::Host;
use setpoint_model::Problem;
use std::path::Path;

/// Permission bits that let somebody else than the owner in.
const OTHERS: u32 = 0o077;

/// Reads it, at most so many bytes; `what` is in it. `None` if there is none.
///
/// # Errors
/// Others may read or write it, it is somebody else's, or the machine refuses.
pub(crate) fn read(host: &dyn Host, file: &Path, longest: u64, what: &str) -> Result<Option<Vec<u8>>, Problem> {
    let status = match host.status(file) {
        Ok(status) => status,
        Err(refusal) if refusal.is_missing() => return Ok(None),
        Err(refusal) => return Err(refusal.problem()),
    };
    if status.mode & OTHERS != 0 {
        return Err(sentences::open_file(file, what, status.mode));
    }
    if ![0, host.owner().0].contains(&status.user) {
        return Err(sentences::foreign_file(file, what, status.user));
    }
    host.read(file, longest).map(Some).map_err(|refusal| refusal.problem())
}
