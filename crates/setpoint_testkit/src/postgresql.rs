use crate::{Background, free_port, tool_is_here};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A PostgreSQL with its data below the folder and with the user `shop`, who needs the password, on the loopback port that
/// is given back. `None` where this machine has no PostgreSQL; where `CI` is set the test fails then.
///
/// # Panics
/// If it cannot be made or started.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "tests prepare the machine that the door then opens on")]
pub fn postgresql(folder: &Path, password: &str) -> Option<(Background, u16)> {
    let programs = programs()?;
    let home = folder.join("postgresql");
    std::fs::create_dir(&home).expect("a folder for the database");
    let is_root = folder.metadata().expect("the status of the folder").uid() == 0;
    // The server refuses to run as root.
    let as_server = |program: &str| {
        let program = format!("{programs}/{program}");
        let mut command = Command::new(if is_root { "setpriv" } else { &program });
        if is_root {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", &program]);
        }
        command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let secret = home.join("password");
    std::fs::write(&secret, format!("{password}\n")).expect("a file for the password");
    if is_root {
        use std::os::unix::fs::PermissionsExt as _;
        let others_may_pass = std::fs::Permissions::from_mode(0o711);
        std::fs::set_permissions(folder, others_may_pass).expect("a folder that the server may enter");
        let owned = Command::new("chown").args(["-R", "postgres"]).arg(&home).status();
        assert!(owned.is_ok_and(|status| status.success()), "chown to the user of the server failed");
    }
    let data = home.join("data");
    let mut made = as_server("initdb");
    made.args(["-U", "shop", "-A", "scram-sha-256", "--no-sync", "-D"]).arg(&data).arg("--pwfile").arg(&secret);
    assert!(made.status().is_ok_and(|status| status.success()), "{made:?} failed");
    let port = free_port();
    let mut server = as_server("postgres");
    server.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-F", "-p", &port.to_string(), "-k"]).arg(&home);
    Some((Background::start(&mut server, port, Duration::from_mins(1)), port))
}

/// Where Debian puts the programs of the server, which are not on PATH.
fn programs() -> Option<String> {
    let versions = Path::new("/usr/lib/postgresql").read_dir().ok();
    let newest = versions.into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).max();
    // Where it must be there, the helper says so.
    if newest.is_none() {
        tool_is_here("postgres");
    }
    newest.map(|path| path.display().to_string())
}
