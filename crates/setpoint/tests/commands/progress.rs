//! What a person at a terminal sees while checks are run, and nobody else.

use setpoint_testkit::tool_is_here;
use std::process::{Command, Stdio};
use std::time::Duration;

const REGISTER: &str = "\
[service]
name = 'shop'

[check.slow]
command = 'sleep 2'

[check.quick]
command = 'true'
needs = ['slow']
";

#[test]
#[expect(clippy::disallowed_methods, reason = "the test gives the program a terminal")]
fn a_terminal_shows_how_far_a_run_has_come() {
    if !tool_is_here("script") {
        return;
    }
    let sandbox = crate::empty().file("setpoint.toml", REGISTER);
    let run = format!("{} check --only quick", env!("CARGO_BIN_EXE_setpoint"));
    let seen = |terminal: &str| {
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &run, "/dev/null"]).current_dir(sandbox.path());
        let said = command.env("TERM", terminal).output().unwrap();
        assert!(said.status.success(), "{said:?}");
        String::from_utf8(said.stdout).unwrap()
    };
    let said = seen("xterm");
    assert!(said.contains("\r\u{1b}[K0 of 2 checks done, `slow` for "), "{said:?}");
    // The line is gone before anything else is said.
    let (line, rest) = said.rsplit_once("\u{1b}[K").unwrap();
    assert!(line.ends_with('\r') && rest.contains("passed") && !rest.contains("checks done"), "{said:?}");
    // A terminal that cannot rewrite a line, and a pipe, are told nothing.
    assert!(!seen("dumb").contains("checks done"));
    let said = sandbox.run("check --only quick");
    assert!(said.code == Some(0) && said.stderr.is_empty(), "{said}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test gives the program a terminal, and a signal")]
fn a_signal_leaves_no_half_of_a_line() {
    if !tool_is_here("script") {
        return;
    }
    let sandbox = crate::empty().file("setpoint.toml", REGISTER.replace("sleep 2", "sleep 600"));
    let run = format!("echo $$ > pid; exec {} check --only slow", env!("CARGO_BIN_EXE_setpoint"));
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &run, "/dev/null"]).current_dir(sandbox.path());
    let running = command.env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(2500));
    let id = sandbox.read("pid");
    assert!(Command::new("kill").args(["-s", "INT", id.trim()]).status().unwrap().success());
    let said = running.wait_with_output().unwrap();
    assert_eq!(said.status.code(), Some(130));
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("checks done") && said.ends_with("\r\u{1b}[K"), "{said:?}");
}
