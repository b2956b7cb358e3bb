use crate::{
    HealthRoute, Held, Library, LibraryCall, Mechanism, NamedDefault, Need, Place, Problem, ProblemKind, Reading,
    SiteProcesses,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// All that one capture found of one site.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Snapshot {
    /// The version of this form; 1.
    pub version: u32,
    /// What was looked at.
    pub site: Site,
    /// Sorted by name, then mechanism.
    pub defaults: Vec<NamedDefault>,
    /// The calls of libraries that decide how the service behaves, by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<LibraryCall>,
    /// What the environment's units need of this machine, in the order in which a machine is set up; empty where that was
    /// not asked, and where this machine does not have all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// What could not be read or understood; the rest was captured all the same.
    pub problems: Vec<Problem>,
}

/// Everything that capture looks at for one environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Site {
    /// The folder of the code, absolute; files below it are named relative to it.
    pub root: String,
    /// The environment of the register that was asked for.
    pub environment: Option<String>,
    /// Configuration files that were read, relative to the root where they lie below it, in order.
    pub files: Vec<String>,
    /// Files of variables that the deployment names and that are not here: nobody knows what they set where the
    /// service runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent_files: Vec<String>,
    /// Files of variables that nothing was seen to read, which therefore set nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread_files: Vec<UnreadFile>,
    /// The processes: one for each unit, Procfile line or container that runs the code.
    pub processes: Vec<ProcessState>,
    /// The installed libraries whose defaults were read, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub libraries: Vec<Library>,
    /// What the service uses and what was not found installed, so that its own defaults are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent_libraries: Option<AbsentLibraries>,
    /// How many Python files were looked at.
    pub python_files: usize,
    /// Those of `files` that every user of the machine may read: mode `o+r`, and no folder above forbids it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readable_by_all: Vec<String>,
    /// Where the code reads environment variables whose names only running it tells: a computed name, a loop over
    /// `os.environ`. A variable that nothing names may then be read all the same. A copy of the environment for a
    /// child process is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dynamic_reads: Vec<DynamicRead>,
    /// Texts of the code that set the `journal_mode` of `SQLite`, as `"PRAGMA journal_mode = WAL"` does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub journal_modes: Vec<Place>,
    /// Lines of units that systemd ignores, with a warning in the journal alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored_keys: Vec<IgnoredKey>,
    /// The files of the code that a process imports, by the process, where it is known with which module it starts.
    #[serde(skip)]
    pub imports: BTreeMap<String, BTreeSet<String>>,
    /// The files of the code that a process may import, by the process, where all could be followed that it imports.
    /// A process that runs no Python of the tree has none, and one that is not here may import any.
    #[serde(skip)]
    pub reach: BTreeMap<String, BTreeSet<String>>,
    /// The routes by which others ask whether the service is well, by place, in files that a process surely imports.
    #[serde(skip)]
    pub health_routes: Vec<HealthRoute>,
    /// Where the proxy passes requests on and nobody takes them. Empty where a request of the proxy reaches one of the
    /// processes, and where an address of either is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<Unanswered>,
}

/// The libraries that the service uses and whose installed source was not found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AbsentLibraries {
    /// Their distributions' names, sorted.
    pub names: Vec<String>,
    /// Where they were looked for: interpreters and virtual environments, as places name files.
    pub looked_in: Vec<String>,
    /// The names of the defaults that they have themselves.
    #[serde(skip)]
    pub defaults: BTreeSet<String>,
}

/// A place that passes requests to an address of this machine on which nobody listens, while the service does elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unanswered {
    /// The program that passes them on: [`Mechanism::Nginx`] or [`Mechanism::Caddy`].
    pub proxy: Mechanism,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// `127.0.0.1:8000` or `unix:/run/shop.sock`.
    pub address: String,
}

/// A key of a unit that systemd does not know in the section where it stands, and which most likely was meant to be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IgnoredKey {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// `shop.service`
    pub unit: String,
    /// `Service`, without brackets.
    pub section: String,
    /// As written.
    pub key: String,
    /// The section where systemd would take it; the same where it is the key that is wrong.
    pub belongs_to: String,
    /// As systemd knows it.
    pub known_as: String,
}

/// A place that reads an environment variable whose name only running the code tells, and what is known of the name:
/// `os.environ[f"SHOP_{name}_TOKEN"]` begins with `SHOP_` and ends with `_TOKEN`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DynamicRead {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// How the name begins; empty where that is not known.
    pub prefix: String,
    /// How the name ends; empty where that is not known.
    pub suffix: String,
}

impl DynamicRead {
    /// True if it may read the variable of that name.
    pub fn may_read(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.prefix.as_str());
        rest.is_some_and(|rest| rest.ends_with(self.suffix.as_str()))
    }
}

/// A file of variables that nothing was seen to read: no code loads it, no unit, container or server names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UnreadFile {
    /// Relative to the root where it lies below it.
    pub file: String,
    /// The names of the variables that it would set, sorted; never what they hold.
    pub variables: Vec<String>,
}

