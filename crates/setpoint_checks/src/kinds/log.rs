//! Looks for lines of a log, of the time from now back.

mod time;

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::proposal::Keys;
use crate::refusal::{complaint, no_pattern, not_read, not_run};
use crate::scene::Scene;
use jiff::Timestamp;
use regex::bytes::Regex;
use setpoint_model::register::LogCheck;
use setpoint_model::{Failure, Reason};
use std::path::{Path, PathBuf};

/// No more of the end of a file is read, in bytes.
const LONGEST: u64 = 32 << 20;
/// What a log must be.
const READABLE: &str = "a log that this user may read";
/// So many lines are kept as evidence.
const KEPT: usize = 3;

pub(crate) fn subject(check: &LogCheck) -> String {
    format!("{} of the last {}", check.log, expect::duration(check.last))
}

/// That no error of Python is written; of a log that has lines, since of another nobody knows whether it is the one.
pub(crate) fn propose(log: &str, scene: &Scene<'_>, deadline: Deadline) -> Result<Keys, Failure> {
    let has_lines = if let Some(unit) = log.strip_prefix("journal:") {
        !of_journal(&["--unit", unit, "--lines", "1"], scene, deadline)?.is_empty()
    } else {
        let path = scene.folder.join(log);
        let read = scene.host.read_end(&path, LONGEST).map_err(|refusal| not_read(&refusal, READABLE))?;
        read.0.iter().any(|byte| !byte.is_ascii_whitespace())
    };
    if !has_lines {
        let failure = Failure::new(Reason::Missing, format!("`{log}` has no line"), "a log in which something stands");
        let is_unit = log.starts_with("journal:");
        return Err(if is_unit { failure.hint("`systemctl list-units` lists the units") } else { failure });
    }
    Ok(vec![("log", log.into()), ("absent", "Traceback".into())])
}

pub(crate) fn look(check: &LogCheck, scene: &Scene<'_>, deadline: Deadline) -> Look {
    let read = match check.log.strip_prefix("journal:") {
        Some(unit) => journal(unit, check, scene, deadline),
        None => file(&scene.folder.join(&check.log), check, scene),
    };
    let lines = match read {
        Ok(lines) => lines,
        Err(failure) => return Look::failed(failure),
    };
    let mut look = Look::default();
    if let Some(pattern) = &check.present {
        let found = matching(pattern, &lines);
        look.expect(found.as_ref().err().cloned());
        look.expect(found.ok().filter(Vec::is_empty).map(|_| {
            let message = format!("none of {} lines matches `{pattern}`", lines.count());
            Failure::new(Reason::Missing, message, "one that does")
        }));
    }
    if let Some(pattern) = &check.absent {
        match matching(pattern, &lines) {
            Ok(found) if found.is_empty() => {}
            Ok(found) => {
                let message = format!("{} of {} lines match `{pattern}`", found.len(), lines.count());
                look.expect([Failure::new(Reason::Unwanted, message, "none that does")]);
                // The last ones are what is going on now.
                found.iter().rev().take(KEPT).rev().for_each(|line| look.keep("line", line));
            }
            Err(failure) => look.expect([failure]),
        }
    }
    look
}

/// What the time window holds.
struct Lines {
    bytes: Vec<u8>,
}

impl Lines {
    fn each(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
    }

    fn count(&self) -> usize {
        self.each().count()
    }
}

fn matching<'l>(pattern: &str, lines: &'l Lines) -> Result<Vec<&'l [u8]>, Failure> {
    let compiled = Regex::new(pattern).map_err(|_| no_pattern(pattern))?;
    Ok(lines.each().filter(|line| compiled.is_match(line)).collect())
}

fn journal(unit: &str, check: &LogCheck, scene: &Scene<'_>, deadline: Deadline) -> Result<Lines, Failure> {
    let last = i64::try_from(check.last.as_secs()).unwrap_or(i64::MAX);
    let since = format!("@{}", scene.now().saturating_sub(last));
    Ok(Lines { bytes: of_journal(&["--unit", unit, "--since", &since], scene, deadline)? })
}

/// The lines of the journal that are asked for.
fn of_journal(asked: &[&str], scene: &Scene<'_>, deadline: Deadline) -> Result<Vec<u8>, Failure> {
    let asked = [asked, &["--output", "cat", "--no-pager", "--quiet"]].concat();
    let said = scene
        .host
        .run("journalctl", &asked, deadline.left_or_none())
        .map_err(|refusal| not_run(&refusal, "journalctl"))?;
    let complaint = complaint(&said.stderr);
    if !said.succeeded() {
        return Err(Failure::new(Reason::Refused, format!("journalctl: {complaint}"), "the journal"));
    }
    // A user who may see nothing gets no error, and no line either (journalctl(1)).
    if said.stdout.is_empty() && complaint.contains("not seeing messages") {
        return Err(Failure::new(
            Reason::Denied,
            "this user may not read the journal",
            "root, or a member of `systemd-journal`",
        )
        .hint("run the check with `sudo`"));
    }
    Ok(said.stdout)
}

/// The lines of a file since then, those of the file before it among them where it was rotated meanwhile. A line without a
/// time is of the same time as the one before it.
fn file(path: &Path, check: &LogCheck, scene: &Scene<'_>) -> Result<Lines, Failure> {
    let now = scene.host.now();
    let since = Timestamp::from_second(scene.now()).unwrap_or(Timestamp::UNIX_EPOCH) - check.last;
    let (mut bytes, is_cut) = scene.host.read_end(path, LONGEST).map_err(|refusal| not_read(&refusal, READABLE))?;
    let rotated = PathBuf::from(format!("{}.1", path.display()));
    let starts_within = |bytes: &[u8]| first_time(bytes, &now).is_none_or(|first| first >= since);
    if !is_cut
        && starts_within(&bytes)
        && let Ok((mut before, _)) = scene.host.read_end(&rotated, LONGEST)
    {
        before.extend_from_slice(&bytes);
        bytes = before;
    }
    if bytes.is_empty() {
        return Ok(Lines { bytes });
    }
    if first_time(&bytes, &now).is_none() {
        let message = "none of its lines bears a time that is understood";
        return Err(Failure::new(Reason::NotKnown, message, "lines with a time, or a log of the journal")
            .hint("ISO 8601, nginx's and syslog's times are understood"));
    }
    if is_cut && starts_within(&bytes) {
        let message = format!("more was written in this time than the {LONGEST} bytes that are read");
        return Err(
            Failure::new(Reason::TooLong, message, "a log that can be looked at as a whole").hint("a shorter `last`")
        );
    }
    let mut within = false;
    let mut kept = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        within = time::of_line(line, &now).map_or(within, |time| time >= since);
        if within {
            kept.extend_from_slice(line);
        }
    }
    Ok(Lines { bytes: kept })
}

/// The time of the first line that bears one.
fn first_time(bytes: &[u8], now: &jiff::Zoned) -> Option<Timestamp> {
    bytes.split(|byte| *byte == b'\n').take(1000).find_map(|line| time::of_line(line, now))
}
