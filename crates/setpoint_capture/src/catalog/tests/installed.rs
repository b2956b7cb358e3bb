//! Versions of libraries, installed once into the user's cache and kept.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether what a library itself needs is installed with it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Needs {
    /// It is imported.
    Installed,
    /// It is only read.
    LeftOut,
}

/// The folder that holds the library in that version. Without a package index it is none on a laptop, and a test must
/// skip it; where the environment variable CI is set the test fails.
pub(super) fn installed(name: &str, version: &str, needs: Needs) -> Option<PathBuf> {
    let folder = install(name, version, needs);
    if folder.is_none() {
        let in_ci = variable("CI").is_some();
        assert!(!in_ci, "in CI nothing is skipped: {name} {version} could not be installed");
        println!("skipped: {name} {version} could not be installed; `pip install {name}=={version}` says why");
    }
    folder
}

/// What Python prints that imports libraries from the folder, with nothing else in its environment.
pub(super) fn python(folder: &Path, arguments: &[&str]) -> String {
    let said = command("python3")
        .env_clear()
        .env("PATH", variable("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("PYTHONPATH", folder)
        .args(["-W", "ignore"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(said.status.success(), "{}: {}", folder.display(), String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap()
}

/// The lock is for test runners that give each test its own process.
fn install(name: &str, version: &str, needs: Needs) -> Option<PathBuf> {
    let folder = cache()?.join(format!("{name}-{version}-{needs:?}"));
    std::fs::create_dir_all(&folder).ok()?;
    let lock = std::fs::File::create(folder.join(".lock")).ok()?;
    lock.lock().ok()?;
    let ready = folder.join(".ready");
    if !ready.exists() {
        let mut pip = command("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--upgrade", "--no-warn-conflicts", "--target"]).arg(&folder);
        if let Needs::LeftOut = needs {
            pip.arg("--no-deps");
        }
        let said = pip.arg(format!("{name}=={version}")).output().ok()?;
        if !said.status.success() {
            return None;
        }
        std::fs::File::create(ready).ok()?;
    }
    Some(folder)
}

/// `~/.cache/setpoint/libraries` (XDG Base Directory Specification).
fn cache() -> Option<PathBuf> {
    let home = || variable("HOME").map(|home| Path::new(&home).join(".cache"));
    variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(home).map(|cache| cache.join("setpoint/libraries"))
}

#[expect(clippy::disallowed_methods, reason = "a test asks for its cache and whether it may be skipped")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "a test compares with the real library")]
fn command(program: &str) -> Command {
    Command::new(program)
}
