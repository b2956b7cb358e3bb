//! The real servers, in a virtual environment, for tests that compare with them.

use std::path::Path;
use std::process::Command;

/// What a Python program prints that may import uvicorn and gunicorn. Without them the test is skipped on a laptop
/// (`None`), and fails where the environment variable CI is set.
pub(crate) fn python(program: &str) -> Option<String> {
    let interpreter = environment();
    let said = interpreter.and_then(|interpreter| run(&interpreter, &["-c", program]));
    if said.is_none() {
        #[expect(clippy::disallowed_methods, reason = "a test asks whether it may be skipped")]
        let in_ci = std::env::var("CI").is_ok();
        assert!(!in_ci, "in CI nothing is skipped: no virtual environment with the servers could be made");
        println!("skipped: no virtual environment with the servers could be made");
    }
    said
}

/// The interpreter of a virtual environment below `target`, made once and kept. The lock is for test runners that
/// give each test its own process.
fn environment() -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/servers");
    let interpreter = folder.join("bin/python").to_str()?.to_owned();
    let packages = ["uvicorn==0.54.0", "gunicorn==27.0.1"];
    std::fs::create_dir_all(&folder).ok()?;
    let lock = std::fs::File::create(folder.join("lock")).ok()?;
    lock.lock().ok()?;
    let ready = folder.join(packages.join(" "));
    if !ready.exists() {
        run("python3", &["-m", "venv", folder.to_str()?])?;
        run(&interpreter, &[&["-m", "pip", "install", "--quiet"], &packages[..]].concat())?;
        std::fs::File::create(ready).ok()?;
    }
    Some(interpreter)
}

fn run(program: &str, arguments: &[&str]) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "a test compares with the real program")]
    let said = Command::new(program).args(arguments).output().ok()?;
    said.status.success().then(|| String::from_utf8_lossy(&said.stdout).into_owned())
}
