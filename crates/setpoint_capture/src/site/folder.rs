//! A site by its folder: the files in it that say how it is deployed, and the processes that run its code.
//!
//! Nothing outside the folder is read but `/proc`, so that the same tree gives the same files on every machine.

use super::found::{shown, state, state_in_image};
use super::kind::{FileKind, is_nginx, is_supervisor};
use super::program::{GUNICORN_FILE, Program, configuration_file};
use super::running::{program_of_commands, running};
use super::service;
use super::unanswered::unanswered;
use super::walk::{Walked, walk};
use super::{Found, environment_name};
use crate::backends::Server;
use crate::launch::Launch;
use crate::proxied::{Proxied, Start};
use crate::source::Origin;
use crate::systemd::{Home, UnitFiles};
use crate::within::Within;
use crate::{Processes, Request, caddy, containers, nginx};
use setpoint_formats::command_line::Command;
use setpoint_formats::crontab::Owner;
use setpoint_formats::unit::{UnitName, drop_in_folders, in_order};
use setpoint_host::{Host, Kind, Refusal};
use setpoint_model::{Place, Problem, ProcessState};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// More than a server's configuration has.
const LONGEST_NGINX: u64 = 1 << 20;

/// The deployment files of a folder, absolute, each group in the order in which it was found.
#[derive(Debug, Default)]
struct Files {
    by_kind: BTreeMap<FileKind, Vec<PathBuf>>,
}

pub(super) fn discover(host: &dyn Host, request: &Request, root: &Path) -> Result<Found, Problem> {
    let root = host.resolve(root).map_err(|refusal| refusal.problem())?;
    let walked = walk(host, &root).map_err(|refusal| refusal.problem())?;
    let mut found = Found::new(Some(root.clone()), request);
    let files = Files::of(host, &root, request, walked, &mut found);
    read_units(host, &mut found, &files, &root);
    read_containers(host, &mut found, &files, &root);
    for file in files.all(FileKind::Gunicorn) {
        // Where nothing says how gunicorn is started, it is started somehow.
        if !found.has_gunicorn() {
            found.read_gunicorn(host, file, None);
        }
    }
    files.dotenv(&root).into_iter().for_each(|file| found.note_env_file(file));
    let again = format!("sudo setpoint capture --root {}", root.display());
    let running = match request.processes {
        Processes::LookedAt => running(host, &root),
        Processes::LeftOut => Vec::new(),
    };
    for running in running {
        let known = found.site.processes.iter().position(|process| process.name == running.name());
        let process = match known {
            Some(at) => found.site.processes.remove(at),
            None => state(&running.name(), Some(&running.program), host),
        };
        found.observe(host, running.pid, process, None, &again);
    }
    let proxied = read_proxies(host, &files, &root);
    // What is not read may pass requests on as well.
    let passes = if proxied.deployment.problems.is_empty() { proxied.passes } else { Vec::new() };
    found.deployment.extend(proxied.deployment);
    proxied.files.iter().for_each(|file| found.list(host, file));
    for (kind, server) in [(FileKind::Postgresql, Server::Postgresql), (FileKind::Redis, Server::Redis)] {
        for file in files.all(kind) {
            found.read_backend(host, server, file);
        }
    }
    found.add_unnamed_processes();
    found.give_servers_their_variables();
    found.name_configured_sockets();
    found.site.unanswered = unanswered(host, &found, &passes);
    let locate = |folder: &Path, named: &Path| {
        let beside = Some(folder.join(named)).filter(|file| file.starts_with(&root) && host.status(file).is_ok());
        beside.or_else(|| files.installed_at(named).cloned())
    };
    found.note_loaded_by_servers(host, &locate);
    Ok(found)
}

