//! A real server that speaks S3.

use crate::{Background, free_port, tool_is_here};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The server, which the Makefile installs.
const PROGRAM: &str = "s3s-fs";

/// A server that speaks S3, with each folder of the folder as a bucket and each file as an object, on the loopback port that is
/// given back. It wants requests that are signed with the secret of that id, or without both ones that are not signed. `None`
/// where it is not installed; where `CI` is set the test fails then.
///
/// # Panics
/// If it cannot be started.
#[expect(clippy::disallowed_methods, reason = "the test starts a real server")]
pub fn object_store(folder: &Path, key: Option<(&str, &str)>) -> Option<(Background, u16)> {
    let program = program()?;
    let port = free_port();
    let mut command = Command::new(program);
    command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    if let Some((id, secret)) = key {
        command.args(["--access-key", id, "--secret-key", secret]);
    }
    Some((Background::start(command.arg(folder), port, Duration::from_secs(30)), port))
}

/// Where `make tools` puts it, or anywhere on PATH.
fn program() -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"));
    let installed = target.join("tools/bin").join(PROGRAM);
    if installed.exists() {
        return Some(installed);
    }
    tool_is_here(PROGRAM).then(|| PROGRAM.into())
}
