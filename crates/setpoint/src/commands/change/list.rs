//! `setpoint change list` and `show`.

use super::changes;
use crate::cli::Format;
use crate::command_error::{CommandError, Exit};
use crate::report::{change as report, json_text};
use crate::terminal::{NOTE, Ui, WARNING};
use setpoint_change::{Changes, Event, Journal, Purpose, State};
use setpoint_model::{Problem, Retry};

/// List the changes of this machine, the newest first
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Text for people, or the same as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// Show the note of one change
#[derive(clap::Args, Debug)]
pub(super) struct ShowArgs {
    /// Its number [default: the last]
    number: Option<u64>,
}

pub(super) fn list(ui: &Ui<'_>, args: &ListArgs) -> Result<Exit, CommandError> {
    let changes = changes(ui)?;
    let numbers = changes.numbers(ui.host)?.into_iter().rev();
    let listed: Vec<_> = numbers.map(|number| (number, changes.open(ui.host, number))).collect();
    ui.print(&match args.format {
        Format::Text if listed.is_empty() => none(ui, &changes),
        Format::Text => report::list(ui, &listed),
        Format::Json => json_text(&listed.iter().map(report::listed).collect::<Vec<_>>())?,
    })?;
    for (number, journal) in listed.iter().filter_map(|(number, journal)| Some((number, journal.as_ref().ok()?))) {
        if journal.state().is_pending() && changes.try_turn(ui.host)?.is_some() {
            ui.tell_labelled(NOTE, "note:", &left_alone(*number, journal));
        }
    }
    let unreadable = listed.iter().filter_map(|(_, journal)| journal.as_ref().err());
    unreadable.for_each(|problem| tell_unreadable(ui, problem));
    Ok(Exit::Fine)
}

/// That nobody is there any more who would end a change, and what does.
fn left_alone(number: u64, journal: &Journal) -> String {
    let timer = journal.records().iter().rev().find_map(|record| match &record.event {
        Event::Armed { until, .. } => Some(format!("its timer puts it back at {}", until.strftime("%H:%M:%S UTC"))),
        _ => None,
    });
    let then = timer.unwrap_or_else(|| "no timer was armed".to_owned());
    let keeps = if journal.state() == State::Applied { "`setpoint change confirm` keeps it, " } else { "" };
    format!("the process of change {number} is gone; {then}; {keeps}`setpoint rollback {number}` undoes it now")
}

/// That there is nothing to list; changes are mostly made as root, who keeps them elsewhere.
fn none(ui: &Ui<'_>, changes: &Changes) -> String {
    let folder = changes.folder().display();
    let others = if ui.host.owner().0 == 0 { "" } else { "; those of root are listed by `sudo setpoint change list`" };
    format!("no change is recorded in `{folder}`{others}\n")
}

/// Of a change whose journal cannot be read, that and why.
pub(crate) fn tell_unreadable(ui: &Ui<'_>, problem: &Problem) {
    ui.tell_labelled(WARNING, "warning:", &problem.to_string());
    problem.hint.iter().for_each(|hint| ui.tell_labelled(WARNING, "hint:", hint));
}

pub(super) fn show(ui: &Ui<'_>, args: &ShowArgs) -> Result<Exit, CommandError> {
    let (number, journal) = one(ui, args.number)?;
    ui.print(&setpoint_change::note(number, &journal).unwrap_or_default())?;
    Ok(Exit::Fine)
}

/// The change of that number, or the last one.
pub(crate) fn one(ui: &Ui<'_>, number: Option<u64>) -> Result<(u64, Journal), CommandError> {
    let changes = changes(ui)?;
    let numbers = changes.numbers(ui.host)?;
    let found = match number {
        Some(number) => numbers.iter().find(|known| **known == number),
        None => last(ui, &numbers)?,
    };
    let Some(found) = found else {
        let what = number.map_or("there is no change yet".to_owned(), |number| format!("there is no change {number}"));
        let expected = format!("a change that is recorded in `{}`", changes.folder().display());
        return Err(Problem::input(what, expected, Retry::SafeOnceMended)
            .hint("`setpoint change list` lists them")
            .into());
    };
    let journal = changes.open(ui.host, *found)?;
    if journal.state() == State::New {
        let what = format!("change {found} was never planned");
        return Err(Problem::input(what, "a change with a plan", Retry::SafeOnceMended).into());
    }
    Ok((*found, journal))
}

/// The last change that is meant where none is named: one in a staging is meant only while it goes on.
fn last<'n>(ui: &Ui<'_>, numbers: &'n [u64]) -> Result<Option<&'n u64>, CommandError> {
    let changes = changes(ui)?;
    for number in numbers.iter().rev() {
        // Whoever names none means the last, and that would be another than this one.
        let journal = changes.open(ui.host, *number)?;
        // It died before its first line: nothing was ever planned.
        if journal.state() == State::New {
            continue;
        }
        let is_of_staging = journal.plan().is_some_and(|plan| plan.purpose != Purpose::Lasting);
        if !(is_of_staging && journal.state().is_ended()) {
            return Ok(Some(number));
        }
    }
    Ok(numbers.last())
}
