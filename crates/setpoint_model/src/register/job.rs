use crate::Place;
use crate::register::Documentation;
use std::time::Duration;

documented! {
    /// Background work: an import, an event, a clean-up.
    pub struct Job {
        /// Its name.
        pub name: String,
        /// The command, as for `sh -c`, in the service's folder.
        pub run: String,
        /// When it starts: the five fields of crontab(5), `0 3 * * *`. Left out for a job that something else starts.
        pub schedule: Option<String>,
        /// The time zone of the schedule, `Europe/Berlin`; the machine's where it is left out.
        pub zone: Option<String>,
        /// How long one run may take before it is stopped; 1 h where it is left out.
        pub timeout: Duration,
        /// How long one run takes at least; a faster one did not do its work.
        pub takes_at_least: Option<Duration>,
        /// How late it may start before that is a failure; 5 m where it is left out.
        pub grace: Duration,
        /// How often a failed run is tried again at once.
        pub retries: u32,
        /// The user it runs as.
        pub user: Option<String>,
        /// What a repeat must leave unchanged: `sqlite:FILE:QUERY`, `sql:DEFAULT:QUERY`, `file:PATH` or `command:COMMAND`.
        pub state: Vec<Probe>,
        /// The environments in which it runs; all where it is left out.
        pub environments: Vec<String>,
        /// Who, why, and how to get back.
        pub documentation: Documentation,
        /// Where it stands.
        pub place: Place,
    }
}

impl Job {
    /// How long a run may take where the register does not say: long enough for an import, short enough to be noticed.
    pub const TIMEOUT: Duration = Duration::from_hours(1);
    /// How late a start may be where the register does not say.
    pub const GRACE: Duration = Duration::from_mins(5);
}

/// Something whose content is compared before and after a repeated run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// The rows of a query on a `SQLite` file.
    Sqlite {
        /// The file, relative to the service's folder.
        file: String,
        /// The query; its order must be fixed.
        query: String,
    },
    /// The rows of a query on the database whose URL a default holds.
    Sql {
        /// The default's name.
        default: String,
        /// The query; its order must be fixed.
        query: String,
    },
    /// The bytes of a file.
    File(String),
    /// The output of a command.
    Command(String),
}
