//! From the application that a process runs to the folder of its code: where Python would import the module from.

use super::program::{Program, Runs};
use setpoint_host::{Host, Kind};
use std::path::{Path, PathBuf};

/// More than a `.pth` file or an editable install's finder has.
const LONGEST_FINDER: u64 = 1 << 20;
/// Files that stand in a project's own folder.
const PROJECT_FILES: [&str; 7] =
    ["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "manage.py", "Pipfile", ".git"];
/// So far above its package a project's folder may lie: `/srv/shop/backend/src`.
const FARTHEST_PROJECT: usize = 2;

/// The folder of the code that a program runs, started in `working_directory` with that `PYTHONPATH`; `None` if the
/// module is nowhere to be found.
pub(crate) fn find(
    host: &dyn Host,
    program: &Program,
    working_directory: Option<&Path>,
    python_path: Option<&str>,
) -> Option<PathBuf> {
    let current = working_directory.unwrap_or(Path::new("/"));
    let environment = virtual_environment(host, program);
    match program.runs.as_ref()? {
        Runs::Script(script) => {
            let script = host.resolve(&current.join(script)).ok()?;
            let installed = environment.is_some_and(|environment| script.starts_with(environment));
            (!installed).then(|| project_of(host, script.parent().unwrap_or(current)))
        }
        Runs::Module(_) => {
            let package = program.module()?.split('.').next()?;
            let option = program.folder.as_ref().map(|folder| current.join(folder));
            let import_path = option.into_iter().chain([current.to_owned()]).chain(
                python_path
                    .unwrap_or_default()
                    .split(':')
                    .filter(|entry| !entry.is_empty())
                    .map(|entry| current.join(entry)),
            );
            let mut found = import_path.filter(|folder| holds(host, folder, package));
            if let Some(folder) = found.next() {
                return Some(project_of(host, &host.resolve(&folder).unwrap_or(folder)));
            }
            site_packages(host, environment.as_deref()?).iter().find_map(|folder| installed(host, folder, package))
        }
    }
}

/// The virtual environment that a program runs in: the folder above `bin` that has a `pyvenv.cfg` (PEP 405).
pub(crate) fn virtual_environment(host: &dyn Host, program: &Program) -> Option<PathBuf> {
    let of = |program: &str| {
        let folder = Path::new(program).parent()?.parent()?;
        is_file(host, &folder.join("pyvenv.cfg")).then(|| folder.to_owned())
    };
    of(&program.started).or_else(|| of(program.interpreter.as_deref()?))
}

/// What people call a virtual environment that lies beside its code.
pub(crate) const VIRTUAL_ENVIRONMENTS: [&str; 3] = [".venv", "venv", "env"];

/// The virtual environment beside the code, under the names that people give it.
pub(crate) fn virtual_environment_beside(host: &dyn Host, root: &Path) -> Option<PathBuf> {
    let named = VIRTUAL_ENVIRONMENTS.map(|name| root.join(name));
    named.into_iter().find(|folder| is_file(host, &folder.join("pyvenv.cfg")))
}

/// `lib/python3.12/site-packages` of a virtual environment.
pub(super) fn site_packages(host: &dyn Host, environment: &Path) -> Vec<PathBuf> {
    let lib = environment.join("lib");
    let versions = host.list(&lib).unwrap_or_default().into_iter();
    let versions = versions.filter(|listed| listed.name.to_string_lossy().starts_with("python"));
    versions.map(|listed| lib.join(listed.name).join("site-packages")).collect()
}

/// A package installed there: by a link to its folder (`.pth`), by the finder of an editable install, or as a copy,
/// whose folder is the code then.
fn installed(host: &dyn Host, site_packages: &Path, package: &str) -> Option<PathBuf> {
    if holds(host, site_packages, package) {
        return Some(site_packages.join(package)).filter(|folder| is_folder(host, folder));
    }
    let text =
        |path: &Path| host.read(path, LONGEST_FINDER).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    for listed in host.list(site_packages).unwrap_or_default() {
        let name = listed.name.to_string_lossy();
        let path = site_packages.join(&listed.name);
        let extension = path.extension().and_then(|extension| extension.to_str());
        if extension == Some("pth") {
            // A line is a folder, but for comments and imports (the `site` module's documentation).
            let folders = text(&path).unwrap_or_default();
            let folders = folders.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#']));
            let mut folders = folders.filter(|line| !line.starts_with("import ")).map(|line| site_packages.join(line));
            if let Some(folder) = folders.find(|folder| holds(host, folder, package)) {
                return Some(project_of(host, &host.resolve(&folder).unwrap_or(folder)));
            }
        } else if name.starts_with("__editable__") && extension == Some("py") {
            let source = text(&path).unwrap_or_default();
            if let Some(folder) = mapped(&source, package).filter(|folder| is_folder(host, folder)) {
                return Some(project_of(host, folder.parent()?));
            }
        }
    }
    None
}

/// The package's folder by setuptools' finder: `MAPPING: dict[str, str] = {'shop': '/srv/shop/src/shop'}`.
fn mapped(finder: &str, package: &str) -> Option<PathBuf> {
    let mapping = finder.lines().find(|line| line.starts_with("MAPPING"))?;
    let (_, after) = mapping.split_once(&format!("'{package}': '"))?;
    Some(PathBuf::from(after.split('\'').next()?))
}

/// The folder with the project's files, at or a little above the folder that is imported from.
fn project_of(host: &dyn Host, folder: &Path) -> PathBuf {
    let is_project = |folder: &&Path| PROJECT_FILES.iter().any(|file| host.status(&folder.join(file)).is_ok());
    let project = folder.ancestors().take(FARTHEST_PROJECT + 1).find(is_project);
    project.unwrap_or(folder).to_owned()
}

/// True if the folder has that module or package.
fn holds(host: &dyn Host, folder: &Path, package: &str) -> bool {
    is_folder(host, &folder.join(package)) || is_file(host, &folder.join(format!("{package}.py")))
}

fn is_folder(host: &dyn Host, path: &Path) -> bool {
    host.status(path).is_ok_and(|status| status.kind == Kind::Folder)
}

fn is_file(host: &dyn Host, path: &Path) -> bool {
    host.status(path).is_ok_and(|status| status.kind == Kind::File)
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::site::program::read;
    use setpoint_host::FixtureHost;
    use std::path::{Path, PathBuf};

    const BIN: &str = "/srv/shop/.venv/bin/uvicorn";
    const SITE: &str = "srv/shop/.venv/lib/python3.12/site-packages";

    /// Where the code is found on a machine with these files, by their texts.
    fn root(files: &[(&str, &str)], line: &str, python_path: Option<&str>) -> Option<PathBuf> {
        let machine = tempfile::tempdir().unwrap();
        for (file, text) in [("srv/shop/.venv/pyvenv.cfg", ""), ("srv/shop/pyproject.toml", "")].iter().chain(files) {
            let path = machine.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            #[expect(clippy::disallowed_methods, reason = "the test plants the machine that is looked at")]
            std::fs::write(path, text).unwrap();
        }
        let program = read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap();
        find(&FixtureHost::new(machine.path()), &program, Some(Path::new("/srv/shop")), python_path)
    }

    #[test]
    fn every_way_by_which_python_finds_the_module() {
        let run = format!("{BIN} shop.main:app");
        let src = ("srv/shop/src/shop/main.py", "");
        let shop = Some(PathBuf::from("/srv/shop"));
        assert_eq!(root(&[("srv/shop/shop/main.py", "")], &run, None), shop);
        assert_eq!(root(&[src], &format!("{run} --app-dir src"), None), shop);
        assert_eq!(root(&[src], &run, Some("/nowhere:/srv/shop/src")), shop);
        let pth = format!("{SITE}/_shop.pth");
        assert_eq!(root(&[src, (&pth, "import os\n../../../../src\n")], &run, None), shop);
        let finder = format!("{SITE}/__editable___shop_1_0_finder.py");
        let mapping = "MAPPING: dict[str, str] = {'shop': '/srv/shop/src/shop'}\n";
        assert_eq!(root(&[src, (&finder, mapping)], &run, None), shop);
        let copy = format!("{SITE}/shop/main.py");
        assert_eq!(root(&[(&copy, "")], &run, None), Some(Path::new("/").join(SITE).join("shop")));
        assert_eq!(root(&[], &run, None), None);
        assert_eq!(root(&[("srv/shop/manage.py", "")], "/usr/bin/python3 manage.py runserver", None), shop);
    }
}
