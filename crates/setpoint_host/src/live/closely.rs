//! Acts that follow no link. A folder on the way may belong to somebody else, who can put a link in the place of anything in
//! it between two acts; what root does must not be done to what that link leads to.

use super::acts::times;
use crate::source::{Wanted, is_wanted};
use crate::{Access, Act, Refusal};
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, XattrFlags, chownat, fchmod, fchown, fstat, futimens, linkat, mkdirat,
    openat, renameat, statat, symlinkat, syncfs, unlinkat, utimensat,
};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Does it.
pub(super) fn perform(act: &Act<'_>) -> Result<(), Refusal> {
    let (path, done) = match *act {
        Act::MakeFolder { path, mode } => (path, make_folder(path, mode)),
        Act::Create { path } => (path, create(path)),
        Act::Close { path } => (path, close(path)),
        Act::Append { path, bytes } => (path, append(path, bytes)),
        Act::Truncate { path, length } => (path, opened(path, OFlags::WRONLY).and_then(|file| file.set_len(length))),
        Act::Own { path, access } => (path, own(path, access)),
        Act::Sync { path } => (path, readable(path).and_then(|file| file.sync_all())),
        Act::Rename { from, to } => (to, rename(from, to)),
        Act::Link { path, target } => (path, link(path, target)),
        Act::Name { from, to } => (to, name(from, to)),
        Act::OwnLink { path, owner } => (path, own_link(path, owner)),
        Act::Date { path, modified } => (path, date(path, modified)),
        Act::Attribute { path, name, value } => (path, attribute(path, name, value)),
        Act::SyncDisk { path } => (path, opened(path, OFlags::RDONLY).and_then(|file| Ok(syncfs(file)?))),
        Act::RemoveFolder { path } => (path, remove(path, AtFlags::REMOVEDIR)),
        Act::Remove { path } => (path, remove(path, AtFlags::empty())),
    };
    done.map_err(|error| match Refusal::from_io(path, &error) {
        Refusal::Denied(path) => Refusal::NotWritable(path),
        _ if [Errno::LOOP, Errno::NOTDIR].map(|errno| Some(errno.raw_os_error())).contains(&error.raw_os_error()) => {
            let because = "something on the way to it was replaced in this moment".to_owned();
            Refusal::Failed { what: path.display().to_string(), because }
        }
        other => other,
    })
}

/// The folder of a path, reached without following a link, and the name in it.
fn parent(path: &Path) -> std::io::Result<(OwnedFd, &OsStr)> {
    if path == Path::new("/") {
        return Ok((folder(path)?, OsStr::new(".")));
    }
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

/// What was made so and has not got its name yet, by the path under which it was made.
static MADE: Mutex<BTreeMap<PathBuf, Made>> = Mutex::new(BTreeMap::new());

/// What is known of something that was made.
#[derive(Clone)]
enum Made {
    /// What is done to it is done to the open file: whoever puts another one in its place gets nothing of it.
    Open(Arc<File>),
    /// Nothing more is done to it but that it gets its name. A process cannot hold as many files open as a backup has.
    Closed(Identity),
}

/// Its disk and its number there.
type Identity = (u64, u64);

fn made() -> MutexGuard<'static, BTreeMap<PathBuf, Made>> {
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The open file that was created under that path.
fn made_as(path: &Path) -> std::io::Result<Arc<File>> {
    match made().get(path) {
        Some(Made::Open(file)) => Ok(Arc::clone(file)),
        Some(Made::Closed(_)) | None => Err(Errno::LOOP.into()),
    }
}

fn identity(file: impl AsFd) -> std::io::Result<Identity> {
    let status = fstat(file)?;
    Ok((status.st_dev, status.st_ino))
}

fn identity_at(folder: &OwnedFd, name: &OsStr) -> std::io::Result<Identity> {
    let status = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok((status.st_dev, status.st_ino))
}

fn make_folder(path: &Path, mode: u32) -> std::io::Result<()> {
    let (folder, name) = parent(path)?;
    Ok(mkdirat(&folder, name, Mode::from_raw_mode(mode))?)
}

fn create(path: &Path) -> std::io::Result<()> {
    let (folder, name) = parent(path)?;
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(&folder, name, flags, Mode::RUSR | Mode::WUSR)?;
    made().insert(path.to_owned(), Made::Open(Arc::new(file.into())));
    Ok(())
}

fn close(path: &Path) -> std::io::Result<()> {
    let identity = identity(&*made_as(path)?)?;
    made().insert(path.to_owned(), Made::Closed(identity));
    Ok(())
}

fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // Nobody else writes into it, so that its position is its end.
    (&*made_as(path)?).write_all(bytes)
}

