//! A site by its units on a live machine: unit → files → process → sockets → proxy, and unit → application → code.

use super::found::{Installed, Localhost, shown, state};
use super::program::{GUNICORN_FILE, configuration_file};
use super::running::{Running, running};
use super::service::{self, Service};
use super::systemctl::{self, LoadedUnit};
use super::{Found, code_root, container};
use crate::systemd::{Home, UnitFiles};
use crate::{Processes, Request, engine};
use setpoint_host::{Host, Kind};
use setpoint_model::{Place, Problem, Retry};
use std::path::{Path, PathBuf};

/// One unit with what leads on from it.
struct Unit {
    loaded: LoadedUnit,
    service: Service,
}

impl LoadedUnit {
    fn files(&self) -> UnitFiles<'_> {
        UnitFiles { name: &self.name, fragment: &self.fragment, drop_ins: &self.drop_ins }
    }
}

/// Looks at every unit. An error only where none of them exists.
pub(super) fn discover(host: &dyn Host, request: &Request) -> Result<Found, Problem> {
    let mut loaded = Vec::new();
    let mut problems = Vec::new();
    for name in &request.units {
        match systemctl::show(host, name) {
            Ok(unit) => loaded.push(unit),
            Err(problem) => problems.push(problem),
        }
    }
    if loaded.is_empty() && !problems.is_empty() {
        return Err(problems.swap_remove(0));
    }
    // The files are read twice: once to find the root, and once to name their places relative to it.
    let mut found = Found::new(root(host, request, &read(host, &loaded, None))?, request);
    found.installed = Installed::Here;
    found.localhost = Localhost::Here;
    found.deployment.problems = problems;
    let units = read(host, &loaded, found.root.as_deref());
    let again = again(request);
    for Unit { loaded, service } in units {
        let name = loaded.name.as_str();
        if found.root.is_none() {
            found.deployment.problems.push(no_code(host, &loaded, &service));
        }
        std::iter::once(&loaded.fragment).chain(&loaded.drop_ins).for_each(|file| found.list(host, file));
        let mut process = state(name, service.program.as_ref(), host);
        process.needs_daemon_reload = loaded.needs_daemon_reload;
        read_around(host, &mut found, &service, name);
        let (ends, variables) = (service.ends(), service.variables.clone());
        let launches = service.unit.launches.iter();
        let container =
            launches.filter_map(|launch| engine::started_by(&launch.command)).next_back().map(str::to_owned);
        found.take(host, service.unit);
        if request.processes == Processes::LeftOut {
            found.site.processes.push(process);
        } else if let Some(container) = container {
            found.site.processes.push(process);
            container::observe_of_unit(host, &mut found, &container, &again);
        } else if let Some(pid) = loaded.pid {
            found.observe(host, pid, process, variables, &again);
        } else {
            found.site.processes.push(process);
            found.deployment.problems.extend((!ends).then(|| not_running(&loaded)));
        }
    }
    let pids: Vec<_> = loaded.iter().filter_map(|unit| unit.pid).collect();
    let by_hand = match request.processes {
        Processes::LookedAt => by_hand(host, found.root.as_deref(), &pids),
        Processes::LeftOut => Vec::new(),
    };
    for started in by_hand {
        let process = state(&started.name(), Some(&started.program), host);
        found.observe(host, started.pid, process, None, &again);
    }
    found.give_servers_their_variables();
    found.name_configured_sockets();
    found.read_proxy(host);
    found.note_loaded_by_servers(host, &|folder, named| Some(folder.join(named)));
    Ok(found)
}

/// Reads what lies where the unit runs: gunicorn's configuration and the `.env` file.
fn read_around(host: &dyn Host, found: &mut Found, service: &Service, name: &str) {
    let Some(folder) = service.working_directory().or_else(|| found.root.clone()) else { return };
    found.note_started_in(name, folder.clone());
    if let Some(program) = service.program.as_ref().filter(|program| program.name == "gunicorn") {
        let usual = || Some(folder.join(GUNICORN_FILE)).filter(|file| may_be_there(host, file));
        let file = match program.configuration.as_deref() {
            Some(named) => configuration_file(named).map(|file| folder.join(file)),
            None => usual(),
        };
        file.into_iter().for_each(|file| found.read_gunicorn(host, &file, Some(name)));
    }
    for folder in [Some(folder), found.root.clone()].into_iter().flatten() {
        let file = folder.join(".env");
        if may_be_there(host, &file) {
            found.note_env_file(file);
        }
    }
}

/// False only for a file that is known not to be there: reading one that may not be looked at says so.
fn may_be_there(host: &dyn Host, file: &Path) -> bool {
    host.status(file).map_or_else(|refusal| !refusal.is_missing(), |status| status.kind == Kind::File)
}

fn read(host: &dyn Host, units: &[LoadedUnit], root: Option<&Path>) -> Vec<Unit> {
    let read = |loaded: &LoadedUnit| {
        let service = service::read(host, &loaded.files(), &Home::Machine, &|path| shown(root, path));
        Unit { loaded: loaded.clone(), service }
    };
    units.iter().map(read).collect()
}

/// The folder that was asked for, else that of the first unit's code, else where it runs.
fn root(host: &dyn Host, request: &Request, units: &[Unit]) -> Result<Option<PathBuf>, Problem> {
    if let Some(root) = &request.root {
        return host.resolve(root).map(Some).map_err(|refusal| refusal.problem());
    }
    let code = |Unit { service, .. }: &Unit| {
        let folder = service.working_directory();
        code_root::find(host, service.program.as_ref()?, folder.as_deref(), service.python_path().as_deref())
    };
    let runs_in = |unit: &Unit| host.resolve(&unit.service.working_directory()?).ok();
    Ok(units.iter().find_map(code).or_else(|| units.iter().find_map(runs_in)))
}

/// Processes of the code that no unit started, each of which may be what really answers.
fn by_hand(host: &dyn Host, root: Option<&Path>, of_units: &[u32]) -> Vec<Running> {
    let found = root.map(|root| running(host, root)).unwrap_or_default();
    found.into_iter().filter(|running| running.unit.is_none() && !of_units.contains(&running.pid)).collect()
}

/// The command that gets what this user may not read.
fn again(request: &Request) -> String {
    let units = request.units.iter().map(|unit| format!(" --unit {unit}"));
    format!("sudo setpoint capture{}", units.collect::<String>())
}

fn not_running(unit: &LoadedUnit) -> Problem {
    let (name, state) = (&unit.name, &unit.state);
    let what = format!("`{name}` is not running (systemd says `{state}`), so that only its files were captured");
    Problem::input(what, "a running unit, whose process is compared with its files", Retry::Safe)
        .at(Place::file(unit.fragment.display().to_string()))
        .hint(format!("`systemctl status {name}` says why"))
}

fn no_code(host: &dyn Host, unit: &LoadedUnit, service: &Service) -> Problem {
    let started = service.program.as_ref().map(|program| PathBuf::from(&program.started));
    let refused = |path: PathBuf| host.status(&path).err().filter(|refusal| !refusal.is_missing());
    if let Some(refusal) = service.working_directory().into_iter().chain(started).find_map(refused) {
        return refusal.problem();
    }
    let what = format!("the code of `{}` was not found from its command line", unit.name);
    Problem::input(what, "an `ExecStart=` that names an application, or a `WorkingDirectory=`", Retry::SafeOnceMended)
        .at(Place::file(unit.fragment.display().to_string()))
        .hint("name the folder of the code with `--root`")
}
