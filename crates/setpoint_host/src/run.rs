//! Running a program without being held up by it: not longer than it is given, not by what it leaves behind, and with
//! no more than a bounded amount of what it prints.

use crate::{Output, Refusal, ending, processes};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;
use rustix::process::Pid;
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A program that prints more than this into one stream is stopped.
const LONGEST_OUTPUT: usize = 64 << 20;

/// How often it is asked whether the program has ended. A pipe that closes says so at once, but one that a program in
/// the background has inherited stays open.
const BETWEEN_LOOKS: Timespec = Timespec { tv_sec: 0, tv_nsec: 2_000_000 };

/// Runs the program until it ends; at the limit, and where a signal ends this process, it is stopped with everything that
/// it has started. What it leaves behind when it ends by itself is its own affair.
pub(crate) fn run(program: &str, arguments: &[&str], limit: Duration) -> Result<Output, Refusal> {
    let refused = |error: std::io::Error| Refusal::from_io(Path::new(program), &error);
    let mut child = ending::unless_ending(|| start(program, arguments)).map_err(refused)?;
    let group = Pid::from_child(&child);
    let heard = listen(&mut child, Instant::now() + limit);
    if !matches!(heard, Ok(Heard::Ended(_))) {
        stop(&mut child);
    }
    ending::let_go_of_group(group);
    match heard.map_err(refused)? {
        Heard::Ended(output) => Ok(output),
        Heard::OutOfTime => Err(Refusal::TimedOut(program.to_owned())),
        Heard::TooMuch => {
            let because = format!("it printed more than {LONGEST_OUTPUT} bytes and was stopped");
            Err(Refusal::Failed { what: program.to_owned(), because })
        }
    }
}

fn start(program: &str, arguments: &[&str]) -> std::io::Result<Child> {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    let child = std::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own, which can be stopped as a whole.
        .process_group(0)
        .spawn()?;
    ending::hold_group(Pid::from_child(&child));
    Ok(child)
}

enum Heard {
    Ended(Output),
    OutOfTime,
    TooMuch,
}

fn listen(child: &mut Child, deadline: Instant) -> std::io::Result<Heard> {
    let mut stdout = Stream::of(child.stdout.take())?;
    let mut stderr = Stream::of(child.stderr.take())?;
    loop {
        // What a program has printed is in the pipe before it ends, so that the last look finds all of it.
        let status = child.try_wait()?;
        stdout.read_what_is_there()?;
        stderr.read_what_is_there()?;
        if stdout.bytes.len().max(stderr.bytes.len()) > LONGEST_OUTPUT {
            return Ok(Heard::TooMuch);
        }
        if let Some(status) = status {
            return Ok(Heard::Ended(Output { code: status.code(), stdout: stdout.bytes, stderr: stderr.bytes }));
        }
        if Instant::now() >= deadline {
            return Ok(Heard::OutOfTime);
        }
        let mut open: Vec<_> = [stdout.to_wait_for(), stderr.to_wait_for()].into_iter().flatten().collect();
        // An interrupted wait is one look more.
        let _ = poll(&mut open, Some(&BETWEEN_LOOKS));
    }
}

/// One end of a pipe that the program prints into, and what came out of it.
struct Stream<P> {
    /// `None` once every writer has closed it.
    pipe: Option<P>,
    bytes: Vec<u8>,
}

impl<P: Read + AsFd> Stream<P> {
    fn of(pipe: Option<P>) -> std::io::Result<Self> {
        if let Some(pipe) = &pipe {
            ioctl_fionbio(pipe, true)?;
        }
        Ok(Self { pipe, bytes: Vec::new() })
    }

