//! A running process as `/proc` shows it: its environment, command line, limits and sockets. What this user may not
//! read is a problem each, which says how to get it.
//!
//! Nothing is read from the process's memory, and no signal is sent.

mod limits;
mod sockets;

pub(crate) use sockets::all_listening;

use crate::launch::{self, Standing};
use crate::source::Deployment;
use crate::{Assignment, Clear, Sensitive, Target, gunicorn};
use setpoint_formats::command_line::{Command, launched};
use setpoint_formats::{Traced, Word};
use setpoint_host::{Host, Refusal};
use setpoint_model::{Layer, Mechanism, Place, Problem, Retry, Value};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// More than the kernel passes to a process: an environment and a command line of 2 MiB each at most by default,
/// since `ARG_MAX` is a quarter of the stack limit of 8 MiB (execve(2)).
const LONGEST: u64 = 16 << 20;
/// More processes below one are not looked at.
const MOST_CHILDREN: usize = 512;

/// Which parts of a process were seen. What was seen stands for what the files say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    /// The unit, or the process's own name.
    pub(crate) process: String,
    /// Where its environment was read.
    pub(crate) environment: Option<Place>,
    /// Where its command line was read, if its options were understood.
    pub(crate) command_line: Option<Place>,
    /// The file of its unit in which a variable would be set, if all of the unit's files were read. A variable that it
    /// has and that no file sets was taken out of them after it started.
    pub(crate) unit_file: Option<(Layer, Place)>,
}

/// What `/proc` says of one process.
#[derive(Debug)]
pub(crate) struct Observed {
    /// Its environment was read.
    pub(crate) environment_is_known: bool,
    /// Its command line was read, and is that of a server whose options are known.
    pub(crate) options_are_known: bool,
    /// The sockets on which it and the processes below it listen.
    pub(crate) listens: Vec<String>,
    /// What its command line runs.
    pub(crate) commands: Vec<Command>,
    /// What its environment, command line and limits set, and what could not be read.
    pub(crate) deployment: Deployment,
}

/// A file or link of a process's folder in `/proc`.
pub(crate) fn path_of(pid: u32, name: &str) -> PathBuf {
    Path::new("/proc").join(pid.to_string()).join(name)
}

/// Reads all that may be read of a process. `again` is the command that gets what this user may not read.
pub(crate) fn observe(host: &dyn Host, pid: u32, process: &str, again: &str) -> Observed {
    let mut deployment = Deployment::default();
    let refused = |what: &str, refusal: &Refusal| unreadable(pid, process, what, refusal, again);
    let command_line = match command_line(host, pid) {
        Ok(words) => words,
        Err(refusal) => {
            deployment.problems.push(refused("the command line", &refusal));
            Vec::new()
        }
    };
    let environment = match host.read(&path_of(pid, "environ"), LONGEST) {
        Ok(_) if has_changed_its_title(&command_line) => {
            deployment.problems.push(overwritten(pid, process));
            None
        }
        Ok(bytes) => Some(variables(&bytes)),
        Err(refusal) => {
            deployment.problems.push(refused("the environment", &refusal));
            None
        }
    };
    match limits::read(host, pid, process) {
        Ok(limits) => deployment.assignments.extend(limits),
        Err(refusal) => deployment.problems.push(refused("the limits", &refusal)),
    }
    let mut family = vec![pid];
    descend(host, pid, &mut family);
    let listens = match sockets::listening(host, &family) {
        Ok(listens) => listens,
        Err(refusal) => {
            deployment.problems.push(refused("the sockets it listens on", &refusal));
            Vec::new()
        }
    };
    let held = environment.iter().flatten();
    let held: Vec<_> = held.map(|(name, value)| held_variable(pid, process, name, value)).collect();
    deployment.assignments.extend(held.iter().flat_map(gunicorn::read_variable));
    deployment.assignments.extend(held);
    let commands = commands(command_line);
    let (options, options_are_known) = options(pid, process, &commands);
    deployment.assignments.extend(options);
    Observed { environment_is_known: environment.is_some(), options_are_known, listens, commands, deployment }
}

/// What the command line sets, and whether it is that of a server whose options are known.
fn options(pid: u32, process: &str, commands: &[Command]) -> (Vec<Assignment>, bool) {
    let shown = path_of(pid, "cmdline").display().to_string();
    let standing = Standing { shown: &shown, text: None, layer: Layer::Process, symbol: None, process: Some(process) };
    let known = commands.iter().any(|command| launch::server(command).is_some());
    (commands.iter().flat_map(|command| launch::read(command, standing)).collect(), known)
}

/// What the words of a process's command line run, behind `env`, `sh -c` and their like.
pub(crate) fn commands(words: Vec<String>) -> Vec<Command> {
    let words = words.into_iter().map(|word| Word { text: Traced::verbatim(&word, 0), span: launch::NOWHERE });
    launched(Command { words: words.collect(), ..Command::default() }, &|_| None)
}

/// The words of a process's command line, which every user may read.
pub(crate) fn command_line(host: &dyn Host, pid: u32) -> Result<Vec<String>, Refusal> {
    let bytes = host.read(&path_of(pid, "cmdline"), LONGEST)?;
    let words = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    Ok(words.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect())
}

/// The unit in whose control group a process runs, by the last part of its path that is a service: units of a
/// user's own manager lie below `user@1000.service`.
pub(crate) fn unit_of(host: &dyn Host, pid: u32) -> Option<String> {
    let groups = host.read(&path_of(pid, "cgroup"), LONGEST).ok()?;
    let groups = String::from_utf8_lossy(&groups).into_owned();
    // `0::/system.slice/shop.service` (cgroups(7)); the hierarchy 0 is that of version 2, `name=systemd` of version 1.
    let path = groups.lines().find_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        (controllers.is_empty() || controllers == "name=systemd").then_some(path)
    })?;
    // A path that leads out is that of a process outside of this container, whose units are others.
    let kind = |part: &str| part.rsplit_once('.').map(|(_, kind)| kind.to_owned()).unwrap_or_default();
    let unit = path.rsplit('/').find(|part| matches!(kind(part).as_str(), "service" | "scope"))?;
    (kind(unit) == "service" && !path.starts_with("/..")).then(|| unit.to_owned())
}

