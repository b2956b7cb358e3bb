//! A site by its units on a live machine: unit → files → process → sockets → proxy, and unit → application → code.

use super::found::state;
use super::running::{Running, running};
use super::service::{self, Service};
use super::systemctl::{self, LoadedUnit};
use super::{Found, code_root};
use crate::{Request, nginx};
use setpoint_host::Host;
use setpoint_model::{Place, Problem, Retry};
use std::path::{Path, PathBuf};

/// One unit with what leads on from it.
struct Unit {
    loaded: LoadedUnit,
    service: Service,
}

/// Looks at every unit. An error only where none of them exists.
pub(super) fn discover(host: &dyn Host, request: &Request) -> Result<Found, Problem> {
    let mut units = Vec::new();
    let mut problems = Vec::new();
    for name in &request.units {
        match systemctl::show(host, name) {
            Ok(loaded) => units.push(read(host, loaded)),
            Err(problem) => problems.push(problem),
        }
    }
    if units.is_empty() && !problems.is_empty() {
        return Err(problems.swap_remove(0));
    }
    let mut found = Found::new(root(host, request, &units)?, request);
    found.deployment.problems = problems;
    if found.root.is_none() {
        found.deployment.problems.extend(units.iter().map(no_code));
    }
    let again = again(request);
    for unit in &units {
        let name = unit.loaded.name.as_str();
        found.read_unit(host, name, &unit.loaded.fragment, &unit.loaded.drop_ins);
        let mut process = state(name, unit.service.program.as_ref(), host);
        process.needs_daemon_reload = unit.loaded.needs_daemon_reload;
        if let Some(pid) = unit.loaded.pid {
            found.observe(host, pid, process, &again);
        } else {
            found.site.processes.push(process);
            found.deployment.problems.extend((!unit.service.ends).then(|| not_running(unit)));
        }
    }
    for started in by_hand(host, &found, &units) {
        let process = state(&started.name(), Some(&started.program), host);
        found.observe(host, started.pid, process, &again);
    }
    found.read_proxy(host, nginx::Start::Machine(Path::new(nginx::MAIN_FILE)));
    Ok(found)
}

fn read(host: &dyn Host, loaded: LoadedUnit) -> Unit {
    let service = service::read(host, &loaded.name, &loaded.fragment, &loaded.drop_ins);
    Unit { loaded, service }
}

/// The folder that was asked for, else that of the first unit's code, else where it runs.
fn root(host: &dyn Host, request: &Request, units: &[Unit]) -> Result<Option<PathBuf>, Problem> {
    if let Some(root) = &request.root {
        return host.resolve(root).map(Some).map_err(|refusal| refusal.problem());
    }
    let code = |unit: &Unit| {
        let service = &unit.service;
        let folder = service.working_directory.as_deref();
        code_root::find(host, service.program.as_ref()?, folder, service.python_path.as_deref())
    };
    let runs_in = |unit: &Unit| host.resolve(unit.service.working_directory.as_deref()?).ok();
    Ok(units.iter().find_map(code).or_else(|| units.iter().find_map(runs_in)))
}

/// Processes of the code that no unit started, each of which may be what really answers.
fn by_hand(host: &dyn Host, found: &Found, units: &[Unit]) -> Vec<Running> {
    let Some(root) = &found.root else { return Vec::new() };
    let of_a_unit =
        |running: &Running| running.unit.is_some() || units.iter().any(|unit| unit.loaded.pid == Some(running.pid));
    running(host, root).into_iter().filter(|running| !of_a_unit(running)).collect()
}

/// The command that gets what this user may not read.
fn again(request: &Request) -> String {
    let units = request.units.iter().map(|unit| format!(" --unit {unit}"));
    format!("sudo setpoint capture{}", units.collect::<String>())
}

fn not_running(unit: &Unit) -> Problem {
    let (name, state) = (&unit.loaded.name, &unit.loaded.state);
    let what = format!("`{name}` is not running (systemd says `{state}`), so that only its files were captured");
    Problem::input(what, "a running unit, whose process is compared with its files", Retry::Safe)
        .at(Place::file(unit.loaded.fragment.display().to_string()))
        .hint(format!("`systemctl status {name}` says why"))
}

fn no_code(unit: &Unit) -> Problem {
    let what = format!("the code of `{}` was not found from its command line", unit.loaded.name);
    Problem::input(what, "an `ExecStart=` that names an application, or a `WorkingDirectory=`", Retry::SafeOnceMended)
        .at(Place::file(unit.loaded.fragment.display().to_string()))
        .hint("name the folder of the code with `--root`")
}