/// Of a file that was just made, or of a file or folder that is there.
fn own(path: &Path, access: Access) -> std::io::Result<()> {
    let file = readable(path)?;
    // In this order, since a new owner takes the set-user-id bit away (chown(2)).
    if let Some((user, group)) = access.owner {
        fchown(&file, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?;
    }
    fchmod(&file, Mode::from_raw_mode(access.mode))?;
    Ok(())
}

fn link(path: &Path, target: &Path) -> std::io::Result<()> {
    let (folder, name) = parent(path)?;
    symlinkat(target, &folder, name)?;
    made().insert(path.to_owned(), Made::Closed(identity_at(&folder, name)?));
    Ok(())
}

/// One more name of a file that was just made, or of one that is there.
fn name(from: &Path, to: &Path) -> std::io::Result<()> {
    let (folder, new) = parent(to)?;
    if let Ok(file) = made_as(from) {
        // The open file, whatever has its name by now.
        linkat(CWD, of_kernel(&*file), &folder, new, AtFlags::SYMLINK_FOLLOW)?;
    } else {
        let (above, old) = parent(from)?;
        linkat(&above, old, &folder, new, AtFlags::empty())?;
    }
    made().insert(to.to_owned(), Made::Closed(identity_at(&folder, new)?));
    Ok(())
}

/// The path by which the kernel gives an open file of this process (`proc_pid_fd(5)`).
fn of_kernel(file: impl AsFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_fd().as_raw_fd()))
}

