//! The built-in values that a server or manager of this machine tells by itself.

use crate::Assignment;
use crate::catalog::{Entry, Package};
use setpoint_host::{Host, Output};
use setpoint_model::{Mechanism, Place, Value};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a program may take to say what it has.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a program says of its built-in values.
#[derive(Debug)]
pub(crate) struct Told {
    /// By the name that the program has for them.
    values: HashMap<String, Value>,
    /// It tells of all, so that one that is missing is none of its version's.
    pub(crate) is_all: bool,
    /// The program.
    pub(crate) place: Place,
}

impl Told {
    /// What it says of a default.
    pub(crate) fn value(&self, entry: &Entry) -> Option<&Value> {
        self.values.get(entry.told_as.as_ref().unwrap_or(&entry.own_name))
    }
}

/// Asks the machine's own program; `None` where it cannot be asked.
pub(crate) fn told(host: &dyn Host, server: &Package, assignments: &[Assignment]) -> Option<Told> {
    match server.mechanism {
        Mechanism::Systemd => systemd(host, server),
        Mechanism::Postgresql => postgresql(host, server, assignments),
        _ => None,
    }
}

/// `systemctl show` says what the manager gives units that say nothing (org.freedesktop.systemd1(5), the properties
/// `Default…` of the manager).
fn systemd(host: &dyn Host, server: &Package) -> Option<Told> {
    let wanted: Vec<&str> = server.entries().iter().filter_map(|entry| entry.told_as.as_deref()).collect();
    let option = format!("--property={}", wanted.join(",").replace(':', ","));
    let said = host.run("systemctl", &["show", &option], PATIENCE).ok().filter(Output::succeeded)?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let properties: HashMap<&str, &str> = said.lines().filter_map(|line| line.split_once('=')).collect();
    // A limit is two properties, the soft one and the hard one.
    let value = |names: &str| {
        let parts: Option<Vec<&str>> = names.split(':').map(|name| properties.get(name).copied()).collect();
        parts.map(|parts| Value::from(parts.join(":").as_str()))
    };
    let values: HashMap<String, Value> =
        wanted.into_iter().filter_map(|names| Some((names.to_owned(), value(names)?))).collect();
    (!values.is_empty()).then(|| Told { values, is_all: false, place: Place::file("systemctl show") })
}

/// `postgres -C NAME` with a configuration that says nothing prints what is built in. Root may ask only with `-C` in front
/// (`main.c` upstream). `--describe-config` would say all at once, and says 0 for every number.
fn postgresql(host: &dyn Host, server: &Package, assignments: &[Assignment]) -> Option<Told> {
    let main = assignments.iter().find(|assignment| assignment.mechanism == Mechanism::Postgresql)?;
    let is_version = |part: &&str| part.starts_with(|digit: char| digit.is_ascii_digit());
    let of_version = main.place.file.split('/').find(is_version).map(|version| {
        [format!("/usr/lib/postgresql/{version}/bin/postgres"), format!("/usr/pgsql-{version}/bin/postgres")]
    });
    let mut programs = of_version.into_iter().flatten().chain(["postgres".to_owned()]);
    let program =
        programs.find(|program| host.run(program, &["--version"], PATIENCE).is_ok_and(|said| said.succeeded()))?;
    // One that was not answered may still be there.
    let all_answered = AtomicBool::new(true);
    let ask = |name: &str| {
        let options = ["-C", name, "-D", "/", "-c", "config_file=/dev/null"];
        let said = host.run(&program, &options, PATIENCE);
        if said.as_ref().map_or(true, |said| said.code.is_none()) {
            all_answered.store(false, Ordering::Relaxed);
        }
        let said = said.ok().filter(Output::succeeded)?;
        let said = String::from_utf8_lossy(&said.stdout).trim_end_matches('\n').to_owned();
        Some((name.to_owned(), said.parse().map_or_else(|_| Value::from(said.as_str()), Value::Integer)))
    };
    // Each takes as long as a start of the server, and they do not know of one another.
    let values: HashMap<String, Value> = std::thread::scope(|scope| {
        let asked: Vec<_> = server.entries().iter().map(|entry| scope.spawn(|| ask(&entry.own_name))).collect();
        asked.into_iter().filter_map(|answer| answer.join().ok().flatten()).collect()
    });
    (!values.is_empty()).then(|| Told { values, is_all: all_answered.into_inner(), place: Place::file(&program) })
}
