//! Asks the programs themselves whether they would take the files as they are to be, before any of them is written: on copies,
//! which the program sees in the place of the files and nobody else does.

use crate::{FileTexts, Planned, Settle};
use setpoint_host::{Host, Output, Refusal};
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// How long a program may take to look at its configuration.
const LIMIT: Duration = Duration::from_secs(30);

/// Mounts each copy over its file in a name space of its own (mount(8), unshare(1)), which ends with the command: first the
/// number of pairs, then each copy and its file, then the command.
const OVER: &str = r#"
n=$1; shift
while [ "$n" -gt 0 ]; do mount --bind -- "$1" "$2" || exit 125; shift 2; n=$((n - 1)); done
exec "$@"
"#;

/// What the programs say; what could not be asked, as sentences.
///
/// # Errors
/// A program refuses the files as they would be, or leaves a line of them out.
pub fn validate(host: &dyn Host, planned: &Planned) -> Result<Vec<String>, Problem> {
    asked(host, &planned.texts, &commands(planned))
}

fn asked(host: &dyn Host, files: &[FileTexts], commands: &[Vec<String>]) -> Result<Vec<String>, Problem> {
    let mut not_asked = Vec::new();
    for command in commands {
        let shown = command.join(" ");
        match with_copies(host, files, command) {
            Ok(output) if output.succeeded() => {
                let left_out = lines_left_out(host, files, command, &output);
                if !left_out.is_empty() {
                    return Err(refused(&shown, &left_out));
                }
            }
            Ok(output) if output.code == Some(125) || is_of_unshare(&output) => {
                not_asked.push(format!("`{shown}` was not asked: copies could not be mounted over the files"));
            }
            Ok(output) => {
                let new = new_complaints(host, command, &output);
                if !new.is_empty() {
                    return Err(refused(&shown, &new));
                }
                not_asked.push(format!("`{shown}` refuses the files as they are, too, for the same"));
            }
            Err(refusal) => not_asked.push(format!("`{shown}` was not asked: {refusal}")),
        }
    }
    Ok(not_asked)
}

/// What has to look at the files, by what takes them up. A unit whose file is edited is looked at even where it does not run.
fn commands(planned: &Planned) -> Vec<Vec<String>> {
    let plan = &planned.plan;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut commands = Vec::new();
    let reloads_manager = plan.settle.contains(&Settle::ReloadManager);
    let edited =
        planned.drafts.iter().filter(|draft| draft.is_of_unit_file()).filter_map(|draft| draft.process.as_ref());
    for unit in plan.units.iter().chain(edited) {
        let command = match unit.as_str() {
            "nginx.service" => words(&["nginx", "-t", "-q"]),
            // A process of a Procfile or a container is no unit.
            unit if reloads_manager && unit.contains('.') => words(&["systemd-analyze", "verify", unit]),
            _ => continue,
        };
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    commands
}

/// What `systemd-analyze verify` says of the files that are edited although it succeeds: it ignores a line whose value it cannot
/// read, as systemd then does, so that a limit is gone and nothing fails. Of other units it may say what it likes.
fn lines_left_out(host: &dyn Host, files: &[FileTexts], command: &[String], output: &Output) -> Vec<String> {
    if command[0] != "systemd-analyze" || output.stderr.is_empty() {
        return Vec::new();
    }
    let unit = command.last().map(String::as_str).unwrap_or_default();
    let names_one = |line: &str| {
        let names = |file: &FileTexts| line.contains(&file.path.display().to_string());
        line.contains(unit) || files.iter().any(names)
    };
    new_complaints(host, command, output).into_iter().filter(|line| names_one(line)).collect()
}

fn with_copies(host: &dyn Host, files: &[FileTexts], command: &[String]) -> Result<Output, Refusal> {
    let folder = host.temporary_folder()?;
    let mut arguments: Vec<String> =
        ["--mount", "--propagation", "private", "sh", "-c", OVER, "sh"].map(Into::into).into();
    // A file that is not there yet has no place to be mounted over.
    let there = files.iter().filter(|file| host.status(&file.path).is_ok()).collect::<Vec<_>>();
    arguments.push(there.len().to_string());
    for (number, file) in there.into_iter().enumerate() {
        let copy = folder.path().join(number.to_string());
        host.write(&copy, &file.after)?;
        arguments.extend([copy.display().to_string(), file.path.display().to_string()]);
    }
    arguments.extend(command.iter().cloned());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    host.run("unshare", &arguments, LIMIT)
}

/// What a program says of the files as they would be, and does not say of them as they are, or not as often.
fn new_complaints(host: &dyn Host, command: &[String], output: &Output) -> Vec<String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let before = host.run(words[0], &words[1..], LIMIT).map(|before| complaints(&before)).unwrap_or_default();
    // nginx says the time and its process' number, too; systemd has no numbers but those of lines and those in the values.
    let plain = |line: &str| if words[0] == "systemd-analyze" { without_place(line) } else { without_numbers(line) };
    let mut known: Vec<String> = before.iter().map(|line| plain(line)).collect();
    let mut is_new = |line: &String| match known.iter().position(|known| *known == plain(line)) {
        Some(at) => {
            known.swap_remove(at);
            false
        }
        None => true,
    };
    complaints(output).into_iter().filter(|line| is_new(line)).collect()
}

