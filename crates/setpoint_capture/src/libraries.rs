//! The libraries that the service uses: their own defaults, and what its calls give them.

use crate::catalog::{self, Environment, Package};
use crate::library_call::LibraryCall;
use crate::python::Code;
use crate::site::{Found, shown};
use crate::{Assignment, Declaration};
use setpoint_host::Host;
use setpoint_model::{Layer, ProcessState};
use std::collections::{BTreeSet, HashSet};

/// Adds to the code's declarations those of the libraries that it uses, and what its calls set of these.
pub(crate) fn add(host: &dyn Host, found: &mut Found, code: &mut Code) {
    let Some(root) = found.root.clone() else { return };
    let servers = catalog::packages().iter().filter(|package| package.is_server);
    let built_in: Vec<_> = servers.flat_map(|server| built_in(server, &found.deployment.assignments)).collect();
    code.declarations.extend(built_in);

    let used: Vec<Used<'_>> = catalog::packages()
        .iter()
        .filter_map(|package| Used::of(package, &found.site.processes, &code.calls))
        .collect();
    if used.is_empty() {
        return;
    }
    let environment = Environment::of_site(host, &root, &found.site);
    for Used { package, by } in used {
        let shown = |path: &std::path::Path| shown(Some(&root), path);
        if let Some(read) = catalog::read(host, &environment, package, &shown) {
            code.declarations.extend(by.each(read.declarations));
            found.site.libraries.push(read.library);
        }
        match by {
            // What a command line starts does not come from a call in the code, which is there for another day.
            By::Processes(_) => {}
            By::Calls => {
                let given = code.calls.iter().flat_map(|call| given(package, call));
                code.declarations.extend(given);
            }
        }
    }
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

impl<'p> Used<'p> {
    fn of(package: &'p Package, processes: &[ProcessState], calls: &[LibraryCall]) -> Option<Self> {
        let runs = |process: &&ProcessState| package.program.is_some() && process.program == package.program;
        let running: Vec<_> = processes.iter().filter(runs).map(|process| process.name.clone()).collect();
        if !running.is_empty() {
            return Some(Self { package, by: By::Processes(running) });
        }
        let is_called = calls.iter().any(|call| package.calls.contains_key(call.function));
        is_called.then_some(Self { package, by: By::Calls })
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

/// The built-in defaults of a server, for each process for which the deployment configures it.
fn built_in(server: &Package, assignments: &[Assignment]) -> Vec<Declaration> {
    let of_server = assignments.iter().filter(|assignment| assignment.mechanism == server.mechanism);
    let of_server: Vec<_> =
        of_server.filter_map(|assignment| Some((&assignment.process, assignment.target.default()?))).collect();
    let processes: BTreeSet<&Option<String>> = of_server.iter().map(|(process, _)| *process).collect();
    let declared = processes.into_iter().flat_map(|process| {
        let concerned = of_server.iter().filter(|(of, _)| of.is_none() || *of == process);
        let set: HashSet<&str> = concerned.map(|(_, name)| *name).collect();
        let tabled = catalog::tabled(server, |name| set.contains(name)).into_iter();
        tabled.map(|each| Declaration { process: process.clone(), ..each }).collect::<Vec<_>>()
    });
    declared.collect()
}

/// The defaults that the arguments of a call set.
fn given(package: &Package, call: &LibraryCall) -> Vec<Declaration> {
    let Some(renamed) = package.calls.get(call.function) else { return Vec::new() };
    let given = call.arguments.iter().filter_map(|argument| {
        let called = renamed.get(&argument.name).unwrap_or(&argument.name);
        let entry = package.entries.iter().find(|entry| entry.argument == *called)?;
        let source = argument.from.as_ref();
        Some(Declaration {
            name: entry.name.clone(),
            aliases: Vec::new(),
            variables: source.map(|source| source.variables.clone()).unwrap_or_default(),
            ignores_case: source.is_some_and(|source| source.ignores_case),
            layer: Layer::Code,
            mechanism: package.mechanism,
            type_name: None,
            value: argument.value.clone(),
            text: argument.text.clone(),
            required: false,
            secret: source.is_some_and(|source| source.secret),
            description: None,
            place: argument.place.clone(),
            symbol: call.symbol.clone().or_else(|| Some(call.function.to_owned())),
            process: None,
        })
    });
    given.collect()
}
