//! The way back: every file as it was found, the same units as on the way forward, and then a look whether it is so.

use crate::file_edit::Found;
use crate::units::Command;
use crate::walk::{as_found, changed_activity};
use crate::{Direction, Event, Evidence, Journal, Plan, Revision, Settle, State, Step, units};
use setpoint_host::{Host, Refusal};
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// How often it is looked whether a unit is as it was, and how long apart.
const LOOKS: usize = 30;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Captures the site as a text: what is effective, and where it stands.
type Capture<'a> = &'a dyn Fn() -> Result<String, Problem>;

/// Brings a change to its end whose process ended before: one that had begun to be applied is undone, one that had not is
/// marked so. Does nothing to one that has ended.
///
/// # Errors
/// The journal cannot be written, or says what cannot be.
pub fn recover(host: &dyn Host, journal: &mut Journal, capture: Option<Capture<'_>>) -> Result<(), Problem> {
    let state = journal.state();
    let because = "the process that made the change did not come to its end".to_owned();
    match state {
        State::Stuck { at, on } => {
            let what = format!("the journal `{}` says \"{on}\" of a change that is {at}", journal.path().display());
            Err(Problem::machine(what, "steps that follow one another", Retry::SafeOnceMended))
        }
        State::New => Ok(()),
        state if state.is_ended() => Ok(()),
        State::Undoing => finish(host, journal, capture),
        state => {
            // As with a step that fails: a journal that cannot be written must not keep the machine in between.
            let written = journal.write(host, Event::Failed { step: step_of(state), because });
            let undone = if state.is_to_be_undone() { finish(host, journal, capture) } else { Ok(()) };
            written.and(undone)
        }
    }
}

