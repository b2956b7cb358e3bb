//! Acts that follow no link. A folder on the way may belong to somebody else, who can put a link in the place of anything in
//! it between two acts; what root writes must not end up where that link leads.

use crate::{Access, Act, Refusal};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, XattrFlags, fchmod, fchown, fstat, fsync, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
            let because = "something on the way to it was replaced in this moment".to_owned();
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

/// The files that were created so and have not got their names yet, by the path under which they were made. What is done to
/// them is done to the open file: whoever puts another one in its place gets nothing of it.
static MADE: Mutex<BTreeMap<PathBuf, Arc<File>>> = Mutex::new(BTreeMap::new());

fn made() -> MutexGuard<'static, BTreeMap<PathBuf, Arc<File>>> {
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The file that was created under that path.
fn made_as(path: &Path) -> std::io::Result<Arc<File>> {
    made().get(path).cloned().ok_or_else(|| Errno::LOOP.into())
}

fn create(path: &Path) -> std::io::Result<()> {
    let (folder, name) = parent(path)?;
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(&folder, name, flags, Mode::RUSR | Mode::WUSR)?;
    made().insert(path.to_owned(), Arc::new(file.into()));
    Ok(())
}

fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // Nobody else writes into it, so that its position is its end.
    (&*made_as(path)?).write_all(bytes)
}

fn own(path: &Path, access: Access) -> std::io::Result<()> {
    let file = made_as(path)?;
    // In this order, since a new owner takes the set-user-id bit away (chown(2)).
    if let Some((user, group)) = access.owner {
        fchown(&file, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?;
    }
    fchmod(&file, Mode::from_raw_mode(access.mode))?;
    Ok(())
}

/// Of a file that was just made, or of one that is there.
fn attribute(path: &Path, name: &str, value: &[u8]) -> std::io::Result<()> {
    match made_as(path) {
        Ok(file) => rustix::fs::fsetxattr(&file, name, value, XattrFlags::empty())?,
        Err(_) => rustix::fs::fsetxattr(opened(path)?, name, value, XattrFlags::empty())?,
    }
    Ok(())
}

/// Of a file that was just made, or of a folder.
fn sync(path: &Path) -> std::io::Result<()> {
    match made_as(path) {
        Ok(file) => file.sync_all(),
        Err(_) => fsync(opened(path)?).map_err(Into::into),
    }
}

fn opened(path: &Path) -> std::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    if path == Path::new("/") {
        return Ok(openat(CWD, path, flags, Mode::empty())?);
    }
    let (folder, name) = parent(path)?;
    Ok(openat(&folder, name, flags, Mode::empty())?)
}

/// Gives a file that was just made its name, within its folder.
fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.parent() != to.parent() {
        return Err(Errno::XDEV.into());
    }
    let file = made_as(from)?;
    let (folder, old) = parent(from)?;
    let new = to.file_name().ok_or(Errno::INVAL)?;
    renameat(&folder, old, &folder, new)?;
    made().remove(from);
    let (own, there) = (fstat(&file)?, statat(&folder, new, AtFlags::SYMLINK_NOFOLLOW)?);
    let is_it = (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino);
    if is_it { Ok(()) } else { Err(Errno::LOOP.into()) }
}

fn remove(path: &Path) -> std::io::Result<()> {
    made().remove(path);
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
    fn what_takes_the_place_of_the_new_file_gets_nothing_of_it() {
        let folder = theirs();
        let folder = LiveHost.resolve(folder.path()).unwrap();
        let (ours, path) = (folder.join("ours/passwd"), folder.join("theirs/.new"));
        let other_name = || LiveHost.act(&Act::Name { from: &ours, to: &path }).unwrap();
        let other_link = || link(&path, "../ours/passwd");
        for take_the_place in [&other_name as &dyn Fn(), &other_link] {
            LiveHost.act_closely(&Act::Create { path: &path }).unwrap();
            LiveHost.act(&Act::Remove { path: &path }).unwrap();
            take_the_place();
            LiveHost.act_closely(&Act::Append { path: &path, bytes: b"secret" }).unwrap();
            let access = Access { mode: 0o666, owner: None };
            LiveHost.act_closely(&Act::Own { path: &path, access }).unwrap();
            LiveHost.act_closely(&Act::Sync { path: &path }).unwrap();
            let named = folder.join("theirs/shop.env");
            let refused = LiveHost.act_closely(&Act::Rename { from: &path, to: &named }).unwrap_err();
            assert!(refused.to_string().contains("replaced"), "{refused}");
            assert_eq!(LiveHost.read(&ours, 100).unwrap(), b"root");
            assert_eq!(LiveHost.status(&ours).unwrap().mode, 0o644);
            LiveHost.act(&Act::Remove { path: &named }).unwrap();
        }
    }

    #[test]
    fn a_folder_that_became_a_link_is_not_entered() {
        let folder = theirs();
        let path = LiveHost.resolve(folder.path()).unwrap().join("theirs/etc/passwd");
        link(path.parent().unwrap(), "../ours");
        let refused = LiveHost.write_closely(&path, b"mine", Access::PRIVATE).unwrap_err();
        assert!(refused.to_string().contains("was replaced in this moment"), "{refused}");
        assert!(LiveHost.remove_closely(&path).is_err());
        assert_eq!(LiveHost.read(&folder.path().join("ours/passwd"), 100).unwrap(), b"root");
        let names = LiveHost.list(&folder.path().join("ours")).unwrap();
        assert_eq!(names.len(), 1, "nothing was made beside it: {names:?}");
    }
}
