//! What changes files, in pieces as small as the kernel's: between two of them a process can be killed and a machine can
//! lose its power. [`Host::write`] and its like are made of them, so that a test can stop between any two.

use crate::{Host, Kind, Refusal, half_written};
use std::path::{Path, PathBuf};

/// One change of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// A folder, in one that is there (mkdir(2)).
    MakeFolder {
        /// The folder.
        path: &'a Path,
        /// Its permission bits.
        mode: u32,
    },
    /// An empty file that only this user can read; refused where something of that name is (`O_EXCL` of open(2)).
    Create {
        /// The file.
        path: &'a Path,
    },
    /// Nothing more is written into a file that was made, nor is it given anything more: it needs not be held open until it
    /// gets its name. Only [`Host::act_closely`] holds one.
    Close {
        /// The file.
        path: &'a Path,
    },
    /// Bytes at the end of a file that is there.
    Append {
        /// The file.
        path: &'a Path,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// Cuts the end off a file.
    Truncate {
        /// The file.
        path: &'a Path,
        /// What is left, in bytes.
        length: u64,
    },
    /// Gives a file its permission bits and, where it is said, its owner and group.
    Own {
        /// The file.
        path: &'a Path,
        /// Who may do what with it.
        access: Access,
    },
    /// Waits until what a file or folder holds would outlast a loss of power (fsync(2)). Of a folder, that is the names
    /// in it.
    Sync {
        /// The file or folder.
        path: &'a Path,
    },
    /// Gives a file another name in the place of whatever had that name (rename(2)).
    Rename {
        /// The name that it has.
        from: &'a Path,
        /// The name that it gets.
        to: &'a Path,
    },
    /// A symbolic link (symlink(2)); refused where something of that name is.
    Link {
        /// The link.
        path: &'a Path,
        /// What it leads to, unresolved.
        target: &'a Path,
    },
    /// One more name of a file that is there (link(2)).
    Name {
        /// A name that it has.
        from: &'a Path,
        /// The name that it gets beside that.
        to: &'a Path,
    },
    /// Gives a link itself its owner and group (lchown(2)).
    OwnLink {
        /// The link.
        path: &'a Path,
        /// The ids of its user and group.
        owner: (u32, u32),
    },
    /// Says when a file, folder or link was last changed, and leaves the time of the last reading at the same (utimensat(2)).
    Date {
        /// The file, folder or link itself.
        path: &'a Path,
        /// When.
        modified: jiff::Timestamp,
    },
    /// Gives a file an extended attribute (lsetxattr(2)); access control lists and capabilities are such.
    Attribute {
        /// The file, folder or link itself.
        path: &'a Path,
        /// The attribute's name.
        name: &'a str,
        /// What it holds.
        value: &'a [u8],
    },
    /// Waits until all that the disk around a path holds would outlast a loss of power (syncfs(2)), which for many files is
    /// faster than each of them.
    SyncDisk {
        /// Any file or folder on the disk.
        path: &'a Path,
    },
    /// Takes away an empty folder (rmdir(2)).
    RemoveFolder {
        /// The folder.
        path: &'a Path,
    },
    /// Takes away the name of a file or link (unlink(2)).
    Remove {
        /// The file.
        path: &'a Path,
    },
}

impl<'a> Act<'a> {
    /// What it is done to; of a file that gets another name, the new one.
    pub fn path(self) -> &'a Path {
        match self {
            Self::MakeFolder { path, .. }
            | Self::Create { path }
            | Self::Close { path }
            | Self::Append { path, .. }
            | Self::Truncate { path, .. }
            | Self::Own { path, .. }
            | Self::Sync { path }
            | Self::Rename { to: path, .. }
            | Self::Link { path, .. }
            | Self::Name { to: path, .. }
            | Self::OwnLink { path, .. }
            | Self::Date { path, .. }
            | Self::Attribute { path, .. }
            | Self::SyncDisk { path }
            | Self::RemoveFolder { path }
            | Self::Remove { path } => path,
        }
    }

    /// The same of another path.
    #[must_use]
    pub(crate) fn at<'b>(self, path: &'b Path) -> Act<'b>
    where
        'a: 'b,
    {
        match self {
            Self::MakeFolder { mode, .. } => Act::MakeFolder { path, mode },
            Self::Create { .. } => Act::Create { path },
            Self::Close { .. } => Act::Close { path },
            Self::Append { bytes, .. } => Act::Append { path, bytes },
            Self::Truncate { length, .. } => Act::Truncate { path, length },
            Self::Own { access, .. } => Act::Own { path, access },
            Self::Sync { .. } => Act::Sync { path },
            Self::Rename { from, .. } => Act::Rename { from, to: path },
            Self::Link { target, .. } => Act::Link { path, target },
            Self::Name { from, .. } => Act::Name { from, to: path },
            Self::OwnLink { owner, .. } => Act::OwnLink { path, owner },
            Self::Date { modified, .. } => Act::Date { path, modified },
            Self::Attribute { name, value, .. } => Act::Attribute { path, name, value },
            Self::SyncDisk { .. } => Act::SyncDisk { path },
            Self::RemoveFolder { .. } => Act::RemoveFolder { path },
            Self::Remove { .. } => Act::Remove { path },
        }
    }
}

