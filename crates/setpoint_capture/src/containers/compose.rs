//! Compose files: which are read together, and what they say of each service.

mod image;
mod properties;
mod room;
mod scope;
mod start;

use super::Started;
use crate::source::Origin;
use crate::within::{Within, not_in_folder};
use image::Images;
use room::Room;
use scope::Scope;
use setpoint_formats::compose::{
    self, Compose, DEFAULT_NAMES, Format, Include, OVERRIDE_NAMES, Service, Variable, env_file, merge,
};
use setpoint_formats::{Complaint, Lines};
use setpoint_host::Host;
use setpoint_model::ByteSpan;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A service that builds upon more services than this is cut off.
const LONGEST_CHAIN: usize = 32;
/// The file beside the first one that `${NAME}` is taken from.
const VARIABLES: &str = ".env";

/// The files of a folder that Compose reads together, the weakest first: those that `COMPOSE_FILE` of the `.env` file
/// beside them names, or of those that it finds by itself the first with the first of its overrides; and each other
/// file alone. Those that it passes over are left out. Those near the top come first, since they may build upon others.
pub(crate) fn projects(host: &dyn Host, files: &[PathBuf], within: Within<'_>) -> Vec<Vec<PathBuf>> {
    let mut folders: Vec<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    folders.sort_by_key(|folder| (folder.components().count(), *folder));
    folders.dedup();
    folders.into_iter().flat_map(|folder| projects_of(host, folder, files, within)).collect()
}

fn projects_of(host: &dyn Host, folder: &Path, files: &[PathBuf], within: Within<'_>) -> Vec<Vec<PathBuf>> {
    let beside: Vec<&PathBuf> = files.iter().filter(|file| file.parent() == Some(folder)).collect();
    let first = |names: &[&str]| names.iter().find_map(|name| beside.iter().find(|file| file.ends_with(name)));
    let is_one_of = |file: &PathBuf, names: &[&str]| names.iter().any(|name| file.ends_with(name));
    let base = first(&DEFAULT_NAMES);
    let beside_them = folder.join(VARIABLES);
    let bytes = if within.holds(host, &beside_them) { host.read(&beside_them, super::LONGEST).ok() } else { None };
    let variables = env_file(&bytes.unwrap_or_default(), Format::Dotenv).0;
    let mut read_together = Scope::of_folder(folder, &variables).compose_files();
    if read_together.is_empty() {
        read_together.extend(base.into_iter().chain(base.and(first(&OVERRIDE_NAMES))).map(|file| (*file).clone()));
    }
    let alone = beside.iter().filter(|file| {
        let is_passed_over = is_one_of(file, &DEFAULT_NAMES) || (base.is_some() && is_one_of(file, &OVERRIDE_NAMES));
        !is_passed_over && !read_together.contains(file)
    });
    let alone: Vec<_> = alone.map(|file| vec![(*file).clone()]).collect();
    std::iter::once(read_together).filter(|files| !files.is_empty()).chain(alone).collect()
}

/// Reads a compose file with those that are laid over it: each service is a process. `${NAME}` is taken from the `.env`
/// file beside it; what only the environment of whoever starts it can say is dynamic. `shown` gives a file's name in
/// places, and `within` is the folder outside of which nothing is read.
pub(crate) fn compose(
    host: &dyn Host,
    origin: Origin<'_>,
    overrides: &[PathBuf],
    shown: &dyn Fn(&Path) -> String,
    within: Within<'_>,
) -> Started {
    let mut project = Project {
        host,
        shown,
        within,
        files: Vec::new(),
        included: HashSet::new(),
        room: Room::new(),
        started: Started::default(),
    };
    let folder = origin.path.parent().unwrap_or(Path::new("/"));
    let variables = project.variables(&folder.join(VARIABLES));
    let scope = Rc::new(Scope::of_folder(folder, &variables));
    let paths: Vec<_> = std::iter::once(origin.path.to_owned()).chain(overrides.iter().cloned()).collect();
    let services = project.services(&paths, &scope, &[]);
    project.started.other_files.extend_from_slice(overrides);
    let is_left = |(_, parts): &mut (String, Vec<Part>)| merge(parts.iter_mut().map(|part| &mut part.service));
    let mut services: Vec<_> = services.in_order().collect();
    services.retain_mut(is_left);
    let images = Images::of(&mut project, &services);
    for (name, parts) in &services {
        project.start(name, parts, images.get(name, parts).map(Rc::as_ref));
    }
    project.started.deployment.problems.extend(project.room.problem(origin.shown));
    project.started
}

