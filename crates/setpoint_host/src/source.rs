use crate::Refusal;
use rustix::fs::OFlags;
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A file that is to be read piece by piece. It can go to another thread, which opens it there.
#[derive(Clone, Debug)]
pub struct Source(PathBuf);

impl Source {
    pub(crate) fn of(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Opens it.
    ///
    /// # Errors
    /// There is no such file, it is none, or this user may not read it.
    pub fn open(&self) -> Result<impl Read + Send + 'static, Refusal> {
        // A link is not followed by mistake.
        let opened = open(&self.0, File::options().read(true), OFlags::NOFOLLOW, Wanted::File);
        let (file, _) = opened.map_err(|error| Refusal::from_io(&self.0, &error))?;
        Ok(file)
    }
}

/// What a path must be to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    File,
    FileOrFolder,
}

/// Opens a file, and nothing that could hold this process up: a pipe of that name would wait for whoever is at its other end
/// (open(2), `O_NONBLOCK`). What the open file is counts, since it can have been replaced after a look at its name.
pub(crate) fn open(
    path: &Path,
    options: &mut OpenOptions,
    flags: OFlags,
    wanted: Wanted,
) -> std::io::Result<(File, Metadata)> {
    // Opening a device can set something off, and whoever is at the other end of a pipe takes notice.
    is_wanted(&path.metadata()?, wanted)?;
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default()).open(path)?;
    let status = file.metadata()?;
    is_wanted(&status, wanted)?;
    Ok((file, status))
}

pub(crate) fn is_wanted(status: &Metadata, wanted: Wanted) -> std::io::Result<()> {
    match wanted {
        _ if status.is_file() => Ok(()),
        Wanted::FileOrFolder if status.is_dir() => Ok(()),
        Wanted::FileOrFolder => Err(std::io::Error::other("neither a regular file nor a folder")),
        Wanted::File => Err(std::io::Error::other("not a regular file")),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Access, Act, Host as _, LiveHost};
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    #[test]
    fn a_pipe_in_the_place_of_a_file_holds_nobody_up() {
        let folder = LiveHost.temporary_folder().unwrap();
        let pipe = folder.path().join("access.log");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let link = folder.path().join("current.log");
        LiveHost.act(&Act::Link { path: &link, target: &pipe }).unwrap();
        for path in [&pipe, &link] {
            let refused = LiveHost.read_end(path, 100).unwrap_err();
            assert!(refused.to_string().ends_with("not a regular file"), "{refused}");
            assert!(LiveHost.read(path, 100).is_err());
            assert!(LiveHost.source(path).open().is_err());
            assert!(LiveHost.lock(path).is_err());
            for act in [
                Act::Own { path, access: Access::PRIVATE },
                Act::Append { path, bytes: b"x" },
                Act::Truncate { path, length: 0 },
                Act::Sync { path },
                Act::SyncDisk { path },
            ] {
                assert!(LiveHost.act(&act).is_err(), "{act:?}");
                assert!(LiveHost.act_closely(&act).is_err(), "{act:?}");
            }
        }
    }

    #[test]
    fn what_the_kernel_tells_in_files_is_read() {
        for path in ["/proc/self/status", "/proc/sys/kernel/hostname", "/sys/kernel/mm/transparent_hugepage/enabled"] {
            // Not every machine has the last.
            if let Ok(bytes) = LiveHost.read(path.as_ref(), 1 << 20) {
                assert!(!bytes.is_empty(), "{path}");
            }
        }
        assert!(LiveHost.read("/proc/self/status".as_ref(), 1 << 20).is_ok());
    }
}
