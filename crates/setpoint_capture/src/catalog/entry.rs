use super::table::{Table, Version};
use serde::Deserialize;
use setpoint_model::{Mechanism, Value};
use setpoint_python::Pointer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// A file of the catalog: one library.
#[derive(Debug)]
pub(crate) struct Package {
    /// The name of the distribution, in the form of its `dist-info` folder: `sqlalchemy`, `python_multipart`.
    pub(crate) name: String,
    /// How a program is named that is this library: a process of it uses the library though no code calls it.
    pub(crate) program: Option<String>,
    /// A server or manager that is no Python: it is used where the deployment configures it.
    pub(crate) is_server: bool,
    /// The command that says the server's version.
    pub(crate) ask: Vec<String>,
    /// What its defaults are declared with.
    pub(crate) mechanism: Mechanism,
    /// Packages that use it where the service uses them.
    pub(crate) along: Vec<String>,
    /// Words of which a file holds one that calls a function of it.
    pub(crate) words: Vec<String>,
    /// Functions whose arguments set its defaults or say how the service uses it, by their full names.
    pub(crate) calls: BTreeMap<String, Call>,
    /// The object that holds its settings, of an instance: `celery.Celery.conf`. Giving it an item or attribute is the
    /// same as calling its `update`.
    pub(crate) settings: Option<String>,
    /// Where people read about its settings.
    pub(crate) documents: String,
    /// What stands in front of the names of its defaults: `sqlalchemy.`.
    prefix: String,
    /// The part of its file with its defaults, and what it says once somebody asked. Of most packages nobody does, since
    /// a service uses few, and this part is nearly all of the catalog's text.
    defaults: &'static str,
    entries: OnceLock<Vec<Entry>>,
}

/// A function of a library.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// The defaults `GROUP.ARGUMENT` are those of this function, and count where the service calls it.
    pub(crate) group: Option<String>,
    /// For an argument that is called otherwise than the default that it sets, the default without the package's name.
    #[serde(default)]
    arguments: BTreeMap<String, String>,
    /// What it is given concerns this one call, of a request or a cookie, and sets no default.
    #[serde(default)]
    alone: bool,
}

/// A default of a library.
#[derive(Debug)]
pub(crate) struct Entry {
    /// `sqlalchemy.pool_size`.
    pub(crate) name: String,
    /// The same without what stands in front of all of the package's: `pool_size`, `cors.max_age`.
    pub(crate) own_name: String,
    pub(crate) known: Known,
    /// What the server itself calls it where it tells what is built in; its own name where it is not said.
    pub(crate) told_as: Option<String>,
    /// It counts only where the deployment sets one of these defaults, if there are any.
    pub(crate) beside: Vec<String>,
    /// `s`, `ms` or `bytes`, where a number has a unit.
    pub(crate) unit: Option<String>,
    /// What it does, as a sentence that begins with a verb or a thing.
    pub(crate) means: String,
}

/// How a default is known.
#[derive(Debug)]
pub(crate) enum Known {
    /// It is read out of the installed package, from the first of these places that is there in its version.
    Source(Vec<(String, Pointer)>),
    /// The program is no Python and cannot be read.
    Table(Table),
}

/// What stands before the defaults.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    package: String,
    /// Where people read about these settings.
    documents: String,
    mechanism: Option<String>,
    program: Option<String>,
    #[serde(default)]
    along: Vec<String>,
    /// The names of the imported packages where it is not said. A name that is also an everyday word, or that is in files
    /// which call nothing of it, needs words of its own.
    words: Option<Vec<String>>,
    #[serde(default)]
    server: bool,
    #[serde(default)]
    ask: Vec<String>,
    /// What stands in front of each name; `package.` where it is not said.
    prefix: Option<String>,
    #[serde(default)]
    calls: BTreeMap<String, Call>,
    settings: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDefaults {
    #[serde(default)]
    default: BTreeMap<String, WrittenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    #[serde(default)]
    at: Vec<String>,
    /// With `source`: of a program that is no Python.
    value: Option<serde_json::Value>,
    source: Option<String>,
    /// With `value`: what it is since a version that changed it.
    #[serde(default)]
    since: BTreeMap<String, serde_json::Value>,
    told_as: Option<String>,
    /// It counts only where one of these defaults is set, with a space between them.
    #[serde(default)]
    beside: String,
    unit: Option<String>,
    means: String,
}

