//! What is being waited for, while checks are run.

use crate::terminal::Ui;
use setpoint_checks::Step;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is done sooner than this is not waited for.
const PATIENCE: Duration = Duration::from_millis(700);
/// How often the line is written anew.
const BETWEEN_LINES: Duration = Duration::from_millis(200);

/// Who is told how a run goes on.
pub(super) type Told<'t> = dyn Fn(Step<'_>) + Sync + 't;

/// Does what runs so many checks, and shows meanwhile how far it has come to whoever waits at a terminal.
pub(super) fn watched<T>(ui: &Ui<'_>, total: usize, work: impl FnOnce(&Told<'_>) -> T) -> T {
    let Some(mut line) = ui.line() else { return work(&|_| {}) };
    let seen = Mutex::new(Seen { total, done: 0, running: Vec::new() });
    std::thread::scope(|scope| {
        let (ended, has_ended) = channel::<()>();
        let seen = &seen;
        scope.spawn(move || {
            let mut wait = PATIENCE;
            // The end of the work is that nobody is left to tell of it.
            while has_ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                line.write(&lock(seen).in_words(Instant::now()));
                wait = BETWEEN_LINES;
            }
            line.clear();
        });
        let done = work(&|step| lock(seen).add(step, Instant::now()));
        drop(ended);
        done
    })
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How far a run has come.
struct Seen {
    total: usize,
    done: usize,
    /// What is at work, the first that was begun in front.
    running: Vec<(String, Instant)>,
}

impl Seen {
    fn add(&mut self, step: Step<'_>, now: Instant) {
        match step {
            Step::Begun(check) => self.running.push((check.name.clone(), now)),
            Step::Done(outcome) => {
                self.done += 1;
                self.running.retain(|(name, _)| *name != outcome.check);
            }
        }
    }

    fn in_words(&self, now: Instant) -> String {
        let Self { total, done, running } = self;
        let longest = running.first().map(|(name, since)| format!(", `{name}` for {} s", (now - *since).as_secs()));
        format!("{done} of {total} checks done{}", longest.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;
    use setpoint_checks::Step;
    use setpoint_model::{Conclusion, Outcome, Place};
    use std::time::{Duration, Instant};

    #[test]
    fn what_runs_longest_is_named() {
        let text = "[service]\nname = 'shop'\n[check.a]\nfile = 'a'\n[check.b]\nfile = 'b'\n";
        let (register, _) = setpoint_register::load("setpoint.toml", text);
        let mut seen = Seen { total: 2, done: 0, running: Vec::new() };
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(seen.in_words(start), "0 of 2 checks done");
        seen.add(Step::Begun(&register.checks[0]), start);
        seen.add(Step::Begun(&register.checks[1]), after(3));
        assert_eq!(seen.in_words(after(5)), "0 of 2 checks done, `a` for 5 s");
        let outcome = Outcome::untried("a", "file", "a", Conclusion::Passed, Place::file("setpoint.toml"));
        seen.add(Step::Done(&outcome), after(6));
        assert_eq!(seen.in_words(after(7)), "1 of 2 checks done, `b` for 4 s");
    }
}