fn own_link(path: &Path, (user, group): (u32, u32)) -> std::io::Result<()> {
    let (folder, name) = parent(path)?;
    let link = openat(&folder, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    if FileType::from_raw_mode(fstat(&link)?.st_mode) != FileType::Symlink {
        return Err(Errno::LOOP.into());
    }
    Ok(chownat(&link, "", Some(Uid::from_raw(user)), Some(Gid::from_raw(group)), AtFlags::EMPTY_PATH)?)
}

fn date(path: &Path, modified: jiff::Timestamp) -> std::io::Result<()> {
    let times = times(modified);
    if let Ok(file) = made_as(path) {
        return Ok(futimens(&*file, &times)?);
    }
    let (folder, name) = parent(path)?;
    Ok(utimensat(&folder, name, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

/// Of a file that was just made, or of a file, folder or link that is there.
fn attribute(path: &Path, attribute: &str, value: &[u8]) -> std::io::Result<()> {
    if let Ok(file) = made_as(path) {
        return Ok(rustix::fs::fsetxattr(&*file, attribute, value, XattrFlags::empty())?);
    }
    let (folder, name) = parent(path)?;
    // There is no call that takes a folder and a name.
    Ok(rustix::fs::lsetxattr(of_kernel(&folder).join(name), attribute, value, XattrFlags::empty())?)
}

/// A file that was just made, or a file or folder that is there.
fn readable(path: &Path) -> std::io::Result<Arc<File>> {
    made_as(path).or_else(|_| Ok(Arc::new(opened(path, OFlags::RDONLY)?)))
}

/// A file or folder that is there.
fn opened(path: &Path, how: OFlags) -> std::io::Result<File> {
    let (folder, name) = parent(path)?;
    let flags = how | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(openat(&folder, name, flags, Mode::empty())?);
    is_wanted(&file.metadata()?, Wanted::FileOrFolder)?;
    Ok(file)
}

/// Gives what was just made its name, within its folder.
fn rename(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.parent() != to.parent() {
        return Err(Errno::XDEV.into());
    }
    let known = made().get(from).cloned();
    let own = match &known {
        Some(Made::Open(file)) => identity(&**file)?,
        Some(Made::Closed(identity)) => *identity,
        None => return Err(Errno::LOOP.into()),
    };
    let (folder, old) = parent(from)?;
    let new = to.file_name().ok_or(Errno::INVAL)?;
    renameat(&folder, old, &folder, new)?;
    made().remove(from);
    if identity_at(&folder, new)? == own { Ok(()) } else { Err(Errno::LOOP.into()) }
}

fn remove(path: &Path, flags: AtFlags) -> std::io::Result<()> {
    made().remove(path);
    let (folder, name) = parent(path)?;
    Ok(unlinkat(&folder, name, flags)?)
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
    fn what_is_given_to_what_is_there_does_not_go_where_a_link_leads() {
        let folder = theirs();
        let folder = LiveHost.resolve(folder.path()).unwrap();
        let (link_itself, below) = (folder.join("theirs/img"), folder.join("theirs/img/passwd"));
        link(&link_itself, "../ours");
        let before = [LiveHost.details(&folder.join("ours")), LiveHost.details(&folder.join("ours/passwd"))];
        let access = Access { mode: 0o777, owner: None };
        let (modified, owner) = (jiff::Timestamp::UNIX_EPOCH, LiveHost.owner());
        let (new, file) = (below.with_file_name("new"), folder.join("theirs/file"));
        LiveHost.write(&file, b"x").unwrap();
        for act in [
            Act::Own { path: &link_itself, access },
            Act::Own { path: &below, access },
            Act::OwnLink { path: &below, owner },
            Act::OwnLink { path: &file, owner },
            Act::Date { path: &below, modified },
            Act::Attribute { path: &below, name: "user.a", value: b"x" },
            Act::Truncate { path: &below, length: 0 },
            Act::MakeFolder { path: &new, mode: 0o700 },
            Act::Link { path: &new, target: Path::new("x") },
            Act::Name { from: &file, to: &new },
            Act::Remove { path: &below },
            Act::RemoveFolder { path: &link_itself },
            Act::SyncDisk { path: &below },
        ] {
            assert!(LiveHost.act_closely(&act).is_err(), "{act:?}");
        }
        LiveHost.act_closely(&Act::Date { path: &link_itself, modified }).unwrap();
        assert_eq!(LiveHost.details(&link_itself).unwrap().modified, modified);
        LiveHost.act_closely(&Act::OwnLink { path: &link_itself, owner }).unwrap();
        assert_eq!([LiveHost.details(&folder.join("ours")), LiveHost.details(&folder.join("ours/passwd"))], before);
        assert_eq!(LiveHost.list(&folder.join("ours")).unwrap().len(), 1);
    }

    #[test]
    fn what_was_closed_gets_its_name_and_its_other_name() {
        let folder = theirs();
        let folder = LiveHost.resolve(folder.path()).unwrap();
        let [made, twin, link_itself] = [".a", ".b", ".c"].map(|name| folder.join("theirs").join(name));
        for act in [
            Act::Create { path: &made },
            Act::Append { path: &made, bytes: b"text" },
            Act::Name { from: &made, to: &twin },
            Act::Attribute { path: &made, name: "user.a", value: b"x" },
            Act::Own { path: &made, access: Access { mode: 0o640, owner: None } },
            Act::Date { path: &made, modified: jiff::Timestamp::UNIX_EPOCH },
            Act::Close { path: &made },
            Act::Link { path: &link_itself, target: Path::new("a") },
        ] {
            LiveHost.act_closely(&act).unwrap();
        }
        assert!(LiveHost.act_closely(&Act::Append { path: &made, bytes: b"more" }).is_err());
        for (from, to) in [(&made, "a"), (&twin, "b"), (&link_itself, "c")] {
            LiveHost.act_closely(&Act::Rename { from, to: &from.with_file_name(to) }).unwrap();
        }
        let details = LiveHost.details(&folder.join("theirs/b")).unwrap();
        assert_eq!((details.names, details.mode, details.length), (2, 0o640, 4));
        assert_eq!(details.modified, jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(LiveHost.read(&folder.join("theirs/c"), 10).unwrap(), b"text");
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
