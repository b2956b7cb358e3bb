//! The libraries that the service uses: their own defaults, and what its calls give them.

use crate::catalog::{self, Environment, Package};
use crate::library_call::LibraryCall;
use crate::python::Code;
use crate::site::{Found, shown};
use crate::{Assignment, Declaration};
use setpoint_host::Host;
use setpoint_model::Layer;
use std::collections::HashSet;

/// Adds to the code's declarations those of the libraries that it uses, and what its calls set of these.
pub(crate) fn add(host: &dyn Host, found: &mut Found, code: &mut Code) {
    let Some(root) = found.root.clone() else { return };
    let programs: Vec<&str> = found.site.processes.iter().filter_map(|process| process.program.as_deref()).collect();
    let runs = |package: &Package| package.program.as_deref().is_some_and(|program| programs.contains(&program));
    let calls = |package: &Package, call: &LibraryCall| package.calls.contains_key(call.function);
    let used = |package: &&Package| runs(package) || code.calls.iter().any(|call| calls(package, call));
    let used: Vec<&Package> = catalog::packages().iter().filter(used).collect();
    let servers = catalog::packages().iter().filter(|package| package.is_server);
    let tabled: Vec<Declaration> = servers.flat_map(|server| built_in(server, &found.deployment.assignments)).collect();
    code.declarations.extend(tabled);
    if used.is_empty() {
        return;
    }
    let environment = Environment::of_site(host, &root, &found.site);
    let (declared, libraries) = catalog::declarations(host, &environment, &used, &|path| shown(Some(&root), path));
    found.site.libraries = libraries;
    for package in used {
        // What a command line starts does not come from a call in the code, which is there for another day.
        if !runs(package) {
            let of_package = code.calls.iter().filter(|call| calls(package, call));
            code.declarations.extend(of_package.flat_map(|call| given(package, call)));
        }
    }
    code.declarations.extend(declared);
}

/// The built-in defaults of a server that the deployment configures.
fn built_in(server: &Package, assignments: &[Assignment]) -> Vec<Declaration> {
    let of_server = |assignment: &&Assignment| assignment.mechanism == server.mechanism;
    let set: HashSet<&str> =
        assignments.iter().filter(of_server).filter_map(|assignment| assignment.target.default()).collect();
    if set.is_empty() { Vec::new() } else { catalog::tabled(server, |name| set.contains(name)) }
}

/// The defaults that the arguments of a call set.
fn given(package: &Package, call: &LibraryCall) -> Vec<Declaration> {
    let renamed = package.calls.get(call.function);
    let given = call.arguments.iter().filter_map(|argument| {
        let called = renamed.and_then(|renamed| renamed.get(&argument.name)).unwrap_or(&argument.name);
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
        })
    });
    given.collect()
}
