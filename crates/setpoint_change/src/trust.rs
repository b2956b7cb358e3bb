//! Whose text root follows. A register holds commands, and whoever may write it, or a folder above it, could have root run
//! theirs; so it must be as sshd demands it of its files (`StrictModes`, `sshd_config(5)`) and sudo of its own (`sudoers(5)`).

use setpoint_host::{Host, Kind, Status};
use setpoint_model::{Place, Problem, Retry};
use std::path::Path;

/// Others may write.
const OTHERS_WRITE: u32 = 0o022;
/// In such a folder only the owner of a file may replace it (`/tmp`).
const STICKY: u32 = 0o1000;

/// Refuses to follow a file as root that somebody else may write: it, and each folder above it, must be root's, and nobody else
/// may write it. For other users everything is as they have it.
///
/// # Errors
/// Somebody else may write it, or it cannot be looked at.
pub fn trust(host: &dyn Host, path: &Path) -> Result<(), Problem> {
    if host.owner().0 != 0 {
        return Ok(());
    }
    let real = host.resolve(path).map_err(|refusal| refusal.problem())?;
    let mut distrusted = Vec::new();
    for step in real.ancestors() {
        let status = host.status(step).map_err(|refusal| refusal.problem())?;
        distrusted.extend(distrust(&status, step == real).map(|why| (step, why)));
    }
    let Some((step, why)) = distrusted.first() else { return Ok(()) };
    // All of them in one command, so that nobody mends one to be told of the next.
    let all: Vec<String> = distrusted.iter().map(|(step, _)| step.display().to_string()).collect();
    let what = format!("`{}` is not followed as root: {} {why}", path.display(), named(step, &real));
    let expected = "a file of root in folders of root, which nobody else may write";
    Err(Problem::input(what, expected, Retry::SafeOnceMended)
        .at(Place::file(step.display().to_string()))
        .hint(format!("`chown root: {0} && chmod go-w {0}`", all.join(" "))))
}

/// The same of the script that a command of the register begins with, where it names one by its path.
///
/// # Errors
/// Somebody else may write it, or it is not there.
pub fn trust_script(host: &dyn Host, folder: &Path, command: &str) -> Result<(), Problem> {
    match command.split_whitespace().next() {
        Some(script) if script.contains('/') => trust(host, &folder.join(script.trim_start_matches("./"))),
        Some(_) | None => Ok(()),
    }
}

fn distrust(status: &Status, is_itself: bool) -> Option<String> {
    if status.user != 0 {
        return Some(format!("belongs to the user {}", status.user));
    }
    let is_shared = status.kind == Kind::Folder && status.mode & STICKY != 0 && !is_itself;
    (status.mode & OTHERS_WRITE != 0 && !is_shared)
        .then(|| format!("may be written by others (mode {:o})", status.mode))
}

fn named(step: &Path, real: &Path) -> String {
    if step == real { "it".to_owned() } else { format!("the folder `{}`", step.display()) }
}

#[cfg(test)]
mod tests {
    use super::distrust;
    use setpoint_host::{Kind, Status};

    fn of(kind: Kind, user: u32, mode: u32) -> Option<String> {
        distrust(&Status { kind, length: 0, mode, user, group: 0, modified: 0 }, kind == Kind::File)
    }

    #[test]
    fn what_others_may_write_is_not_followed() {
        assert_eq!(of(Kind::File, 0, 0o644), None);
        assert_eq!(of(Kind::Folder, 0, 0o755), None);
        assert_eq!(of(Kind::Folder, 0, 0o1777), None);
        insta::assert_snapshot!(of(Kind::File, 1000, 0o644).unwrap(), @"belongs to the user 1000");
        insta::assert_snapshot!(of(Kind::File, 0, 0o664).unwrap(), @"may be written by others (mode 664)");
        insta::assert_snapshot!(of(Kind::File, 0, 0o646).unwrap(), @"may be written by others (mode 646)");
        insta::assert_snapshot!(of(Kind::Folder, 0, 0o777).unwrap(), @"may be written by others (mode 777)");
        insta::assert_snapshot!(of(Kind::Folder, 33, 0o755).unwrap(), @"belongs to the user 33");
    }
}