/// The files that are read together, and what they start.
struct Project<'a> {
    host: &'a dyn Host,
    shown: &'a dyn Fn(&Path) -> String,
    within: Within<'a>,
    files: Vec<Rc<File>>,
    /// Those of them that were included.
    included: HashSet<PathBuf>,
    room: Room,
    started: Started,
}

struct File {
    path: PathBuf,
    shown: String,
    bytes: Rc<[u8]>,
    lines: Lines,
    compose: Compose,
    /// Where each service is among them; of those that have one name the last counts.
    by_name: HashMap<String, usize>,
}

/// What one file says of a service.
#[derive(Clone)]
struct Part {
    file: Rc<File>,
    /// What its relative paths are relative to.
    folder: PathBuf,
    scope: Rc<Scope>,
    service: Service,
}

/// What files say of each service, the weakest first.
#[derive(Default)]
struct Services {
    names: Vec<String>,
    by_name: HashMap<String, Vec<Part>>,
}

impl Services {
    fn add(&mut self, name: String, parts: Vec<Part>) {
        if !self.by_name.contains_key(&name) {
            self.names.push(name.clone());
        }
        self.by_name.entry(name).or_default().extend(parts);
    }

    fn in_order(mut self) -> impl Iterator<Item = (String, Vec<Part>)> {
        self.names.into_iter().filter_map(move |name| self.by_name.remove_entry(&name))
    }
}

