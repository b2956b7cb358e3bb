use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A process that a test started. It is ended by its own process id when this is dropped, also when the test fails.
#[derive(Debug)]
pub struct Background {
    child: Child,
}

/// A loopback port that nothing listens on. Another process may take it before the test does; the kernel hands out
/// ports in turn, so that this needs tens of thousands of starts in between.
///
/// # Panics
/// If the machine has no loopback interface or no free port.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
    listener.local_addr().expect("the port of a listener").port()
}

impl Background {
    /// Starts a process without input or output and waits until it answers on the loopback port.
    ///
    /// # Panics
    /// If it cannot be started, ends early, or does not listen within `patience`.
    pub fn start(command: &mut Command, port: u16, patience: Duration) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let mut started = Self { child };
        let deadline = Instant::now() + patience;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let ended = started.child.try_wait().expect("the state of a child process");
            assert!(ended.is_none(), "{command:?} ended with {ended:?} before it listened on port {port}");
            assert!(Instant::now() < deadline, "{command:?} does not listen on port {port} after {patience:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        started
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // A process that has ended already cannot be killed, and needs not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool_is_here;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test starts a real server")]
    fn a_server_is_up_while_it_is_held_and_gone_after() {
        if !tool_is_here("python3") {
            return;
        }
        let port = free_port();
        let mut command = Command::new("python3");
        command.args(["-m", "http.server", "--bind", "127.0.0.1", &port.to_string()]);
        let server = Background::start(&mut command, port, Duration::from_secs(20));
        let process = std::path::PathBuf::from(format!("/proc/{}", server.pid()));
        assert!(process.exists());
        drop(server);
        assert!(!process.exists());
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
    }
}
