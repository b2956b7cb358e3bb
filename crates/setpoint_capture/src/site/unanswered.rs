//! A proxy and a service that do not meet: the one passes requests to an address, the other listens elsewhere.

use super::Found;
use super::found::Installed;
use super::listening::told;
use crate::process;
use crate::proxied::Pass;
use setpoint_formats::Address;
use setpoint_host::Host;
use setpoint_model::{ProcessState, Unanswered};
use std::path::Path;

/// The places of `passes` whose requests nobody takes. Nothing is said where one of them reaches a process of the site,
/// so that what else the machine serves is left alone, nor where an address of either side is not known.
pub(super) fn unanswered(host: &dyn Host, found: &Found, passes: &[Pass]) -> Vec<Unanswered> {
    let is_known = |pass: &Pass| !pass.addresses.is_empty() && pass.addresses.iter().all(Address::is_local);
    let Some(listens) = every_listener(host, found).filter(|_| passes.iter().all(is_known)) else { return Vec::new() };
    let taken = |address: &Address, by: &[Address]| by.iter().any(|listen| address.reaches(listen));
    if passes.iter().flat_map(|pass| &pass.addresses).any(|address| taken(address, &listens)) {
        return Vec::new();
    }
    let others = match found.installed {
        Installed::Here => {
            process::all_listening(host).iter().filter_map(|listen| Address::read_listen(listen)).collect()
        }
        Installed::Elsewhere => Vec::new(),
    };
    // A machine on which nobody listens at all is one that could not be looked at.
    if found.installed == Installed::Here && others.is_empty() {
        return Vec::new();
    }
    let of_pass = |pass: &Pass| {
        let address = pass.addresses.iter().find(|address| !taken(address, &others))?.to_string();
        Some(Unanswered { proxy: pass.proxy, place: pass.place.clone(), address })
    };
    passes.iter().filter(|pass| pass.is_http).filter_map(of_pass).collect()
}

/// Where the processes of the site listen; `None` where one may listen on what is not known, or none does.
fn every_listener(host: &dyn Host, found: &Found) -> Option<Vec<Address>> {
    let mut listens = Vec::new();
    for process in &found.site.processes {
        if answers_nobody(found, process) {
            continue;
        }
        let is_server = matches!(process.program.as_deref(), Some("gunicorn" | "uvicorn"));
        // What a container listens on is another machine's, and a Procfile's program gets its port from who starts it.
        let is_of_this_machine = process.name.ends_with(".service") || process.pid.is_some();
        if !is_server || !is_of_this_machine || process.listens.is_empty() || may_get_its_socket(host, found, process) {
            return None;
        }
        for listen in &process.listens {
            listens.push(Address::read_listen(listen)?);
        }
    }
    (!listens.is_empty()).then_some(listens)
}

/// True for what runs and ends, and for a worker of jobs.
fn answers_nobody(found: &Found, process: &ProcessState) -> bool {
    let told = |setting: &str| told(&found.deployment.assignments, &process.name, setting).pop();
    let is_worker = process.program.as_deref() == Some("celery")
        && told("systemd.ExecStart").is_some_and(|command| !command.contains("flower"));
    let is_job = process.name.starts_with("cron:") || told("systemd.Type").is_some_and(|kind| kind == "oneshot");
    is_job || is_worker
}

/// True if systemd may open the sockets of a process that was not seen running (systemd.socket(5)).
fn may_get_its_socket(host: &dyn Host, found: &Found, process: &ProcessState) -> bool {
    let told = |setting: &str| !told(&found.deployment.assignments, &process.name, setting).is_empty();
    let has_socket_unit = |file: &String| {
        let file = found.root.as_deref().unwrap_or(Path::new("/")).join(file);
        let is_unit = file.file_name().is_some_and(|name| name == process.name.as_str());
        is_unit && host.status(&file.with_extension("socket")).is_ok()
    };
    process.pid.is_none() && (told("uvicorn.fd") || found.site.files.iter().any(has_socket_unit))
}
