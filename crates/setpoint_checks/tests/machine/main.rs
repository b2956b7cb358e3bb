//! Checks of the machine: files, processes, ports, units, logs, and the databases on it.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

mod databases;
mod local;
mod systemd;
mod tls;

use setpoint_checks::{Scene, run};
use setpoint_host::{Host, LiveHost};
use setpoint_model::register::{Check, CheckKind, Documentation};
use setpoint_model::{Conclusion, Outcome, Place};
use std::path::Path;
use std::time::Duration;

fn check(kind: CheckKind) -> Check {
    Check {
        name: "one".to_owned(),
        kind,
        timeout: Duration::from_secs(20),
        retries: 0,
        wait: Duration::ZERO,
        tags: Vec::new(),
        environments: Vec::new(),
        needs: Vec::new(),
        documentation: Documentation::default(),
        place: Place::file("setpoint.toml"),
    }
}

/// What a check of this machine says, in a folder.
fn here(folder: &Path, kind: CheckKind) -> String {
    on(&LiveHost, folder, kind)
}

/// What a check of a machine says.
fn on(host: &dyn Host, folder: &Path, kind: CheckKind) -> String {
    picture(&run(&Scene::of_machine(host, folder), &[&check(kind)], &|_| {})[0])
}

fn picture(outcome: &Outcome) -> String {
    let mut lines = match &outcome.conclusion {
        Conclusion::Passed => vec!["passed".to_owned()],
        Conclusion::Skipped { because } => vec![format!("skipped: {because}")],
        Conclusion::Failed { .. } => Vec::new(),
    };
    for failure in outcome.failures() {
        lines.push(format!("{}: {}; expected {}", failure.reason.as_str(), failure.message, failure.expected));
        lines.extend(failure.hint.iter().map(|hint| format!("hint: {hint}")));
    }
    lines.extend(outcome.evidence.iter().map(|evidence| format!("{}: {}", evidence.of, evidence.text)));
    lines.join("\n")
}
