use crate::site::virtual_environment_beside;
use setpoint_host::Host;
use setpoint_model::Site;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Where Debian's and Ubuntu's packages put Python libraries (Debian Python Policy, "Module Path").
const OF_THE_SYSTEM: &str = "/usr/lib/python3/dist-packages";

/// The libraries that the service's interpreter imports.
#[derive(Debug)]
pub(crate) struct Environment {
    /// By the name in the form of a `dist-info` folder: the version, and the folder that holds the library.
    installed: HashMap<String, (String, PathBuf)>,
}

impl Environment {
    /// The environment of the first process that names one, else the one beside the code.
    pub(crate) fn of_site(host: &dyn Host, root: &Path, site: &Site) -> Self {
        let named = site.processes.iter().filter_map(|process| process.interpreter.as_deref());
        let folders = named.map(|interpreter| import_folders(host, Path::new(interpreter)));
        let beside = || virtual_environment_beside(host, root).map(|folder| import_folders(host, &folder));
        let folders = folders.into_iter().find(|folders| !folders.is_empty()).or_else(beside).unwrap_or_default();
        Self::of_folders(host, folders)
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
