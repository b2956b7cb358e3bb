//! The servers beside the service: what its PostgreSQL and its Redis are set to. Names are `postgresql.max_connections`
//! and `redis-server.maxclients`, and only those that the catalog knows are captured: a server has hundreds.

mod arguments;
mod postgresql;
mod redis;
mod told;
mod uses;

#[cfg(test)]
mod tests;

pub(crate) use arguments::read as arguments;
pub(crate) use told::{Told, told};

use crate::site::{Found, Localhost, shown};
use crate::source::Deployment;
use crate::within::{Within, not_in_folder};
use crate::{Assignment, Clear, Declaration, Sensitive, Target, catalog};
use setpoint_formats::{Complaint, Lines, glob};
use setpoint_host::{Host, Kind};
use setpoint_model::{Backend, ByteSpan, Layer, Mechanism, Place, Problem, Retry, Value};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// More than a server's configuration has.
const LONGEST: u64 = 4 << 20;
/// More files than one configuration has: each may include the next one several times.
const MOST_FILES: usize = 200;
/// As deep as PostgreSQL follows files that include files (`CONF_FILE_MAX_DEPTH`); Redis knows no end.
const DEEPEST: usize = 10;

/// A server whose configuration is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Postgresql,
    Redis,
}

impl Server {
    const ALL: [Self; 2] = [Self::Postgresql, Self::Redis];

    /// The server that a program is.
    pub(crate) fn of_program(name: &str) -> Option<Self> {
        match name {
            "postgres" => Some(Self::Postgresql),
            "redis-server" | "valkey-server" => Some(Self::Redis),
            _ => None,
        }
    }

    /// The settings that are captured, by the server's own names.
    fn settings(self) -> HashSet<&'static str> {
        let package = catalog::packages().iter().find(|package| package.mechanism == self.mechanism());
        package.into_iter().flat_map(catalog::Package::entries).map(|entry| entry.own_name.as_str()).collect()
    }

    fn mechanism(self) -> Mechanism {
        match self {
            Self::Postgresql => Mechanism::Postgresql,
            Self::Redis => Mechanism::RedisServer,
        }
    }

    fn backend(self) -> Backend {
        match self {
            Self::Postgresql => Backend::PostgreSql,
            Self::Redis => Backend::Redis,
        }
    }

    /// The port that it listens on where nothing says another.
    fn usual_port(self) -> u16 {
        match self {
            Self::Postgresql => 5432,
            Self::Redis => 6379,
        }
    }

    /// Where the packages of Debian, Red Hat and Arch put the configuration.
    fn usual_files(self) -> &'static [&'static str] {
        match self {
            Self::Postgresql => &[
                "/etc/postgresql/*/*/postgresql.conf",
                "/var/lib/pgsql/data/postgresql.conf",
                "/var/lib/pgsql/*/data/postgresql.conf",
                "/var/lib/postgres/data/postgresql.conf",
            ],
            Self::Redis => &["/etc/redis/*.conf", "/etc/redis.conf", "/etc/valkey/*.conf"],
        }
    }
}

/// Adds what the machine's own servers are set to, where the service is known to use these and none elsewhere.
pub(crate) fn add(host: &dyn Host, found: &mut Found, declarations: &[Declaration]) {
    if found.localhost != Localhost::Here {
        return;
    }
    for server in Server::ALL {
        let ports = uses::ports(server, &found.deployment.assignments, declarations);
        if ports.is_empty() {
            continue;
        }
        let root = found.root.clone();
        let shown = |path: &Path| shown(root.as_deref(), path);
        for file in usual_files(host, server) {
            let read = read(host, server, &file, &shown, Within::Machine);
            if ports.contains(&read.port(server)) {
                found.take_backend(host, read);
            }
        }
    }
}

fn usual_files(host: &dyn Host, server: Server) -> Vec<PathBuf> {
    let list =
        |folder: &Path| host.list(folder).unwrap_or_default().into_iter().map(|listed| listed.name).collect::<Vec<_>>();
    let files = server.usual_files().iter().flat_map(|pattern| glob::expand(Path::new(pattern), &list));
    files.filter(|file| host.status(file).is_ok_and(|status| status.kind == Kind::File)).collect()
}

