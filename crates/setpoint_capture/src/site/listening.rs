//! From where a process listens to the proxy in front of it.

use crate::proxied::{Proxied, Start};
use crate::{Assignment, Clear, Target, caddy, nginx};
use setpoint_host::Host;
use setpoint_model::{Mechanism, ProcessState, Value};
use std::path::Path;

/// A reader of one proxy's configuration.
type Reader = fn(&dyn Host, Start<'_>, Option<&[String]>, Option<&str>) -> Proxied;

/// The proxies by the main files of their configuration.
const PROXIES: [(&str, Reader); 2] = [(nginx::MAIN_FILE, nginx::read), (caddy::MAIN_FILE, caddy::read)];

/// What the machine's proxies do with requests for these sockets; nothing where there are none, or no proxy.
pub(super) fn proxied(host: &dyn Host, listens: &[String], process: &str) -> Proxied {
    let mut all = Proxied::default();
    let is_there = |main: &Path| !host.status(main).is_err_and(|refusal| refusal.is_missing());
    for (main, read) in PROXIES {
        let main = Path::new(main);
        if !listens.is_empty() && is_there(main) {
            all.extend(read(host, Start::Machine(main), Some(listens), Some(process)));
        }
    }
    all
}

/// What a process's server is told to listen on, where its sockets could not be seen; of a container what of this
/// machine leads to it.
pub(super) fn configured(assignments: &[Assignment], process: &ProcessState) -> Vec<String> {
    let told = |setting: &str| told(assignments, &process.name, setting);
    let published = told("container.publish");
    if !published.is_empty() {
        return published;
    }
    match process.program.as_deref() {
        Some("gunicorn") => told("gunicorn.bind"),
        Some("uvicorn") => {
            if let Some(socket) = told("uvicorn.uds").pop() {
                return vec![format!("unix:{socket}")];
            }
            let host = told("uvicorn.host").pop().unwrap_or("127.0.0.1".to_owned());
            told("uvicorn.port").pop().map(|port| format!("{host}:{port}")).into_iter().collect()
        }
        Some(_) | None => Vec::new(),
    }
}

/// The strongest value that the process is given for a setting; nothing where that is not known.
pub(super) fn told(assignments: &[Assignment], process: &str, setting: &str) -> Vec<String> {
    let of_setting = |assignment: &&Assignment| {
        let (Target::Default(name) | Target::FromVariable { name, .. }) = &assignment.target else { return false };
        name == setting && assignment.process.as_deref().is_none_or(|of| of == process)
    };
    // gunicorn's variables only replace its own defaults.
    let falls_back = |assignment: &Assignment| {
        assignment.mechanism == Mechanism::Gunicorn && matches!(assignment.target, Target::FromVariable { .. })
    };
    let given = |assignment: &&Assignment| !matches!(assignment.value, Clear::Nothing);
    let strength = |assignment: &&Assignment| (!falls_back(assignment), assignment.layer);
    let strongest = assignments.iter().filter(of_setting).filter(given).max_by_key(strength);
    match strongest.map(|assignment| &assignment.value) {
        Some(Clear::Constant(value)) => match value.reveal() {
            Value::List(values) => values.iter().map(Value::to_string).collect(),
            value => vec![value.to_string()],
        },
        Some(Clear::Dynamic | Clear::Nothing) | None => Vec::new(),
    }
}