/// The files of a folder that nginx reads, absolute.
pub(crate) fn nginx_files(host: &dyn Host, root: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let perhaps = walk(host, root)?.files.into_iter().filter(|(kind, _)| *kind == FileKind::PerhapsNginx);
    let is_read =
        |path: &PathBuf| host.read(path, LONGEST_NGINX).is_ok_and(|text| !is_supervisor(&text) && is_nginx(&text));
    Ok(perhaps.map(|(_, path)| root.join(path)).filter(is_read).collect())
}

/// What the folder's files of nginx and of Caddy say.
fn read_proxies(host: &dyn Host, files: &Files, root: &Path) -> Proxied {
    let mut proxied = Proxied::default();
    let of_nginx = files.all(FileKind::PerhapsNginx);
    if !of_nginx.is_empty() {
        proxied.extend(nginx::read(host, Start::Folder { root, files: of_nginx }, None, None));
    }
    let of_caddy = files.all(FileKind::Caddyfile);
    if !of_caddy.is_empty() {
        proxied.extend(caddy::read(host, Start::Folder { root, files: of_caddy }, None, None));
    }
    proxied
}

/// What starts the service without systemd. An image's variables are nobody's but its own containers'.
fn read_containers(host: &dyn Host, found: &mut Found, files: &Files, root: &Path) {
    let mut started = Vec::new();
    for file in files.all(FileKind::Procfile) {
        started.extend(found.start(host, file, |origin, _| containers::procfile(host, origin)));
    }
    for file in files.all(FileKind::Supervisor) {
        started.extend(found.start(host, file, |origin, _| containers::supervisor(host, origin)));
    }
    let crontabs = [(FileKind::Crontab, Owner::User), (FileKind::SystemCrontab, Owner::System)];
    let crontabs = crontabs.iter().flat_map(|(kind, owner)| files.all(*kind).iter().map(|file| (file.clone(), *owner)));
    let crontabs: Vec<_> = crontabs.collect();
    if let Some((first, _)) = crontabs.first() {
        let find = |folder: Option<&str>, named: &str| {
            let path = Path::new(folder.unwrap_or_default()).join(named);
            in_tree(host, root, &path).or_else(|| files.installed_at(&path).cloned())
        };
        let read = |_: Origin<'_>, shown: &dyn Fn(&Path) -> String| containers::crontabs(host, &crontabs, shown, &find);
        started.extend(found.start(host, first, read));
    }
    note_started(host, found, files, &started, Paths::OfMachine);
    started.clear();
    let within = Within::Folder(root);
    for project in containers::projects(host, files.all(FileKind::Compose), within) {
        let Some((file, overrides)) = project.split_first() else { continue };
        // What another one includes or extends has been read with it.
        if found.has(file) {
            continue;
        }
        let read = |origin: Origin<'_>, shown: &dyn Fn(&Path) -> String| {
            containers::compose(host, origin, overrides, shown, within)
        };
        started.extend(found.start(host, file, read));
        // Compose takes from it what `${…}` stands for.
        found.note_read_by_tool(file.with_file_name(".env"));
    }
    // A service that is built of one is what it starts.
    let built_by_nobody = files.all(FileKind::Dockerfile).iter().filter(|file| !found.has(file));
    for file in built_by_nobody.collect::<Vec<_>>() {
        started.extend(found.start(host, file, |origin, _| {
            containers::dockerfile(host, Origin { process: Some(origin.shown), ..origin })
        }));
    }
    note_started(host, found, files, &started, Paths::OfImage);
}

/// The file of the tree that is called so where it is installed: of the path, the folder may have only the end.
fn in_tree(host: &dyn Host, root: &Path, path: &Path) -> Option<PathBuf> {
    let mut names: Vec<&OsStr> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => names.push(name),
            Component::ParentDir => return None,
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    let is_file = |path: &PathBuf| host.status(path).is_ok_and(|status| status.kind == Kind::File);
    let is_inside = |path: &PathBuf| host.resolve(path).is_ok_and(|path| path.starts_with(root));
    let ends = (0..names.len()).map(|from| names[from..].iter().fold(root.to_owned(), |path, name| path.join(name)));
    ends.into_iter().find(|path| is_file(path) && is_inside(path))
}