/// One way in which the site runs its code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProcessState {
    /// `shop.service`, or `web` of a Procfile.
    pub name: String,
    /// The program that serves: `uvicorn`, `gunicorn`, `celery`, `python`; `None` if the command line does not say.
    pub program: Option<String>,
    /// `shop.main:app`, where the command line says it.
    pub app: Option<String>,
    /// The interpreter or virtual environment, where the command line says it.
    pub interpreter: Option<String>,
    /// The folder that it is started in, where its files say it.
    #[serde(skip)]
    pub folder: Option<String>,
    /// The process id when it runs and was looked at.
    pub pid: Option<u32>,
    /// The sockets it listens on, `127.0.0.1:8000` or `unix:/run/shop.sock`, where known.
    pub listens: Vec<String>,
    /// True if its live environment was read; false if it does not run or may not be read.
    pub live: bool,
    /// The unit's files were changed after systemd read them: a restart alone does not bring what they say now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub needs_daemon_reload: bool,
}

/// Programs that serve others and never run code of the site, by the names of their processes.
const SERVERS_OF_OTHERS: [&str; 16] = [
    "caddy",
    "haproxy",
    "mariadbd",
    "memcached",
    "mongod",
    "mosquitto",
    "mysqld",
    "nats-server",
    "nginx",
    "pgbouncer",
    "postgres",
    "rabbitmq-server",
    "redis-server",
    "traefik",
    "valkey-server",
    "varnishd",
];

impl ProcessState {
    /// True if it may run code of the site; a database, a queue or a proxy beside it does not.
    pub fn may_run_the_code(&self) -> bool {
        self.program.as_deref().is_some_and(|program| !SERVERS_OF_OTHERS.contains(&program))
    }
}

impl Snapshot {
    /// What the machine refused to show, each of which may set or declare a default: while there is one, no value is
    /// surely known.
    pub fn unread(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.kind == ProblemKind::Machine)
    }

    /// True if only other processes read the default: some run the code that declares it, and this one does not.
    pub fn is_of_other_processes(&self, default: &NamedDefault, process: &str) -> bool {
        !SiteProcesses::of_files(&self.site).may_have(process, &default.readings)
    }

    /// True for a problem of a file of the code that a process is known to import.
    pub fn is_of_imported_code(&self, problem: &Problem) -> bool {
        let imports = |file: &String| self.site.imports.values().any(|files| files.contains(file));
        problem.place.as_ref().is_some_and(|place| imports(&place.file))
    }

    /// The default of that name or alias.
    pub fn find(&self, name: &str) -> Option<&NamedDefault> {
        self.defaults
            .iter()
            .find(|default| default.name == name)
            .or_else(|| self.defaults.iter().find(|default| default.is_called(name)))
    }

    /// The fields of a settings class that is the type of this default, as `SHOP_PAYMENT__URL` is one of
    /// `SHOP_PAYMENT`: the default is set by setting them.
    pub fn fields(&self, default: &NamedDefault) -> Vec<&NamedDefault> {
        let Some(class) = default.type_name.as_deref() else { return Vec::new() };
        let is_of_class = |reading: &Reading| {
            let around = reading.symbol.as_deref().and_then(|symbol| symbol.rsplit_once('.'));
            around.is_some_and(|(owner, _)| names_class(class, owner))
        };
        let is_field = |field: &&NamedDefault| {
            field.name.len() > default.name.len()
                && field.name.starts_with(&default.name)
                && field.readings.iter().any(is_of_class)
        };
        self.defaults.iter().filter(is_field).collect()
    }

    /// Those of its fields that a deployment sets, or of which it sets fields: what is built of them has another value
    /// than its own default.
    pub fn fields_set(&self, default: &NamedDefault) -> Vec<&NamedDefault> {
        let mut fields = self.fields(default);
        // A field's name is longer than that of what holds it, and so this ends.
        fields.retain(|field| field.is_set_by_deployment() || !self.fields_set(field).is_empty());
        fields
    }

    /// True if it is set by setting its fields, and not as a whole. Its fields are then what is decided and written down.
    pub fn is_set_by_fields(&self, default: &NamedDefault) -> bool {
        !default.is_set_by_deployment() && !self.fields(default).is_empty()
    }

    /// True if its value is built of those of its fields: one of them is set, or it has no value of its own.
    pub fn is_built_of_fields(&self, default: &NamedDefault) -> bool {
        self.is_set_by_fields(default) && (default.effective.is_none() || !self.fields_set(default).is_empty())
    }

    /// True if the service needs it and nothing gives it a value. What has fields is there as soon as one of them is
    /// set, and a field that is required is missing itself.
    pub fn is_missing(&self, default: &NamedDefault) -> bool {
        default.required
            && default.readings.iter().all(|reading| reading.value == Held::Nothing)
            && self.fields_set(default).is_empty()
            && self.fields(default).iter().all(|field| !field.required)
    }
}

/// True if a type's name, `Optional[Payment]` say, has the class among its words.
fn names_class(type_name: &str, class: &str) -> bool {
    type_name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == class)
}
