//! `setpoint backup list`.

use super::begin;
use super::told::{moment, short, size};
use crate::cli::{Format, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::report::columns::{Cell, Fit, Layout};
use crate::report::json_text;
use crate::terminal::{ERROR, FAINT, STRONG, Ui, WARNING, visible};
use setpoint_backup::{Listed, Store, Verification};

/// List the backups of the repository, the oldest first
///
/// Of each is said whether it was proven: restored into scratch and compared with what was saved. One that was not is not
/// to be relied upon.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint backup list
  setpoint backup list --format json        for programs")]
pub(super) struct Args {
    /// Those of an environment alone
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// A table for people, or everything as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let begun = begin(ui, &SiteArguments::default())?;
    let is_there = Store::is_there(ui.host, &begun.settings)?;
    let mut listed = if is_there { begun.open(ui, "reading")?.list()? } else { Vec::new() };
    listed.retain(|backup| args.environment.is_none() || backup.environment == args.environment);
    ui.print(&match args.format {
        Format::Text => table(ui, &listed),
        Format::Json => json_text(&listed)?,
    })?;
    if listed.is_empty() {
        ui.say("there is no such backup yet");
    }
    Ok(begun.exit)
}

fn table(ui: &Ui<'_>, listed: &[Listed]) -> String {
    let row = |backup: &Listed| {
        let bytes = backup.bytes.map(size).unwrap_or_default();
        let pinned = backup.record.pinned_by.join(", ");
        let pinned = if pinned.is_empty() { pinned } else { format!("for {pinned}") };
        let undo = backup.before_restore_of.as_ref().map(|_| "an undo".to_owned());
        let machine =
            Some(&backup.machine).filter(|_| !backup.is_of_this_machine).map(|name| format!("of {}", visible(name)));
        let pinned = Some(pinned).filter(|pinned| !pinned.is_empty());
        let notes: Vec<String> = [machine, undo, pinned].into_iter().flatten().collect();
        [
            Cell::new(STRONG, short(&backup.id)),
            Cell::plain(&moment(ui, backup.time)),
            Cell::plain(backup.environment.as_deref().unwrap_or(if backup.is_ours { "-" } else { "not ours" })),
            Cell::plain(&bytes),
            proven(ui, backup),
            Cell::new(FAINT, &notes.join(", ")),
        ]
    };
    let rows: Vec<[Cell; 6]> = listed.iter().map(row).collect();
    let fits = [Fit::Whole(8), Fit::Whole(16), Fit::Whole(20), Fit::Whole(10), Fit::Whole(17), Fit::Cut(14)];
    let layout = Layout::of(&rows, fits, ui.width);
    rows.iter().map(|row| layout.row(row)).collect()
}

fn proven(ui: &Ui<'_>, backup: &Listed) -> Cell {
    let day = |verification: &Verification| moment(ui, verification.at).chars().take(10).collect::<String>();
    match &backup.record.verification {
        None if !backup.is_of_this_machine => Cell::new(FAINT, "not known here"),
        None => Cell::new(WARNING, "not proven"),
        Some(verification) if verification.passed => Cell::plain(&format!("proven {}", day(verification))),
        Some(verification) => Cell::new(ERROR, &format!("FAILED {}", day(verification))),
    }
}