/// Whose paths a command names.
#[derive(Clone, Copy)]
enum Paths {
    OfMachine,
    OfImage,
}

/// Notes the processes that files start, each of which may have several commands.
fn note_started(host: &dyn Host, found: &mut Found, files: &Files, started: &[Launch], paths: Paths) {
    for process in started.chunk_by(|one, two| one.process == two.process) {
        let commands: Vec<_> = process.iter().map(|launch| launch.command.clone()).collect();
        let folder = commands.iter().find_map(|command| command.directory.as_ref());
        let folder = folder.map(|folder| PathBuf::from(folder.as_str())).unwrap_or_default();
        let program = program_of_commands(&commands);
        let name = &process[0].process;
        let state = match paths {
            Paths::OfMachine => state(name, program.as_ref(), host),
            Paths::OfImage => state_in_image(name, program.as_ref()),
        };
        let state = ProcessState { folder: commands.iter().find_map(directory), ..state };
        add_process(host, found, files, state, program.as_ref(), &folder);
    }
}

/// The folder in which a command runs, where the command line says it.
fn directory(command: &Command) -> Option<String> {
    command.directory.as_ref().map(|folder| folder.as_str().to_owned())
}

/// Notes a process, and reads the configuration of its gunicorn, which runs in `folder` of the machine.
fn add_process(
    host: &dyn Host,
    found: &mut Found,
    files: &Files,
    process: ProcessState,
    program: Option<&Program>,
    folder: &Path,
) {
    if let Some(program) = program.filter(|program| program.name == "gunicorn") {
        let file = match (program.configuration.as_deref(), found.root.as_deref()) {
            (Some(named), Some(root)) => {
                configuration_file(named).and_then(|named| files.gunicorn(root, folder, named))
            }
            // The one in the folder where it runs.
            (None, Some(root)) => Some(root.join(GUNICORN_FILE)).filter(|file| host.status(file).is_ok()),
            (_, None) => None,
        };
        file.into_iter().for_each(|file| found.read_gunicorn(host, &file, Some(&process.name)));
    }
    // Procfile and compose file may both have a `web`, which is one process, started in two ways.
    if found.site.processes.iter().all(|known| known.name != process.name) {
        found.site.processes.push(process);
    }
}

fn read_units(host: &dyn Host, found: &mut Found, files: &Files, root: &Path) {
    let installed_at = |path: &Path| files.installed_at(path).cloned();
    for fragment in files.all(FileKind::Unit) {
        let Some(name) = fragment.file_name().and_then(|name| name.to_str()) else { continue };
        let drop_ins = files.drop_ins(fragment);
        let unit_files = UnitFiles { name, fragment, drop_ins: &drop_ins };
        let service = service::read(host, &unit_files, &Home::Folder(&installed_at), &|path| shown(Some(root), path));
        std::iter::once(fragment).chain(&drop_ins).for_each(|file| found.list(host, file));
        let folder = service.working_directory().unwrap_or_default();
        let process = state(name, service.program.as_ref(), host);
        let process =
            ProcessState { folder: service.working_directory().map(|folder| folder.display().to_string()), ..process };
        add_process(host, found, files, process, service.program.as_ref(), &folder);
        found.take(host, service.unit);
    }
}

