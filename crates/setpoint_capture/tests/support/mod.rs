//! How the tests look at a snapshot, and a machine on which not everything may be read.

use setpoint_host::{FixtureHost, Host, Listed, Output, Refusal, Status};
use setpoint_model::{Effective, Snapshot};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The defaults whose names start so: what wins, where the processes disagree, and each reading from the weakest.
pub(crate) fn picture(snapshot: &Snapshot, prefix: &str) -> String {
    let mut lines = String::new();
    let wins = |effective: &Effective| format!("{} by {}", effective.value.shown(), effective.layer);
    for default in snapshot.defaults.iter().filter(|default| default.name.starts_with(prefix)) {
        let effective = default.effective.as_ref().map_or("nothing".to_owned(), wins);
        writeln!(lines, "{} ({}): {effective}", default.name, default.mechanism).unwrap();
        for (process, effective) in &default.per_process {
            writeln!(lines, "  in {process}: {}", wins(effective)).unwrap();
        }
        for reading in &default.readings {
            let process = reading.process.as_deref().map(|process| format!(" [{process}]")).unwrap_or_default();
            writeln!(lines, "  {} {} {}{process}", reading.layer, reading.value.shown(), reading.place).unwrap();
        }
    }
    lines
}

/// What could not be read or understood, with the advice.
pub(crate) fn problems(snapshot: &Snapshot) -> String {
    let line = |problem: &setpoint_model::Problem| {
        let hint = problem.hint.as_deref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{problem}{hint}\n")
    };
    snapshot.problems.iter().map(line).collect()
}

/// The machine as an ordinary user sees it, who may not look into other users' processes or at these files.
pub(crate) struct Ordinary {
    pub(crate) machine: FixtureHost,
    pub(crate) closed: &'static [&'static str],
}

impl Ordinary {
    fn allowed(&self, path: &Path) -> Result<(), Refusal> {
        let process = path.starts_with("/proc") && ["environ", "cwd", "fd"].iter().any(|name| path.ends_with(name));
        let closed = self.closed.iter().any(|closed| path.starts_with(closed));
        if process || closed { Err(Refusal::Denied(path.to_owned())) } else { Ok(()) }
    }
}

impl Host for Ordinary {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
        self.allowed(path).and_then(|()| self.machine.read(path, limit))
    }

    fn list(&self, folder: &Path) -> Result<Vec<Listed>, Refusal> {
        self.allowed(folder).and_then(|()| self.machine.list(folder))
    }

    fn status(&self, path: &Path) -> Result<Status, Refusal> {
        self.machine.status(path)
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Refusal> {
        self.machine.resolve(path)
    }

    fn link_target(&self, path: &Path) -> Result<PathBuf, Refusal> {
        self.allowed(path).and_then(|()| self.machine.link_target(path))
    }

    fn run(&self, program: &str, arguments: &[&str], limit: Duration) -> Result<Output, Refusal> {
        self.machine.run(program, arguments, limit)
    }

    fn now(&self) -> jiff::Zoned {
        self.machine.now()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.machine.variable(name)
    }

    fn random(&self) -> [u8; 16] {
        self.machine.random()
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
        self.machine.write(path, bytes)
    }
}

/// The processes: what each runs, where it listens and whether it was seen running.
pub(crate) fn processes(snapshot: &Snapshot) -> String {
    let line = |process: &setpoint_model::ProcessState| {
        let or_none = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
        let (program, app, interpreter) =
            (or_none(&process.program), or_none(&process.app), or_none(&process.interpreter));
        let pid = process.pid.map_or("not running".to_owned(), |pid| format!("pid {pid}"));
        let live = if process.live { "live" } else { "not seen" };
        let reload = if process.needs_daemon_reload { ", needs daemon-reload" } else { "" };
        let name = &process.name;
        format!("{name}: {program} {app} by {interpreter}, {pid}, {live}, {:?}{reload}\n", process.listens)
    };
    snapshot.site.processes.iter().map(line).collect()
}