impl Project<'_> {
    /// Reads a file unless it was read already.
    fn open(&mut self, path: &Path) -> Option<Rc<File>> {
        if let Some(file) = self.files.iter().find(|file| file.path == path) {
            return Some(Rc::clone(file));
        }
        if !self.room.takes_file() {
            return None;
        }
        let shown = (self.shown)(path);
        let origin = Origin { path, shown: &shown, process: None };
        let bytes = self.load(origin)?;
        let (compose, complaints) = compose::parse(&bytes);
        self.started.complain(complaints, origin, &bytes);
        let by_name = compose.services.iter().enumerate().map(|(at, service)| (service.name.clone(), at)).collect();
        let (path, lines) = (path.to_owned(), Lines::of(&bytes));
        let file = Rc::new(File { path, shown, bytes, lines, compose, by_name });
        self.files.push(Rc::clone(&file));
        Some(file)
    }

    /// Reads a file that is in the folder, as long as there is room.
    fn load(&mut self, origin: Origin<'_>) -> Option<Rc<[u8]>> {
        if !self.room.is_left() || self.leads_outside(origin) {
            return None;
        }
        let bytes = self.started.load(self.host, origin)?;
        self.room.takes(bytes.len()).then_some(bytes)
    }

    /// True for what stands outside of the folder, or is a link to there. That is told once of each file.
    fn leads_outside(&mut self, origin: Origin<'_>) -> bool {
        let is_outside = self.within.leads_outside(self.host, origin.path);
        if is_outside {
            let problem = not_in_folder(origin.shown);
            if !self.started.deployment.problems.contains(&problem) {
                self.started.deployment.problems.push(problem);
            }
        }
        is_outside
    }

    /// The variables of a file that `${NAME}` is taken from. One that is not there has none.
    fn variables(&mut self, path: &Path) -> Vec<Variable> {
        let shown = (self.shown)(path);
        if !self.room.is_left() || self.leads_outside(Origin { path, shown: &shown, process: None }) {
            return Vec::new();
        }
        let bytes = self.host.read(path, super::LONGEST).unwrap_or_default();
        let variables = if self.room.takes(bytes.len()) { env_file(&bytes, Format::Dotenv).0 } else { Vec::new() };
        if self.room.takes_variables(&variables) { variables } else { Vec::new() }
    }

    /// Opens a file that another one names.
    fn open_named(&mut self, path: &Path) -> Option<Rc<File>> {
        let file = self.open(path);
        if !self.started.other_files.iter().any(|known| known == path) {
            self.started.other_files.push(path.to_owned());
        }
        file
    }

    /// What the files of one project say of each service, behind what those say that they include. `above` are the
    /// files that include it.
    fn services(&mut self, paths: &[PathBuf], scope: &Rc<Scope>, above: &[PathBuf]) -> Services {
        let mut services = Services::default();
        for path in paths {
            let file = if above.is_empty() { self.open(path) } else { self.open_named(path) };
            let Some(file) = file else { continue };
            let above = [above, std::slice::from_ref(path)].concat();
            let mut included = Services::default();
            for include in &file.compose.include {
                for (name, parts) in self.include(include, &file, scope, &above).in_order() {
                    if file.service(&name).is_some() {
                        self.complain_once(&file, "a service of it is also in the file that includes it", include.span);
                    }
                    included.add(name, parts);
                }
            }
            for (at, service) in file.compose.services.iter().enumerate() {
                if file.by_name.get(&service.name) == Some(&at) {
                    let parts = self.parts(&file, &service.name, scope, &included);
                    services.add(service.name.clone(), parts);
                }
            }
            included.in_order().for_each(|(name, parts)| services.add(name, parts));
        }
        services
    }

    /// Reads what a file includes: a project of its own, with a folder and a `.env` file of its own, over whose
    /// variables those of the project that includes it are (Compose specification, "include").
    fn include(&mut self, include: &Include, by: &File, scope: &Rc<Scope>, above: &[PathBuf]) -> Services {
        let mut paths: Vec<_> = include.paths.iter().map(|path| scope.path(&scope.folder, path)).collect();
        if paths.iter().any(|path| above.contains(path)) {
            self.complain_once(by, "it includes a file that includes it", include.span);
            return Services::default();
        }
        // What several files include is there once.
        paths.retain(|path| self.included.insert(path.clone()));
        let Some(first) = paths.first() else { return Services::default() };
        let folder = match &include.project_directory {
            Some(folder) => scope.path(&scope.folder, folder),
            None => first.parent().unwrap_or(Path::new("/")).to_owned(),
        };
        let files: Vec<_> = include.env_files.iter().map(|file| scope.path(&scope.folder, file)).collect();
        let inner = Rc::new(scope.including(&mut |path| self.variables(path), folder, files));
        if !self.room.takes(inner.size()) {
            return Services::default();
        }
        self.services(&paths, &inner, above)
    }

    /// What a file says of a service, behind what the services say that it builds upon (Compose specification,
    /// "extends"), which may be `included`.
    fn parts(&mut self, file: &Rc<File>, name: &str, scope: &Rc<Scope>, included: &Services) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut wanted = (Rc::clone(file), scope.folder.clone(), name.to_owned());
        let mut behind = Vec::new();
        loop {
            let (file, folder, name) = wanted;
            let Some(service) = file.service(&name).cloned() else { break };
            if !self.room.takes_service(&service) {
                return Vec::new();
            }
            let extends = service.extends.clone();
            parts.push(Part { file: Rc::clone(&file), folder: folder.clone(), scope: Rc::clone(scope), service });
            let Some(extends) = extends else { break };
            let (next, folder) = match &extends.file {
                Some(named) => {
                    let path = scope.path(&folder, named);
                    // A file that could not be read has its own problem, and the project one for all that is too much.
                    let Some(next) = self.open_named(&path) else { break };
                    (next, path.parent().unwrap_or(Path::new("/")).to_owned())
                }
                None => (Rc::clone(&file), folder),
            };
            let is_known = |part: &Part| part.file.path == next.path && part.service.name == extends.service;
            let fault = if next.service(&extends.service).is_none() {
                let found = included.by_name.get(&extends.service).filter(|_| extends.file.is_none());
                behind = found.cloned().unwrap_or_default();
                found.is_none().then_some("it extends a service that is not there")
            } else if parts.iter().any(is_known) {
                Some("it extends a service that extends it")
            } else if parts.len() == LONGEST_CHAIN {
                Some("it extends too many services")
            } else {
                None
            };
            if let Some(fault) = fault {
                self.complain_once(&file, fault, extends.span);
                break;
            }
            wanted = (next, folder, extends.service);
        }
        if !behind.iter().all(|part| self.room.takes_service(&part.service)) {
            return Vec::new();
        }
        parts.extend(behind.into_iter().rev());
        parts.reverse();
        merge(parts.iter_mut().map(|part| &mut part.service));
        // What a service takes away of those that it builds upon, it does not take away of weaker files' own.
        let bases = parts.len().saturating_sub(1);
        parts[..bases].iter_mut().for_each(|base| base.service.takes_away.clear());
        parts
    }

    fn complain_once(&mut self, file: &File, fault: &str, span: ByteSpan) {
        let complaint = Complaint::new(fault, "a compose file that Compose takes", span);
        let problem = complaint.problem(&file.shown, &file.bytes);
        if !self.started.deployment.problems.contains(&problem) {
            self.started.deployment.problems.push(problem);
        }
    }
}

impl File {
    fn service(&self, name: &str) -> Option<&Service> {
        self.by_name.get(name).map(|at| &self.compose.services[*at])
    }
}
