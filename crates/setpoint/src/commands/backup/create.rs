//! `setpoint backup create`.

use super::told::{count, short, size, verification};
use super::{begin, progress, tell_made, wanted};
use crate::cli::{Format, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::report::json_text;
use crate::terminal::{Ui, visible};
use serde::Serialize;
use setpoint_backup::{Created, Store, Verification};
use std::path::Path;

/// Save the files, folders and databases that the register names
///
/// All of it or nothing: a file that cannot be read fails the backup, unless `exclude` leaves it out. Files keep their
/// owner, mode, time, attributes and links; where `include` names a link, what that leads to is saved too. Databases
/// are dumped in one state each while others write to them: SQLite by its backup API, PostgreSQL by `pg_dump`, MySQL by
/// `mysqldump`, Redis as a replica would be given it.
///
/// With `--environment` the backup is that environment's, and `keep` says how long it stays. A backup is called safe
/// only once it is proven: `--verify` does that at once.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sudo setpoint backup create
  sudo setpoint backup create --environment production --verify
  sudo setpoint backup create --format json")]
pub(super) struct Args {
    #[command(flatten)]
    site: SiteArguments,
    /// Restore it into scratch and compare, as `setpoint backup verify` does
    #[arg(long)]
    verify: bool,
    /// An answer for people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    created: &'a Created,
    seconds: f64,
    /// The file with the password, if it was made just now.
    password_file_made: Option<&'a Path>,
    verification: Option<&'a Verification>,
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let begun = begin(ui, &args.site)?;
    let wanted = wanted(ui, &begun.survey, &begun.backup, args.site.environment.as_ref())?;
    let store = Store::open_or_make_for(ui.host, begun.settings.clone(), &wanted, progress::told("saving"))?;
    tell_made(ui, &store);
    let created = store.create(&wanted)?;
    let proven = if args.verify { Some(store.verify(&created.id, &wanted.databases)?.1) } else { None };
    ui.print(&match args.format {
        Format::Text => text(&created, proven.as_ref()),
        Format::Json => json_text(&Answer {
            created: &created,
            seconds: created.took.as_secs_f64(),
            password_file_made: store.made_password(),
            verification: proven.as_ref(),
        })?,
    })?;
    if wanted.environment.is_none() && !begun.backup.keep.is_empty() {
        ui.tell("it is of no environment, and so is kept until somebody removes it; `--environment NAME` gives it one");
    }
    let failed = proven.is_some_and(|verification| !verification.passed);
    Ok(begun.exit.max(if failed { Exit::Findings } else { Exit::Fine }))
}

fn text(created: &Created, proven: Option<&Verification>) -> String {
    let mut text = format!(
        "saved {}: {} ({} as before), {}; the repository grew by {}\n",
        short(&created.id),
        count(created.files, "file"),
        created.unchanged,
        size(created.bytes),
        size(created.added),
    );
    for dump in &created.dumps {
        let counted: u64 = dump.counts.values().map(|count| count.least).sum();
        text.push_str(&format!("  {} of `{}`: {counted} rows or keys\n", dump.engine, visible(&dump.name)));
    }
    for path in &created.left_out {
        text.push_str(&format!("  left out, a socket, pipe or device: {}\n", visible(&path.display().to_string())));
    }
    match proven {
        Some(proven) => text.push_str(&verification(&created.id, proven)),
        None => text.push_str("not proven yet: `setpoint backup verify` restores it into scratch and compares\n"),
    }
    text
}
