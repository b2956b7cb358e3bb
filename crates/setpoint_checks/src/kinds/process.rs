//! Looks at running processes.

use crate::deadline::Deadline;
use crate::look::Look;
use crate::proposal::Keys;
use crate::refusal::no_pattern;
use crate::scene::Scene;
use setpoint_host::Host;
use setpoint_model::register::ProcessCheck;
use setpoint_model::{Failure, Reason, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// No file of a process is longer, in bytes.
const LONGEST: u64 = 4 << 20;

pub(crate) fn subject(check: &ProcessCheck) -> String {
    check.process.clone()
}

pub(crate) fn look(check: &ProcessCheck, scene: &Scene<'_>) -> Look {
    let Ok(pattern) = regex::Regex::new(&check.process) else {
        return Look::failed(no_pattern(&check.process));
    };
    let meant = match meant(&check.process, &pattern, scene.host) {
        Ok(meant) => meant,
        Err(failure) => return Look::failed(failure),
    };
    let mut look = Look::default();
    look.expect(count(check, meant.len()));
    for process in &meant {
        if let Some(user) = &check.user {
            look.expect(runs_as(process, user, scene.host));
        }
        if let Some(most) = check.memory_at_most {
            look.expect(process.resident.and_then(|bytes| at_most(process, "keeps", bytes, "bytes of memory", most)));
        }
        if let Some(most) = check.open_files_at_most {
            look.expect(open_files(process, scene.host, most));
        }
    }
    look
}

/// That one runs, and as whom where all run as one user.
pub(crate) fn propose(process: &str, scene: &Scene<'_>, _: Deadline) -> Result<Keys, Failure> {
    let pattern = regex::Regex::new(process).map_err(|_| no_pattern(process))?;
    let found = meant(process, &pattern, scene.host)?;
    let users: BTreeSet<u32> = found.iter().filter_map(|process| process.user).collect();
    let mut keys = vec![("process", Value::from(process))];
    if let (1, Some(user)) = (users.len(), users.first()) {
        keys.push(("user", Value::Text(super::file::name_of(scene.host, "/etc/passwd", *user))));
    }
    Ok(keys)
}

/// The processes of that name, or whose command line the pattern matches.
fn meant(name: &str, pattern: &regex::Regex, host: &dyn Host) -> Result<Vec<Process>, Failure> {
    let found = all(host).map_err(|refusal| Failure::new(Reason::Denied, refusal.to_string(), "a readable `/proc`"))?;
    // A check on the command line is a process of that command line too, and so are those that started it: a shell, `sudo`.
    let mut own = vec![std::process::id()];
    while let Some(parent) = found.iter().find(|process| own.last() == Some(&process.pid)).and_then(|it| it.parent)
        && !own.contains(&parent)
    {
        own.push(parent);
    }
    let is_meant = |process: &Process| {
        let is_called = process.name == name && process.pid != own[0];
        is_called || (!own.contains(&process.pid) && pattern.is_match(&process.command_line))
    };
    Ok(found.into_iter().filter(is_meant).collect())
}

struct Process {
    pid: u32,
    /// The process that started it.
    parent: Option<u32>,
    /// The program's name without its folder.
    name: String,
    command_line: String,
    /// The user it runs as.
    user: Option<u32>,
    /// Bytes of memory that it keeps (`VmRSS`).
    resident: Option<u64>,
}

fn path_of(pid: u32, name: &str) -> PathBuf {
    Path::new("/proc").join(pid.to_string()).join(name)
}

/// Every process with a command line; those without are the kernel's. One that ends meanwhile is left out.
fn all(host: &dyn Host) -> Result<Vec<Process>, setpoint_host::Refusal> {
    let names = host.list(Path::new("/proc"))?;
    let pids = names.iter().filter_map(|listed| listed.name.to_str()?.parse().ok());
    Ok(pids.filter_map(|pid| process(host, pid)).collect())
}

fn process(host: &dyn Host, pid: u32) -> Option<Process> {
    let words = host.read(&path_of(pid, "cmdline"), LONGEST).ok()?;
    let words = String::from_utf8_lossy(words.strip_suffix(b"\0").unwrap_or(&words)).into_owned();
    let first = words.split('\0').next().filter(|word| !word.is_empty())?;
    let name = Path::new(first).file_name()?.to_string_lossy().into_owned();
    let status = host.read(&path_of(pid, "status"), LONGEST).ok()?;
    let status = String::from_utf8_lossy(&status).into_owned();
    let field = |wanted: &str| status.lines().find_map(|line| line.strip_prefix(wanted)).map(str::split_whitespace);
    let parent = field("PPid:").and_then(|mut words| words.next()?.parse().ok());
    // `Uid: REAL EFFECTIVE SAVED FILESYSTEM` and `VmRSS: N kB` (`proc_pid_status(5)`).
    let user = field("Uid:").and_then(|mut ids| ids.nth(1)?.parse().ok());
    let kilobytes: Option<u64> = field("VmRSS:").and_then(|mut words| words.next()?.parse().ok());
    Some(Process {
        pid,
        parent,
        name,
        command_line: words.replace('\0', " "),
        user,
        resident: kilobytes.map(|it| it * 1024),
    })
}

fn count(check: &ProcessCheck, count: usize) -> Option<Failure> {
    let (least, most) = (check.at_least as usize, check.at_most.map(|most| most as usize));
    let found = match count {
        0 => "no such process runs".to_owned(),
        1 => "1 such process runs".to_owned(),
        _ => format!("{count} such processes run"),
    };
    if count < least {
        let reason = if count == 0 { Reason::Missing } else { Reason::TooLittle };
        return Some(Failure::new(reason, found, format!("{least} or more")));
    }
    let most = most.filter(|most| count > *most)?;
    Some(Failure::new(Reason::TooMuch, found, format!("{most} at most")))
}

fn runs_as(process: &Process, wanted: &str, host: &dyn Host) -> Option<Failure> {
    let user = super::file::name_of(host, "/etc/passwd", process.user?);
    (user != wanted).then(|| {
        let message = format!("process {} (`{}`) runs as `{user}`", process.pid, process.name);
        Failure::new(Reason::WrongRights, message, format!("the user `{wanted}`"))
    })
}

fn open_files(process: &Process, host: &dyn Host, most: u64) -> Option<Failure> {
    match host.list(&path_of(process.pid, "fd")) {
        Ok(open) => at_most(process, "has", open.len() as u64, "files open", most),
        // One that has ended has none.
        Err(refusal) if refusal.is_missing() => None,
        Err(refusal) => Some(
            Failure::new(Reason::Denied, refusal.to_string(), "root, or the user that the process runs as")
                .hint("run the check with `sudo`"),
        ),
    }
}

fn at_most(process: &Process, has: &str, count: u64, what: &str, most: u64) -> Option<Failure> {
    (count > most).then(|| {
        let message = format!("process {} (`{}`) {has} {count} {what}", process.pid, process.name);
        Failure::new(Reason::TooMuch, message, format!("{most} at most"))
    })
}
