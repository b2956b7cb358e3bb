use std::path::Path;

/// True if a program that a test needs is here. Where it is not, says that the test is skipped; in continuous
/// integration, where the variable `CI` is set, nothing may be skipped and the test fails.
///
/// # Panics
/// If the program is missing and `CI` is set.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub fn tool_is_here(program: &str) -> bool {
    let here = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| is_program(&folder.join(program))));
    assert!(
        here || std::env::var_os("CI").is_none(),
        "`{program}` is not on PATH, and nothing is skipped where CI is set"
    );
    if !here {
        eprintln!("skipped: `{program}` is not on PATH");
    }
    here
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|status| status.is_file() && status.permissions().mode() & 0o111 != 0)
}
