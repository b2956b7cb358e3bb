use crate::site::virtual_environment_beside;
use setpoint_host::{Host, Kind};
use setpoint_model::{Problem, Retry, Site};
use std::path::{Path, PathBuf};

/// The interpreter that runs the service: the one that was named, that of the first process whose command line says it,
/// or that of the virtual environment beside the code. A folder is a virtual environment.
pub(super) fn find(host: &dyn Host, root: &Path, site: &Site, named: Option<&Path>) -> Result<PathBuf, Problem> {
    if let Some(named) = named {
        return program(host, named).ok_or_else(|| {
            let what = format!("`--python {}`: there is no interpreter", named.display());
            Problem::input(what, "a Python program, or the folder of a virtual environment", Retry::SafeOnceMended)
        });
    }
    let of_processes = site.processes.iter().filter_map(|process| process.interpreter.as_deref()).map(Path::new);
    // A name without a folder is found by the PATH of a machine that need not be this one.
    let mut of_processes = of_processes.filter(|interpreter| interpreter.is_absolute());
    let found = of_processes.find_map(|interpreter| program(host, interpreter));
    let found = found.or_else(|| program(host, &virtual_environment_beside(host, root)?));
    found.ok_or_else(|| {
        let what = "nothing says which interpreter runs the service";
        let expected = "a unit whose command line names it, or a virtual environment beside the code";
        Problem::input(what, expected, Retry::SafeOnceMended).hint("name it: `setpoint capture --prove --python PATH`")
    })
}

fn program(host: &dyn Host, named: &Path) -> Option<PathBuf> {
    let path = match host.status(named).ok()?.kind {
        Kind::Folder => named.join("bin/python"),
        Kind::File | Kind::Link | Kind::Socket | Kind::Other => named.to_owned(),
    };
    host.status(&path).ok()?;
    // Links stay, since it is the name that tells an interpreter its virtual environment (PEP 405).
    if path.is_absolute() {
        return Some(path);
    }
    Some(host.resolve(Path::new(".")).ok()?.join(path))
}
