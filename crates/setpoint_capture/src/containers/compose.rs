use super::{Started, Text};
use crate::launch::{self, ELSEWHERE, Standing};
use crate::source::Origin;
use crate::{Assignment, Clear, Sensitive, Target, dotenv};
use setpoint_formats::compose::{self, DEFAULT_NAMES, EnvFile, OVERRIDE_NAMES, Service, Variable, merge};
use setpoint_formats::{Complaint, Lines, Traced, Word, limited};
use setpoint_host::Host;
use setpoint_model::{Layer, Mechanism};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A service that builds upon more services than this is cut off, and so are more files than this.
const LONGEST_CHAIN: usize = 32;

/// The files of a folder that Compose reads together, the weakest first: of those that it finds by itself the first
/// with the first of its overrides, and each other file alone. Those that it passes over are left out.
pub(crate) fn projects(files: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let name = |file: &PathBuf| file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let first = |folder: Option<&Path>, names: &[&str]| {
        let beside = |name: &&str| files.iter().find(|file| file.parent() == folder && file.ends_with(name));
        names.iter().find_map(beside).cloned()
    };
    let read = files.iter().filter_map(|file| {
        let (name, folder) = (name(file), file.parent());
        let base = first(folder, &DEFAULT_NAMES);
        if DEFAULT_NAMES.contains(&name.as_str()) {
            let is_found = base.as_ref() == Some(file);
            return is_found.then(|| [file.clone()].into_iter().chain(first(folder, &OVERRIDE_NAMES)).collect());
        }
        // An override without its base is named by hand.
        let is_override = OVERRIDE_NAMES.contains(&name.as_str()) && base.is_some();
        (!is_override).then(|| vec![file.clone()])
    });
    read.collect()
}

/// Reads a compose file with those that are laid over it: each service is a process. `${NAME}` is taken from the `.env`
/// file beside it; what only the environment of whoever starts it can say is dynamic. `shown` gives a file's name in
/// places.
pub(crate) fn compose(
    host: &dyn Host,
    origin: Origin<'_>,
    overrides: &[PathBuf],
    shown: &dyn Fn(&Path) -> String,
) -> Started {
    let beside = beside(host, origin.path.parent().unwrap_or(Path::new("/")));
    let look_up = limited(|name: &str| beside.get(name).cloned());
    let started = Started::default();
    let mut project = Project { host, shown, beside: &beside, look_up: &look_up, files: Vec::new(), started };
    let paths = [origin.path].into_iter().chain(overrides.iter().map(PathBuf::as_path));
    let own: Vec<usize> = paths.filter_map(|path| project.open(path)).collect();
    project.started.other_files.extend_from_slice(overrides);
    let mut seen = HashSet::new();
    for file in own.iter().map(|file| Rc::clone(&project.files[*file])).collect::<Vec<_>>() {
        for service in file.services.iter().filter(|service| seen.insert(service.name.clone())) {
            let parts = own.iter().flat_map(|file| project.parts(*file, &service.name)).collect();
            project.start(&service.name, parts);
        }
    }
    project.started
}

/// The files that are read together, and what they start.
struct Project<'a> {
    host: &'a dyn Host,
    shown: &'a dyn Fn(&Path) -> String,
    /// The variables of the `.env` file.
    beside: &'a HashMap<String, String>,
    look_up: &'a dyn Fn(&str) -> Option<String>,
    files: Vec<Rc<File>>,
    started: Started,
}

struct File {
    path: PathBuf,
    shown: String,
    bytes: Rc<[u8]>,
    lines: Lines,
    services: Vec<Service>,
    /// Where each service is among them.
    by_name: HashMap<String, usize>,
}

/// What one file says of a service.
struct Part {
    file: Rc<File>,
    service: Service,
}

