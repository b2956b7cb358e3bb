use crate::site::{VIRTUAL_ENVIRONMENTS, virtual_environment_beside};
use setpoint_host::Host;
use setpoint_model::Site;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Bytes; more than a `pyvenv.cfg` has.
const LONGEST_CONFIGURATION: u64 = 1 << 16;
/// Where Debian's and Ubuntu's packages put Python libraries (Debian Python Policy, "Module Path").
const OF_THE_SYSTEM: &str = "/usr/lib/python3/dist-packages";

/// The libraries that the service's interpreter imports.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    /// By the name in the form of a `dist-info` folder: the version, and the folder that holds the library. The
    /// interpreter's own library is `python`.
    installed: HashMap<String, (String, PathBuf)>,
}

impl Environment {
    /// The environment of the first process that names one, else the one beside the code.
    pub(crate) fn of_site(host: &dyn Host, root: &Path, site: &Site) -> Self {
        let named = Self::named_by(site);
        let beside = std::iter::once_with(|| virtual_environment_beside(host, root)).flatten();
        named.chain(beside).find_map(|interpreter| Self::of_interpreter(host, &interpreter)).unwrap_or_default()
    }

    /// Where [`Self::of_site`] looks, whether anything is there or not.
    pub(crate) fn looked_in(root: &Path, site: &Site) -> Vec<PathBuf> {
        let mut looked_in = Vec::new();
        for folder in Self::named_by(site).chain(VIRTUAL_ENVIRONMENTS.map(|name| root.join(name))) {
            if !looked_in.contains(&folder) {
                looked_in.push(folder);
            }
        }
        looked_in
    }

    fn named_by(site: &Site) -> impl Iterator<Item = PathBuf> {
        site.processes.iter().filter_map(|process| process.interpreter.as_deref()).map(PathBuf::from)
    }

    /// What an interpreter imports, which a virtual environment's folder stands for; `None` where it has no folder of
    /// libraries.
    pub(crate) fn of_interpreter(host: &dyn Host, interpreter: &Path) -> Option<Self> {
        let folders = import_folders(host, interpreter);
        if folders.is_empty() {
            return None;
        }
        let mut environment = Self::of_folders(host, folders);
        environment.installed.extend(standard_library(host, interpreter).map(|found| ("python".to_owned(), found)));
        Some(environment)
    }

    /// The libraries of these folders, the first of which wins.
    pub(crate) fn of_folders(host: &dyn Host, folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut installed = HashMap::new();
        for folder in folders {
            for listed in host.list(&folder).unwrap_or_default() {
                let Some((name, version)) = listed.name.to_str().and_then(distribution) else { continue };
                installed.entry(name).or_insert_with(|| (version, folder.clone()));
            }
        }
        Self { installed }
    }

    /// The version of the library and the folder that holds it, if it is installed.
    pub(crate) fn find(&self, name: &str) -> Option<(&str, &Path)> {
        let (version, folder) = self.installed.get(&normal(name))?;
        Some((version, folder))
    }
}

/// The folders that an interpreter imports libraries from: those of a virtual environment, else the system's.
fn import_folders(host: &dyn Host, interpreter: &Path) -> Vec<PathBuf> {
    let lib = interpreter.join("lib");
    let versions = host.list(&lib).unwrap_or_default().into_iter();
    let versions = versions.filter(|listed| listed.name.to_string_lossy().starts_with("python"));
    let own: Vec<PathBuf> = versions.map(|listed| lib.join(listed.name).join("site-packages")).collect();
    let of_system = own.is_empty() && interpreter.starts_with("/usr/bin");
    own.into_iter().chain(of_system.then(|| PathBuf::from(OF_THE_SYSTEM))).collect()
}

/// The version of the interpreter and the folder of its own library: of the one that a virtual environment was made
/// with (`home` of its `pyvenv.cfg`, PEP 405), else the system's newest.
fn standard_library(host: &dyn Host, interpreter: &Path) -> Option<(String, PathBuf)> {
    let configuration = host.read(&interpreter.join("pyvenv.cfg"), LONGEST_CONFIGURATION).unwrap_or_default();
    let configuration = String::from_utf8_lossy(&configuration);
    let of = |key: &str| {
        let mut pairs = configuration.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned())
    };
    let lib = match of("home") {
        Some(home) => Path::new(&home).parent()?.join("lib"),
        None => PathBuf::from("/usr/lib"),
    };
    let version = of("version").or_else(|| of("version_info"));
    let minor = if let Some(version) = version {
        version.split('.').take(2).collect::<Vec<_>>().join(".")
    } else {
        let listed = host.list(&lib).unwrap_or_default().into_iter();
        let numbered = listed.filter_map(|listed| listed.name.to_str()?.strip_prefix("python3.")?.parse::<u32>().ok());
        format!("3.{}", numbered.max()?)
    };
    let folder = lib.join(format!("python{minor}"));
    host.status(&folder).ok()?;
    // Its defaults change with these two parts alone.
    Some((minor, folder))
}

/// The name and version of `SQLAlchemy-2.0.30.dist-info` or `uvicorn-0.17.6.egg-info`.
fn distribution(folder: &str) -> Option<(String, String)> {
    let stem = folder.strip_suffix(".dist-info").or_else(|| folder.strip_suffix(".egg-info"))?;
    let (name, version) = stem.split_once('-')?;
    Some((normal(name), version.to_owned()))
}

/// A distribution's name in the form in which two spellings of it are equal (PEP 503), with `_` as in folders.
fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}
