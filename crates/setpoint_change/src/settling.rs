//! What makes running services take up what was written: of each only what is needed.

use crate::Settle;
use crate::draft::Draft;
use crate::units::states;
use setpoint_host::Host;
use setpoint_model::{Layer, Mechanism, NamedDefault, Problem, Snapshot};

/// What makes the running services take it up: of each only what is needed, and nothing of a unit that does not run.
pub(crate) fn settle(host: &dyn Host, snapshot: &Snapshot, chosen: &[Draft]) -> Result<Vec<Settle>, Problem> {
    let mut settle: Vec<Settle> = Vec::new();
    let mut add = |one: Settle| {
        if !settle.contains(&one) {
            settle.push(one);
        }
    };
    if chosen.iter().any(Draft::is_of_unit_file) {
        add(Settle::ReloadManager);
    }
    for draft in chosen {
        for unit in units_of(snapshot, draft) {
            if states(host, &[&unit])?.iter().any(|state| state.active == "active") {
                add(if reload_is_enough(snapshot, draft, &unit) {
                    Settle::Reload(unit)
                } else {
                    Settle::Restart(unit)
                });
            }
        }
    }
    // A restart takes up what a reload would.
    let restarted: Vec<String> = settle
        .iter()
        .filter_map(|one| match one {
            Settle::Restart(unit) => Some(unit.clone()),
            Settle::ReloadManager | Settle::Reload(_) | Settle::Command { .. } => None,
        })
        .collect();
    settle.retain(|one| !matches!(one, Settle::Reload(unit) if restarted.contains(unit)));
    Ok(settle)
}

/// The units that are reloaded or restarted, each once.
pub(crate) fn units_in(settle: &[Settle]) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for one in settle {
        if let Settle::Reload(unit) | Settle::Restart(unit) = one
            && !units.contains(unit)
        {
            units.push(unit.clone());
        }
    }
    units
}

/// The units whose processes read the file of a draft.
fn units_of(snapshot: &Snapshot, draft: &Draft) -> Vec<String> {
    if let Some(proxy) = proxy_of(draft.mechanism) {
        return vec![proxy.to_owned()];
    }
    if let Some(unit) = &draft.process {
        return vec![unit.clone()];
    }
    let processes = snapshot.site.processes.iter().filter(|process| process.may_run_the_code());
    processes.map(|process| process.name.clone()).collect()
}

/// The unit of a proxy, as its packages name it.
fn proxy_of(mechanism: Mechanism) -> Option<&'static str> {
    match mechanism {
        Mechanism::Nginx => Some("nginx.service"),
        Mechanism::Caddy => Some("caddy.service"),
        _ => None,
    }
}

/// True where a reload makes a service take up what the draft changes: a proxy's configuration, or gunicorn's own file, which
/// HUP makes it read again (<https://docs.gunicorn.org/en/stable/signals.html>). What is in the environment or on the command
/// line of a process only a new process has.
fn reload_is_enough(snapshot: &Snapshot, draft: &Draft, unit: &str) -> bool {
    let reloads = |default: &&NamedDefault| default.name == "systemd.ExecReload";
    let has_reload = || {
        let readings = snapshot.defaults.iter().filter(reloads).flat_map(|default| &default.readings);
        readings.into_iter().any(|reading| reading.process.as_deref() == Some(unit))
    };
    let reads_again = draft.layer == Layer::ConfigurationFile && draft.mechanism == Mechanism::Gunicorn;
    proxy_of(draft.mechanism).is_some() || (reads_again && has_reload())
}
