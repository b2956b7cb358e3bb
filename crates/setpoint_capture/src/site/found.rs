use super::env_files::EnvFiles;
use super::program::Program;
use super::unanswered::unanswered;
use super::{code_root, listening, readable, server_variables};
use crate::containers::Started;
use crate::launch::{Launch, Server};
use crate::process::{self, Live};
use crate::source::{Deployment, Origin};
use crate::within::Within;
use crate::{Request, backends, dotenv, gunicorn, systemd};
use setpoint_host::Host;
use setpoint_model::{Layer, Mechanism, Place, ProcessState, Site};
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
    /// Whether what was found runs on this machine.
    pub(crate) installed: Installed,
    /// Whether `localhost` is this machine to all that was found.
    pub(crate) localhost: Localhost,
    /// The processes that are containers.
    pub(crate) containers: Vec<String>,
    /// The commands that the deployment starts, which may be the service's own.
    pub(crate) launches: Vec<Launch>,
    /// The files of variables that code may load.
    pub(crate) env_files: EnvFiles,
}

/// Where what was found is installed, and so what its paths mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Installed {
    /// On this machine.
    Here,
    /// On the machine on which the folder will be installed.
    #[default]
    Elsewhere,
}

/// Which machine `localhost` is to the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Localhost {
    /// This one.
    Here,
    /// Another one, or a container, or some of the service's processes' own.
    #[default]
    Elsewhere,
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

    /// Reads a file by its source, and lists it among the site's files.
    fn read(
        &mut self,
        host: &dyn Host,
        path: &Path,
        process: Option<&str>,
        source: fn(&dyn Host, Origin<'_>) -> Deployment,
    ) {
        let shown = shown(self.root.as_deref(), path);
        self.deployment.extend(source(host, Origin { path, shown: &shown, process }));
        self.list(host, path);
    }

    /// Reads a file that starts processes, and lists it with the files that it names. Returns what it starts.
    pub(super) fn start(
        &mut self,
        host: &dyn Host,
        path: &Path,
        source: impl FnOnce(Origin<'_>, &dyn Fn(&Path) -> String) -> Started,
    ) -> Vec<Launch> {
        let root = self.root.clone();
        let shown = |path: &Path| shown(root.as_deref(), path);
        let started = source(Origin { path, shown: &shown(path), process: None }, &shown);
        self.list(host, path);
        started.other_files.iter().for_each(|file| self.list(host, file));
        self.deployment.extend(started.deployment);
        self.env_files.note_lines(started.lines);
        self.launches.extend(started.launches.iter().cloned());
        started.launches
    }

    /// Reads a `.env` file, which the code reads itself, unless something else has read it.
    pub(super) fn read_dotenv(&mut self, host: &dyn Host, path: &Path) {
        if !self.has(path) {
            self.read(host, path, None, dotenv::read);
        }
    }

    /// Reads gunicorn's configuration file.
    pub(super) fn read_gunicorn(&mut self, host: &dyn Host, path: &Path, process: Option<&str>) {
        self.read(host, path, process, gunicorn::configuration);
    }

    /// Takes over what a unit says.
    pub(super) fn take(&mut self, host: &dyn Host, unit: systemd::Unit) {
        self.deployment.extend(unit.deployment);
        self.launches.extend(unit.launches);
        unit.environment_files.iter().for_each(|file| self.list(host, file));
        self.site.ignored_keys.extend(unit.ignored_keys);
        unit.absent_files.into_iter().for_each(|file| self.note_absent(file));
    }

    /// Notes that a file is named and not here.
    fn note_absent(&mut self, shown: String) {
        if !self.site.absent_files.contains(&shown) {
            self.site.absent_files.push(shown);
        }
    }

    /// Notes that a file was read.
    pub(super) fn list(&mut self, host: &dyn Host, path: &Path) {
        if self.has(path) {
            return;
        }
        let shown = shown(self.root.as_deref(), path);
        if host.status(path).is_err_and(|refusal| refusal.is_missing()) {
            self.note_absent(shown);
            return;
        }
        if readable::by_all(host, path) {
            self.site.readable_by_all.push(shown.clone());
        }
        self.site.files.push(shown);
    }

    /// Reads the configuration of a database or queue that lies in the folder.
    pub(super) fn read_backend(&mut self, host: &dyn Host, server: backends::Server, file: &Path) {
        let root = self.root.clone();
        let within = root.as_deref().map_or(Within::Machine, Within::Folder);
        let read = backends::read(host, server, file, &|path| shown(root.as_deref(), path), within);
        self.take_backend(host, read);
    }

    /// Takes over what the configuration of a database or queue says.
    pub(crate) fn take_backend(&mut self, host: &dyn Host, read: backends::Read) {
        self.deployment.extend(read.deployment);
        read.files.iter().for_each(|file| self.list(host, file));
    }

    /// True if the file was read already.
    pub(super) fn has(&self, path: &Path) -> bool {
        let shown = shown(self.root.as_deref(), path);
        self.site.files.contains(&shown)
    }

    /// True if a configuration file of gunicorn was read.
    pub(super) fn has_gunicorn(&self) -> bool {
        self.deployment.assignments.iter().any(|assignment| {
            assignment.mechanism == Mechanism::Gunicorn && assignment.layer == Layer::ConfigurationFile
        })
    }

    /// Looks at a running process, which `process` describes by its files. `variables` is where these set a variable,
    /// and `again` the command that gets what this user may not read.
    pub(super) fn observe(
        &mut self,
        host: &dyn Host,
        pid: u32,
        mut process: ProcessState,
        variables: Option<(Layer, Place)>,
        again: &str,
    ) {
        let observed = process::observe(host, pid, &process.name, again);
        process.pid = Some(pid);
        process.live = observed.environment_is_known;
        process.listens = observed.listens;
        self.live.push(Live {
            process: process.name.clone(),
            environment: observed.environment_is_known.then(|| process::environment_place(pid)),
            command_line: observed.options_are_known.then(|| process::command_line_place(pid)),
            unit_file: variables,
        });
        self.deployment.extend(observed.deployment);
        let shown = process::command_line_place(pid).file;
        self.launches.extend(observed.commands.into_iter().map(|command| Launch {
            process: process.name.clone(),
            command,
            shown: shown.clone(),
            text: None,
        }));
        self.site.processes.push(process);
    }

    /// Lets what sets a variable that a process's server reads itself set the server's setting. What concerns every
    /// process concerns the first server.
    pub(super) fn give_servers_their_variables(&mut self) {
        let servers = self
            .site
            .processes
            .iter()
            .filter_map(|process| Some((process.name.as_str(), Server::named(process.program.as_deref()?)?)));
        let servers: Vec<_> = servers.collect();
        let server = |process: Option<&str>| servers.iter().find(|(name, _)| process.is_none_or(|of| of == *name));
        for assignment in &mut self.deployment.assignments {
            if let Some((_, server)) = server(assignment.process.as_deref()) {
                server_variables::give(assignment, *server);
            }
        }
    }

    /// Notes the processes that a file gives variables to without saying what they run, such as the services of a
    /// compose file that run their image's own command.
    pub(super) fn add_unnamed_processes(&mut self) {
        for assignment in &self.deployment.assignments {
            let Some(name) = &assignment.process else { continue };
            if self.site.processes.iter().all(|process| process.name != *name) {
                self.site.processes.push(ProcessState { name: name.clone(), ..ProcessState::default() });
            }
        }
    }

    /// Says where processes listen by what their servers are told, where their sockets could not be seen.
    pub(super) fn name_configured_sockets(&mut self) {
        for process in self.site.processes.iter_mut().filter(|process| process.listens.is_empty()) {
            process.listens = listening::configured(&self.deployment.assignments, process);
        }
    }

    /// Follows each process's sockets to the machine's nginx and Caddy, if they pass requests to it.
    pub(super) fn read_proxy(&mut self, host: &dyn Host) {
        let processes = self.site.processes.iter();
        let proxied: Vec<_> =
            processes.map(|process| listening::proxied(host, &process.listens, &process.name)).collect();
        let first = proxied.iter().find(|proxied| !proxied.passes.is_empty());
        if let Some(proxied) = first.filter(|proxied| proxied.deployment.problems.is_empty()) {
            self.site.unanswered = unanswered(host, self, &proxied.passes);
        }
        for proxied in proxied {
            self.deployment.extend(proxied.deployment);
            proxied.files.iter().for_each(|file| self.list(host, file));
        }
    }
}

/// The name of a file in places: relative to the root where it lies below it.
pub(crate) fn shown(root: Option<&Path>, path: &Path) -> String {
    root.and_then(|root| path.strip_prefix(root).ok()).unwrap_or(path).display().to_string()
}

/// A process of an image or a container, whose paths are none of this machine's.
pub(super) fn state_in_image(name: &str, program: Option<&Program>) -> ProcessState {
    ProcessState {
        name: name.to_owned(),
        program: program.map(|program| program.name.clone()),
        app: program.and_then(Program::app),
        ..ProcessState::default()
    }
}

/// A process by what its command line says.
pub(super) fn state(name: &str, program: Option<&Program>, host: &dyn Host) -> ProcessState {
    let environment = program.and_then(|program| code_root::virtual_environment(host, program));
    let interpreter = match environment {
        Some(folder) => Some(folder.display().to_string()),
        None => program.and_then(|program| program.interpreter.clone()),
    };
    ProcessState { interpreter, ..state_in_image(name, program) }
}
