//! Acts that follow no link. A folder on the way may belong to somebody else, who can put a link in the place of anything in
//! it between two acts; what root writes must not end up where that link leads.

use crate::{Access, Act, Refusal};
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, XattrFlags, fchmod, fchown, fstat, fsync, openat, renameat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::{Gid, Uid, geteuid};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

/// Does it; `None` for an act that is not done so.
pub(super) fn perform(act: &Act<'_>) -> Option<Result<(), Refusal>> {
    let (path, done) = match *act {
        Act::Create { path } => (path, create(path)),
        Act::Append { path, bytes } => (path, append(path, bytes)),
        Act::Own { path, access } => (path, own(path, access)),
        Act::Attribute { path, name, value } => (path, attribute(path, name, value)),
        Act::Sync { path } => (path, sync(path)),
        Act::Rename { from, to } => (to, rename(from, to)),
        Act::Remove { path } => (path, remove(path)),
        _ => return None,
    };
    Some(done.map_err(|error| match Refusal::from_io(path, &error) {
        Refusal::Denied(path) => Refusal::NotWritable(path),
        _ if [Errno::LOOP, Errno::NOTDIR].map(|errno| Some(errno.raw_os_error())).contains(&error.raw_os_error()) => {
            let because = "something on the way to it was replaced by a link in this moment".to_owned();
            Refusal::Failed { what: path.display().to_string(), because }
        }
        other => other,
    }))
}

/// The folder of a path, reached without following a link, and the name in it.
fn parent(path: &Path) -> std::io::Result<(OwnedFd, &OsStr)> {
    let name = path.file_name().ok_or(Errno::INVAL)?;
    Ok((folder(path.parent().unwrap_or(Path::new("")))?, name))
}

fn folder(path: &Path) -> std::io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let start = if path.is_absolute() { "/" } else { "." };
    let mut at = openat(CWD, start, flags, Mode::empty())?;
    for component in path.components() {
        match component {
            Component::Normal(name) => at = openat(&at, name, flags, Mode::empty())?,
            Component::RootDir | Component::CurDir => {}
            // Where that leads depends on what is there.
            Component::ParentDir | Component::Prefix(_) => return Err(Errno::INVAL.into()),
        }
    }
    Ok(at)
}

fn create(path: &Path) -> std::io::Result<()> {
    let (folder, name) = parent(path)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(&folder, name, flags, Mode::RUSR | Mode::WUSR)?;
    Ok(())
}

/// The file as [`create`] made it: this user's own, with no other name. What is neither was put there by somebody else.
fn own_file(path: &Path, how: OFlags) -> std::io::Result<OwnedFd> {
    let (folder, name) = parent(path)?;
    let file = openat(&folder, name, how | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
    let status = fstat(&file)?;
    let is_own = FileType::from_raw_mode(status.st_mode) == FileType::RegularFile
        && status.st_uid == geteuid().as_raw()
        && status.st_nlink == 1;
    if is_own { Ok(file) } else { Err(Errno::LOOP.into()) }
}

fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    File::from(own_file(path, OFlags::WRONLY | OFlags::APPEND)?).write_all(bytes)
}

fn own(path: &Path, access: Access) -> std::io::Result<()> {
    let file = own_file(path, OFlags::RDONLY)?;
    // In this order, since a new owner takes the set-user-id bit away (chown(2)).
    if let Some((user, group)) = access.owner {
        fchown(&file, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?;
    }
    fchmod(&file, Mode::from_raw_mode(access.mode))?;
    Ok(())
}

fn attribute(path: &Path, name: &str, value: &[u8]) -> std::io::Result<()> {
    let (folder, own) = parent(path)?;
    let file =
        openat(&folder, own, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?;
    rustix::fs::fsetxattr(&file, name, value, XattrFlags::empty())?;
    Ok(())
}

fn sync(path: &Path) -> std::io::Result<()> {
    let (folder, name) = parent(path)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    fsync(openat(&folder, name, flags, Mode::empty())?)?;
    Ok(())
}

/// Within one folder.
fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.parent() != to.parent() {
        return Err(Errno::XDEV.into());
    }
    let (folder, old) = parent(from)?;
    let new = to.file_name().ok_or(Errno::INVAL)?;
    renameat(&folder, old, &folder, new)?;
    Ok(())
}

fn remove(path: &Path) -> std::io::Result<()> {
    let (folder, name) = parent(path)?;
    unlinkat(&folder, name, AtFlags::empty())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{Access, Act, Host as _, LiveHost, TemporaryFolder};
    use std::path::Path;

    /// A folder of somebody with a file of this user's, which a link in it leads to.
    fn theirs() -> TemporaryFolder {
        let folder = LiveHost.temporary_folder().unwrap();
        LiveHost.write(&folder.path().join("ours/passwd"), b"root").unwrap();
        LiveHost.make_folder(&folder.path().join("theirs")).unwrap();
        folder
    }

    fn link(path: &Path, target: &str) {
        LiveHost.act(&Act::Link { path, target: Path::new(target) }).unwrap();
    }

    #[test]
    fn a_link_in_the_place_of_the_new_file_is_not_followed() {
        let folder = theirs();
        let path = folder.path().join("theirs/.new");
        link(&path, "../ours/passwd");
        let access = Access { mode: 0o666, owner: None };
        for act in [
            Act::Create { path: &path },
            Act::Append { path: &path, bytes: b"x" },
            Act::Own { path: &path, access },
            Act::Attribute { path: &path, name: "user.a", value: b"x" },
            Act::Sync { path: &path },
        ] {
            assert!(LiveHost.act_closely(&act).is_err(), "{act:?}");
        }
        assert_eq!(LiveHost.read(&folder.path().join("ours/passwd"), 100).unwrap(), b"root");
        assert_eq!(LiveHost.status(&folder.path().join("ours/passwd")).unwrap().mode, 0o644);
    }

    #[test]
    fn another_name_of_a_file_is_not_the_new_file() {
        let folder = theirs();
        let (ours, path) = (folder.path().join("ours/passwd"), folder.path().join("theirs/.new"));
        LiveHost.act(&Act::Name { from: &ours, to: &path }).unwrap();
        let access = Access { mode: 0o666, owner: None };
        assert!(LiveHost.act_closely(&Act::Append { path: &path, bytes: b"x" }).is_err());
        assert!(LiveHost.act_closely(&Act::Own { path: &path, access }).is_err());
        assert_eq!(LiveHost.read(&ours, 100).unwrap(), b"root");
    }

    #[test]
    fn a_folder_that_became_a_link_is_not_entered() {
        let folder = theirs();
        let path = LiveHost.resolve(folder.path()).unwrap().join("theirs/etc/passwd");
        link(path.parent().unwrap(), "../ours");
        let refused = LiveHost.write_closely(&path, b"mine", Access::PRIVATE).unwrap_err();
        assert!(refused.to_string().contains("replaced by a link in this moment"), "{refused}");
        assert!(LiveHost.remove_closely(&path).is_err());
        assert_eq!(LiveHost.read(&folder.path().join("ours/passwd"), 100).unwrap(), b"root");
        let names = LiveHost.list(&folder.path().join("ours")).unwrap();
        assert_eq!(names.len(), 1, "nothing was made beside it: {names:?}");
    }
}
