//! The house rules as tests: which crate may use which, how long a file may be, what every file says about itself,
//! and that the texts about the code still name what is there.
#![expect(clippy::unwrap_used, reason = "a repository that cannot be read fails the test")]

mod files;
mod floors;
mod texts;

use std::path::{Path, PathBuf};

/// The repository's folder.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// A file of the repository.
#[expect(clippy::disallowed_methods, reason = "tidy reads the repository itself")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

/// The names of the crates under `crates/`.
fn crates() -> Vec<String> {
    let folder = repository().join("crates").read_dir().unwrap();
    let mut names: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// Every Rust file of the crates and of `xtask`, with its path from the repository.
fn sources() -> Vec<(String, String)> {
    let mut folders = vec![repository().join("crates"), repository().join("xtask")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(repository()).unwrap().display().to_string();
                found.push((name, read(&path)));
            }
        }
    }
    found.sort_unstable();
    found
}
