//! The Python files below a root that are the service's own.

use super::scan::in_parallel;
use setpoint_host::{Host, Kind, Listed};
use setpoint_model::Problem;
use std::path::Path;

/// Bytes; a longer `.py` file is data.
pub(super) const LONGEST_FILE: u64 = 16 << 20;
/// Folders below folders; deeper trees are made by mistake or by an attacker.
const DEEPEST: usize = 40;

/// Folders that hold other people's code, or code that does not run in production.
const SKIPPED: [&str; 14] = [
    "tests",
    "testing",
    "test",
    "docs",
    "examples",
    "migrations",
    "versions",
    "_vendor",
    "vendored",
    "third_party",
    "node_modules",
    "__pycache__",
    "site-packages",
    "__pypackages__",
];

/// The paths relative to the root, and the folders that could not be looked into. Links to folders are not
/// followed, so that no loop is.
pub(crate) fn python_files(host: &dyn Host, root: &Path) -> (Vec<String>, Vec<Problem>) {
    let (mut paths, mut problems) = (Vec::new(), Vec::new());
    let mut folders = vec![String::new()];
    // One level after the other, the folders of each on every core.
    for _ in 0..=DEEPEST {
        let listed = in_parallel(&folders, |folder| host.list(&root.join(folder)));
        let around = std::mem::take(&mut folders);
        for (folder, listed) in around.iter().zip(listed) {
            match listed {
                Ok(listed) => take(folder, &listed, &mut paths, &mut folders),
                Err(refusal) => problems.push(refusal.problem()),
            }
        }
    }
    (paths, problems)
}

/// Takes over what is the service's own of what a folder holds.
fn take(folder: &str, listed: &[Listed], paths: &mut Vec<String>, folders: &mut Vec<String>) {
    // A virtual environment below the root is the installed libraries, not the service.
    if !folder.is_empty() && listed.iter().any(|entry| entry.name == "pyvenv.cfg") {
        return;
    }
    for entry in listed {
        let Some(name) = entry.name.to_str() else { continue };
        let path = || if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        match entry.kind {
            Kind::Folder if is_own_folder(name) => folders.push(path()),
            Kind::File | Kind::Link if is_own_file(name) => paths.push(path()),
            Kind::File | Kind::Folder | Kind::Link | Kind::Socket | Kind::Other => {}
        }
    }
}

fn is_own_folder(name: &str) -> bool {
    let packaging = [".dist-info", ".data", ".egg-info"].iter().any(|end| name.ends_with(end));
    !packaging && !name.starts_with('.') && !SKIPPED.contains(&name)
}

fn is_own_file(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".py") else { return false };
    let test = stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest" || stem == "tests";
    !test
}