/// Undoes a change that was kept, or goes on with one whose undoing was not complete.
///
/// # Errors
/// It is not there to be undone, a file was changed since by somebody else, or the journal cannot be written.
pub fn take_back(
    host: &dyn Host,
    journal: &mut Journal,
    because: &str,
    capture: Option<Capture<'_>>,
) -> Result<(), Problem> {
    let others = changed_since(host, journal)?;
    if !others.is_empty() {
        let what = format!("{} was changed since by somebody else", others.join(", "));
        return Err(Problem::input(what, "the files as the change left them", Retry::SafeOnceMended).hint(
            "a rollback would overwrite that: take it back first, or edit by hand what the change's note shows",
        ));
    }
    journal.write(host, Event::UndoAsked { because: because.to_owned() })?;
    finish(host, journal, capture)
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

fn finish(host: &dyn Host, journal: &mut Journal, capture: Option<Capture<'_>>) -> Result<(), Problem> {
    let Some(plan) = journal.plan().cloned() else { return Ok(()) };
    undo(host, journal, &plan, capture)
}

/// Puts back what the plan changed, and writes down what is not as it was.
pub(crate) fn undo(
    host: &dyn Host,
    journal: &mut Journal,
    plan: &Plan,
    capture: Option<Capture<'_>>,
) -> Result<(), Problem> {
    let mut differences = Vec::new();
    // What no service can have taken up needs no restart.
    let mut is_taken_up = journal.records().iter().any(|record| matches!(record.event, Event::Runs { .. }));
    for edit in plan.edits.iter().rev() {
        let path = edit.path.display();
        match edit.undo(host) {
            Ok(Found::Other) => differences.push(format!("`{path}` was changed by somebody else and left alone")),
            Ok(found) => is_taken_up |= found == Found::After,
            Err(refusal) => differences.push(format!("`{path}` was not put back: {refusal}")),
        }
    }
    // A deployment that has changed nothing has nothing to take back: its own way back leads to the version before. Only where
    // git knows the code is that known.
    let is_needless = plan.revision.is_some() && not_as_found(host, plan).is_empty();
    for settle in plan.settle.iter().filter(|_| is_taken_up) {
        let is_command = matches!(settle, Settle::Command { .. });
        if is_command && is_needless {
            continue;
        }
        differences.extend(settle_back(host, journal, plan, settle));
        if is_command {
            // As with what was run: that it is not written down must not keep the machine from getting back.
            let _ = journal.write(host, Event::TakenBack { left: not_as_found(host, plan) });
        }
    }
    differences.extend(regain(host, journal, plan));
    differences.extend(compare(host, journal, plan, capture));
    journal.write(host, Event::Restored { differences })
}

/// One of the last things that a plan does, on the way back; what went wrong.
fn settle_back(host: &dyn Host, journal: &mut Journal, plan: &Plan, settle: &Settle) -> Option<String> {
    let command = Command::of(settle, Direction::Back, &plan.site.display().to_string());
    // What is written down matters less than that the machine gets back.
    let _ = journal.write(host, Event::Runs { command: command.shown.clone() });
    let (event, done) = command.run(host);
    let _ = journal.write(host, event);
    done.err().map(|problem| problem.what)
}

/// What of the files and the revision that a deployment may change is not as it was.
pub(crate) fn not_as_found(host: &dyn Host, plan: &Plan) -> Vec<String> {
    let others = plan.guards.iter().filter(|guard| !guard.is_as_found(host));
    let mut left: Vec<String> = others.map(|guard| format!("`{}`", guard.path.display())).collect();
    if let Some(revision) = plan.revision.as_ref().filter(|revision| !revision.is_here(host)) {
        let now = Revision::of(host, &revision.folder).map_or("no revision".to_owned(), |now| now.commit);
        left.push(format!("`{}`, which is at {now}", revision.folder.display()));
    }
    left
}

/// Puts back the files that the command's own way back left otherwise, and has the services take them up; what went wrong.
fn regain(host: &dyn Host, journal: &mut Journal, plan: &Plan) -> Vec<String> {
    let mut differences = Vec::new();
    let mut put_back = false;
    for guard in &plan.guards {
        match guard.restore(host) {
            Ok(restored) => put_back |= restored,
            Err(refusal) => differences.push(format!("`{}` was not put back: {refusal}", guard.path.display())),
        }
    }
    if put_back {
        let regained = plan.regain.iter().filter_map(|settle| settle_back(host, journal, plan, settle));
        differences.extend(regained);
    }
    differences
}

/// What is not as it was found.
fn compare(host: &dyn Host, journal: &Journal, plan: &Plan, capture: Option<Capture<'_>>) -> Vec<String> {
    let mut differences = Vec::new();
    for edit in &plan.edits {
        if !matches!(edit.found(host), Ok(Found::Before)) {
            differences.push(format!("`{}` is not as it was found", edit.path.display()));
        }
    }
    if let Some(revision) = plan.revision.as_ref().filter(|revision| !revision.is_here(host)) {
        differences.push(format!("`{}` is not at {}", revision.folder.display(), revision.commit));
    }
    let Some(before) = as_found(journal) else { return differences };
    differences.extend(units_as_found(host, plan, &before.units));
    match capture.map(|capture| capture()) {
        Some(Ok(now)) if now != before.capture => differences.push("the capture is not the one before".to_owned()),
        Some(Err(problem)) => differences.push(format!("it could not be captured again: {}", problem.what)),
        Some(Ok(_)) | None => {}
    }
    differences
}

/// Waits for the units to be as they were; what they are not in the end.
fn units_as_found(host: &dyn Host, plan: &Plan, before: &[crate::UnitState]) -> Vec<String> {
    let mut faults = Vec::new();
    for look in 0..LOOKS {
        faults = match units::states(host, &plan.units) {
            // That systemd started a unit again while it was broken does not go away.
            Ok(now) => {
                changed_activity(before, &now).into_iter().map(|fault| format!("{} {}", fault.of, fault.why)).collect()
            }
            Err(problem) => vec![problem.what],
        };
        if faults.is_empty() || look + 1 == LOOKS {
            break;
        }
        host.sleep(BETWEEN_LOOKS);
    }
    faults
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
