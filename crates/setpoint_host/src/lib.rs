//! The one door to the machine: read, list, run, now, and writing that leaves the old file or the new one.
//!
//! It decides nothing. Everything above reaches the machine through [`Host`], so that a test can put a folder
//! in the machine's place ([`FixtureHost`]).

mod act;
mod details;
mod ending;
mod file_lock;
mod fixture;
mod half_written;
mod live;
mod network;
mod overlay;
mod processes;
mod refusal;
mod run;
mod source;
mod temporary_folder;

pub use act::{Access, Act};
pub use details::Details;
pub use ending::{PutOff, end_all_on_signals, is_asked_to_end};
pub use file_lock::FileLock;
pub use fixture::{FixtureHost, Killed, Programs};
pub use half_written::{beside, is_half_of, is_half_written};
pub use live::LiveHost;
pub use network::Unreached;
pub use overlay::OverlayHost;
pub use refusal::Refusal;
pub use source::Source;
pub use temporary_folder::TemporaryFolder;

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A machine, real or in a folder.
pub trait Host: Sync {
    /// The file's bytes. A file longer than `limit` bytes is refused without being read.
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Refusal>;

    /// As [`Host::read`], into a buffer whose memory serves for many files; what it held is gone, also where the file is
    /// refused.
    fn read_into(&self, buffer: &mut Vec<u8>, path: &Path, limit: u64) -> Result<(), Refusal> {
        buffer.clear();
        *buffer = self.read(path, limit)?;
        Ok(())
    }

    /// The last bytes of a file, at most `limit` of them, and whether there are more before them.
    fn read_end(&self, path: &Path, limit: u64) -> Result<(Vec<u8>, bool), Refusal>;

    /// The room on the disk that a path lies on.
    fn space(&self, path: &Path) -> Result<Space, Refusal>;

    /// What is in a folder, sorted by name. Links are named as links, not followed.
    fn list(&self, folder: &Path) -> Result<Vec<Listed>, Refusal>;

    /// What a path is, links followed.
    fn status(&self, path: &Path) -> Result<Status, Refusal>;

    /// All that is known of a path itself, links not followed.
    fn details(&self, path: &Path) -> Result<Details, Refusal>;

    /// A file that is to be read piece by piece, later, perhaps by another thread. It is not opened yet.
    fn source(&self, path: &Path) -> Source;

    /// The path with every link and `..` resolved.
    fn resolve(&self, path: &Path) -> Result<PathBuf, Refusal>;

    /// Where a symbolic link points, unresolved; `/proc/PID/exe` and `cwd` among them.
    fn link_target(&self, path: &Path) -> Result<PathBuf, Refusal>;

    /// Runs a program without a shell and waits for it, at most `limit`. It is in a process group of its own, which is ended
    /// at the limit with everything that it has started: first asked to end, and ended after two seconds. The same happens
    /// where a signal ends this process, see [`end_all_on_signals`].
    fn run(&self, program: &str, arguments: &[&str], limit: Duration) -> Result<Output, Refusal>;

    /// The addresses of a name, as the machine's own resolver knows them, in the order in which to try them; of an
    /// address, itself. Never empty.
    fn lookup(&self, name: &str, limit: Duration) -> Result<Vec<IpAddr>, Unreached>;

    /// Opens a TCP connection.
    fn connect(&self, address: SocketAddr, limit: Duration) -> Result<TcpStream, Unreached>;

    /// The time and the machine's time zone.
    fn now(&self) -> jiff::Zoned;

    /// A clock that only goes forward and that nobody sets, from some beginning: for how long something takes.
    fn elapsed(&self) -> Duration;

    /// A variable of this tool's own environment (`NO_COLOR`, `SETPOINT_ENVIRONMENT`), if it is text.
    fn variable(&self, name: &str) -> Option<String>;

    /// Bytes that nobody can guess, for keys and passwords; refused where there are none.
    fn random(&self) -> Result<[u8; 16], Refusal>;

