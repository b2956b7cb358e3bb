//! HTTP and TCP checks against servers that do one thing each, also the wrong one.

mod hostile;
mod http;
mod order;
mod server;

use setpoint_checks::{Scene, run};
use setpoint_host::LiveHost;
use setpoint_model::register::{Check, CheckKind, Documentation, HttpCheck};
use setpoint_model::{Conclusion, Outcome, Place};
use std::path::Path;
use std::time::Duration;

/// Longer than anything here takes, so that only what never ends runs into it.
const PATIENT: Duration = Duration::from_secs(20);

fn http(url: String) -> HttpCheck {
    HttpCheck::new("GET", url)
}

fn check(name: &str, kind: CheckKind) -> Check {
    Check {
        name: name.to_owned(),
        kind,
        timeout: PATIENT,
        retries: 0,
        wait: Duration::ZERO,
        tags: Vec::new(),
        environments: Vec::new(),
        needs: Vec::new(),
        documentation: Documentation::default(),
        place: Place::file("setpoint.toml"),
    }
}

/// The outcome as a picture, its port and times left out.
fn run_one(check: &Check) -> String {
    let outcomes = run(&Scene::of_machine(&LiveHost, Path::new("/")), &[check], &|_| {});
    picture(&outcomes[0])
}

fn picture(outcome: &Outcome) -> String {
    let mut lines = vec![match &outcome.conclusion {
        Conclusion::Passed => "passed".to_owned(),
        Conclusion::Skipped { because } => format!("skipped: {because}"),
        Conclusion::Failed { .. } => format!("failed after {} tries", outcome.tries),
    }];
    for failure in outcome.failures() {
        lines.push(format!("{}: {}; expected {}", failure.reason.as_str(), failure.message, failure.expected));
        lines.extend(failure.hint.iter().map(|hint| format!("hint: {hint}")));
    }
    lines.extend(outcome.evidence.iter().map(|evidence| format!("{}: {:?}", evidence.of, evidence.text)));
    lines.join("\n")
}