/// What a server's configuration says.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) deployment: Deployment,
    /// The files that were read.
    pub(crate) files: Vec<PathBuf>,
    /// The last value of each setting that says something of the server itself: its port, its folder.
    own: HashMap<&'static str, String>,
}

impl Read {
    fn port(&self, server: Server) -> u16 {
        self.own.get("port").and_then(|port| port.parse().ok()).unwrap_or(server.usual_port())
    }
}

/// Reads a server's configuration with what it includes. `within` is where files may be read;
/// `shown` gives a file's name in places.
pub(crate) fn read(
    host: &dyn Host,
    server: Server,
    file: &Path,
    shown: &dyn Fn(&Path) -> String,
    within: Within<'_>,
) -> Read {
    let names = server.settings();
    let mut reader = Reader { host, server, shown, within, names, read: Read::default(), open: Vec::new() };
    match server {
        Server::Postgresql => postgresql::read(&mut reader, file),
        Server::Redis => redis::read(&mut reader, file),
    }
    reader.read
}

struct Reader<'a> {
    host: &'a dyn Host,
    server: Server,
    shown: &'a dyn Fn(&Path) -> String,
    within: Within<'a>,
    /// The settings that are captured.
    names: HashSet<&'static str>,
    read: Read,
    /// The files that include one another, down to the one at hand.
    open: Vec<PathBuf>,
}

/// Settings that say something of the server itself.
const OWN: [&str; 2] = ["port", "data_directory"];

/// A file that was read.
struct Text {
    path: PathBuf,
    shown: String,
    bytes: Vec<u8>,
    lines: Lines,
}

impl Reader<'_> {
    /// Reads a file, unless it includes itself. One that cannot be read is a problem.
    fn enter(&mut self, path: &Path, read: impl FnOnce(&mut Self, &Text)) {
        if self.open.len() > DEEPEST || self.open.iter().any(|open| open == path) {
            return;
        }
        let Some(text) = self.load(path) else { return };
        self.open.push(path.to_owned());
        read(self, &text);
        self.open.pop();
    }

    /// The text of a file of the folder, unless there were too many.
    fn load(&mut self, path: &Path) -> Option<Text> {
        let shown = (self.shown)(path);
        if self.read.files.len() >= MOST_FILES {
            if self.read.files.len() == MOST_FILES {
                let what = format!("it includes more than {MOST_FILES} files, and the rest was not read");
                self.problem(Problem::input(what, "fewer", Retry::SafeOnceMended).at(Place::file(shown)));
                self.read.files.push(path.to_owned());
            }
            return None;
        }
        if self.within.leads_outside(self.host, path) {
            self.problem(not_in_folder(&shown));
            return None;
        }
        match self.host.read(path, LONGEST) {
            Ok(bytes) => {
                self.read.files.push(path.to_owned());
                let lines = Lines::of(&bytes);
                Some(Text { path: path.to_owned(), shown, bytes, lines })
            }
            Err(refusal) => {
                self.problem(refusal.problem().at(Place::file(shown)));
                None
            }
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.read.deployment.problems.push(problem);
    }

    fn complain(&mut self, complaints: Vec<Complaint>, text: &Text) {
        let problems = complaints.into_iter().map(|complaint| complaint.problem(&text.shown, &text.bytes));
        self.read.deployment.problems.extend(problems);
    }

    /// Takes over a setting.
    fn set(&mut self, text: &Text, name: &str, value: &str, span: ByteSpan) {
        if let Some(own) = OWN.into_iter().find(|own| *own == name) {
            self.read.own.insert(own, value.to_owned());
        }
        if !self.names.contains(name) {
            return;
        }
        let mechanism = self.server.mechanism();
        let constant = value.parse().map_or_else(|_| Value::from(value), Value::Integer);
        let written = String::from_utf8_lossy(text.bytes.get(span.start..span.end).unwrap_or_default()).into_owned();
        self.read.deployment.assignments.push(Assignment {
            target: Target::Default(format!("{mechanism}.{name}")),
            layer: Layer::ConfigurationFile,
            mechanism,
            value: Clear::from(constant),
            text: Sensitive::new(written),
            place: text.lines.place(&text.shown, &text.bytes, span),
            symbol: None,
            process: None,
        });
    }
}
