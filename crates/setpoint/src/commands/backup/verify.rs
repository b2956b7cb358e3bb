//! `setpoint backup verify`.

use super::{begin, told};
use crate::cli::{Format, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::report::json_text;
use crate::terminal::{Ui, WARNING};
use serde::Serialize;
use setpoint_backup::Verification;

/// Prove a backup: restore it into scratch and compare all of it
///
/// Every file is restored into a private folder (`TMPDIR` says where, and it needs the room) and compared with what was
/// saved: the hash of each of its bytes, mode, owner, time, attributes, where links lead. Every dump is loaded and its
/// rows are counted again: SQLite in the folder, PostgreSQL and MySQL in a scratch database of their server that is
/// removed afterwards, Redis in a server of its own. The service's own files and databases stay as they are.
///
/// What came of it is kept beside the tool's state, and `setpoint backup list` shows it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sudo setpoint backup verify               the newest
  sudo setpoint backup verify 4f2a91c0
  sudo setpoint backup verify --format json")]
pub(super) struct Args {
    /// A backup's id, or the beginning of it
    #[arg(value_name = "ID", default_value = "latest")]
    id: String,
    #[command(flatten)]
    site: SiteArguments,
    /// An answer for people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    #[serde(flatten)]
    verification: &'a Verification,
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let begun = begin(ui, &args.site)?;
    let (databases, unknown) = begun.known_databases(ui);
    let store = begun.open(ui, "restoring")?;
    let (id, verification) = store.verify(&args.id, &databases)?;
    for (name, problem) in unknown {
        // One whose URL is not known any more is missed only where the backup has a dump of it that needs a server.
        let before = format!("`{name}`: ");
        if verification.differences.iter().any(|difference| difference.starts_with(&before)) {
            ui.tell_labelled(WARNING, "warning:", &problem.to_string());
        }
    }
    ui.print(&match args.format {
        Format::Text => told::verification(&id, &verification),
        Format::Json => json_text(&Answer { id: &id, verification: &verification })?,
    })?;
    Ok(begun.exit.max(if verification.passed { Exit::Fine } else { Exit::Findings }))
}