impl Project<'_> {
    /// Reads a file unless it was read already. Returns its index.
    fn open(&mut self, path: &Path) -> Option<usize> {
        if let Some(at) = self.files.iter().position(|file| file.path == path) {
            return Some(at);
        }
        if self.files.len() == LONGEST_CHAIN {
            return None;
        }
        let shown = (self.shown)(path);
        let origin = Origin { path, shown: &shown, process: None };
        let bytes = self.started.load(self.host, origin)?;
        let (services, complaints) = compose::parse(&bytes);
        self.started.complain(complaints, origin, &bytes);
        let by_name = services.iter().enumerate().map(|(at, service)| (service.name.clone(), at)).collect();
        let (path, lines) = (path.to_owned(), Lines::of(&bytes));
        self.files.push(Rc::new(File { path, shown, bytes, lines, services, by_name }));
        Some(self.files.len() - 1)
    }

    /// What a file says of a service, behind what the services say that it builds upon (Compose specification,
    /// "extends").
    fn parts(&mut self, file: usize, name: &str) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut wanted = (file, name.to_owned());
        loop {
            let file = Rc::clone(&self.files[wanted.0]);
            let Some(service) = file.service(&wanted.1).cloned() else { break };
            let extends = service.extends.clone();
            parts.push(Part { file: Rc::clone(&file), service });
            let Some(extends) = extends else { break };
            let at = match &extends.file {
                Some(named) => self.open_named(&file, named),
                None => Some(wanted.0),
            };
            // A file that could not be read has its own problem.
            let Some(at) = at else { break };
            wanted = (at, extends.service);
            let next = &self.files[at];
            let is_known = |part: &Part| part.file.path == next.path && part.service.name == wanted.1;
            let fault = if next.service(&wanted.1).is_none() {
                Some("it extends a service that is not there")
            } else if parts.iter().any(is_known) {
                Some("it extends a service that extends it")
            } else if parts.len() == LONGEST_CHAIN {
                Some("it extends too many services")
            } else {
                None
            };
            if let Some(fault) = fault {
                let complaint = Complaint::new(fault, "a service of the file that is named", extends.span);
                let problem = complaint.problem(&file.shown, &file.bytes);
                if !self.started.deployment.problems.contains(&problem) {
                    self.started.deployment.problems.push(problem);
                }
                break;
            }
        }
        parts.reverse();
        parts
    }

    /// Opens a file that another one names.
    fn open_named(&mut self, by: &File, named: &str) -> Option<usize> {
        let path = beside_file(&by.path, named);
        let at = self.open(&path);
        if !self.started.other_files.contains(&path) {
            self.started.other_files.push(path);
        }
        at
    }

    /// Reads what is said of one service, the weakest first.
    fn start(&mut self, process: &str, mut parts: Vec<Part>) {
        if !merge(parts.iter_mut().map(|part| &mut part.service)) {
            return;
        }
        let own = self.started.deployment.assignments.len();
        let files =
            parts.iter().flat_map(|part| part.service.env_files.iter().map(|file| self.env_file(&part.file, file)));
        let files: Vec<(PathBuf, EnvFile)> = files.collect();
        for (at, (path, file)) in files.iter().enumerate() {
            // Of a file that comes twice the later place counts.
            if !files[at + 1..].iter().any(|(later, _)| later == path) {
                self.read_env_file(process, path, file);
            }
        }
        // `environment` wins over `env_file`, so that both are of one layer, in this order.
        for part in &parts {
            for variable in &part.service.environment {
                let symbol = format!("services.{process}.environment");
                let standing = part.file.standing(Some(&symbol), process);
                let assignment = self.variable(variable, standing);
                self.started.deployment.assignments.push(assignment);
            }
        }
        self.launch(process, &parts, own);
        let profiles: Vec<&str> = parts.iter().flat_map(|part| &part.service.profiles).map(String::as_str).collect();
        if let Some(condition) = self.condition(&profiles) {
            for assignment in &mut self.started.deployment.assignments[own..] {
                let symbol = assignment.symbol.take().unwrap_or_else(|| format!("services.{process}"));
                assignment.symbol = Some(format!("{symbol}, {condition}"));
            }
        }
    }

    fn env_file(&self, named_by: &File, file: &EnvFile) -> (PathBuf, EnvFile) {
        let path = compose::interpolate(&file.path, self.look_up);
        (beside_file(&named_by.path, path.as_str()), file.clone())
    }

    fn read_env_file(&mut self, process: &str, path: &Path, file: &EnvFile) {
        if file.optional && self.host.status(path).is_err_and(|refusal| refusal.is_missing()) {
            return;
        }
        let shown = (self.shown)(path);
        let origin = Origin { path, shown: &shown, process: Some(process) };
        if file.raw {
            self.read_raw(process, origin);
        } else {
            let layer = (Layer::UnitEnvironment, Mechanism::UnitEnvironment);
            self.started.deployment.extend(dotenv::read_as(self.host, origin, layer.0, layer.1));
        }
        self.started.other_files.push(path.to_owned());
    }

    fn read_raw(&mut self, process: &str, origin: Origin<'_>) {
        let Some(bytes) = self.started.load(self.host, origin) else { return };
        let (variables, complaints) = compose::raw(&bytes);
        self.started.complain(complaints, origin, &bytes);
        let lines = Lines::of(&bytes);
        let standing = Standing {
            shown: origin.shown,
            text: Some((&bytes, &lines)),
            layer: Layer::UnitEnvironment,
            symbol: None,
            process: Some(process),
        };
        for variable in &variables {
            let assignment = match &variable.value {
                // Nothing is expanded, so that a `$` is a `$`.
                Some(value) => standing.variable(&variable.name, value.as_str(), variable.span),
                None => self.variable(variable, standing),
            };
            self.started.deployment.assignments.push(assignment);
        }
    }

    fn variable(&self, variable: &Variable, standing: Standing<'_>) -> Assignment {
        match (variable.resolved(self.look_up), self.beside.get(&variable.name)) {
            (Some(set), _) => {
                launch::unless_it_refers(standing.variable(&set.name, set.value.as_str(), set.value.span))
            }
            (None, Some(value)) => standing.variable(&variable.name, value, variable.span),
            (None, None) => {
                let passed = standing.variable(&variable.name, &variable.name, variable.span);
                Assignment { value: Clear::Dynamic, ..passed }
            }
        }
    }

    /// The command, which may stand in one file and its entry point in another: it is read once for each, and of each
    /// that counts which stands there.
    fn launch(&mut self, process: &str, parts: &[Part], own: usize) {
        let last = |words: fn(&Service) -> Option<&Vec<Word>>| {
            parts.iter().rev().find_map(|part| Some((&part.file, words(&part.service)?)))
        };
        let said = [last(|service| service.entrypoint.as_ref()), last(|service| service.command.as_ref())];
        let said: Vec<_> = said.into_iter().flatten().filter(|(_, words)| !words.is_empty()).collect();
        for (at, (file, _)) in said.iter().enumerate() {
            if said[..at].iter().any(|(known, _)| known.path == file.path) {
                continue;
            }
            let words = said.iter().flat_map(|(of, words)| {
                words.iter().map(|word| if of.path == file.path { word.clone() } else { elsewhere(word) })
            });
            let commands = compose::commands(&words.collect::<Vec<_>>(), [], self.look_up);
            let origin = Origin { path: &file.path, shown: &file.shown, process: None };
            let own = if at == 0 { own } else { self.started.deployment.assignments.len() };
            self.started.launch(process, commands, Text { origin, bytes: &file.bytes, lines: &file.lines }, own);
        }
    }

    /// Under which profiles alone a service runs, where the `.env` file asks for none of them (Compose specification,
    /// "Profiles", and `COMPOSE_PROFILES`).
    fn condition(&self, profiles: &[&str]) -> Option<String> {
        let asked = self.beside.get("COMPOSE_PROFILES").map(String::as_str).unwrap_or_default();
        let is_asked = |profile: &&str| asked.split(',').any(|one| one.trim() == *profile || one.trim() == "*");
        match profiles {
            profiles if profiles.iter().any(is_asked) => None,
            [] => None,
            [profile] => Some(format!("only with the profile `{profile}`")),
            profiles => Some(format!("only with one of the profiles `{}`", profiles.join("`, `"))),
        }
    }
}

