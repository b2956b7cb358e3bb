//! The way back: every file as it was found, the same units as on the way forward, and then a look whether it is so.

use crate::compare::{self, changed_since, not_as_found};
use crate::file_edit::Found;
use crate::left::Foreign;
use crate::units::Command;
use crate::walk::Eyes;
use crate::{Direction, Event, Journal, Left, Plan, Settle, State, Step, Switch, switch};
use setpoint_host::Host;
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// When it is tried again where its end could not be written down. Each time services are started again.
const UNTIL_AGAIN: Duration = Duration::from_mins(10);

/// What the way back is gone with.
#[derive(Clone, Copy)]
pub struct WayBack<'a> {
    /// The machine.
    pub host: &'a dyn Host,
    /// How the site is looked at afterwards.
    pub eyes: Eyes<'a>,
    /// What goes on with it if this process does not come to the end.
    pub switch: &'a Switch,
}

impl WayBack<'_> {
    /// Brings a change to its end whose process ended before: one that had begun to be applied is undone, one that had not
    /// is marked so. Does nothing to one that has ended.
    ///
    /// # Errors
    /// The journal cannot be written, or says what cannot be.
    pub fn recover(&self, journal: &mut Journal) -> Result<(), Problem> {
        let state = journal.state();
        let because = "the process that made the change did not come to its end".to_owned();
        match state {
            State::Stuck { at, on } => {
                let what = format!("the journal `{}` says \"{on}\" of a change that is {at}", journal.path().display());
                Err(Problem::machine(what, "steps that follow one another", Retry::SafeOnceMended))
            }
            State::New => Ok(()),
            state if state.is_ended() => Ok(()),
            State::Undoing => self.with_timer(journal, |way_back, journal| way_back.finish(journal, true)),
            state => self.with_timer(journal, |way_back, journal| {
                // As with a step that fails: a journal that cannot be written must not keep the machine in between.
                let written = journal.write(way_back.host, Event::Failed { step: step_of(state), because });
                let undone = if state.is_to_be_undone() { way_back.finish(journal, false) } else { Ok(()) };
                written.and(undone)
            }),
        }
    }

    /// Undoes a change that was kept, or goes on with one whose undoing was not complete.
    ///
    /// # Errors
    /// It is not there to be undone, a file was changed since by somebody else, or the journal cannot be written.
    pub fn take_back(&self, journal: &mut Journal, because: &str) -> Result<(), Problem> {
        let others = changed_since(self.host, journal)?;
        if !others.is_empty() {
            let what = format!("{} was changed since by somebody else", others.join(", "));
            return Err(Problem::input(what, "the files as the change left them", Retry::SafeOnceMended).hint(
                "a rollback would overwrite that: take it back first, or edit by hand what the change's note shows",
            ));
        }
        self.with_timer(journal, |way_back, journal| {
            journal.write(way_back.host, Event::UndoAsked { because: because.to_owned() })?;
            way_back.finish(journal, false)
        })
    }

    /// Does it with a timer that goes on with it where this process ends.
    fn with_timer(
        &self,
        journal: &mut Journal,
        work: impl FnOnce(&Self, &mut Journal) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        // Neither a timer nor a line that cannot be had keeps the machine from getting back.
        let armed = self.switch.arm(self.host, Duration::ZERO).ok().flatten();
        if let Some((unit, until)) = armed.clone() {
            let _ = journal.write(self.host, Event::Armed { unit, until });
        }
        let done = work(self, journal);
        if done.is_ok() {
            self.switch.disarm(self.host);
        } else if let (Ok(Some(_)), Some((first, _))) = (self.switch.arm(self.host, UNTIL_AGAIN), armed) {
            switch::stop(self.host, &first);
        }
        done
    }

    fn finish(&self, journal: &mut Journal, is_again: bool) -> Result<(), Problem> {
        let Some(plan) = journal.plan().cloned() else { return Ok(()) };
        self.undo(journal, &plan, is_again)
    }

    /// Puts back what the plan changed, and writes down what is not as it was. `is_again` where a process ended in the middle
    /// of it: what that one put back, no service may have taken up.
    pub(crate) fn undo(&self, journal: &mut Journal, plan: &Plan, is_again: bool) -> Result<(), Problem> {
        let mut differences = Vec::new();
        if journal.may_still_run()
            && let Err(problem) = self.switch.end_what_runs(self.host)
        {
            differences.push(format!("what was run may go on: {}", problem.what));
        }
        let foreign = self.foreign(journal, plan);
        // What no service can have taken up needs no restart.
        let mut is_taken_up =
            is_again || journal.records().iter().any(|record| matches!(record.event, Event::Runs { .. }));
        for edit in plan.edits.iter().rev() {
            let path = edit.path.display();
            match edit.undo(self.host) {
                Ok(Found::Other) => differences.push(format!("`{path}` was changed by somebody else and left alone")),
                Ok(found) => is_taken_up |= found == Found::After,
                Err(refusal) => differences.push(format!("`{path}` was not put back: {refusal}")),
            }
        }
        for settle in plan.settle.iter().filter(|_| is_taken_up) {
            differences.extend(match settle {
                Settle::Command { .. } => self.take_back_deployment(journal, plan, settle),
                Settle::ReloadManager | Settle::Reload(_) | Settle::Restart(_) => self.settle(journal, plan, settle),
            });
        }
        differences.extend(self.regain(journal, plan, &foreign, is_again));
        differences.extend(compare::differences(self.host, self.eyes, journal, plan));
        let left = self.left(journal, plan, &foreign);
        journal.write(self.host, Event::Restored { differences, left })
    }

    /// The guarded files that somebody else has changed since the deployment. Once the way back has run its own command,
    /// nobody can tell any more.
    fn foreign<'p>(&self, journal: &Journal, plan: &'p Plan) -> Vec<Foreign<'p>> {
        let left = journal.left().filter(|_| !has_run(journal));
        left.and_then(|left| left.foreign(self.host, plan).ok()).unwrap_or_default()
    }

    /// What is there in the end of what a deployment can change.
    fn left(&self, journal: &Journal, plan: &Plan, foreign: &[Foreign<'_>]) -> Option<Left> {
        let left = Left::of(self.host, plan).ok().filter(|_| plan.is_deployment())?;
        Some(match journal.left() {
            Some(before) => left.with_foreign(foreign, before),
            None => left,
        })
    }

    /// Runs the command that takes a deployment back, where there is something to take back: such a command may lead further
    /// back each time. What went wrong.
    fn take_back_deployment(&self, journal: &mut Journal, plan: &Plan, settle: &Settle) -> Option<String> {
        if was_taken_back(journal, settle) {
            return None;
        }
        // As with what was run: that it is not written down must not keep the machine from getting back.
        if let Some(because) = needless(self.host, journal, plan, settle) {
            let _ = journal.write(self.host, Event::NothingToTakeBack { because });
            return None;
        }
        let fault = self.settle(journal, plan, settle);
        let _ = journal.write(self.host, Event::TakenBack { left: not_as_found(self.host, plan) });
        fault
    }

    /// One of the last things that a plan does, on the way back; what went wrong.
    fn settle(&self, journal: &mut Journal, plan: &Plan, settle: &Settle) -> Option<String> {
        let command = Command::of(settle, Direction::Back, &plan.site.display().to_string());
        let command = command.within(self.switch.around(self.host));
        // What is written down matters less than that the machine gets back.
        let _ = journal.write(self.host, Event::Runs { command: command.shown.clone() });
        let (event, done) = command.run(self.host, journal, self.eyes.scrub);
        let _ = journal.write(self.host, event);
        done.err().map(|problem| problem.what)
    }

    /// Puts back the files that the command's own way back left otherwise, and has the services take them up; what went
    /// wrong.
    fn regain(&self, journal: &mut Journal, plan: &Plan, foreign: &[Foreign<'_>], is_again: bool) -> Vec<String> {
        let mut differences = Vec::new();
        let mut put_back = is_again;
        for guard in &plan.guards {
            if foreign.iter().any(|foreign| foreign.guard == guard && foreign.is_still_so(self.host)) {
                differences.push(format!("`{}` was changed by somebody else and left alone", guard.path.display()));
                continue;
            }
            match guard.restore(self.host) {
                Ok(restored) => put_back |= restored,
                Err(refusal) => differences.push(format!("`{}` was not put back: {refusal}", guard.path.display())),
            }
        }
        if put_back {
            let regained = plan.regain.iter().filter_map(|settle| self.settle(journal, plan, settle));
            differences.extend(regained);
        }
        differences
    }
}

/// True if the command that takes a deployment back has come to its end well: run again, it might go further back.
fn was_taken_back(journal: &Journal, settle: &Settle) -> bool {
    let back = Command::of(settle, Direction::Back, "").shown;
    let is_it = |event: &Event| matches!(event, Event::Ran { command, code: Some(0), .. } if *command == back);
    journal.way_back().iter().any(|record| is_it(&record.event))
}

/// True if the way back has begun to run a command.
fn has_run(journal: &Journal) -> bool {
    journal.way_back().iter().any(|record| matches!(record.event, Event::Runs { .. }))
}

/// Why there is nothing of a deployment to take back; `None` where there is something, or nobody can know.
fn needless(host: &dyn Host, journal: &Journal, plan: &Plan, settle: &Settle) -> Option<String> {
    let forward = Command::of(settle, Direction::Forward, "").shown;
    let is_begun =
        |event: &Event| matches!(event, Event::Runs { command } | Event::Ran { command, .. } if *command == forward);
    if !journal.records().iter().any(|record| is_begun(&record.event)) {
        return Some("the deployment command was never run".to_owned());
    }
    // It says itself that it did something, which may be nothing of what is known here; the same of its way back, once that
    // was begun, by a process that did not see its end.
    let is_done = |event: &Event| matches!(event, Event::Ran { command, code: Some(0), .. } if *command == forward);
    if journal.records().iter().any(|record| is_done(&record.event)) && !has_run(journal) {
        return None;
    }
    let revision = plan.revision.as_ref().filter(|revision| revision.is_untouched(host))?;
    let is_same = plan.guards.iter().all(|guard| guard.is_as_found(host))
        && plan.installed.iter().all(|installed| installed.missing(host).is_empty())
        && plan.links.iter().all(|link| link.leads_there(host));
    let because = || {
        let (commit, files, folders) = (&revision.commit, plan.guards.len(), plan.installed.len());
        format!(
            "the code is at {commit} with its tracked files as they were found, and so are {files} other files and the \
             packages of {folders} folders"
        )
    };
    is_same.then(because)
}

/// The step that a state is in, or before.
fn step_of(state: State) -> Step {
    match state {
        State::New | State::Planned => Step::Capture,
        State::Captured => Step::Backup,
        State::BackedUp | State::Applying | State::Undoing => Step::Test,
        State::Applied | State::Watched => Step::Watch,
        State::Kept | State::RolledBack | State::RolledBackUnverified | State::NeverApplied | State::Stuck { .. } => {
            Step::Note
        }
    }
}
