//! A signal that ends the program ends what it runs, too, and leaves no temporary folder.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use setpoint_testkit::Sandbox;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Enough for a slow machine, and less than what is started would take.
const LONG: Duration = Duration::from_secs(30);

/// In the group of the command, in a group of its own, and in a session of its own; each says who it is. The last one does
/// not listen to what asks it to end.
const CHECKS: &str = r#"
[service]
name = 'shop'

[check.group]
command = "sh -c 'echo $$ > one.part; mv one.part one; sleep 600; :' & wait"
timeout = '10m'

[check.other-group]
command = "timeout 600 sh -c 'echo $$ > two.part; mv two.part two; sleep 600; :'; :"
timeout = '10m'

[check.session]
command = "trap '' TERM HUP INT; setsid sh -c 'echo $$ > three.part; mv three.part three; sleep 600; sleep 600; :'; :"
timeout = '10m'
"#;

/// A run of the program that does not end by itself.
pub(crate) struct Running(Child);

impl Running {
    #[expect(clippy::disallowed_methods, reason = "the test looks at a program that does not end by itself")]
    pub(crate) fn start(sandbox: &Sandbox, before: &[&str], arguments: &str) -> Self {
        let words: Vec<&str> = before.iter().copied().chain([env!("CARGO_BIN_EXE_setpoint")]).collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(arguments.split(' '))
            .current_dir(sandbox.path())
            .env("TMPDIR", temporary(sandbox));
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    #[expect(clippy::disallowed_methods, reason = "the test sends a signal as a person would")]
    pub(crate) fn send(&self, signal: &str) {
        assert!(Command::new("kill").args(["-s", signal, &self.0.id().to_string()]).status().unwrap().success());
    }

    /// The exit code, once it has ended.
    pub(crate) fn code(&mut self) -> Option<i32> {
        let ended = until(|| self.0.try_wait().unwrap());
        ended.code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, and nobody is left to be told.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < LONG, "it is still as it was");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) fn temporary(sandbox: &Sandbox) -> PathBuf {
    sandbox.path().join("temporary")
}

/// The folder of `/proc` of the process that wrote its id into a file.
pub(crate) fn process(sandbox: &Sandbox, file: &str) -> PathBuf {
    until(|| sandbox.path().join(file).exists().then_some(()));
    Path::new("/proc").join(sandbox.read(file).trim())
}

/// That is gone; one of which nobody has taken notice yet has no program any more.
pub(crate) fn is_gone(process: &Path) -> bool {
    process.join("exe").read_link().is_err()
}

#[test]
fn what_checks_run_ends_with_the_signal() {
    for (signal, code, options) in [
        ("INT", 130, "check"),
        ("TERM", 143, "check --environment production"),
        ("HUP", 129, "check --watch --every 1"),
    ] {
        let sandbox = crate::empty().file("setpoint.toml", CHECKS).file("temporary/.keep", "");
        if options.contains("production") {
            sandbox.write("setpoint.toml", format!("{CHECKS}\n[environment.production]\nurl = 'http://127.0.0.1:1'\n"));
        }
        let mut running = Running::start(&sandbox, &[], options);
        let started = ["one", "two", "three"].map(|file| process(&sandbox, file));
        assert!(!started.iter().any(|process| is_gone(process)));
        running.send(signal);
        assert_eq!(running.code(), Some(code), "{options}");
        for process in started {
            assert!(is_gone(&process), "{} is left after {signal}", process.display());
        }
    }
}

#[test]
fn a_temporary_folder_is_removed() {
    // What is asked is no Python, and waits.
    let interpreter = "#!/bin/sh\nexec 9> lock\nflock 9\ntouch here\nsleep 600\n";
    let sandbox = crate::empty()
        .file("app.py", "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    port: int\n")
        .file("temporary/.keep", "")
        .file("python", interpreter.replace("lock", "LOCK").replace("here", "HERE"));
    let path = sandbox.path().display().to_string();
    sandbox.write(
        "python",
        sandbox.read("python").replace("LOCK", &format!("{path}/lock")).replace("HERE", &format!("{path}/here")),
    );
    let runs = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(sandbox.path().join("python"), runs).unwrap();
    let mut running = Running::start(&sandbox, &[], "capture --prove --python python");
    until(|| sandbox.path().join("here").exists().then_some(()));
    assert_eq!(temporary(&sandbox).read_dir().unwrap().count(), 2);
    running.send("TERM");
    assert_eq!(running.code(), Some(143));
    assert_eq!(temporary(&sandbox).read_dir().unwrap().count(), 1);
    // Whoever still had the file open would hold the lock.
    std::fs::File::open(sandbox.path().join("lock")).unwrap().try_lock().unwrap();
}

#[test]
fn what_is_asked_about_revisions_ends_with_the_signal() {
    let sandbox = crate::empty().file("app.py", "A = 1\n").file("temporary/.keep", "");
    let git = "#!/bin/sh\necho $$ > ROOT/git.part; mv ROOT/git.part ROOT/git\nsleep 600; :\n";
    sandbox.write("programs/git", git.replace("ROOT", &sandbox.path().display().to_string()));
    let runs = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(sandbox.path().join("programs/git"), runs).unwrap();
    let path = format!("PATH={}/programs:/usr/bin:/bin", sandbox.path().display());
    let mut running = Running::start(&sandbox, &["env", &path], "diff HEAD~1 HEAD");
    let git = process(&sandbox, "git");
    running.send("INT");
    assert_eq!(running.code(), Some(130));
    assert!(is_gone(&git));
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let sandbox = crate::empty().file("setpoint.toml", CHECKS).file("temporary/.keep", "");
    let mut running = Running::start(&sandbox, &[], "check --only session");
    let stubborn = process(&sandbox, "three");
    running.send("INT");
    let asked = Instant::now();
    std::thread::sleep(Duration::from_millis(200));
    running.send("INT");
    assert_eq!(running.code(), Some(130));
    assert!(asked.elapsed() < Duration::from_millis(1500), "it waited for what does not listen");
    let id = stubborn.file_name().unwrap().to_str().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test ends what it has started")]
    let ended = Command::new("kill").args(["-s", "KILL", "--", &format!("-{id}")]).status();
    assert!(ended.unwrap().success());
}

#[test]
fn who_is_to_survive_the_terminal_does() {
    let sandbox = crate::empty().file("setpoint.toml", CHECKS).file("temporary/.keep", "");
    let mut running = Running::start(&sandbox, &["nohup"], "check --only group");
    let started = process(&sandbox, "one");
    running.send("HUP");
    std::thread::sleep(Duration::from_millis(300));
    assert!(running.0.try_wait().unwrap().is_none() && !is_gone(&started));
    running.send("TERM");
    assert_eq!(running.code(), Some(143));
    assert!(is_gone(&started));
}

/// A change that is being watched is put back, and not left where it stands.
#[test]
fn a_change_that_is_stopped_is_put_back() {
    for signal in ["INT", "TERM", "HUP"] {
        let shop = crate::small_shop::small_shop();
        std::fs::create_dir(temporary(&shop)).unwrap();
        let state = shop.path().join(".state").display().to_string();
        let before = shop.read("deploy/shop.env");
        let variable = format!("SETPOINT_STATE={state}");
        let change = "change SHOP_POOL_SIZE=30 --yes --window 600";
        let mut running = Running::start(&shop, &["env", &variable], change);
        until(|| shop.read("deploy/shop.env").contains("SHOP_POOL_SIZE=30").then_some(()));
        running.send(signal);
        assert_eq!(running.code(), Some(4), "{signal}");
        assert_eq!(shop.read("deploy/shop.env"), before, "{signal}");
        let shop = shop.variable("SETPOINT_STATE", &state);
        assert!(shop.run("change list").to_string().contains("rolled back and verified"), "{signal}");
    }
}