fn complaints(output: &Output) -> Vec<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// True where unshare(1) itself failed, and the program was never run.
fn is_of_unshare(output: &Output) -> bool {
    output.stderr.starts_with(b"unshare:")
}

/// A complaint without the number of its line, which an edit above it changes.
fn without_place(line: &str) -> String {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    line.split(':').filter(|part| !is_number(part)).collect::<Vec<_>>().join(":")
}

/// A complaint without any number.
fn without_numbers(line: &str) -> String {
    line.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

fn refused(command: &str, said: &[String]) -> Problem {
    let what = format!("`{command}` refuses the files as they would be: {}", said.join("; "));
    Problem::input(what, "files that the program takes", Retry::SafeOnceMended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use setpoint_host::{FixtureHost, LiveHost};
    use std::path::{Path, PathBuf};

    const FOUND: &str =
        "[Service]\nExecStart=/bin/true\nMemoryMax=1G\nTimeoutStopSec=35\nRestart=always\nLimitNOFILE=1024\n";

    /// What the machine's own systemd-analyze says of a unit whose line is edited so; `None` where there is none.
    fn verified(found: &str, after: &str) -> Option<Result<Vec<String>, Problem>> {
        LiveHost.run("systemd-analyze", &["--version"], LIMIT).ok()?;
        let folder = LiveHost.temporary_folder().ok()?;
        let unit = folder.path().join("shop.service");
        LiveHost.write(&unit, found.as_bytes()).ok()?;
        let host = machine(folder.path().to_owned());
        let texts = FileTexts { path: unit, before: found.into(), after: after.into() };
        let command = ["systemd-analyze", "verify", "shop.service"].map(str::to_owned).to_vec();
        Some(asked(&host, &[texts], &[command]))
    }

    /// Has the real program look into the folder, and lays the copy there instead of mounting it, which not every user may.
    fn machine(folder: PathBuf) -> FixtureHost {
        let units = folder.clone();
        let programs = move |program: &str, arguments: &[&str]| {
            let path = format!("SYSTEMD_UNIT_PATH={}:", units.display());
            let unit = units.join("shop.service");
            let unit = unit.display().to_string();
            let verify = ["-C", "/", &path, "systemd-analyze", "verify", &unit];
            if program != "unshare" {
                return LiveHost.run("env", &verify, LIMIT).ok();
            }
            let at = arguments.iter().position(|argument| *argument == "1")?;
            // A fixture keeps what it writes below its own folder.
            let copy = units.join(Path::new(arguments[at + 1]).strip_prefix("/").ok()?);
            let text = LiveHost.read(&copy, 1 << 20).ok()?;
            let found = LiveHost.read(Path::new(&unit), 1 << 20).ok()?;
            LiveHost.write(Path::new(&unit), &text).ok()?;
            let output = LiveHost.run("env", &verify, LIMIT);
            LiveHost.write(Path::new(&unit), &found).ok()?;
            output.ok()
        };
        FixtureHost::new(folder).with_programs(Box::new(programs))
    }

    #[test]
    fn a_value_that_systemd_would_ignore_is_refused() {
        for (right, wrong) in [
            ("MemoryMax=1G", "MemoryMax=1Gx"),
            ("TimeoutStopSec=35", "TimeoutStopSec=35sec0nds"),
            ("Restart=always", "Restart=alwyas"),
            ("LimitNOFILE=1024", "LimitNOFILE=many"),
        ] {
            let Some(said) = verified(FOUND, &FOUND.replace(right, wrong)) else { return };
            let refused = said.err().map(|problem| problem.what).unwrap_or_default();
            let value = wrong.split_once('=').map_or("", |(_, value)| value);
            assert!(refused.contains("ignoring") && refused.contains(value), "{wrong}: {refused}");
        }
    }

    #[test]
    fn a_right_value_passes_also_beside_an_old_wrong_one() {
        let Some(said) = verified(FOUND, &FOUND.replace("MemoryMax=1G", "MemoryMax=2G")) else { return };
        assert_eq!(said.ok(), Some(Vec::new()));
        let old = FOUND.replace("LimitNOFILE=1024", "LimitNOFILE=many");
        let moved = old.replace("MemoryMax=1G", "# more\nMemoryMax=2G");
        assert_eq!(verified(&old, &moved).and_then(Result::ok), Some(Vec::new()));
        let other = old.replace("LimitNOFILE=many", "LimitNOFILE=2many");
        assert!(verified(&old, &other).is_some_and(|said| said.is_err()));
    }
}
