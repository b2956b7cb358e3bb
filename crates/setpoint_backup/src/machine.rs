//! Whose backups are whose, where machines share a repository.

use setpoint_host::Host;
use setpoint_model::Problem;
use std::path::Path;

/// Linux allows 64 bytes for it (uname(2)).
const LONGEST: u64 = 1 << 10;

/// This machine's name, which its backups have.
pub(crate) fn name(host: &dyn Host) -> Result<String, Problem> {
    let name = host.read(Path::new("/proc/sys/kernel/hostname"), LONGEST).map_err(|refusal| refusal.problem())?;
    Ok(String::from_utf8_lossy(&name).trim().to_owned())
}
