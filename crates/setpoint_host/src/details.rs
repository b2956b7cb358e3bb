use crate::{Kind, Refusal};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// All that is known of a path itself without reading it: what a copy must have to be the same (inode(7), xattr(7)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// What it is.
    pub kind: Kind,
    /// Bytes.
    pub length: u64,
    /// Permission bits, 0o7777 at most.
    pub mode: u32,
    /// The owner's user id.
    pub user: u32,
    /// The owner's group id.
    pub group: u32,
    /// When its content was last changed.
    pub modified: jiff::Timestamp,
    /// When its content, owner, mode or names were last changed.
    pub changed: jiff::Timestamp,
    /// The disk that it is on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// How many names it has.
    pub names: u64,
    /// Extended attributes, by name; those that this user may not read are left out.
    pub attributes: Vec<(String, Vec<u8>)>,
}

/// Looks.
pub(crate) fn look(path: &Path, kind: impl Fn(std::fs::FileType) -> Kind) -> Result<Details, Refusal> {
    let refused = |error| Refusal::from_io(path, &error);
    let status = path.symlink_metadata().map_err(refused)?;
    Ok(Details {
        kind: kind(status.file_type()),
        length: status.len(),
        mode: status.mode() & 0o7777,
        user: status.uid(),
        group: status.gid(),
        modified: timestamp(status.mtime(), status.mtime_nsec()),
        changed: timestamp(status.ctime(), status.ctime_nsec()),
        device: status.dev(),
        inode: status.ino(),
        names: status.nlink(),
        attributes: attributes(path).map_err(|error| refused(error.into()))?,
    })
}

fn timestamp(seconds: i64, nanoseconds: i64) -> jiff::Timestamp {
    let nanoseconds = i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    jiff::Timestamp::from_nanosecond(nanoseconds).unwrap_or_default()
}

fn attributes(path: &Path) -> rustix::io::Result<Vec<(String, Vec<u8>)>> {
    let length = match rustix::fs::llistxattr_query(path) {
        Ok(0) | Err(rustix::io::Errno::NOTSUP) => return Ok(Vec::new()),
        length => length?,
    };
    let mut names = vec![0; length];
    let length = rustix::fs::llistxattr(path, &mut names)?;
    names.truncate(length);
    let mut attributes = Vec::new();
    for name in names.split(|byte| *byte == 0).filter_map(|name| std::str::from_utf8(name).ok()) {
        if name.is_empty() {
            continue;
        }
        let Ok(length) = rustix::fs::lgetxattr_query(path, name) else { continue };
        let mut value = vec![0; length];
        let Ok(length) = rustix::fs::lgetxattr(path, name, &mut value) else { continue };
        value.truncate(length);
        attributes.push((name.to_owned(), value));
    }
    attributes.sort_unstable();
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use crate::{Access, Act, Host as _, Kind, LiveHost};

    #[test]
    fn a_copy_is_given_what_was_seen() {
        let folder = LiveHost.temporary_folder().unwrap();
        let [file, other, link] = ["file", "other", "link"].map(|name| folder.path().join(name));
        LiveHost.write_with(&file, b"text", Access { mode: 0o4750, owner: None }).unwrap();
        let before_1970: jiff::Timestamp = "1969-12-31T23:59:58.25Z".parse().unwrap();
        for act in [
            Act::Name { from: &file, to: &other },
            Act::Link { path: &link, target: "nowhere".as_ref() },
            Act::Attribute { path: &file, name: "user.setpoint", value: b"x" },
            Act::Date { path: &file, modified: before_1970 },
            Act::Date { path: &link, modified: before_1970 },
            Act::SyncDisk { path: &file },
        ] {
            LiveHost.act(&act).unwrap();
        }
        let (file, link) = (LiveHost.details(&other).unwrap(), LiveHost.details(&link).unwrap());
        assert_eq!((file.kind, file.mode, file.names, file.length), (Kind::File, 0o4750, 2, 4));
        assert_eq!((file.modified, link.modified, link.kind), (before_1970, before_1970, Kind::Link));
        assert!(file.attributes.contains(&("user.setpoint".to_owned(), b"x".to_vec())));
    }
}
