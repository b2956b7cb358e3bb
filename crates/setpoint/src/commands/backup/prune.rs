//! `setpoint backup prune`.

use super::begin;
use super::told::{moment, short, size};
use crate::cli::{Format, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::report::columns::{Cell, Fit, Layout};
use crate::report::json_text;
use crate::terminal::{STRONG, Ui, WARNING};
use serde::Serialize;
use setpoint_backup::{Doing, Fate, Kept, Pruned};

/// Remove the backups that are older than the register keeps them
///
/// Says what would go; only with `--yes` it goes. What always stays: a backup that somebody needs (a change that can be
/// undone with it), the newest of each environment, the newest that is proven, what other programs and other machines
/// saved, and the backups of environments that `keep` does not name. Space is given back a day after the backups that
/// used it went, so that a backup that is being made meanwhile loses nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint backup prune                     what would go
  sudo setpoint backup prune --yes          remove it")]
pub(super) struct Args {
    /// Do it
    #[arg(long)]
    yes: bool,
    /// An answer for people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Serialize)]
struct Answer<'a> {
    done: bool,
    #[serde(flatten)]
    pruned: &'a Pruned,
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let begun = begin(ui, &SiteArguments::default())?;
    let store = begun.open(ui, "removing")?;
    let doing = if args.yes { Doing::Really } else { Doing::DryRun };
    let pruned = store.prune(&begun.backup.keep, doing)?;
    ui.print(&match args.format {
        Format::Text => text(ui, &pruned, doing),
        Format::Json => json_text(&Answer { done: args.yes, pruned: &pruned })?,
    })?;
    if doing == Doing::DryRun {
        ui.tell("nothing was removed; `--yes` does it");
    }
    Ok(begun.exit)
}

fn text(ui: &Ui<'_>, pruned: &Pruned, doing: Doing) -> String {
    let row = |fate: &Fate| {
        let backup = &fate.backup;
        let environment = backup.environment.as_deref().unwrap_or("-");
        let moment = moment(ui, backup.time);
        [Cell::new(STRONG, short(&backup.id)), Cell::plain(&moment), Cell::plain(environment), kept(&fate.kept, doing)]
    };
    let rows: Vec<[Cell; 4]> = pruned.backups.iter().map(row).collect();
    let layout = Layout::of(&rows, [Fit::Whole(8), Fit::Whole(16), Fit::Whole(20), Fit::Cut(20)], ui.width);
    let mut text: String = rows.iter().map(|row| layout.row(row)).collect();
    text.push_str(&format!("{} of the repository are of no use any more\n", size(pruned.freed)));
    text
}

fn kept(kept: &Kept, doing: Doing) -> Cell {
    match (kept, doing) {
        (Kept::Young, _) => Cell::plain("stays: young"),
        (Kept::Pinned { by }, _) => Cell::plain(&format!("stays: for {}", by.join(", "))),
        (Kept::NoRule, _) => Cell::plain("stays: no rule in `keep`"),
        (Kept::Newest, _) => Cell::plain("stays: the newest"),
        (Kept::NotOurs, _) => Cell::plain("stays: another program's"),
        (Kept::OtherMachine, _) => Cell::plain("stays: another machine's"),
        (Kept::Gone, Doing::DryRun) => Cell::new(WARNING, "would go"),
        (Kept::Gone, Doing::Really) => Cell::new(WARNING, "gone"),
    }
}
