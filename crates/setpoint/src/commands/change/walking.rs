//! The walk through the steps: what it is told and asks for, and how it ended.

use super::looking::{capture, look};
use super::{Doing, changes, exit_of, in_words, resume};
use crate::command_error::{CommandError, Exit};
use crate::commands::{backup, recover};
use crate::report::change as report;
use crate::survey::Survey;
use crate::terminal::{ERROR, Ui, WARNING};
use setpoint_change::{Changes, Event, Evidence, Eyes, Fault, Journal, Plan, Settle, State, Step, Steps, Switch, Told};
use setpoint_host::{Access, Kind, PutOff};
use setpoint_model::{Problem, Retry};
use setpoint_register::REGISTER;
use std::path::PathBuf;

/// Goes through the steps, says how it ended, and writes the note.
pub(crate) fn walk(ui: &Ui<'_>, survey: &Survey, plan: &Plan) -> Result<Exit, CommandError> {
    walk_watching(ui, survey, plan, &Vec::new).map(|(_, exit)| exit)
}

/// The same, and each look asks for more faults; also says the change's number.
pub(crate) fn walk_watching(
    ui: &Ui<'_>,
    survey: &Survey,
    plan: &Plan,
    more: &dyn Fn() -> Vec<Fault>,
) -> Result<(u64, Exit), CommandError> {
    trust(ui, survey, plan)?;
    let changes = changes(ui)?;
    let turn = changes.take_turn(ui.host)?;
    if let Switch::Timer { .. } = switch(ui, &changes, plan, 0)? {
        recover::install(ui, &changes)?;
    }
    let (number, mut journal) = changes.begin(ui.host, &turn)?;
    let register = survey.register.as_ref().map(|_| survey.register_file.clone());
    journal.write(ui.host, Event::planned(Plan { register, ..plan.clone() }))?;
    Ok((number, take_steps(ui, survey, &changes, (number, &mut journal), more)?))
}

/// Goes on with a change whose process ended before it did, from the step that it was in.
pub(super) fn go_on(ui: &Ui<'_>, survey: &Survey, number: u64) -> Result<Exit, CommandError> {
    let changes = changes(ui)?;
    let _turn = changes.take_turn(ui.host)?;
    let mut journal = changes.open(ui.host, number)?;
    let plan = resume::plan_of(number, &journal)?;
    trust(ui, survey, plan)?;
    take_steps(ui, survey, &changes, (number, &mut journal), &Vec::new)
}

/// Shows what would be done. That nobody reads it is no success of what is then not done.
pub(crate) fn show_plan(ui: &Ui<'_>, text: &str, doing: Doing) -> Result<(), CommandError> {
    match ui.print(text) {
        Err(CommandError::ReaderGone) if !doing.dry_run => {
            let what = "nobody reads the output any more, in which the plan stands";
            Err(Problem::machine(what, "somebody who reads it up to its end", Retry::Safe).into())
        }
        shown => shown,
    }
}

/// Refuses, before anybody is asked, what could not begin; of a plan that is only shown, says so.
pub(crate) fn may_begin(ui: &Ui<'_>, survey: &Survey, plan: &Plan, doing: Doing) -> Result<(), Problem> {
    match trust(ui, survey, plan) {
        Err(problem) if doing.dry_run => {
            ui.tell_labelled(WARNING, "would be refused:", &problem.to_string());
            Ok(())
        }
        answer => answer,
    }
}

/// Refuses what is followed as root and others may write, and what nothing would undo.
fn trust(ui: &Ui<'_>, survey: &Survey, plan: &Plan) -> Result<(), Problem> {
    if survey.register.is_some() {
        setpoint_change::trust(ui.host, &survey.register_file)?;
    }
    for settle in &plan.settle {
        if let Settle::Command { forward, back, folder, .. } = settle {
            let folder = folder.as_ref().unwrap_or(&plan.site);
            setpoint_change::trust_scripts(ui.host, folder, forward)?;
            setpoint_change::trust_scripts(ui.host, folder, back)?;
        }
    }
    switch(ui, &changes(ui)?, plan, 0).map(drop)
}

/// Files that nothing runs from are looked after by whoever edits them.
fn switch(ui: &Ui<'_>, changes: &Changes, plan: &Plan, number: u64) -> Result<Switch, Problem> {
    if plan.settle.is_empty() { Ok(Switch::None) } else { recover::switch(ui, changes, number) }
}

