use std::process::Command;

/// On which floor a crate stands. A crate uses only crates on lower floors.
const FLOORS: [(&str, u8); 12] = [
    ("setpoint_model", 0),
    ("setpoint_register", 1),
    ("setpoint_host", 1),
    ("setpoint_rules", 1),
    ("setpoint_formats", 1),
    ("setpoint_python", 1),
    ("setpoint_backup", 2),
    ("setpoint_capture", 2),
    ("setpoint_checks", 2),
    ("setpoint_change", 3),
    ("setpoint_docs", 3),
    ("setpoint", 5),
];

/// What stands beside the house: only tests use the one, nobody the other.
const BESIDE: [&str; 2] = ["setpoint_testkit", "xtask"];

#[derive(Clone, Debug, PartialEq, Eq)]
struct Edge {
    from: String,
    to: String,
    for_tests: bool,
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
}

/// What is wrong with an edge.
fn fault(edge: &Edge) -> Option<String> {
    let Edge { from, to, for_tests } = edge;
    let allowed = match (floor(from), floor(to)) {
        (Some(upper), Some(lower)) => lower < upper,
        // The test kit knows nothing of the house; chores may use all of it.
        (None, Some(_)) => from == "xtask",
        (Some(_), None) => to == "setpoint_testkit" && *for_tests,
        (None, None) => false,
    };
    (!allowed).then(|| format!("{from} must not use {to}"))
}

#[expect(clippy::disallowed_methods, reason = "tidy asks cargo what the workspace is")]
fn edges() -> Vec<Edge> {
    let said = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(crate::repository())
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let mut edges = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let inside =
            package["dependencies"].as_array().unwrap().iter().filter(|dependency| dependency["path"].is_string());
        edges.extend(inside.map(|dependency| Edge {
            from: package["name"].as_str().unwrap().to_owned(),
            to: dependency["name"].as_str().unwrap().to_owned(),
            for_tests: dependency["kind"] == "dev",
        }));
    }
    edges
}

#[test]
fn a_crate_uses_only_crates_on_lower_floors() {
    let edges = edges();
    assert!(edges.len() > FLOORS.len(), "cargo named only these edges: {edges:?}");
    let faults: Vec<String> = edges.iter().filter_map(fault).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_crate_has_a_floor() {
    for name in crate::crates() {
        assert!(floor(&name).is_some() || BESIDE.contains(&name.as_str()), "give {name} a floor in xtask/tests/tidy");
    }
}

#[test]
fn upward_and_sideways_edges_are_faults() {
    let edge = |from: &str, to: &str, for_tests| Edge { from: from.to_owned(), to: to.to_owned(), for_tests };
    assert!(fault(&edge("setpoint_model", "setpoint_host", false)).is_some());
    assert!(fault(&edge("setpoint_rules", "setpoint_host", false)).is_some());
    assert!(fault(&edge("setpoint_rules", "setpoint_testkit", false)).is_some());
    assert!(fault(&edge("setpoint_rules", "setpoint_testkit", true)).is_none());
    assert!(fault(&edge("setpoint_capture", "setpoint_host", false)).is_none());
}
