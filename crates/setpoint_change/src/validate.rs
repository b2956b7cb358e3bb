//! Asks the programs themselves whether they would take the files as they are to be, before any of them is written: on copies,
//! which the program sees in the place of the files and nobody else does.

use crate::{Plan, Planned, Settle};
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
/// A program refuses the files as they would be.
pub fn validate(host: &dyn Host, planned: &Planned) -> Result<Vec<String>, Problem> {
    let mut not_asked = Vec::new();
    for command in commands(&planned.plan) {
        let shown = command.join(" ");
        match with_copies(host, planned, &command) {
            Ok(output) if output.succeeded() => {}
            Ok(output) if output.code == Some(125) => {
                not_asked.push(format!("`{shown}` was not asked: copies could not be mounted over the files"));
            }
            Ok(output) => {
                let new = new_complaints(host, &command, &output);
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

/// What has to look at the files, by what takes them up.
fn commands(plan: &Plan) -> Vec<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut commands = Vec::new();
    let reloads_manager = plan.settle.contains(&Settle::ReloadManager);
    for unit in &plan.units {
        match unit.as_str() {
            "nginx.service" => commands.push(words(&["nginx", "-t", "-q"])),
            unit if reloads_manager => commands.push(words(&["systemd-analyze", "verify", unit])),
            _ => {}
        }
    }
    commands
}

fn with_copies(host: &dyn Host, planned: &Planned, command: &[String]) -> Result<Output, Refusal> {
    let folder = host.temporary_folder()?;
    let mut arguments: Vec<String> =
        ["--mount", "--propagation", "private", "sh", "-c", OVER, "sh"].map(Into::into).into();
    // A file that is not there yet has no place to be mounted over.
    let there = planned.texts.iter().filter(|file| host.status(&file.path).is_ok()).collect::<Vec<_>>();
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

/// What a program says of the files as they would be, and does not say of them as they are.
fn new_complaints(host: &dyn Host, command: &[String], output: &Output) -> Vec<String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let before = match host.run(words[0], &words[1..], LIMIT) {
        Ok(before) if !before.succeeded() => complaints(&before),
        _ => Vec::new(),
    };
    let known: Vec<String> = before.iter().map(|line| without_numbers(line)).collect();
    complaints(output).into_iter().filter(|line| !known.contains(&without_numbers(line))).collect()
}

fn complaints(output: &Output) -> Vec<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// A complaint without the numbers of lines, which an edit above them changes.
fn without_numbers(line: &str) -> String {
    line.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

fn refused(command: &str, said: &[String]) -> Problem {
    let what = format!("`{command}` refuses the files as they would be: {}", said.join("; "));
    Problem::input(what, "files that the program takes", Retry::SafeOnceMended)
}
