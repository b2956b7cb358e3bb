//! `setpoint check --watch`: everything once, and then what changes.

use insta::assert_snapshot;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

const REGISTER: &str = "\
[service]
name = 'shop'
owner = 'platform team'

[check.flag]
file = 'up'
";

/// A program that does not end by itself, ended with the test.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended already, and nobody is left to be told.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test looks at a program that does not end by itself")]
fn only_what_changes_is_said_again() {
    let sandbox = crate::empty().file("setpoint.toml", REGISTER).file("up", "").file("app.py", "A = 1\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_setpoint"));
    command.args(["check", "--watch", "--every", "1", "--only", "flag", "--root"]).arg(sandbox.path());
    let mut watching = Watching(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = BufReader::new(watching.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut until = |last: &str| {
        let mut seen = String::new();
        while !seen.contains(last) {
            seen = seen + &lines.next().unwrap() + "\n";
        }
        let time = regex::Regex::new(r"[0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9.]+ ms").unwrap();
        time.replace_all(&seen, "TIME").into_owned()
    };
    assert_snapshot!(until("rules asked"), @"
    passed  flag  file up  TIME

    nothing found
    checks: 1 passed
    0 rules asked about 0 defaults
    ");
    std::fs::remove_file(sandbox.path().join("up")).unwrap();
    assert_snapshot!(until("owner:"), @"

    TIME
    failed  flag  file up  TIME
             missing: it does not exist
             expected: it to exist
             retry: safe once this is mended; nothing was changed
             owner: platform team
    ");
    // A register that cannot be read for a moment ends nothing.
    sandbox.write("setpoint.toml", "[service\n");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    sandbox.write("setpoint.toml", REGISTER);
    sandbox.write("up", "");
    assert_snapshot!(until("passed"), @"

    TIME
    passed  flag  file up  TIME
    ");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test looks at a program that does not end by itself")]
fn it_ends_when_its_reader_has_gone() {
    let sandbox = crate::empty().file("setpoint.toml", REGISTER).file("up", "");
    let mut command = Command::new(env!("CARGO_BIN_EXE_setpoint"));
    command.args(["check", "--watch", "--every", "1", "--only", "flag", "--root"]).arg(sandbox.path());
    let mut watching = Watching(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = BufReader::new(watching.0.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("passed"));
    drop(lines);
    assert!(watching.0.wait().unwrap().success());
}

#[test]
fn a_report_for_programs_has_an_end() {
    let sandbox = crate::empty().file("setpoint.toml", REGISTER);
    assert_snapshot!(sandbox.run("check --watch --format json"), @"
    exit: 2
    --- stderr
    error: `--watch` never ends, and so has no report for programs
    expected: `--format text`, or no `--watch`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(sandbox.run("check --every 3"), @"
    exit: 2
    --- stderr
    error: the following required arguments were not provided:
      --watch

    Usage: setpoint check --watch --every <SECONDS>

    For more information, try '--help'.
    ");
}
