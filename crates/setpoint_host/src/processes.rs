//! Ends programs with all that they have started, also what has left their process group since: `timeout` of coreutils,
//! `setsid` and a shell with job control each begin a group of their own, which a signal to the first group does not reach.

use rustix::process::{Pid, Signal, getpgrp, kill_process, kill_process_group};
use std::time::{Duration, Instant};

/// How long a program that was asked to end may tidy up before it is ended without being asked.
const GRACE: Duration = Duration::from_secs(2);
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Asks the groups of these programs, and those of everything that they have started, to end; ends after a short time what
/// is still there. `look` is called again and again meanwhile, for whoever has to take notice of a child's end.
pub(crate) fn end(leaders: &[Pid], look: &mut dyn FnMut()) {
    let mut theirs = Theirs { groups: leaders.to_vec(), members: Vec::new() };
    // What is started between the look and the signal is of a group that gets the signal, or is found by a later look.
    theirs.find();
    theirs.send(Signal::TERM);
    if !theirs.are_gone_within(GRACE, look) {
        theirs.send(Signal::KILL);
        // One that waits in a system call which does not come back is not waited for.
        theirs.are_gone_within(GRACE, look);
    }
}

/// What belongs to some programs.
struct Theirs {
    /// Every group that a process of theirs was seen in: whose parent has ended is found by it.
    groups: Vec<Pid>,
    /// The processes that are there.
    members: Vec<Process>,
}

impl Theirs {
    fn find(&mut self) {
        let own = getpgrp();
        let mut others = running();
        self.members.clear();
        loop {
            let is_theirs = |process: &Process| {
                let is_child = self.members.iter().any(|member| Some(member.id) == process.parent);
                is_child || self.groups.contains(&process.group)
            };
            let (found, rest): (Vec<_>, Vec<_>) = others.into_iter().partition(is_theirs);
            if found.is_empty() {
                return;
            }
            // A process may join this program's own group, which is not theirs for that.
            for process in &found {
                if process.group != own && !self.groups.contains(&process.group) {
                    self.groups.push(process.group);
                }
            }
            self.members.extend(found);
            others = rest;
        }
    }

    /// Waits until there is none left, at most so long.
    fn are_gone_within(&mut self, limit: Duration, look: &mut dyn FnMut()) -> bool {
        let started = Instant::now();
        loop {
            look();
            self.find();
            if self.members.is_empty() || started.elapsed() >= limit {
                return self.members.is_empty();
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
    }

    /// What is gone already, or is somebody else's by now, cannot be sent a signal, and needs none.
    fn send(&self, signal: Signal) {
        for group in &self.groups {
            let _ = kill_process_group(*group, signal);
        }
        for process in self.members.iter().filter(|process| !self.groups.contains(&process.group)) {
            let _ = kill_process(process.id, signal);
        }
    }
}

struct Process {
    id: Pid,
    parent: Option<Pid>,
    group: Pid,
}

/// Every process that has not ended. Where there is no `/proc`, none is seen, and the groups alone get the signal.
fn running() -> Vec<Process> {
    let Ok(listed) = std::path::Path::new("/proc").read_dir() else { return Vec::new() };
    let numbers = listed.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter_map(process).collect()
}

fn process(number: u32) -> Option<Process> {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    let text = std::fs::read(format!("/proc/{number}/stat")).ok()?;
    of_stat(&String::from_utf8_lossy(&text))
}

/// `1234 (name) S 1 1234 …` (`proc_pid_stat(5)`); the name may hold spaces and parentheses. `None` for one that has ended
/// and whose parent has taken no notice of that, and for one that is ending, whose group is -1 by then.
fn of_stat(text: &str) -> Option<Process> {
    let (id, rest) = text.split_once(" (")?;
    let mut fields = rest.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let (parent, group) = (id_of(fields.next()?), id_of(fields.next()?)?);
    let has_ended = matches!(state, "Z" | "X" | "x");
    (!has_ended).then_some(Process { id: id_of(id)?, parent, group })
}

/// A number that is the id of a process or a group; a negative one would mean others to kill(2).
fn id_of(text: &str) -> Option<Pid> {
    Pid::from_raw(text.parse().ok().filter(|number| *number > 0)?)
}

#[cfg(test)]
mod tests {
    use super::{of_stat, running};
    use rustix::process::{Pid, getpgrp, getpid, getppid};

    #[test]
    fn a_name_may_hold_anything() {
        let process = of_stat("7 (a) b (c) S 1 5 5 0 -1 4194560 0").unwrap();
        assert_eq!(
            (process.id, process.parent, process.group),
            (Pid::from_raw(7).unwrap(), Pid::from_raw(1), Pid::from_raw(5).unwrap())
        );
        assert!(of_stat("7 (a) Z 1 5 5 0").is_none());
        // Of one that is ending nothing is known any more.
        assert!(of_stat("7 (a) R 0 -1 -1 0").is_none());
        // The parent of the first process is nobody.
        assert!(of_stat("1 (init) S 0 1 1 0").unwrap().parent.is_none());
        assert!(of_stat("").is_none());
    }

    #[test]
    fn this_process_is_seen() {
        let own = running().into_iter().find(|process| process.id == getpid()).unwrap();
        assert_eq!((own.parent, own.group), (getppid(), getpgrp()));
    }
}