/// Every process that runs, in order.
pub(crate) fn all(host: &dyn Host) -> Result<Vec<u32>, Refusal> {
    let names = host.list(Path::new("/proc"))?;
    let mut processes: Vec<u32> = names.iter().filter_map(|listed| listed.name.to_str()?.parse().ok()).collect();
    processes.sort_unstable();
    Ok(processes)
}

/// The processes that a process started itself; none where the kernel does not say.
pub(crate) fn children(host: &dyn Host, pid: u32) -> Vec<u32> {
    let said = host.read(&path_of(pid, &format!("task/{pid}/children")), LONGEST).unwrap_or_default();
    String::from_utf8_lossy(&said).split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

fn descend(host: &dyn Host, pid: u32, family: &mut Vec<u32>) {
    for child in children(host, pid) {
        if family.len() < MOST_CHILDREN && !family.contains(&child) {
            family.push(child);
            descend(host, child, family);
        }
    }
}

/// `NAME=value` entries that a NUL byte ends (`proc_pid_environ(5)`). Of a name that comes twice, the first
/// counts, as for getenv(3).
fn variables(bytes: &[u8]) -> Vec<(String, Sensitive<String>)> {
    let mut seen = HashSet::new();
    let entries = bytes.split(|byte| *byte == 0).filter_map(|entry| {
        let equals = entry.iter().position(|byte| *byte == b'=')?;
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let name = text(&entry[..equals]);
        seen.insert(name.clone()).then(|| (name, Sensitive::new(text(&entry[equals + 1..]))))
    });
    entries.collect()
}

fn held_variable(pid: u32, process: &str, name: &str, value: &Sensitive<String>) -> Assignment {
    Assignment {
        target: Target::Variable(name.to_owned()),
        layer: Layer::Process,
        mechanism: Mechanism::Process,
        value: Clear::from(Value::Text(value.reveal().clone())),
        text: value.clone(),
        place: environment_place(pid),
        symbol: None,
        process: Some(process.to_owned()),
    }
}

/// The environment is one line, so that a place in it is the whole file, which nobody quotes.
pub(crate) fn environment_place(pid: u32) -> Place {
    Place::file(path_of(pid, "environ").display().to_string())
}

/// The same for the command line.
pub(crate) fn command_line_place(pid: u32) -> Place {
    Place::file(path_of(pid, "cmdline").display().to_string())
}

/// gunicorn writes `gunicorn: master [shop.main:app]` over its command line where setproctitle is installed, and
/// setproctitle takes the room of the environment too.
fn has_changed_its_title(command_line: &[String]) -> bool {
    command_line.first().is_some_and(|word| word.starts_with("gunicorn: "))
}

fn overwritten(pid: u32, process: &str) -> Problem {
    Problem::machine(
        format!("the environment and command line of {} were overwritten by its title", named(pid, process)),
        "a process that keeps them",
        Retry::SafeOnceMended,
    )
    .at(environment_place(pid))
    .hint("set `SPT_NOENV=1` for the unit, or uninstall setproctitle, and restart it")
}

fn unreadable(pid: u32, process: &str, what: &str, refusal: &Refusal, again: &str) -> Problem {
    let process = named(pid, process);
    let failed = match refusal {
        Refusal::Missing(_) => format!("{what} of {process} could not be read: it has ended"),
        Refusal::Denied(_) => format!("{what} of {process} could not be read: permission denied"),
        Refusal::TooLong { .. }
        | Refusal::NotWritable(_)
        | Refusal::Circle(_)
        | Refusal::TimedOut(_)
        | Refusal::Failed { .. } => {
            format!("{what} of {process} could not be read: {refusal}")
        }
    };
    match refusal {
        Refusal::Denied(path) => Problem::machine(failed, "root, or the user that the process runs as", Retry::Safe)
            .at(Place::file(path.display().to_string()))
            .hint(format!("run `{again}`")),
        Refusal::Missing(path) => {
            Problem::machine(failed, "a process that runs", Retry::Safe).at(Place::file(path.display().to_string()))
        }
        Refusal::TooLong { .. }
        | Refusal::NotWritable(_)
        | Refusal::Circle(_)
        | Refusal::TimedOut(_)
        | Refusal::Failed { .. } => Problem::machine(failed, "a readable file of `/proc`", Retry::Safe),
    }
}

/// A process that no unit started has its number in its name.
fn named(pid: u32, process: &str) -> String {
    let number = format!("(process {pid})");
    if process.ends_with(&number) { format!("`{process}`") } else { format!("`{process}` {number}") }
}

#[cfg(test)]
mod tests {
    use super::{has_changed_its_title, variables};

    #[test]
    fn an_environment_is_read_up_to_each_first_equals_sign() {
        let read = variables(b"A=1\0B=x=y\0\0C\0D=\0A=2\0");
        let shown: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.reveal().as_str())).collect();
        assert_eq!(shown, [("A", "1"), ("B", "x=y"), ("D", "")]);
    }

    #[test]
    fn a_title_is_no_command_line() {
        assert!(has_changed_its_title(&["gunicorn: master [shop.main:app]".to_owned()]));
        assert!(!has_changed_its_title(&["/srv/shop/.venv/bin/gunicorn".to_owned()]));
    }
}
