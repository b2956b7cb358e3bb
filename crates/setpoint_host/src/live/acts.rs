use crate::source::{Wanted, open};
use crate::{Access, Act, Refusal};
use rustix::fs::{AtFlags, CWD, OFlags, Timespec, Timestamps, XattrFlags};
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
        // It was closed when it was made.
        Act::Close { path } => (path, Ok(())),
        Act::Append { path, bytes } => (path, append(path, bytes)),
        Act::Truncate { path, length } => (path, truncate(path, length)),
        Act::Own { path, access } => (path, own(path, access)),
        Act::Sync { path } => (path, opened(path).and_then(|file| file.sync_all())),
        Act::Rename { from, to } => (to, std::fs::rename(from, to)),
        Act::Link { path, target } => (path, std::os::unix::fs::symlink(target, path)),
        Act::Name { from, to } => (to, std::fs::hard_link(from, to)),
        Act::OwnLink { path, owner: (user, group) } => (path, std::os::unix::fs::lchown(path, Some(user), Some(group))),
        Act::Date { path, modified } => (path, date(path, modified)),
        Act::Attribute { path, name, value } => {
            (path, rustix::fs::lsetxattr(path, name, value, XattrFlags::empty()).map_err(Into::into))
        }
        Act::SyncDisk { path } => (path, opened(path).and_then(|file| rustix::fs::syncfs(&file).map_err(Into::into))),
        Act::RemoveFolder { path } => (path, std::fs::remove_dir(path)),
        Act::Remove { path } => (path, std::fs::remove_file(path)),
    };
    done.map_err(|error| match Refusal::from_io(path, &error) {
        Refusal::Denied(path) => Refusal::NotWritable(path),
        other => other,
    })
}

fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    open(path, OpenOptions::new().append(true), OFlags::empty(), Wanted::File)?.0.write_all(bytes)
}

fn truncate(path: &Path, length: u64) -> std::io::Result<()> {
    open(path, OpenOptions::new().write(true), OFlags::empty(), Wanted::File)?.0.set_len(length)
}

fn opened(path: &Path) -> std::io::Result<File> {
    Ok(open(path, OpenOptions::new().read(true), OFlags::empty(), Wanted::FileOrFolder)?.0)
}

fn own(path: &Path, access: Access) -> std::io::Result<()> {
    let file = opened(path)?;
    // In this order, since a new owner takes the set-user-id bit away (chown(2)).
    if let Some((user, group)) = access.owner {
        std::os::unix::fs::fchown(&file, Some(user), Some(group))?;
    }
    file.set_permissions(Permissions::from_mode(access.mode))
}

fn date(path: &Path, modified: jiff::Timestamp) -> std::io::Result<()> {
    rustix::fs::utimensat(CWD, path, &times(modified), AtFlags::SYMLINK_NOFOLLOW).map_err(Into::into)
}

/// A time as the kernel takes it.
pub(super) fn times(modified: jiff::Timestamp) -> Timestamps {
    // The part behind the second is negative before 1970, and the kernel's never is.
    let nanoseconds = modified.as_nanosecond();
    let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).unwrap_or_default();
    let rest = i64::try_from(nanoseconds.rem_euclid(1_000_000_000)).unwrap_or_default();
    let time = Timespec { tv_sec: seconds, tv_nsec: rest };
    Timestamps { last_access: time, last_modification: time }
}
