//! How long the application waits for other services.

use crate::Facts;
use setpoint_model::{LibraryCall, ProcessState};

/// The time that one call gives another service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience<'a> {
    pub(crate) call: &'a LibraryCall,
    /// For connecting, and again for the answer.
    pub(crate) seconds: f64,
    /// The default that says so.
    pub(crate) from: Option<&'a str>,
}

impl Patience<'_> {
    /// The longest that the call may last before it gives up by itself.
    pub(crate) fn in_all(self) -> f64 {
        2.0 * self.seconds
    }
}

/// What the calls of HTTP clients that this process may make are given as their timeout, where that is one number. A
/// timeout that has several parts, or that is not given at all, is not among them.
pub(crate) fn patience<'a>(facts: Facts<'a>, process: &'a ProcessState) -> Vec<Patience<'a>> {
    let clients = facts.snapshot.calls.iter().filter(|call| is_http_client(&call.function));
    let mine = clients.filter(|call| is_made_by(facts, call, process));
    let patience = mine.filter_map(|call| {
        let seconds = facts.given(call, &["timeout"], &process.name).known()?.number()?;
        Some(Patience { call, seconds, from: call.argument("timeout")?.from.as_deref() })
    });
    patience.collect()
}

fn is_http_client(function: &str) -> bool {
    matches!(function.split('.').next(), Some("httpx" | "requests"))
}

/// True if the process surely imports the call; where that of no process is known, if no other one can make it. A
/// command that ends (`Type=oneshot`) does its own work in the module that it runs.
fn is_made_by(facts: Facts<'_>, call: &LibraryCall, process: &ProcessState) -> bool {
    if !call.imported_by.is_empty() {
        return call.imported_by.contains(&process.name);
    }
    let others = facts.snapshot.site.processes.iter().filter(|other| other.name != process.name);
    others.into_iter().all(|other| {
        let kind = facts.setting("systemd.Type", &other.name);
        kind.is_some_and(|kind| kind.text() == "oneshot") && other.app.as_deref().is_some_and(|app| !is_in(app, call))
    })
}

/// True if the call stands in the module: `shop/import_prices.py` is `shop.import_prices`.
fn is_in(module: &str, call: &LibraryCall) -> bool {
    let module = module.split(':').next().unwrap_or(module).replace('.', "/");
    let file = call.place.file.strip_suffix(".py").unwrap_or(&call.place.file);
    file == module || file.strip_suffix(&module).is_some_and(|before| before.ends_with('/'))
}
