//! The real programs whose reading is the truth for these parsers; for tests alone.

use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;

/// What the program prints when it is given the text on standard input. A program that is missing skips the test
/// on a laptop (`None`) and fails it where the environment variable CI is set.
pub(crate) fn run(
    program: &Path,
    arguments: &[&str],
    variables: &[(&str, &OsStr)],
    input: &str,
) -> Option<(String, String)> {
    #[expect(clippy::disallowed_methods, reason = "a test compares with the real program")]
    let child = std::process::Command::new(program)
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        skip(&format!("`{}` is not there", program.display()));
        return None;
    };
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    let said = child.wait_with_output().unwrap();
    // A program that does not read its input closes the pipe, which is no fault.
    drop(writer.join());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !said.status.success() {
        skip(&format!("`{}` failed: {}", program.display(), text(&said.stderr)));
        return None;
    }
    Some((text(&said.stdout), text(&said.stderr)))
}

/// Runs a Python program with the package at its current release.
pub(crate) fn python(package: &str, program: &str, arguments: &[&str], input: &str) -> Option<String> {
    let interpreter = ENVIRONMENT.as_ref().or_else(|| {
        skip(&format!("no virtual environment with {package} could be made"));
        None
    })?;
    run(interpreter, &[&["-c", program], arguments].concat(), &[], input).map(|(said, _)| said)
}

/// The interpreter of a virtual environment below `target`, made once and kept. The lock is for test runners that
/// give each test its own process.
static ENVIRONMENT: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/oracle");
    let interpreter = folder.join("bin/python");
    let packages = ["crossplane==0.5.8", "python-dotenv==1.2.4", "PyYAML==6.0.3", "supervisor==4.3.0"];
    std::fs::create_dir_all(&folder).ok()?;
    let lock = std::fs::File::create(folder.join("lock")).ok()?;
    lock.lock().ok()?;
    let ready = folder.join(packages.join(" "));
    if !ready.exists() {
        run(Path::new("python3"), &["-m", "venv", folder.to_str()?], &[], "")?;
        run(&interpreter, &[&["-m", "pip", "install", "--quiet"], &packages[..]].concat(), &[], "")?;
        std::fs::File::create(ready).ok()?;
    }
    Some(interpreter)
});

/// Says that a test is skipped; fails it in CI.
pub(crate) fn skip(because: &str) {
    #[expect(clippy::disallowed_methods, reason = "a test asks whether it may be skipped")]
    let in_ci = std::env::var("CI").is_ok();
    assert!(!in_ci, "in CI nothing is skipped: {because}");
    println!("skipped: {because}");
}

/// The same samples of a strategy in every run.
pub(crate) fn samples<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}