/// Who may do what with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Permission bits, 0o7777 at most.
    pub mode: u32,
    /// The ids of its user and group; `None` leaves those that a new file gets.
    pub owner: Option<(u32, u32)>,
}

impl Access {
    /// What everybody may read and only its owner may write.
    pub const PUBLIC: Self = Self { mode: 0o644, owner: None };
    /// What only its owner may read.
    pub const PRIVATE: Self = Self { mode: 0o600, owner: None };
}

/// Replaces a file so that after a power cut there is the old text or the new, never half: writes beside it, syncs, renames
/// over it, and syncs the folder so that the name lasts too. It keeps extended attributes, and so access control lists, and
/// does not keep hard links; configuration files have none.
///
/// A link is followed: replacing the link itself would leave its target behind with the old text.
pub(crate) fn replace<H: Host + ?Sized>(
    host: &H,
    path: &Path,
    bytes: &[u8],
    access: Option<Access>,
) -> Result<(), Refusal> {
    make_folders(host, folder_of(path))?;
    replace_resolved(host, &real(host, path)?, bytes, access)
}

/// The path with every link resolved, of a file that may not be there yet.
fn real<H: Host + ?Sized>(host: &H, path: &Path) -> Result<PathBuf, Refusal> {
    host.resolve(path).or_else(|_| {
        let folder = host.resolve(folder_of(path))?;
        Ok(path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name)))
    })
}

/// The same of a path that was resolved: whoever lays a link in its way since then is not followed.
pub(crate) fn replace_resolved<H: Host + ?Sized>(
    host: &H,
    path: &Path,
    bytes: &[u8],
    access: Option<Access>,
) -> Result<(), Refusal> {
    let folder = folder_of(path);
    make_folders(host, folder)?;
    let kept = || host.status(path).ok().map(|old| Access { mode: old.mode, owner: Some((old.user, old.group)) });
    let access = access.or_else(kept).unwrap_or(Access::PUBLIC);
    let attributes = host.details(path).map(|old| old.attributes).unwrap_or_default();
    let random = host.random()?;
    let beside = half_written::beside(path, u64::from_le_bytes(*random.first_chunk().unwrap_or(&[0; 8])));
    let renamed = || host.act_closely(&Act::Rename { from: &beside, to: path });
    let written = fill(host, &beside, bytes, access, &attributes).and_then(|()| renamed());
    if let Err(refusal) = written {
        // The refusal is what matters; what is left here is an unread file with a dot in front.
        let _ = host.act_closely(&Act::Remove { path: &beside });
        // Nobody knows the name of the file beside it.
        return Err(match refusal {
            Refusal::NotWritable(_) => Refusal::NotWritable(path.to_owned()),
            Refusal::Failed { because, .. } => Refusal::Failed { what: path.display().to_string(), because },
            other => other,
        });
    }
    host.act_closely(&Act::Sync { path: folder })
}

fn fill<H: Host + ?Sized>(
    host: &H,
    path: &Path,
    bytes: &[u8],
    access: Access,
    attributes: &[(String, Vec<u8>)],
) -> Result<(), Refusal> {
    host.act_closely(&Act::Create { path })?;
    host.act_closely(&Act::Append { path, bytes })?;
    // The mask of an access control list is a part of the mode, which comes last: who gets the file may do anything with it.
    give(host, path, attributes)?;
    host.act_closely(&Act::Own { path, access })?;
    host.act_closely(&Act::Sync { path })
}

/// Gives a file those of the attributes that it does not have: the label of `SELinux` comes with its folder.
pub(crate) fn give<H: Host + ?Sized>(host: &H, path: &Path, attributes: &[(String, Vec<u8>)]) -> Result<(), Refusal> {
    if attributes.is_empty() {
        return Ok(());
    }
    let has = host.details(path)?.attributes;
    let missing = attributes.iter().filter(|attribute| !has.contains(attribute));
    missing.into_iter().try_for_each(|(name, value)| host.act_closely(&Act::Attribute { path, name, value }))
}