    /// One change of a file or folder. Most have a better name below.
    fn act(&self, act: &Act<'_>) -> Result<(), Refusal>;

    /// The same, and no link is followed, neither on the way nor at the end: for what lies in folders of others, who can lay
    /// one at any time. The path is one that [`Host::resolve`] gave.
    fn act_closely(&self, act: &Act<'_>) -> Result<(), Refusal> {
        self.act(act)
    }

    /// Replaces a file so that after a power cut there is the old text or the new, never half. Keeps the mode
    /// and owner of a file that is there; a new file gets mode 0644. Folders above it are made where they are missing.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
        act::replace(self, path, bytes, None)
    }

    /// The same, with a mode and owner of its own.
    fn write_with(&self, path: &Path, bytes: &[u8], access: Access) -> Result<(), Refusal> {
        act::replace(self, path, bytes, Some(access))
    }

    /// The same of a path that [`Host::resolve`] gave some time ago: where a link is on the way now, it is refused.
    fn write_closely(&self, path: &Path, bytes: &[u8], access: Access) -> Result<(), Refusal> {
        act::replace_resolved(self, path, bytes, Some(access))
    }

    /// Gives a file those of some extended attributes that it does not have.
    fn give(&self, path: &Path, attributes: &[(String, Vec<u8>)]) -> Result<(), Refusal> {
        act::give(self, path, attributes)
    }

    /// Adds bytes to the end of a file, and returns once they would outlast a power cut. A file that is missing is made,
    /// and then is private. A power cut or a full disk can leave a part of the bytes.
    fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
        act::append(self, path, bytes)
    }

    /// Removes a file, so that it stays removed after a power cut.
    fn remove(&self, path: &Path) -> Result<(), Refusal> {
        act::remove(self, path)
    }

    /// The same of a path that [`Host::resolve`] gave some time ago: where a link is on the way now, it is refused.
    fn remove_closely(&self, path: &Path) -> Result<(), Refusal> {
        self.act_closely(&Act::Remove { path })?;
        self.act_closely(&Act::Sync { path: act::folder_of(path) })
    }

    /// Makes a folder and those above it, where they are missing.
    fn make_folder(&self, path: &Path) -> Result<(), Refusal> {
        act::make_folders(self, path)
    }

    /// The ids of the user and group that this process acts as, whose a new file is.
    fn owner(&self) -> (u32, u32);

    /// Holds a file, which is made where it is missing, until the lock is dropped or the process ends, however it ends.
    /// `None` where another process has it.
    fn lock(&self, path: &Path) -> Result<Option<FileLock>, Refusal>;

    /// Waits.
    fn sleep(&self, duration: Duration);

    /// Removes what a [`Host::write`] that was killed has left beside a file. Only for who knows that no other is at work
    /// on it.
    fn sweep(&self, path: &Path) -> Result<(), Refusal> {
        half_written::sweep(self, path)
    }

    /// An empty folder that only this user may enter.
    fn temporary_folder(&self) -> Result<TemporaryFolder, Refusal>;
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name alone. Bytes that are not UTF-8 stay as they are.
    pub name: std::ffi::OsString,
    /// What it is.
    pub kind: Kind,
}

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link; only from [`Host::list`].
    Link,
    /// A socket with a path.
    Socket,
    /// A device or pipe.
    Other,
}

/// What is known of a path without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
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
    /// When its content was last changed, in seconds since 1970.
    pub modified: i64,
}

/// The room on a disk (statvfs(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes in all that users can have: what is kept back for root is not counted, as df(1) does.
    pub size: u64,
    /// Bytes that users can still have.
    pub free: u64,
    /// Inodes in all; 0 on a file system that makes them as needed.
    pub inodes: u64,
    /// Inodes that users can still have.
    pub inodes_free: u64,
}

/// What a program said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// True if it ended with 0.
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }
}