impl File {
    fn service(&self, name: &str) -> Option<&Service> {
        self.by_name.get(name).map(|at| &self.services[*at])
    }

    fn standing<'f>(&'f self, symbol: Option<&'f str>, process: &'f str) -> Standing<'f> {
        Standing {
            shown: &self.shown,
            text: Some((&self.bytes, &self.lines)),
            layer: Layer::UnitEnvironment,
            symbol,
            process: Some(process),
        }
    }
}

/// A path that a file names, relative to its own folder.
fn beside_file(by: &Path, named: &str) -> PathBuf {
    by.parent().unwrap_or(Path::new("/")).join(named.trim_start_matches("./"))
}

/// A word of another file.
fn elsewhere(word: &Word) -> Word {
    let mut text = Traced::default();
    text.push_str(word.as_str(), ELSEWHERE);
    Word { text, span: ELSEWHERE }
}

/// The variables of the `.env` file in a folder, which Compose reads itself.
fn beside(host: &dyn Host, folder: &Path) -> HashMap<String, String> {
    let path = folder.join(".env");
    let read = dotenv::read(host, Origin { path: &path, shown: ".env", process: None });
    let variables = read.assignments.into_iter().filter_map(|assignment| match (assignment.target, assignment.value) {
        (Target::Variable(name), Clear::Constant(value)) => Some((name, Sensitive::reveal(&value).to_string())),
        _ => None,
    });
    variables.collect()
}
