use setpoint_host::Host;
use std::path::Path;

/// `o+r`
const READ_BY_OTHERS: u32 = 0o004;
/// `o+x`, which a folder needs to let anyone pass to what lies in it.
const PASSED_BY_OTHERS: u32 = 0o001;

/// True if every user of the machine may read the file: its own mode lets them, and so does that of every folder
/// above it (`path_resolution(7)`).
pub(super) fn by_all(host: &dyn Host, path: &Path) -> bool {
    let allows = |path: &Path, bit: u32| host.status(path).is_ok_and(|status| status.mode & bit != 0);
    // A link's own mode means nothing; where it leads counts.
    let path = host.resolve(path).unwrap_or_else(|_| path.to_owned());
    allows(&path, READ_BY_OTHERS) && path.ancestors().skip(1).all(|folder| allows(folder, PASSED_BY_OTHERS))
}
