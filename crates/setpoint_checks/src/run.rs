//! Runs many checks at once: each as soon as what it needs has passed, again where it failed and may be tried again.

use crate::deadline::Deadline;
use crate::kinds;
use crate::look::Look;
use crate::scene::Scene;
use setpoint_model::register::{Check, CheckKind};
use setpoint_model::{Conclusion, Failure, Outcome, Reason};
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So many checks are looked at at once in the beginning: what answers at once needs no more, and each has a stack, a heap
/// and a connection.
const FEW: usize = 8;
/// So many are in the end where they wait for somebody else; twice as many as before after each [`PATIENCE`].
const MANY: usize = 64;
const PATIENCE: Duration = Duration::from_millis(20);

/// Runs the checks and gives an outcome for each, in their order; `told` hears of each when it is there. A check that needs
/// another is run after it, and skipped where that did not pass; what it needs and is not among the checks is taken as given.
pub fn run(scene: &Scene<'_>, checks: &[&Check], told: &(dyn Fn(Step<'_>) + Sync)) -> Vec<Outcome> {
    run_without(scene, checks, &[], told)
}

/// The same where other checks cannot be run: what needs one of these names is skipped.
pub fn run_without(
    scene: &Scene<'_>,
    checks: &[&Check],
    missing: &[&str],
    told: &(dyn Fn(Step<'_>) + Sync),
) -> Vec<Outcome> {
    let queue = Queue::of(checks, missing);
    std::thread::scope(|scope| {
        let most = MANY.min(checks.len());
        let (mut workers, mut wanted) = (1, FEW.min(most));
        while workers < wanted {
            let worker = std::thread::Builder::new().stack_size(512 << 10);
            if worker.spawn_scoped(scope, || work(scene, checks, &queue, told)).is_err() {
                // A machine that has no thread left to give has fewer at work.
                break;
            }
            workers += 1;
            if workers == wanted && wanted < most && queue.could_do_more_after(PATIENCE, checks) {
                wanted = (wanted * 2).min(most);
            }
        }
        work(scene, checks, &queue, told);
    });
    let outcomes = queue.state.into_inner().unwrap_or_else(PoisonError::into_inner).outcomes;
    outcomes.into_iter().flatten().collect()
}

/// How a run goes on.
#[derive(Clone, Copy, Debug)]
pub enum Step<'o> {
    /// A check is being looked at.
    Begun(&'o Check),
    /// What came of one is there.
    Done(&'o Outcome),
}

fn work(scene: &Scene<'_>, checks: &[&Check], queue: &Queue, told: &(dyn Fn(Step<'_>) + Sync)) {
    while let Some((number, missing)) = queue.next(checks) {
        let check = checks[number];
        let outcome = if let Some(needed) = missing {
            skipped(scene, check, format!("it needs `{needed}`, which did not pass"))
        } else {
            told(Step::Begun(check));
            tried_or_faulty(scene, check)
        };
        told(Step::Done(&outcome));
        queue.done(number, outcome);
    }
}

/// What is still to be run, and what came of the rest.
struct Queue {
    state: Mutex<State>,
    /// Something was done, so that there may be more to do.
    moved: Condvar,
}

struct State {
    /// The checks that nobody has begun, the first at the end.
    waiting: Vec<usize>,
    outcomes: Vec<Option<Outcome>>,
    /// Every check by its name.
    by_name: BTreeMap<String, usize>,
    /// The names of checks that cannot be run.
    missing: BTreeSet<String>,
    at_work: usize,
}

impl Queue {
    fn of(checks: &[&Check], missing: &[&str]) -> Self {
        let by_name = checks.iter().enumerate().map(|(number, check)| (check.name.clone(), number)).collect();
        let waiting = (0..checks.len()).rev().collect();
        let missing = missing.iter().map(|name| (*name).to_owned()).collect();
        let state = State { waiting, outcomes: vec![None; checks.len()], by_name, missing, at_work: 0 };
        Self { state: Mutex::new(state), moved: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing is done under the lock that could leave it half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next check to run, and what it needs in vain; waits where all that is left needs what is at work. `None` at the end.
    fn next(&self, checks: &[&Check]) -> Option<(usize, Option<String>)> {
        let mut state = self.lock();
        loop {
            if let Some((at, missing)) = state.ready(checks) {
                let number = state.waiting.remove(at);
                state.at_work += 1;
                return Some((number, missing));
            }
            if state.waiting.is_empty() {
                return None;
            }
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// True if there are checks that could be begun and nobody begins, when so much time has passed.
    fn could_do_more_after(&self, patience: Duration, checks: &[&Check]) -> bool {
        let is_waiting = |state: &mut State| !state.waiting.is_empty();
        let waited = self.moved.wait_timeout_while(self.lock(), patience, is_waiting);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.ready(checks).is_some()
    }

    fn done(&self, number: usize, outcome: Outcome) {
        let mut state = self.lock();
        state.outcomes[number] = Some(outcome);
        state.at_work -= 1;
        self.moved.notify_all();
    }
}

impl State {
    /// A check of which everything that it needs is done, and the first of these that did not pass.
    fn ready(&self, checks: &[&Check]) -> Option<(usize, Option<String>)> {
        let ready = (0..self.waiting.len()).rev().find_map(|at| {
            let mut missing = None;
            for needed in &checks[self.waiting[at]].needs {
                let Some(number) = self.by_name.get(needed) else {
                    missing = missing.or_else(|| self.missing.get(needed).cloned());
                    continue;
                };
                match &self.outcomes[*number] {
                    None => return None,
                    Some(outcome) if outcome.conclusion == Conclusion::Passed => {}
                    Some(_) => missing = missing.or_else(|| Some(needed.clone())),
                }
            }
            Some((at, missing))
        });
        // Checks that need one another in a circle, which the register refuses, would wait for ever.
        let stuck = || (self.at_work == 0).then_some(self.waiting.len().checked_sub(1)?);
        ready.or_else(|| stuck().map(|at| (at, checks[self.waiting[at]].needs.first().cloned())))
    }
}

/// As [`tried`]; a mistake of this program's own is what came of the check, so that those that wait for it go on.
fn tried_or_faulty(scene: &Scene<'_>, check: &Check) -> Outcome {
    // What a try changes is its own, and is not looked at again.
    let faulty =
        |fault: Box<dyn Any + Send>| outcome(scene, check, Conclusion::Failed { failures: vec![own_fault(&*fault)] });
    catch_unwind(AssertUnwindSafe(|| tried(scene, check))).unwrap_or_else(faulty)
}

fn own_fault(fault: &(dyn Any + Send)) -> Failure {
    let said = fault.downcast_ref::<&str>().copied().or_else(|| fault.downcast_ref::<String>().map(String::as_str));
    let message = format!("setpoint itself made a mistake: {}", said.unwrap_or("nothing more is known of it"));
    Failure::new(Reason::OwnFault, message, "an outcome, whatever it is")
        .hint("report it, with what standard error says beside this, to those who make setpoint")
}

/// Tries until it passes, or has been tried often enough.
fn tried(scene: &Scene<'_>, check: &Check) -> Outcome {
    let mut tries = 0;
    loop {
        let deadline = Deadline::after(check.timeout);
        let look = look(scene, check, deadline);
        tries += 1;
        let took = deadline.elapsed();
        if look.failures.is_empty() || tries > check.retries {
            let Look { failures, phases, evidence } = look;
            let conclusion = if failures.is_empty() { Conclusion::Passed } else { Conclusion::Failed { failures } };
            return Outcome { tries, took, phases: phases.into_list(), evidence, ..outcome(scene, check, conclusion) };
        }
        std::thread::sleep(check.wait);
    }
}

fn skipped(scene: &Scene<'_>, check: &Check, because: String) -> Outcome {
    outcome(scene, check, Conclusion::Skipped { because })
}

fn outcome(scene: &Scene<'_>, check: &Check, conclusion: Conclusion) -> Outcome {
    let (kind, subject) = subject(scene, check);
    Outcome::untried(check.name.as_str(), kind, subject, conclusion, check.place.clone())
}

/// The kind's word and what the check looks at.
pub fn subject(scene: &Scene<'_>, check: &Check) -> (&'static str, String) {
    match &check.kind {
        CheckKind::Http(http) => ("http", kinds::http::subject(http, scene)),
        CheckKind::Tcp(tcp) => ("tcp", kinds::tcp::subject(tcp)),
        CheckKind::Tls(tls) => ("tls", kinds::tls::subject(tls)),
        CheckKind::Unit(unit) => ("unit", kinds::unit::subject(unit)),
        CheckKind::Process(process) => ("process", kinds::process::subject(process)),
        CheckKind::Port(port) => ("port", kinds::port::subject(port)),
        CheckKind::File(file) => ("file", kinds::file::subject(file)),
        CheckKind::Command(command) => ("command", kinds::command::subject(command)),
        CheckKind::Log(log) => ("log", kinds::log::subject(log)),
        CheckKind::Disk(disk) => ("disk", kinds::disk::subject(disk)),
        CheckKind::Dns(dns) => ("dns", kinds::dns::subject(dns)),
        CheckKind::Config(config) => ("config", kinds::config::subject(config)),
        CheckKind::Sql(sql) => ("sql", kinds::sql::subject(sql)),
        CheckKind::Redis(redis) => ("redis", kinds::redis::subject(redis)),
        CheckKind::Rejects(rejects) => ("rejects", kinds::rejects::subject(rejects, scene)),
    }
}

/// One try.
fn look(scene: &Scene<'_>, check: &Check, deadline: Deadline) -> Look {
    match &check.kind {
        CheckKind::Http(http) => kinds::http::look(http, scene, deadline),
        CheckKind::Tcp(tcp) => kinds::tcp::look(tcp, scene, deadline),
        CheckKind::Tls(tls) => kinds::tls::look(tls, scene, deadline),
        CheckKind::Unit(unit) => kinds::unit::look(unit, scene, deadline),
        CheckKind::Process(process) => kinds::process::look(process, scene),
        CheckKind::Port(port) => kinds::port::look(port, scene),
        CheckKind::File(file) => kinds::file::look(file, scene),
        CheckKind::Command(command) => kinds::command::look(command, scene, deadline),
        CheckKind::Log(log) => kinds::log::look(log, scene, deadline),
        CheckKind::Disk(disk) => kinds::disk::look(disk, scene),
        CheckKind::Dns(dns) => kinds::dns::look(dns, scene, deadline),
        CheckKind::Config(config) => kinds::config::look(config, scene),
        CheckKind::Sql(sql) => kinds::sql::look(sql, scene, deadline),
        CheckKind::Redis(redis) => kinds::redis::look(redis, scene, deadline),
        CheckKind::Rejects(rejects) => kinds::rejects::look(rejects, scene, deadline),
    }
}