/// Adds bytes to a file, which is made where it is missing and then is private, and waits until they would outlast a loss of
/// power.
pub(crate) fn append<H: Host + ?Sized>(host: &H, path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    let is_new = match host.status(path) {
        Ok(_) => false,
        Err(refusal) if refusal.is_missing() => true,
        Err(refusal) => return Err(refusal),
    };
    if is_new {
        host.act(&Act::Create { path })?;
    }
    host.act(&Act::Append { path, bytes })?;
    host.act(&Act::Sync { path })?;
    if is_new { host.act(&Act::Sync { path: folder_of(path) }) } else { Ok(()) }
}

/// Removes a file, for good.
pub(crate) fn remove<H: Host + ?Sized>(host: &H, path: &Path) -> Result<(), Refusal> {
    host.act(&Act::Remove { path })?;
    host.act(&Act::Sync { path: folder_of(path) })
}

/// Makes the folders that are missing.
pub(crate) fn make_folders<H: Host + ?Sized>(host: &H, folder: &Path) -> Result<(), Refusal> {
    match host.status(folder) {
        Ok(status) if status.kind == Kind::Folder => return Ok(()),
        Err(refusal) if refusal.is_missing() && folder.parent().is_some() => {}
        Err(refusal) => return Err(refusal),
        Ok(_) => {
            let because = "it is no folder".to_owned();
            return Err(Refusal::Failed { what: folder.display().to_string(), because });
        }
    }
    let above = folder_of(folder);
    make_folders(host, above)?;
    let made = host.act(&Act::MakeFolder { path: folder, mode: 0o755 });
    // Somebody else may have made it meanwhile.
    if made.is_err() && !host.status(folder).is_ok_and(|status| status.kind == Kind::Folder) {
        return made;
    }
    host.act(&Act::Sync { path: above })
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Access, Act, Host as _, LiveHost};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn replacing_keeps_the_mode_and_leaves_no_other_file() {
        let folder = LiveHost.temporary_folder().unwrap();
        let path = folder.path().join("shop.env");
        LiveHost.write_with(&path, b"A=1", Access { mode: 0o640, owner: None }).unwrap();
        LiveHost.write(&path, b"A=2").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(LiveHost.read(&path, 100).unwrap(), b"A=2");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn replacing_keeps_attributes_and_access_control_lists() {
        let folder = LiveHost.temporary_folder().unwrap();
        let path = folder.path().join("shop.env");
        LiveHost.write_with(&path, b"A=1", Access { mode: 0o640, owner: None }).unwrap();
        // Version 2; the owner may read and write, user 65534 may read, the group may read, the mask is to read (acl(5)).
        let mut list = vec![2, 0, 0, 0];
        for (tag, may, id) in
            [(1_u16, 6_u16, u32::MAX), (2, 4, 65534), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)]
        {
            list.extend(tag.to_le_bytes());
            list.extend(may.to_le_bytes());
            list.extend(id.to_le_bytes());
        }
        for (name, value) in [("system.posix_acl_access", list.as_slice()), ("user.why", b"because")] {
            LiveHost.act(&Act::Attribute { path: &path, name, value }).unwrap();
        }
        let before = LiveHost.details(&path).unwrap();
        assert_eq!(before.attributes.len(), 2);
        LiveHost.write(&path, b"A=2").unwrap();
        let after = LiveHost.details(&path).unwrap();
        assert_eq!((after.attributes, after.mode), (before.attributes, before.mode));
    }

    #[test]
    fn a_write_that_is_refused_leaves_what_was_there() {
        let folder = LiveHost.temporary_folder().unwrap();
        let path = folder.path().join("file/below");
        LiveHost.write(&folder.path().join("file"), b"text").unwrap();
        assert!(LiveHost.write(&path, b"more").is_err());
        assert_eq!(LiveHost.read(&folder.path().join("file"), 100).unwrap(), b"text");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn what_is_appended_stands_behind_what_was_there() {
        let folder = LiveHost.temporary_folder().unwrap();
        let path = folder.path().join("journal");
        LiveHost.append(&path, b"one\n").unwrap();
        LiveHost.append(&path, b"two\n").unwrap();
        assert_eq!(LiveHost.read(&path, 100).unwrap(), b"one\ntwo\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        LiveHost.remove(&path).unwrap();
        assert!(LiveHost.status(&path).is_err());
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = LiveHost.temporary_folder().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        LiveHost.write(&file, b"old").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        LiveHost.write(&link, b"new").unwrap();
        assert_eq!(LiveHost.read(&file, 100).unwrap(), b"new");
        assert!(link.is_symlink());
    }
}
