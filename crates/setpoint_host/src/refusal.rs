use setpoint_model::{Place, Problem, Retry};
use std::fmt;
use std::path::{Path, PathBuf};

/// "Too many levels of symbolic links" (errno(3), with Linux's number).
const ELOOP: i32 = 40;

/// Why the machine did not do what was asked. [`Refusal::problem`] turns it into what a person reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing of that name.
    Missing(PathBuf),
    /// This user may not.
    Denied(PathBuf),
    /// This user may not write.
    NotWritable(PathBuf),
    /// Longer than what asked for it is ready to read.
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        length: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A link that leads back to itself, and so to nothing.
    Circle(PathBuf),
    /// A program ran longer than it was given.
    TimedOut(String),
    /// Anything else, in the system's words.
    Failed {
        /// The path or program.
        what: String,
        /// The system's words.
        because: String,
    },
}

impl Refusal {
    /// A refusal in the words of `std::io`.
    pub fn from_io(path: &Path, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Self::Missing(path.to_owned()),
            std::io::ErrorKind::PermissionDenied => Self::Denied(path.to_owned()),
            // Rust's own kind for it is not stable yet.
            _ if error.raw_os_error() == Some(ELOOP) => Self::Circle(path.to_owned()),
            _ => Self::Failed { what: path.display().to_string(), because: error.to_string() },
        }
    }

    /// True if there is nothing of that name, which often is no fault.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing(_))
    }

    /// What a person reads: what failed, what was expected, whether a retry is safe.
    pub fn problem(&self) -> Problem {
        let what = self.to_string();
        match self {
            // Whoever named it is wrong; the machine has shown all that there is.
            Self::Missing(path) => Problem::input(what, "a file or folder of that name", Retry::SafeOnceMended)
                .at(Place::file(path.display().to_string())),
            Self::Circle(path) => Problem::input(what, "a link that leads to a file", Retry::SafeOnceMended)
                .at(Place::file(path.display().to_string())),
            Self::Denied(path) => Problem::machine(what, "a path this user may read", Retry::SafeOnceMended)
                .at(Place::file(path.display().to_string()))
                .hint("run the same command with `sudo`, or give this user's group read access"),
            Self::NotWritable(path) => Problem::machine(what, "a path this user may write", Retry::SafeOnceMended)
                .at(Place::file(path.display().to_string()))
                .hint("run the same command with `sudo`, or as the user that it belongs to"),
            Self::TooLong { path, limit, .. } => {
                Problem::machine(what, format!("at most {limit} bytes"), Retry::SafeOnceMended)
                    .at(Place::file(path.display().to_string()))
            }
            Self::TimedOut(_) => Problem::machine(what, "an answer within its time limit", Retry::Safe),
            Self::Failed { .. } => Problem::machine(what, "the machine to do it", Retry::Safe),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "`{}` does not exist", path.display()),
            Self::Denied(path) => write!(f, "cannot read `{}`: permission denied", path.display()),
            Self::NotWritable(path) => write!(f, "cannot write `{}`: permission denied", path.display()),
            Self::TooLong { path, length, .. } => write!(f, "`{}` was not read: it has {length} bytes", path.display()),
            Self::Circle(path) => write!(f, "`{}` is a link that leads back to itself", path.display()),
            Self::TimedOut(program) => write!(f, "`{program}` did not end in time and was stopped"),
            Self::Failed { what, because } => write!(f, "`{what}`: {because}"),
        }
    }
}

impl std::error::Error for Refusal {}