impl Files {
    fn of(host: &dyn Host, root: &Path, request: &Request, walked: Walked, found: &mut Found) -> Self {
        found.deployment.problems.extend(walked.problems);
        let mut files = Self::default();
        for (mut kind, path) in walked.files {
            let absolute = root.join(&path);
            let is_what_it_seems = match kind {
                FileKind::PerhapsNginx => match host.read(&absolute, LONGEST_NGINX) {
                    Ok(text) if is_supervisor(&text) => {
                        kind = FileKind::Supervisor;
                        true
                    }
                    Ok(text) => is_nginx(&text),
                    // What may not be read may be one; what is too long or no file is none.
                    Err(refusal @ Refusal::Denied(_)) => {
                        let problem = refusal.problem().at(Place::file(path.display().to_string()));
                        found.deployment.problems.push(problem);
                        false
                    }
                    Err(_) => false,
                },
                FileKind::Dotenv
                | FileKind::EnvironmentFile
                | FileKind::Unit
                | FileKind::DropIn
                | FileKind::Gunicorn
                | FileKind::Procfile
                | FileKind::Supervisor
                | FileKind::Crontab
                | FileKind::SystemCrontab
                | FileKind::Dockerfile
                | FileKind::Compose
                | FileKind::Postgresql
                | FileKind::Redis
                | FileKind::Caddyfile => true,
            };
            if is_what_it_seems && environment_name::concerns(&path, request.environment.as_deref()) {
                files.by_kind.entry(kind).or_default().push(absolute);
            }
        }
        files
    }

    fn all(&self, kind: FileKind) -> &[PathBuf] {
        self.by_kind.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// The drop-ins for a unit file, in the order in which systemd reads them: of a folder `shop.service.d` anywhere,
    /// since installing puts them beside the unit, and of those that hold for more than one unit, `shop-.service.d`,
    /// `shop@.service.d` and `service.d`. Of two files of one name that of the more specific folder counts.
    fn drop_ins(&self, unit: &Path) -> Vec<PathBuf> {
        let Some(name) = unit.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
        let (mut folders, of_type) = drop_in_folders(&UnitName::new(name));
        folders.push(of_type);
        let of_folder =
            |path: &Path, folder: &str| path.parent().and_then(Path::file_name).is_some_and(|of| of == folder);
        let found = folders.iter().flat_map(|folder| {
            let files = self.all(FileKind::DropIn).iter().filter(move |path| of_folder(path, folder));
            files.filter_map(|path| Some((path.clone(), path.file_name()?.to_str()?.to_owned())))
        });
        in_order(&found.collect::<Vec<_>>()).into_iter().map(|(path, _)| path).collect()
    }

    /// The file of the folder that will be installed at an absolute path: of the same name, and of those the one
    /// with the longest common end, then the nearest to the top.
    fn installed_at(&self, path: &Path) -> Option<&PathBuf> {
        let candidates = self.all(FileKind::EnvironmentFile).iter().chain(self.all(FileKind::Dotenv));
        nearest(candidates, path)
    }

    /// The configuration file that a unit's gunicorn reads: relative to the folder that it runs in, which is the
    /// root's place on the machine.
    fn gunicorn(&self, root: &Path, folder: &Path, named: &Path) -> Option<PathBuf> {
        let relative = named.strip_prefix(folder).unwrap_or(named);
        let candidates = self.all(FileKind::Gunicorn);
        let exact = candidates.iter().find(|file| **file == root.join(relative));
        exact.or_else(|| nearest(candidates.iter(), named)).cloned()
    }

    /// Files of variables that the code may load itself, the weakest first: deep ones before those near the top, where
    /// the service is started, and `.env` before `.env.production`.
    fn dotenv(&self, root: &Path) -> Vec<PathBuf> {
        let mut files = [self.all(FileKind::EnvironmentFile), self.all(FileKind::Dotenv)].concat();
        let depth = |file: &PathBuf| file.strip_prefix(root).unwrap_or(file).components().count();
        files.sort_by(|one, two| (Reverse(depth(one)), one).cmp(&(Reverse(depth(two)), two)));
        files
    }
}

/// Of the files of the same name the one with the longest common end; the first of several.
pub(super) fn nearest<'f>(files: impl DoubleEndedIterator<Item = &'f PathBuf>, path: &Path) -> Option<&'f PathBuf> {
    let common = |file: &Path| file.iter().rev().zip(path.iter().rev()).take_while(|(one, two)| one == two).count();
    files.rev().filter(|file| file.file_name() == path.file_name()).max_by_key(|file| common(file))
}
