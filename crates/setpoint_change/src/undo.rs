//! The way back: every file as it was found, the same units as on the way forward, and then a look whether it is so.

use crate::file_edit::Found;
use crate::units::Command;
use crate::walk::{Eyes, as_found, changed_activity};
use crate::{Direction, Event, Evidence, Journal, Plan, Revision, Settle, State, Step, Switch, UnitState, units};
use setpoint_host::{Host, Refusal};
use setpoint_model::{Problem, Retry};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long units and checks may take to be as they were, and how far apart two looks are.
const PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// What the way back is gone with.
#[derive(Clone, Copy)]
pub struct WayBack<'a> {
    /// The machine.
    pub host: &'a dyn Host,
    /// How the site is looked at afterwards; `None` where it is not there to be looked at.
    pub eyes: Option<Eyes<'a>>,
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
        if state.is_to_be_undone() {
            self.switch.end_what_runs(self.host);
        }
        let because = "the process that made the change did not come to its end".to_owned();
        match state {
            State::Stuck { at, on } => {
                let what = format!("the journal `{}` says \"{on}\" of a change that is {at}", journal.path().display());
                Err(Problem::machine(what, "steps that follow one another", Retry::SafeOnceMended))
            }
            State::New => Ok(()),
            state if state.is_ended() => Ok(()),
            State::Undoing => self.with_timer(journal, Self::finish),
            state => self.with_timer(journal, |way_back, journal| {
                // As with a step that fails: a journal that cannot be written must not keep the machine in between.
                let written = journal.write(way_back.host, Event::Failed { step: step_of(state), because });
                let undone = if state.is_to_be_undone() { way_back.finish(journal) } else { Ok(()) };
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
            way_back.finish(journal)
        })
    }

    /// Does it with a timer that goes on with it where this process ends.
    fn with_timer(
        &self,
        journal: &mut Journal,
        work: impl FnOnce(&Self, &mut Journal) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        // Neither a timer nor a line that cannot be had keeps the machine from getting back.
        if let Ok(Some((unit, until))) = self.switch.arm(self.host, Duration::ZERO) {
            let _ = journal.write(self.host, Event::Armed { unit, until });
        }
        let done = work(self, journal);
        self.switch.disarm(self.host);
        done
    }

    fn finish(&self, journal: &mut Journal) -> Result<(), Problem> {
        let Some(plan) = journal.plan().cloned() else { return Ok(()) };
        self.undo(journal, &plan)
    }

    /// Puts back what the plan changed, and writes down what is not as it was.
    pub(crate) fn undo(&self, journal: &mut Journal, plan: &Plan) -> Result<(), Problem> {
        let mut differences = Vec::new();
        // What no service can have taken up needs no restart.
        let mut is_taken_up = journal.records().iter().any(|record| matches!(record.event, Event::Runs { .. }));
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
        differences.extend(self.regain(journal, plan));
        differences.extend(self.compare(journal, plan));
        journal.write(self.host, Event::Restored { differences })
    }

    /// Runs the command that takes a deployment back, where there is something to take back: as often as it is run, such a
    /// command leads to a version that was there before. What went wrong.
    fn take_back_deployment(&self, journal: &mut Journal, plan: &Plan, settle: &Settle) -> Option<String> {
        if was_taken_back(journal) {
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
        let (event, done) = command.run(self.host, journal, self.eyes.map(|eyes| eyes.scrub));
        let _ = journal.write(self.host, event);
        done.err().map(|problem| problem.what)
    }

    /// Puts back the files that the command's own way back left otherwise, and has the services take them up; what went
    /// wrong.
    fn regain(&self, journal: &mut Journal, plan: &Plan) -> Vec<String> {
        let mut differences = Vec::new();
        let mut put_back = false;
        for guard in &plan.guards {
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

    /// What is not as it was found.
    fn compare(&self, journal: &Journal, plan: &Plan) -> Vec<String> {
        let mut differences = Vec::new();
        for edit in &plan.edits {
            if !matches!(edit.found(self.host), Ok(Found::Before)) {
                differences.push(format!("`{}` is not as it was found", edit.path.display()));
            }
        }
        differences.extend(other_code(self.host, plan));
        let Some(before) = as_found(journal) else { return differences };
        differences.extend(soon(self.host, || units_otherwise(self.host, plan, &before.units)));
        let Some(eyes) = self.eyes else { return differences };
        // What is put back goes on to end for a while: a process of the version that failed may still say so in the log.
        let mut since = self.host.now();
        differences.extend(soon(self.host, || {
            let faults = (eyes.look)(&std::mem::replace(&mut since, self.host.now())).faults.into_iter();
            let new = faults.filter(|fault| !before.faults.contains(&fault.of));
            new.map(|fault| format!("{}: {}", fault.of, fault.why)).collect()
        }));
        match (eyes.capture)(journal.key()) {
            Ok(now) if now != before.capture => {
                differences.push(format!("the capture is not the one before: {}", otherwise(&before.capture, &now)));
            }
            Err(problem) => differences.push(format!("it could not be captured again: {}", problem.what)),
            Ok(_) => {}
        }
        differences
    }
}

/// The names of the defaults whose lines differ: what a line says besides may be nobody's to see.
fn otherwise(before: &str, now: &str) -> String {
    let lines = |text| str::lines(text).collect::<BTreeSet<_>>();
    let (before, now) = (lines(before), lines(now));
    let names = before.symmetric_difference(&now).filter_map(|line| line.split(' ').next());
    let names: BTreeSet<String> = names.map(|name| format!("`{name}`")).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// True if the command that takes a deployment back has come to its end well: run again, it would go further back.
fn was_taken_back(journal: &Journal) -> bool {
    let is_taken_back = |event: &Event| matches!(event, Event::TakenBack { .. });
    let Some(at) = journal.records().iter().rposition(|record| is_taken_back(&record.event)) else { return false };
    let before = journal.records()[..at].iter().rev().find_map(|record| match &record.event {
        Event::Ran { code, .. } => Some(*code),
        _ => None,
    });
    before == Some(Some(0))
}

/// Why there is nothing of a deployment to take back; `None` where there is something, or nobody can know.
fn needless(host: &dyn Host, journal: &Journal, plan: &Plan, settle: &Settle) -> Option<String> {
    let forward = Command::of(settle, Direction::Forward, "").shown;
    let is_begun =
        |event: &Event| matches!(event, Event::Runs { command } | Event::Ran { command, .. } if *command == forward);
    if !journal.records().iter().any(|record| is_begun(&record.event)) {
        return Some("the deployment command was never run".to_owned());
    }
    let revision = plan.revision.as_ref().filter(|revision| revision.is_untouched(host))?;
    let is_same = plan.guards.iter().all(|guard| guard.is_as_found(host))
        && plan.installed.iter().all(|installed| installed.is_as_found(host));
    let because = || {
        let (commit, files, folders) = (&revision.commit, plan.guards.len(), plan.installed.len());
        format!(
            "the code is at {commit} with its tracked files as they were found, and so are {files} other files and the \
             packages of {folders} folders"
        )
    };
    is_same.then(because)
}

/// The files of a change that are neither as found nor as left, and a checkout that somebody moved on.
fn changed_since(host: &dyn Host, journal: &Journal) -> Result<Vec<String>, Problem> {
    let refused = |refusal: Refusal| refusal.problem();
    let Some(plan) = journal.plan() else { return Ok(Vec::new()) };
    let mut others = Vec::new();
    for edit in &plan.edits {
        if edit.found(host).map_err(refused)? == Found::Other {
            others.push(format!("`{}`", edit.path.display()));
        }
    }
    let left = journal.records().iter().rev().find_map(|record| match &record.event {
        Event::Done { evidence: Evidence::Left { files, revision }, .. } => Some((files, revision)),
        _ => None,
    });
    let Some((files, revision)) = left else { return Ok(others) };
    for (guard, (path, left)) in plan.guards.iter().zip(files) {
        if guard.now(host).map_err(refused)? != *left && !guard.is_as_found(host) {
            others.push(format!("`{}`", path.display()));
        }
    }
    let moved_on = |revision: &&Revision| {
        !revision.is_here(host) && !plan.revision.as_ref().is_some_and(|found| found.is_here(host))
    };
    others
        .extend(revision.iter().find(moved_on).map(|revision| format!("the checkout `{}`", revision.folder.display())));
    Ok(others)
}

/// What of the files, the code and the packages that a deployment may change is not as it was.
pub(crate) fn not_as_found(host: &dyn Host, plan: &Plan) -> Vec<String> {
    let others = plan.guards.iter().filter(|guard| !guard.is_as_found(host));
    let mut left: Vec<String> = others.map(|guard| format!("`{}`", guard.path.display())).collect();
    // A file that was edited where it lies is guarded, and git knows it besides.
    let mut code = other_code(host, plan);
    code.retain(|other| !left.iter().any(|left| other.starts_with(left)));
    left.extend(code);
    left
}

/// What of the code and the packages is not as it was.
fn other_code(host: &dyn Host, plan: &Plan) -> Vec<String> {
    let mut others = Vec::new();
    if let Some(found) = &plan.revision {
        match Revision::of(host, &found.folder) {
            None => others.push(format!("`{}` is no checkout any more", found.folder.display())),
            Some(now) if now.commit != found.commit => {
                others.push(format!("`{}` is at {}, and was at {}", found.folder.display(), now.commit, found.commit));
            }
            Some(now) => others.extend(found.touched(&now).iter().map(|path| {
                let path = path.display();
                format!("`{path}` does not differ from the code's revision as it did")
            })),
        }
    }
    for installed in &plan.installed {
        let missing = installed.missing(host).into_iter();
        others.extend(missing.map(|name| format!("`{}` is not in `{}` any more", name, installed.folder.display())));
    }
    others
}

/// What is found in the end, where that should soon be nothing.
fn soon(host: &dyn Host, mut look: impl FnMut() -> Vec<String>) -> Vec<String> {
    let begun = host.elapsed();
    loop {
        let faults = look();
        if faults.is_empty() || host.elapsed().saturating_sub(begun) >= PATIENCE {
            return faults;
        }
        host.sleep(BETWEEN_LOOKS);
    }
}

/// The units that are not as they were. That systemd started one again while it was broken does not go away.
fn units_otherwise(host: &dyn Host, plan: &Plan, before: &[UnitState]) -> Vec<String> {
    match units::states(host, &plan.units) {
        Ok(now) => {
            changed_activity(before, &now).into_iter().map(|fault| format!("{} {}", fault.of, fault.why)).collect()
        }
        Err(problem) => vec![problem.what],
    }
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