fn take_steps(
    ui: &Ui<'_>,
    survey: &Survey,
    changes: &Changes,
    (number, journal): (u64, &mut Journal),
    more: &dyn Fn() -> Vec<Fault>,
) -> Result<Exit, CommandError> {
    let Some(plan) = journal.plan().cloned() else { return Ok(Exit::NeverApplied) };
    // Ctrl-C and a terminal that goes away put the change back, and do not leave it where it stands.
    let put_off = PutOff::begin();
    let steps = Steps {
        host: ui.host,
        eyes: Eyes {
            capture: &|key| capture(ui, &survey.request, key),
            look: &|since| {
                let mut look = look(ui, survey, since);
                look.faults.extend(more());
                look
            },
            scrub: &|text| survey.scrubber.scrub(text).unwrap_or_else(|| text.to_owned()),
        },
        backup: &|plan| if plan.saves.is_none() { Ok(None) } else { backup::save(ui, survey, number) },
        is_stopped: &|| put_off.is_asked(),
        goes_back: &|| put_off.spare_programs(),
        tell: &|told| tell(ui, number, told),
        switch: &switch(ui, changes, &plan, number)?,
    };
    let walked = steps.walk(journal);
    // A change that is kept needs what the ones before it held no more, whether it has a backup of its own or not.
    let may_let_go = journal.backup().is_some() || (journal.state() == State::Kept && !plan.settle.is_empty());
    if may_let_go && let Err(problem) = backup::let_go(ui, survey, number, journal.state()) {
        ui.tell_labelled(WARNING, "warning:", &format!("a backup that nothing needs is kept: {problem}"));
    }
    end(ui, changes, number, journal, walked)
}

/// Says how a change ended, and writes its note.
pub(crate) fn end(
    ui: &Ui<'_>,
    changes: &Changes,
    number: u64,
    journal: &mut Journal,
    walked: Result<(), Problem>,
) -> Result<Exit, CommandError> {
    if let Err(problem) = walked {
        let hint =
            format!("the journal is `{}`; `setpoint rollback {number}` goes on from it", journal.path().display());
        return Err(CommandError::from(problem).hinted(hint));
    }
    let own = changes.folder().join(number.to_string()).join("note.md");
    let note = note_of_site(ui, number, journal);
    if let Err(problem) = write_note(ui, number, journal, &[Some(&own), note.as_ref()]) {
        // The change has ended all the same, and its journal says how.
        ui.tell_labelled(WARNING, "warning:", &format!("the note was not written: {problem}"));
    }
    // The exit code says how it ended, whoever reads what is printed.
    if let Err(error) = ui.print(&report::end(number, journal, note.as_ref().unwrap_or(&own))) {
        ui.tell_labelled(WARNING, "warning:", &error.sentence());
    }
    Ok(exit_of(journal.state()))
}

/// Where the note is committed from, beside the register. Where there is none, nobody keeps notes.
fn note_of_site(ui: &Ui<'_>, number: u64, journal: &Journal) -> Option<PathBuf> {
    let file = setpoint_change::note_file(number, journal)?;
    let site = &journal.plan()?.site;
    let has_register = ui.host.status(&site.join(REGISTER)).is_ok_and(|status| status.kind == Kind::File);
    let folder = file.parent().filter(|folder| ui.host.status(folder).is_ok()).unwrap_or(site);
    // Root writes nothing where somebody else could lay a link.
    (has_register && setpoint_change::trust(ui.host, folder).is_ok()).then_some(file)
}

fn write_note(ui: &Ui<'_>, number: u64, journal: &mut Journal, files: &[Option<&PathBuf>]) -> Result<(), Problem> {
    journal.write(ui.host, Event::Started { step: Step::Note })?;
    let text = setpoint_change::note(number, journal).unwrap_or_default();
    for (file, access) in files.iter().zip([Access::PRIVATE, Access::PUBLIC]) {
        let Some(file) = file else { continue };
        ui.host.write_with(file, text.as_bytes(), access).map_err(|refusal| refusal.problem())?;
    }
    journal.write(ui.host, Event::Done { step: Step::Note, evidence: Evidence::Facts { facts: Vec::new() } })
}

fn tell(ui: &Ui<'_>, number: u64, told: Told<'_>) {
    match told {
        Told::Begins(step) => show(ui, &format!("change {number}: {} …", step.sentence())),
        Told::Ended(step) => {
            clear(ui);
            ui.say_to_who_waits(&format!("done: {}", step.sentence()));
        }
        Told::Failed(step, problem) => {
            clear(ui);
            ui.tell_labelled(ERROR, "failed:", &format!("{}: {problem}", step.sentence()));
        }
        Told::GoesBack => ui.say("rolling back …"),
        Told::Watching(left) => {
            let words = "`setpoint change confirm` keeps it, Ctrl-C puts it back";
            show(ui, &format!("change {number}: {} left; {words}", in_words(left)));
        }
    }
}

/// A line for who waits at a terminal, in the place of the one before.
fn show(ui: &Ui<'_>, text: &str) {
    if let Some(mut line) = ui.line() {
        line.write(text);
    }
}

fn clear(ui: &Ui<'_>) {
    if let Some(mut line) = ui.line() {
        line.clear();
    }
}
