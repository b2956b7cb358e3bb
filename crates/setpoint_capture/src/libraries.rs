//! The libraries that the service uses: their own defaults, and what its calls give them.

use crate::backends::{self, Told};
use crate::catalog::{self, Call, Entry, Environment, Package, Version};
use crate::library_call::LibraryCall;
use crate::python::{Code, LibraryCalls};
use crate::site::{Found, shown};
use crate::{Assignment, Declaration, Libraries};
use setpoint_host::Host;
use setpoint_model::{AbsentLibraries, Layer, Mechanism, ProcessState, Site, TypeOrigin};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::time::Duration;

/// How long a server may take to say its version.
const PATIENCE: Duration = Duration::from_secs(5);

/// Adds to the code's declarations what its calls give to the libraries that it uses, and what these have themselves.
pub(crate) fn add(host: &dyn Host, libraries: Libraries, found: &mut Found, code: &mut Code) {
    let used = used(&found.site.processes, code);
    let given: Vec<Declaration> = used.iter().flat_map(|used| used.given(&code.calls)).collect();
    match libraries {
        Libraries::Read => add_own(host, &used, found, code),
        Libraries::LeftOut => {}
    }
    code.declarations.extend(given);
}

/// Adds the defaults that libraries and servers have themselves.
fn add_own(host: &dyn Host, used: &[Used<'_>], found: &mut Found, code: &mut Code) {
    let servers = catalog::packages().iter().filter(|package| package.is_server);
    let live = !found.live.is_empty();
    let built_in: Vec<_> = servers
        .flat_map(|server| {
            let assignments = &found.deployment.assignments;
            let is_configured = assignments.iter().any(|assignment| assignment.mechanism == server.mechanism);
            let here = Some(host).filter(|_| live && is_configured);
            let version = here.and_then(|host| version(host, server));
            let told = here.and_then(|host| backends::told(host, server, assignments));
            built_in(server, version.as_ref(), told.as_ref(), assignments)
        })
        .collect();
    code.declarations.extend(built_in);
    let Some(root) = found.root.clone().filter(|_| !used.is_empty()) else { return };
    let environment = Environment::of_site(host, &root, &found.site);
    let shown = |path: &Path| shown(Some(&root), path);
    let mut absent = AbsentLibraries::default();
    for Used { package, by } in used {
        let groups = Groups::of(package, &code.calls);
        if environment.find(&package.name).is_none() && !package.is_server {
            absent.names.push(package.name.clone());
            let entries = package.entries().iter().filter(|entry| groups.count(entry));
            absent.defaults.extend(entries.map(|entry| entry.name.clone()));
        }
        if let Some(read) = catalog::read(host, &environment, package, &|entry| groups.count(entry), &shown) {
            code.declarations.extend(by.each(read.declarations));
            found.site.libraries.push(read.library);
        }
    }
    if !absent.names.is_empty() {
        absent.looked_in = Environment::looked_in(&root, &found.site).iter().map(|path| shown(path)).collect();
        found.site.absent_libraries = Some(absent);
    }
}

/// Which calls of libraries are worth looking for.
pub(crate) fn followed(site: &Site) -> LibraryCalls {
    if site.processes.is_empty() { LibraryCalls::OfServers } else { LibraryCalls::All }
}

/// What is installed in a folder, with all its own defaults.
pub(crate) fn installed(host: &dyn Host, folder: &Path) -> (Found, Code) {
    let root = host.resolve(folder).unwrap_or_else(|_| folder.to_owned());
    let site = Site { root: root.display().to_string(), ..Site::default() };
    let (mut found, mut code) = (Found { site, ..Found::default() }, Code::default());
    let environment =
        Environment::of_interpreter(host, &root).unwrap_or_else(|| Environment::of_folders(host, [root.clone()]));
    let shown = |path: &Path| shown(Some(&root), path);
    for package in catalog::packages() {
        if let Some(read) = catalog::read(host, &environment, package, &|_| true, &shown) {
            code.declarations.extend(read.declarations);
            found.site.libraries.push(read.library);
        }
    }
    found.site.libraries.sort_by(|one, two| one.name.cmp(&two.name));
    (found, code)
}

/// A package that the service uses.
struct Used<'p> {
    package: &'p Package,
    by: By,
}

/// Who uses a package.
enum By {
    /// These processes run it as their program.
    Processes(Vec<String>),
    /// The code calls it, whichever process that is in.
    Calls,
}

/// The packages that the service uses: those that it runs, calls or configures, and those that these use.
fn used(processes: &[ProcessState], code: &Code) -> Vec<Used<'static>> {
    let mut used: Vec<Used<'_>> =
        catalog::packages().iter().filter_map(|package| Used::of(package, processes, code)).collect();
    for package in catalog::packages() {
        let is_used = |name: &str| used.iter().any(|used| used.package.name == name);
        if !is_used(&package.name) && package.along.iter().any(|other| is_used(other)) {
            used.push(Used { package, by: By::Calls });
        }
    }
    used.sort_by_key(|used| &used.package.name);
    used
}

