use serde::Deserialize;
use setpoint_model::Mechanism;
use setpoint_python::Pointer;
use std::collections::BTreeMap;

/// A file of the catalog: one library.
#[derive(Debug)]
pub(crate) struct Package {
    /// The name of the distribution, in the form of its `dist-info` folder: `sqlalchemy`, `python_multipart`.
    pub(crate) name: String,
    /// How a program is named that is this library: a process of it uses the library though no code calls it.
    pub(crate) program: Option<String>,
    /// What its defaults are declared with.
    pub(crate) mechanism: Mechanism,
    /// Functions whose arguments set its defaults or say how the service uses it, by their full names: for each
    /// argument that is called otherwise than the default that it sets, the default.
    pub(crate) calls: BTreeMap<String, BTreeMap<String, String>>,
    /// Its defaults.
    pub(crate) entries: Vec<Entry>,
}

/// A default of a library.
#[derive(Debug)]
pub(crate) struct Entry {
    /// `sqlalchemy.pool_size`.
    pub(crate) name: String,
    /// The argument that sets it, where a call does not say otherwise: `pool_size`.
    pub(crate) argument: String,
    /// Where it stands, by version: the first of these that is there.
    pub(crate) at: Vec<(String, Pointer)>,
    /// `s`, `ms` or `bytes`, where a number has a unit.
    pub(crate) unit: Option<String>,
    /// What it does, as a sentence that begins with a verb or a thing.
    pub(crate) means: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    package: String,
    /// Where people read about these settings.
    documents: String,
    mechanism: Option<String>,
    program: Option<String>,
    /// What stands in front of each name; `package.` where it is not said.
    prefix: Option<String>,
    #[serde(default)]
    calls: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    default: BTreeMap<String, WrittenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    at: Vec<String>,
    argument: Option<String>,
    unit: Option<String>,
    means: String,
}

impl Package {
    /// The package of a file of the catalog.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn read(name: &str, text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
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
        let prefix = written.prefix.unwrap_or_else(|| format!("{name}."));
        let entries = written.default.into_iter().map(|(name, entry)| entry.read(&prefix, name));
        Ok(Self {
            name: written.package,
            program: written.program,
            mechanism,
            calls: written.calls,
            entries: entries.collect::<Result<_, _>>()?,
        })
    }
}

impl WrittenEntry {
    fn read(self, prefix: &str, name: String) -> Result<Entry, String> {
        let at = self.at.iter().map(|at| {
            let (file, pointer) = at.split_once(' ').ok_or_else(|| format!("`{at}` has no pointer"))?;
            let pointer = pointer.parse().map_err(|error| format!("`{at}`: {error:?}"))?;
            Ok((file.to_owned(), pointer))
        });
        Ok(Entry {
            at: at.collect::<Result<_, String>>()?,
            argument: self.argument.unwrap_or_else(|| name.clone()),
            name: format!("{prefix}{name}"),
            unit: self.unit,
            means: self.means,
        })
    }
}
