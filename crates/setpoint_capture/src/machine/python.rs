use super::LONGEST;
use setpoint_host::{Host, Kind};
use setpoint_model::{Need, Needed, Site};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What `pip freeze` leaves out, since an environment brings it (pip's manual, `pip freeze --all`).
const OF_ENVIRONMENT: [&str; 4] = ["pip", "setuptools", "wheel", "distribute"];

/// The virtual environments that the site's processes run in.
pub(super) fn environments(host: &dyn Host, site: &Site) -> BTreeSet<PathBuf> {
    let interpreters = site.processes.iter().filter_map(|process| process.interpreter.as_deref());
    let folders = interpreters.map(|folder| Path::new(&site.root).join(folder));
    folders.filter(|folder| host.status(&folder.join("pyvenv.cfg")).is_ok()).collect()
}

/// The interpreter that an environment was made with, and what that makes environments with. On Debian they are of two
/// packages, `python3.11-minimal` and `python3.11-venv`.
pub(super) fn files_of_interpreter(host: &dyn Host, folder: &Path) -> Vec<PathBuf> {
    let Some(interpreter) = interpreter(host, folder) else { return Vec::new() };
    let version = interpreter.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let library = interpreter.parent().and_then(Path::parent).map(|prefix| prefix.join("lib").join(version));
    let bundled = library.map(|library| library.join("ensurepip/__init__.py"));
    std::iter::once(interpreter).chain(bundled.filter(|file| host.status(file).is_ok())).collect()
}

/// The interpreter of an environment, links followed.
pub(super) fn interpreter(host: &dyn Host, folder: &Path) -> Option<PathBuf> {
    host.resolve(&folder.join("bin/python")).ok()
}

/// An environment, and what is installed in it.
pub(super) fn needs(host: &dyn Host, folder: &Path) -> Vec<Need> {
    let name = folder.display().to_string();
    let Some(interpreter) = interpreter(host, folder) else { return Vec::new() };
    let environment = Needed::Python { interpreter: interpreter.display().to_string() };
    let distributions = Needed::Distributions { pins: pins(host, folder) };
    [environment, distributions].map(|what| Need { name: name.clone(), what }).into()
}

/// What is installed, in the words of `pip freeze`.
pub(super) fn pins(host: &dyn Host, folder: &Path) -> BTreeMap<String, String> {
    let mut pins = BTreeMap::new();
    let lib = folder.join("lib");
    for listed in host.list(&lib).unwrap_or_default().into_iter().filter(|listed| listed.kind == Kind::Folder) {
        let packages = lib.join(listed.name).join("site-packages");
        for listed in host.list(&packages).unwrap_or_default() {
            let information = listed.name.to_string_lossy().into_owned();
            let Some((name, version)) = information.strip_suffix(".dist-info").and_then(|stem| stem.rsplit_once('-'))
            else {
                continue;
            };
            let name = normalised(name);
            if !OF_ENVIRONMENT.contains(&name.as_str()) {
                let editable = editable(host, &packages.join(&information));
                let pin =
                    editable.map_or_else(|| format!("{name}=={version}"), |folder| format!("--editable={folder}"));
                pins.insert(name, pin);
            }
        }
    }
    pins
}

/// The folder that a distribution was installed from so that it stays there (PEP 610). One from another address is asked for
/// by its version alone: the address may hold a password.
fn editable(host: &dyn Host, information: &Path) -> Option<String> {
    let bytes = host.read(&information.join("direct_url.json"), LONGEST).ok()?;
    let said: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let folder = said.get("url")?.as_str()?.strip_prefix("file://")?;
    (said.get("dir_info")?.get("editable")? == true).then(|| folder.to_owned())
}

/// A distribution's name as PEP 503 compares it.
fn normalised(name: &str) -> String {
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}