impl<'p> Used<'p> {
    /// What the code's calls give it.
    fn given(&self, calls: &[LibraryCall]) -> Vec<Declaration> {
        match self.by {
            // What a command line starts does not come from a call in the code, which is there for another day.
            By::Processes(_) => Vec::new(),
            By::Calls => calls.iter().flat_map(|call| given(self.package, call)).collect(),
        }
    }

    fn of(package: &'p Package, processes: &[ProcessState], code: &Code) -> Option<Self> {
        let runs = |process: &&ProcessState| package.program.is_some() && process.program == package.program;
        let running: Vec<_> = processes.iter().filter(runs).map(|process| process.name.clone()).collect();
        if !running.is_empty() {
            return Some(Self { package, by: By::Processes(running) });
        }
        let is_called = code.calls.iter().any(|call| package.calls.contains_key(call.function));
        let of_package = |declaration: &Declaration| declaration.mechanism == package.mechanism;
        let is_configured = package.mechanism != Mechanism::Library && code.declarations.iter().any(of_package);
        (is_called || is_configured).then_some(Self { package, by: By::Calls })
    }
}

/// The groups of a package's functions, and those of them that the service calls.
struct Groups<'a> {
    all: HashSet<&'a str>,
    called: HashSet<&'a str>,
}

impl<'a> Groups<'a> {
    fn of(package: &'a Package, calls: &[LibraryCall]) -> Self {
        let group = |call: &'a Call| call.group.as_deref();
        Self {
            all: package.calls.values().filter_map(group).collect(),
            called: calls.iter().filter_map(|call| group(package.calls.get(call.function)?)).collect(),
        }
    }

    /// True but for a default of functions that the service does not call.
    fn count(&self, entry: &Entry) -> bool {
        entry.group().is_none_or(|group| !self.all.contains(group) || self.called.contains(group))
    }
}

impl By {
    /// The declarations of a package, one for each process that they concern.
    fn each(&self, declarations: Vec<Declaration>) -> Vec<Declaration> {
        match self {
            By::Calls => declarations,
            By::Processes(processes) => {
                let of = |process: &String| {
                    let process = Some(process.clone());
                    declarations.iter().map(move |each| Declaration { process: process.clone(), ..each.clone() })
                };
                processes.iter().flat_map(of).collect()
            }
        }
    }
}

/// The version of the machine's server, which it says on one of the two streams.
fn version(host: &dyn Host, server: &Package) -> Option<Version> {
    let (program, arguments) = server.ask.split_first()?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = host.run(program, &arguments, PATIENCE).ok()?;
    [said.stderr, said.stdout].iter().find_map(|said| Version::said(&String::from_utf8_lossy(said)))
}

/// The built-in defaults of a server, for each process for which the deployment configures it.
fn built_in(
    server: &Package,
    version: Option<&Version>,
    told: Option<&Told>,
    assignments: &[Assignment],
) -> Vec<Declaration> {
    let of_server = assignments.iter().filter(|assignment| assignment.mechanism == server.mechanism);
    let of_server: Vec<_> =
        of_server.filter_map(|assignment| Some((&assignment.process, assignment.target.default()?))).collect();
    let processes: BTreeSet<&Option<String>> = of_server.iter().map(|(process, _)| *process).collect();
    let declared = processes.into_iter().flat_map(|process| {
        let concerned = of_server.iter().filter(|(of, _)| of.is_none() || *of == process);
        let set: HashSet<&str> = concerned.map(|(_, name)| *name).collect();
        let tabled = catalog::tabled(server, version, told, |name| set.contains(name)).into_iter();
        tabled.map(|each| Declaration { process: process.clone(), ..each }).collect::<Vec<_>>()
    });
    declared.collect()
}

/// The defaults that the arguments of a call set.
fn given(package: &Package, call: &LibraryCall) -> Vec<Declaration> {
    let given = call.arguments.iter().filter_map(|argument| {
        let name = package.set_by(call.function, &argument.name)?;
        let source = argument.from.as_ref();
        Some(Declaration {
            name,
            aliases: Vec::new(),
            variables: source.map(|source| source.variables.clone()).unwrap_or_default(),
            ignores_case: source.is_some_and(|source| source.ignores_case),
            layer: Layer::Code,
            mechanism: package.mechanism,
            type_name: None,
            type_origin: TypeOrigin::Parsed,
            choices: None,
            value: argument.value.clone(),
            text: argument.text.clone(),
            required: false,
            secret: source.is_some_and(|source| source.secret),
            description: None,
            place: argument.place.clone(),
            symbol: call.symbol.clone().or_else(|| Some(call.function.to_owned())),
            process: None,
            option: None,
            nested: None,
        })
    });
    given.collect()
}
