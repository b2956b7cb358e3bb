use crate::Value;
use crate::register::ExpectedText;
use std::time::Duration;

documented! {
    /// Looks at a systemd unit.
    pub struct UnitCheck {
        /// The unit: `shop.service`.
        pub unit: String,
        /// What it must be doing.
        pub state: Option<UnitState>,
        /// Whether it must be started at boot.
        pub enabled: Option<bool>,
        /// How long it must have been active at least.
        pub active_for: Option<Duration>,
        /// How often systemd may have restarted it.
        pub restarts_at_most: Option<u32>,
        /// Any other property as `systemctl show` prints it: `{ Restart = "always" }`.
        pub properties: Vec<(String, Value)>,
    }

    /// Looks at running processes.
    pub struct ProcessCheck {
        /// The program's name, or a regular expression that its command line matches.
        pub process: String,
        /// How many there must be at least; 1 where it is left out.
        pub at_least: u32,
        /// How many there may be at most.
        pub at_most: Option<u32>,
        /// The user they all run as.
        pub user: Option<String>,
        /// How many files each may have open.
        pub open_files_at_most: Option<u64>,
        /// How much memory, in bytes, each may keep resident: `"200MB"`.
        pub memory_at_most: Option<u64>,
    }

    /// Looks at a file or folder.
    pub struct FileCheck {
        /// Its path, absolute or relative to the service's folder.
        pub file: String,
        /// Whether it must be there; true where it is left out.
        pub exists: bool,
        /// What it must be.
        pub is: Option<FileType>,
        /// Its permission bits, in octal: `"0640"`.
        pub mode: Option<u32>,
        /// The user who owns it.
        pub user: Option<String>,
        /// The group that owns it.
        pub group: Option<String>,
        /// What its text must say.
        pub text: Vec<ExpectedText>,
        /// How long ago it may have been written at most.
        pub age_at_most: Option<Duration>,
        /// How large, in bytes, it may be: `"50MB"`.
        pub size_at_most: Option<u64>,
        /// The SHA-256 of its bytes, in 64 hexadecimal digits.
        pub sha256: Option<String>,
    }

    /// Runs a command.
    pub struct CommandCheck {
        /// The command, as for `sh -c`.
        pub command: String,
        /// The folder it runs in; the service's where it is left out.
        pub folder: Option<String>,
        /// The exit code that is expected; 0 where it is left out.
        pub exit: u8,
        /// What it must write to standard output.
        pub stdout: Vec<ExpectedText>,
        /// What it must write to standard error.
        pub stderr: Vec<ExpectedText>,
        /// It must end in this time.
        pub within: Option<Duration>,
    }

    /// Looks for lines of a log.
    pub struct LogCheck {
        /// `journal:UNIT` or a path.
        pub log: String,
        /// A regular expression that a line must match.
        pub present: Option<String>,
        /// A regular expression that no line may match.
        pub absent: Option<String>,
        /// How far back the log is read; 10 m where it is left out.
        pub last: Duration,
    }

    /// Looks at the room on a disk.
    pub struct DiskCheck {
        /// A path on it.
        pub disk: String,
        /// How much must be free, in bytes: `"5GB"`.
        pub free_at_least: Option<u64>,
        /// How many percent of it may be used.
        pub used_at_most: Option<u8>,
        /// How many percent of its inodes may be used.
        pub inodes_used_at_most: Option<u8>,
    }
}

impl LogCheck {
    /// How far back a log is read where the register does not say.
    pub const LAST: Duration = Duration::from_mins(10);
}

worded! {
    /// What a unit is doing, in the words of `ActiveState` (org.freedesktop.systemd1(5)).
    pub enum UnitState {
        /// Started.
        Active = "active",
        /// Not started.
        Inactive = "inactive",
        /// It ended with a failure.
        Failed = "failed",
        /// On its way up.
        Activating = "activating",
        /// On its way down.
        Deactivating = "deactivating",
        /// Started, and taking in its configuration anew.
        Reloading = "reloading",
    }

    /// What a path can be.
    pub enum FileType {
        /// A regular file.
        File = "file",
        /// A folder.
        Folder = "folder",
        /// A symbolic link.
        Link = "link",
        /// A socket.
        Socket = "socket",
    }
}