impl Package {
    /// The package of a file of the catalog.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn read(name: &str, text: &'static str) -> Result<Self, String> {
        let (head, defaults) = text.split_at(text.find("\n[default.").unwrap_or(text.len()));
        let mut written: Written = toml::from_str(head).map_err(|error| error.to_string())?;
        if !written.documents.starts_with("https://") {
            return Err(format!("`documents` of {name} is no address"));
        }
        let mechanism = match written.mechanism.as_deref() {
            None => Mechanism::Library,
            Some(word) => Mechanism::ALL
                .into_iter()
                .find(|mechanism| mechanism.as_str() == word)
                .ok_or_else(|| format!("`{word}` is no mechanism"))?,
        };
        if let Some(settings) = &written.settings {
            written.calls.extend(UPDATES.map(|method| (format!("{settings}.{method}"), Call::default())));
        }
        let prefix = written.prefix.unwrap_or_else(|| format!("{name}."));
        Ok(Self {
            words: written.words.unwrap_or_else(|| roots(written.calls.keys())),
            name: written.package,
            program: written.program,
            along: written.along,
            is_server: written.server,
            ask: written.ask,
            mechanism,
            calls: written.calls,
            settings: written.settings,
            documents: written.documents,
            prefix,
            defaults,
            entries: OnceLock::new(),
        })
    }

    /// Its defaults; a test holds that all can be read.
    pub(crate) fn entries(&self) -> &[Entry] {
        self.entries.get_or_init(|| self.read_entries().unwrap_or_default())
    }

    /// Its defaults.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn read_entries(&self) -> Result<Vec<Entry>, String> {
        let written: WrittenDefaults = toml::from_str(self.defaults).map_err(|error| error.to_string())?;
        written.default.into_iter().map(|(name, entry)| entry.read(&self.prefix, name)).collect()
    }
}

/// The methods of a settings object that take settings as arguments or in a dict.
const UPDATES: [&str; 2] = ["update", "from_mapping"];

impl Package {
    /// True for a method of its settings object that takes settings.
    pub(crate) fn is_update(&self, function: &str) -> bool {
        let method = self.settings.as_ref().and_then(|settings| function.strip_prefix(settings.as_str()));
        method.and_then(|method| method.strip_prefix('.')).is_some_and(|method| UPDATES.contains(&method))
    }

    /// The name of the default that an argument of one of its functions sets; `None` if it sets none.
    pub(crate) fn set_by(&self, function: &str, argument: &str) -> Option<String> {
        let set = self.calls.get(function)?.sets(argument)?;
        let is_known = self.entries().iter().any(|entry| entry.own_name == set);
        // Of settings there may be more than the catalog knows.
        (is_known || self.is_update(function)).then(|| format!("{}{set}", self.prefix))
    }
}

/// The packages that these functions belong to, one of which a file names that calls one.
fn roots<'f>(functions: impl Iterator<Item = &'f String>) -> Vec<String> {
    let roots: BTreeSet<&str> = functions.filter_map(|function| function.split('.').next()).collect();
    roots.into_iter().map(str::to_owned).collect()
}

impl Call {
    /// The default that an argument sets, without the package's name.
    fn sets(&self, argument: &str) -> Option<String> {
        if self.alone {
            return None;
        }
        let in_group = || self.group.as_ref().map(|group| format!("{group}.{argument}"));
        Some(self.arguments.get(argument).cloned().or_else(in_group).unwrap_or_else(|| argument.to_owned()))
    }
}

impl Entry {
    /// The group of the functions that it is a default of.
    pub(crate) fn group(&self) -> Option<&str> {
        self.own_name.rsplit_once('.').map(|(group, _)| group)
    }
}

impl WrittenEntry {
    fn read(self, prefix: &str, name: String) -> Result<Entry, String> {
        let at = self.at.iter().map(|at| {
            let (file, pointer) = at.split_once(' ').ok_or_else(|| format!("`{at}` has no pointer"))?;
            let pointer = pointer.parse().map_err(|error| format!("`{at}`: {error:?}"))?;
            Ok((file.to_owned(), pointer))
        });
        let at: Vec<_> = at.collect::<Result<_, String>>()?;
        let known = match (self.value, self.source) {
            (None, None) if !at.is_empty() => Known::Source(at),
            (Some(value), Some(source)) if at.is_empty() && source.starts_with("https://") => {
                let since = self.since.into_iter().map(|(version, value)| {
                    let version = version.parse().map_err(|_| format!("`{version}` is no version"))?;
                    Ok((version, Value::from(value)))
                });
                let mut since: Vec<(Version, Value)> = since.collect::<Result<_, String>>()?;
                since.sort_by(|(one, _), (two, _)| one.cmp(two));
                Known::Table(Table { value: value.into(), since, source })
            }
            _ => return Err(format!("`{name}` needs either `at`, or `value` and the address of its `source`")),
        };
        Ok(Entry {
            known,
            told_as: self.told_as,
            beside: self.beside.split_whitespace().map(|beside| format!("{prefix}{beside}")).collect(),
            name: format!("{prefix}{name}"),
            own_name: name,
            unit: self.unit,
            means: self.means,
        })
    }
}
