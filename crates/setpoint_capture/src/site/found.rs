use super::program::Program;
use super::{code_root, readable};
use crate::process::{self, Live};
use crate::source::{Deployment, Origin};
use crate::{Assignment, Request, Target, nginx};
use setpoint_host::Host;
use setpoint_model::{ProcessState, Site};
use std::path::{Path, PathBuf};

/// What was found, with what the deployment sets.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The folder of the code; `None` if units do not lead to one.
    pub(crate) root: Option<PathBuf>,
    pub(crate) site: Site,
    pub(crate) deployment: Deployment,
    /// The processes that were seen running.
    pub(crate) live: Vec<Live>,
}

impl Found {
    pub(super) fn new(root: Option<PathBuf>, request: &Request) -> Self {
        let site = Site {
            root: root.as_deref().map(|root| root.display().to_string()).unwrap_or_default(),
            environment: request.environment.clone(),
            ..Site::default()
        };
        Self { root, site, ..Self::default() }
    }

    /// The name of a file in places.
    pub(super) fn shown(&self, path: &Path) -> String {
        let below = self.root.as_deref().and_then(|root| path.strip_prefix(root).ok());
        below.unwrap_or(path).display().to_string()
    }

    /// Reads a file by its source, and lists it among the site's files.
    pub(super) fn read(
        &mut self,
        host: &dyn Host,
        path: &Path,
        process: Option<&str>,
        source: impl FnOnce(&dyn Host, Origin<'_>) -> Deployment,
    ) {
        let shown = self.shown(path);
        let deployment = source(host, Origin { path, shown: &shown, process });
        self.deployment.extend(deployment);
        self.list(host, path);
    }

    /// Reads a unit's files and those of variables that it names.
    pub(super) fn read_unit(&mut self, host: &dyn Host, name: &str, fragment: &Path, drop_ins: &[PathBuf]) {
        let _ = name;
        self.list(host, fragment);
        drop_ins.iter().for_each(|file| self.list(host, file));
    }

    /// Notes that a file was read.
    pub(super) fn list(&mut self, host: &dyn Host, path: &Path) {
        let shown = self.shown(path);
        if self.site.files.contains(&shown) {
            return;
        }
        if readable::by_all(host, path) {
            self.site.readable_by_all.push(shown.clone());
        }
        self.site.files.push(shown);
    }

    /// Looks at a running process, which `process` describes by its files. `again` is the command that gets what
    /// this user may not read.
    pub(super) fn observe(&mut self, host: &dyn Host, pid: u32, mut process: ProcessState, again: &str) {
        let observed = process::observe(host, pid, &process.name, again);
        process.pid = Some(pid);
        process.live = observed.environment.is_some();
        process.listens = observed.listens;
        self.live.push(Live {
            process: process.name.clone(),
            environment: process.live.then(|| process::environment_place(pid)),
            command_line: None,
            unit_file: None,
        });
        self.deployment.extend(observed.deployment);
        self.site.processes.push(process);
    }

    /// Follows each process's sockets to the servers of nginx that pass requests to it.
    pub(super) fn read_proxy(&mut self, host: &dyn Host, start: nginx::Start<'_>) {
        let processes: Vec<_> = self.site.processes.iter().map(|process| process.name.clone()).collect();
        for (at, name) in processes.iter().enumerate() {
            if self.site.processes[at].listens.is_empty() {
                self.site.processes[at].listens = configured(&self.deployment.assignments, name);
            }
            let listens = &self.site.processes[at].listens;
            if listens.is_empty() {
                continue;
            }
            let proxied = nginx::read(host, start, Some(listens), Some(name));
            self.deployment.extend(proxied.deployment);
            proxied.files.iter().for_each(|file| self.list(host, file));
        }
    }
}

/// What a program is told to listen on, where its sockets could not be seen.
fn configured(assignments: &[Assignment], process: &str) -> Vec<String> {
    let last = |name: &str| {
        let of_process = |assignment: &&Assignment| {
            matches!(&assignment.target, Target::Default(target) if target == name)
                && assignment.process.as_deref().is_none_or(|of| of == process)
        };
        assignments.iter().rfind(of_process).map(|assignment| assignment.text.reveal().clone())
    };
    if let Some(bind) = last("gunicorn.bind") {
        return vec![bind];
    }
    if let Some(socket) = last("uvicorn.uds") {
        return vec![format!("unix:{socket}")];
    }
    let port = last("uvicorn.port");
    port.map(|port| format!("{}:{port}", last("uvicorn.host").unwrap_or("127.0.0.1".to_owned()))).into_iter().collect()
}

/// A process by what its command line says.
pub(super) fn state(name: &str, program: Option<&Program>, host: &dyn Host) -> ProcessState {
    let environment = program.and_then(|program| code_root::virtual_environment(host, program));
    ProcessState {
        name: name.to_owned(),
        program: program.map(|program| program.name.clone()),
        app: program.and_then(Program::app),
        interpreter: match environment {
            Some(folder) => Some(folder.display().to_string()),
            None => program.and_then(|program| program.interpreter.clone()),
        },
        ..ProcessState::default()
    }
}
