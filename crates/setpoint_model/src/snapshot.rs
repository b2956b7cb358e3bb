use crate::{Library, LibraryCall, NamedDefault, Place, Problem, ProblemKind, Reading};
use serde::Serialize;

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

impl Snapshot {
    /// What the machine refused to show, each of which may set or declare a default: while there is one, no value is
    /// surely known.
    pub fn unread(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.kind == ProblemKind::Machine)
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
}

/// True if a type's name, `Optional[Payment]` say, has the class among its words.
fn names_class(type_name: &str, class: &str) -> bool {
    type_name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == class)
}
