use crate::{Background, free_port, tool_is_here};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A `MariaDB` with its data below the folder, which is made, on the loopback port that is given back, and what makes it take
/// a statement as its root. `None` where this machine has none; where `CI` is set the test fails then.
///
/// # Panics
/// If it cannot be made or started.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "tests prepare the machine that the door then opens on")]
pub fn mariadb(folder: &Path) -> Option<(Background, u16, impl Fn(&str) + use<>)> {
    if !tool_is_here("mariadbd") {
        return None;
    }
    std::fs::create_dir_all(folder).expect("a folder for the database");
    let data = format!("--datadir={}", folder.join("data").display());
    let socket = format!("--socket={}", folder.join("socket").display());
    let made = Command::new("mariadb-install-db")
        .args(["--no-defaults", "--user=root", "--auth-root-authentication-method=normal", "--skip-test-db", &data])
        .output()
        .expect("`mariadb-install-db`, which comes with the server");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let port = free_port();
    let mut server = Command::new("mariadbd");
    server.args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1", &data, &socket]);
    server.arg(format!("--port={port}"));
    let server = Background::start(&mut server, port, Duration::from_mins(1));
    // It listens on the port first.
    let began = Instant::now();
    while UnixStream::connect(folder.join("socket")).is_err() {
        assert!(began.elapsed() < Duration::from_mins(1), "the server does not listen on its socket");
        std::thread::sleep(Duration::from_millis(20));
    }
    let ask = move |statement: &str| {
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "-u", "root", &socket, "-e", statement]);
        let said = command.output().expect("the client of the server that runs");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    };
    Some((server, port, ask))
}
