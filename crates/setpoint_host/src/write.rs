//! Writes files so that after a power cut there is either the old text or the new, never half.
//! It does not keep a file's hard links; configuration files have none.

use crate::{Refusal, ending};
use std::fs::{File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// Writes beside the file, syncs, renames over it, and syncs the folder so that the name lasts too.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    // A signal that ends the process leaves no half of it beside the file.
    ending::unless_ending(|| try_replace(path, bytes)).map_err(|error| match Refusal::from_io(path, &error) {
        Refusal::Denied(path) => Refusal::NotWritable(path),
        other => other,
    })
}

fn try_replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // A link is followed: replacing the link itself would leave its target behind with the old text.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    let mut temporary = tempfile::Builder::new().prefix(".setpoint-").tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    let old = path.metadata().ok();
    let mode = old.as_ref().map_or(0o644, |old| old.permissions().mode() & 0o7777);
    temporary.as_file().set_permissions(Permissions::from_mode(mode))?;
    if let Some(old) = old {
        std::os::unix::fs::fchown(temporary.as_file(), Some(old.uid()), Some(old.gid()))?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::replace;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn keeps_the_mode_and_leaves_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.env");
        #[expect(clippy::disallowed_methods, reason = "the test prepares the file that the door then replaces")]
        std::fs::write(&path, "A=1").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        replace(&path, b"A=2").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }
}
