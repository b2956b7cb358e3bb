//! `setpoint change list` and `show`.

use super::changes;
use crate::cli::Format;
use crate::command_error::{CommandError, Exit};
use crate::report::{change as report, json_text};
use crate::terminal::Ui;
use setpoint_change::{Journal, Purpose, State};
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
    let mut listed = Vec::new();
    for number in changes.numbers(ui.host)?.into_iter().rev() {
        listed.push((number, changes.open(ui.host, number)?));
    }
    ui.print(&match args.format {
        Format::Text => report::list(ui, &listed),
        Format::Json => json_text(&listed.iter().map(report::listed).collect::<Vec<_>>())?,
    })?;
    Ok(Exit::Fine)
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
        let journal = changes.open(ui.host, *number)?;
        let is_of_staging = journal.plan().is_some_and(|plan| plan.purpose != Purpose::Lasting);
        if !(is_of_staging && journal.state().is_ended()) {
            return Ok(Some(number));
        }
    }
    Ok(numbers.last())
}
