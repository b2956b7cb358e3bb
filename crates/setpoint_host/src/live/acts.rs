use crate::{Access, Act, Refusal};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Does it.
pub(super) fn perform(act: &Act<'_>) -> Result<(), Refusal> {
    let (path, done) = match *act {
        Act::MakeFolder { path, mode } => (path, DirBuilder::new().mode(mode).create(path)),
        Act::Create { path } => {
            (path, OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop))
        }
        Act::Append { path, bytes } => (path, append(path, bytes)),
        Act::Truncate { path, length } => {
            (path, OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(length)))
        }
        Act::Own { path, access } => (path, own(path, access)),
        Act::Sync { path } => (path, File::open(path).and_then(|file| file.sync_all())),
        Act::Rename { from, to } => (to, std::fs::rename(from, to)),
        Act::RemoveFolder { path } => (path, std::fs::remove_dir(path)),
        Act::Remove { path } => (path, std::fs::remove_file(path)),
    };
    done.map_err(|error| match Refusal::from_io(path, &error) {
        Refusal::Denied(path) => Refusal::NotWritable(path),
        other => other,
    })
}

fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    OpenOptions::new().append(true).open(path)?.write_all(bytes)
}

fn own(path: &Path, access: Access) -> std::io::Result<()> {
    let file = File::open(path)?;
    // In this order, since a new owner takes the set-user-id bit away (chown(2)).
    if let Some((user, group)) = access.owner {
        std::os::unix::fs::fchown(&file, Some(user), Some(group))?;
    }
    file.set_permissions(Permissions::from_mode(access.mode))
}