    fn read_what_is_there(&mut self) -> std::io::Result<()> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        // Bytes that were read before the pipe had nothing more are kept.
        match pipe.take(LONGEST_OUTPUT as u64 + 1).read_to_end(&mut self.bytes) {
            Ok(length) if length <= LONGEST_OUTPUT => self.pipe = None,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl<P: AsFd> Stream<P> {
    fn to_wait_for(&self) -> Option<PollFd<'_>> {
        Some(PollFd::new(self.pipe.as_ref()?, PollFlags::IN))
    }
}

/// Ends the program and everything that it has started. What could not be stopped is of no more use either.
fn stop(child: &mut Child) {
    processes::end(&[Pid::from_child(child)], &mut || {
        let _ = child.try_wait();
    });
    // One that no signal ends, in a system call that does not come back, is not waited for.
    let _ = child.kill();
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::Refusal;
    use std::path::Path;
    use std::time::{Duration, Instant};

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn a_program_that_hangs_is_stopped() {
        let said = run("sleep", &["60"], Duration::from_millis(20));
        assert_eq!(said, Err(Refusal::TimedOut("sleep".to_owned())));
    }

    #[test]
    fn a_long_output_does_not_block() {
        let said = run("seq", &["100000"], LONG).unwrap();
        assert!(said.succeeded() && said.stdout.len() > 500_000);
    }

    #[test]
    fn a_program_in_the_background_holds_nobody_up() {
        let started = Instant::now();
        let said = run("sh", &["-c", "sleep 60 & echo started; echo $! >&2"], LONG).unwrap();
        assert!(started.elapsed() < LONG);
        assert_eq!(String::from_utf8_lossy(&said.stdout), "started\n");
        run("kill", &[String::from_utf8_lossy(&said.stderr).trim()], LONG).unwrap();
    }

    /// What a program started that writes its own process id to `pid` is gone soon after the time limit.
    fn is_stopped(script: &str) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let write = format!("echo $$ > {0}.part; mv {0}.part {0}", file.display());
        let started = Instant::now();
        let said = run("sh", &["-c", &script.replace("WRITE", &write)], Duration::from_millis(700));
        assert_eq!(said, Err(Refusal::TimedOut("sh".to_owned())));
        assert!(started.elapsed() < LONG);
        let id = String::from_utf8(crate::Host::read(&crate::LiveHost, &file, 100).unwrap()).unwrap();
        let process = Path::new("/proc").join(id.trim());
        // Its parent is gone, so that somebody else has to take notice of its end.
        while process.join("exe").exists() {
            assert!(started.elapsed() < LONG, "{script}: {id} is still there");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn what_a_program_started_is_stopped_with_it() {
        is_stopped("sh -c 'WRITE; sleep 60; :'; :");
        is_stopped("sh -c 'WRITE; sleep 60; :' & wait");
    }

    #[test]
    fn what_left_the_group_of_its_program_is_stopped_with_it() {
        is_stopped("timeout 60 sh -c 'WRITE; sleep 60; :'; :");
        is_stopped("setsid sh -c 'WRITE; sleep 60; :'; :");
        is_stopped("set -m; sh -c 'WRITE; sleep 60; :' & wait");
        // It is in one group with what is left when its parent ends.
        is_stopped("timeout 60 sh -c '(sh -c \"WRITE; sleep 60; :\") & sleep 60; :'; :");
    }

    #[test]
    fn what_does_not_listen_is_stopped_after_a_short_time() {
        is_stopped("trap '' TERM; sh -c 'WRITE; sleep 60; sleep 60; :'; :");
    }

    #[test]
    fn a_program_may_tidy_up() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tidy");
        let script = format!("trap 'sleep 0.3; echo tidy > {}; exit' TERM; sleep 60 & wait", file.display());
        assert!(run("sh", &["-c", &script], Duration::from_millis(500)).is_err());
        assert!(file.exists());
    }

    #[test]
    fn a_program_that_prints_without_end_is_stopped() {
        let said = run("sh", &["-c", "yes & yes"], LONG);
        assert!(matches!(said, Err(Refusal::Failed { .. })), "{said:?}");
    }
}
