//! A site by its containers on this machine: container → variables, command, limits, and by its compose file → folder.

use super::Found;
use super::folder;
use super::found::{Localhost, state_in_image};
use super::running::program_of_commands;
use crate::engine::{self, Container};
use crate::launch::{self, Launch, Standing};
use crate::process::{self, Live};
use crate::{Processes, Request, gunicorn};
use setpoint_host::{Host, Kind};
use setpoint_model::{Layer, Mechanism, Place, Problem, Retry};
use std::path::{Path, PathBuf};

/// Looks at every container, and at the folder of the compose file that the first was made from. An error only where
/// none of them can be looked at.
pub(super) fn discover(host: &dyn Host, request: &Request) -> Result<Found, Problem> {
    let again = again(request);
    let mut containers = Vec::new();
    let mut problems = Vec::new();
    for name in &request.containers {
        match engine::ask(host, name, &again) {
            // One may be named twice, by its name and by its number.
            Ok(container) if containers.iter().any(|known: &Container| known.shown() == container.shown()) => {}
            Ok(container) => containers.push(container),
            Err(problem) => problems.push(problem),
        }
    }
    if containers.is_empty() && !problems.is_empty() {
        return Err(problems.swap_remove(0));
    }
    let mut found = match root(host, request, &containers) {
        Some(root) => folder::discover(host, request, &root)?,
        None => Found::new(None, request),
    };
    found.deployment.problems.extend(problems);
    if let (None, Some(first)) = (&found.root, containers.first()) {
        found.deployment.problems.push(no_code(first));
    }
    if request.processes == Processes::LookedAt {
        containers.iter().for_each(|container| observe(&mut found, container));
        if containers.iter().all(|container| container.shares_network)
            && found.site.processes.iter().all(|process| found.containers.contains(&process.name))
        {
            found.localhost = Localhost::Here;
        }
        found.give_servers_their_variables();
        found.name_configured_sockets();
    }
    Ok(found)
}

/// Looks at the container that a unit runs, whose own process only talks to the engine.
pub(super) fn observe_of_unit(host: &dyn Host, found: &mut Found, name: &str, again: &str) {
    match engine::ask(host, name, again) {
        Ok(container) => {
            if !container.shares_network {
                found.localhost = Localhost::Elsewhere;
            }
            observe(found, &container.of_unit());
        }
        Err(problem) => found.deployment.problems.push(problem),
    }
}

/// The folder that was asked for, else that of the first compose file that is on this machine.
fn root(host: &dyn Host, request: &Request, containers: &[Container]) -> Option<PathBuf> {
    let is_folder = |folder: &&PathBuf| host.status(folder).is_ok_and(|status| status.kind == Kind::Folder);
    let of_project = || containers.iter().filter_map(|container| container.project.as_ref()).find(is_folder);
    request.root.clone().or_else(|| of_project().cloned())
}

/// The process that a container is. Of several of one service the first is the one that the files describe, and each
/// further one is itself alone.
fn name_among(found: &Found, container: &Container) -> String {
    let own = container.process();
    if !found.containers.iter().any(|taken| taken == own) {
        return own.to_owned();
    }
    let is_free = |name: &String| found.site.processes.iter().all(|process| process.name != *name);
    Some(container.name.clone()).filter(is_free).unwrap_or_else(|| container.shown())
}

/// Takes over what a container has. Where files say how it is made, it is what they may have come to; where none does,
/// it is itself where its values are set.
fn observe(found: &mut Found, container: &Container) {
    let name = &name_among(found, container);
    let known = found.site.processes.iter().position(|process| process.name == *name);
    let is_made_from_files = known.is_some();
    found.containers.push(name.clone());
    let commands = process::commands(container.command.clone());
    let mut process = match known {
        Some(at) => found.site.processes.remove(at),
        None => state_in_image(name, program_of_commands(&commands).as_ref()),
    };
    if process.program.is_none() {
        process.program = program_of_commands(&commands).map(|program| program.name);
    }
    process.live = container.is_running;
    process.listens.clone_from(&container.listens);
    found.site.processes.push(process);
    if !container.is_running {
        found.deployment.problems.push(not_running(container));
    }
    let shown = container.shown();
    let (variables, command_line) = if is_made_from_files {
        (Layer::Process, Layer::Process)
    } else {
        (Layer::UnitEnvironment, Layer::CommandLine)
    };
    let standing = |layer| Standing { shown: &shown, text: None, layer, symbol: None, process: Some(name.as_str()) };
    let mut assignments = Vec::new();
    for variable in &container.environment {
        let of_image = variable.is_of_image.then_some(Layer::Image);
        let own = (is_made_from_files || !variable.is_of_image).then_some(variables);
        let held = |layer| standing(layer).variable(&variable.name, variable.value.reveal(), launch::NOWHERE);
        assignments.extend(of_image.into_iter().chain(own).map(held));
    }
    assignments.extend(assignments.iter().flat_map(gunicorn::read_variable).collect::<Vec<_>>());
    assignments.extend(commands.iter().flat_map(|command| launch::read(command, standing(command_line))));
    assignments.extend(container.properties.iter().map(|(target, value)| {
        let text = value.to_string();
        standing(Layer::Unit).assignment(target.clone(), Mechanism::Container, value.clone(), text, launch::NOWHERE)
    }));
    found.deployment.assignments.extend(assignments);
    if is_made_from_files {
        let place = Some(Place::file(shown.clone()));
        let options_are_known = commands.iter().any(|command| launch::server(command).is_some());
        found.live.push(Live {
            process: name.clone(),
            environment: place.clone(),
            command_line: place.filter(|_| options_are_known),
            unit_file: None,
        });
    }
    let launches =
        commands.into_iter().map(|command| Launch { process: name.clone(), command, shown: shown.clone(), text: None });
    found.launches.extend(launches);
}

/// The command that asks with more rights.
fn again(request: &Request) -> String {
    let containers = request.containers.iter().map(|name| format!(" --container {name}"));
    format!("sudo setpoint capture{}", containers.collect::<String>())
}

fn not_running(container: &Container) -> Problem {
    let (name, program) = (&container.name, container.engine.program());
    let what = format!("the container `{name}` does not run, so that it says what it would start with");
    Problem::input(what, "a container that runs", Retry::Safe)
        .at(Place::file(container.shown()))
        .hint(format!("`{program} logs {name}` says why"))
}

fn no_code(container: &Container) -> Problem {
    let within = container.folder.as_deref().unwrap_or(Path::new("/")).display();
    let what =
        format!("the code of the container `{}` is in its image (`{within}`), which is not read", container.name);
    Problem::input(what, "a folder of this machine with the same code", Retry::SafeOnceMended)
        .at(Place::file(container.shown()))
        .hint("name the folder of the code with `--root`")
}
