//! `setpoint backup restore`.

use super::told::{count, loading, short, size};
use super::{begin, load};
use crate::cli::{Format, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::report::json_text;
use crate::terminal::{Ui, visible};
use serde::Serialize;
use setpoint_backup::{Destination, Planned, Restored, Restoring, WhatIsDone};
use std::path::PathBuf;

/// Take a backup back, into a folder or in place
///
/// In place, and where `--to` names a folder in which something differs from what was saved, it first says what it
/// would do; only with `--yes` it does it. A folder of `--to` that is there must be this user's alone. Each file is
/// replaced at once, so that there is the old one or the one that was saved, also after a power cut. What the backup
/// does not know stays as it is, and where something else stands in the way nothing is written.
///
/// With `--database` no file is restored, and the dumps of those databases take the place of all that they hold now:
/// what was written since is lost, and tables that were made since go. It first says how much that is; with `--yes`
/// what is there now is saved and proven, so that the restore can be undone, and then the dump is loaded. SQLite and
/// PostgreSQL get all of it or nothing, under the services that have them open. MySQL cannot: its dump is loaded into
/// scratch first, and if it fails in place all the same, the answer says how to go back. A dump of Redis is loaded by
/// no command; it comes with `--to`, as all dumps do, and the answer says how each is loaded by hand.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sudo setpoint backup restore latest --to /root/shop
  sudo setpoint backup restore 4f2a91c0           what would be done in place
  sudo setpoint backup restore 4f2a91c0 --yes     do it
  sudo setpoint backup restore latest --database SHOP_DATABASE_URL
  sudo setpoint backup restore latest --database SHOP_DATABASE_URL --yes")]
pub(super) struct Args {
    /// A backup's id, or the beginning of it; `latest` is the newest of this machine that was not made to undo a restore
    #[arg(value_name = "ID")]
    pub(super) id: String,
    #[command(flatten)]
    pub(super) site: SiteArguments,
    /// Restore below this folder
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Load the dump of this database, a name in `databases` of `[backup]`; can be given several times
    #[arg(long = "database", value_name = "NAME", conflicts_with = "to")]
    pub(super) databases: Vec<String>,
    /// Do not save what the databases hold now; it is lost
    #[arg(long, requires = "databases")]
    pub(super) without_backup: bool,
    /// Do it, also where what is there is replaced
    #[arg(long)]
    pub(super) yes: bool,
    /// An answer for people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    /// What differs from what was saved, and what becomes of it.
    planned: Vec<&'a Planned>,
    /// `null` where nothing was done.
    restored: Option<&'a Restored>,
    /// Devices, pipes and sockets.
    left_out: Vec<PathBuf>,
    /// How dumps get into their databases.
    databases: Vec<String>,
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let begun = begin(ui, &args.site)?;
    if !args.databases.is_empty() {
        return load::run(ui, &begun, args);
    }
    let store = begun.open(ui, "restoring")?;
    let destination = match &args.to {
        Some(folder) => Destination::Folder(absolute(ui, folder)),
        None => Destination::InPlace,
    };
    let restoring = store.plan_restore(&args.id, destination)?;
    let is_asked = args.to.is_none() || restoring.replaces();
    let is_done = args.yes || !is_asked;
    let restored = if is_done { Some(restoring.restore()?) } else { None };
    let folder = args.to.clone().unwrap_or_else(|| "FOLDER".into());
    let databases: Vec<String> = restoring.dumps()?.iter().map(|dump| loading(dump, &folder)).collect();
    ui.print(&match args.format {
        Format::Text => text(&restoring, restored.as_ref(), args.to.is_some()),
        Format::Json => json_text(&Answer {
            id: &restoring.id,
            planned: restoring.planned().filter(|planned| planned.what != WhatIsDone::Same).collect(),
            restored: restored.as_ref(),
            left_out: restoring.left_out(),
            databases: databases.clone(),
        })?,
    })?;
    // Where nothing was written into the folder, the dumps are not there yet.
    let has_dumps = args.to.is_none() || is_done;
    if matches!(args.format, Format::Text) && !databases.is_empty() && has_dumps {
        ui.tell(if args.to.is_some() {
            "no database was touched; to load a dump:"
        } else {
            "no database was touched; `--database NAME` loads its dump in place; by hand, after `--to FOLDER`:"
        });
        databases.iter().for_each(|line| ui.tell(&format!("  {}", visible(line))));
    }
    if restored.as_ref().is_some_and(|restored| !restored.with_owners) {
        ui.tell("files got this user as their owner; only root can give them back to theirs");
    }
    if !is_done {
        ui.tell("nothing was written; `--yes` does it");
    }
    Ok(begun.exit)
}

fn absolute(ui: &Ui<'_>, folder: &std::path::Path) -> PathBuf {
    ui.host.resolve(std::path::Path::new(".")).map_or_else(|_| folder.to_owned(), |here| here.join(folder))
}

fn text(restoring: &Restoring<'_, '_>, restored: Option<&Restored>, is_into_folder: bool) -> String {
    let mut text = String::new();
    let (mut new, mut same) = (0, 0);
    for planned in restoring.planned() {
        let word = match planned.what {
            // A copy is all new but for what it takes the place of.
            WhatIsDone::New if is_into_folder => {
                new += 1;
                continue;
            }
            WhatIsDone::New => "new",
            WhatIsDone::Replaced => "replace",
            WhatIsDone::Adjusted => "adjust",
            WhatIsDone::Same => {
                same += 1;
                continue;
            }
        };
        let differences: Vec<String> = planned.differences.iter().map(ToString::to_string).collect();
        let path = visible(&planned.path.display().to_string());
        text.push_str(&format!("{word:8} {path}: {}\n", differences.join(", ")));
    }
    for path in restoring.left_out() {
        text.push_str(&format!("left out, a socket, pipe or device: {}\n", visible(&path.display().to_string())));
    }
    let id = short(&restoring.id);
    match restored {
        Some(restored) => text.push_str(&format!(
            "restored {id}: {} new, {} replaced, {} adjusted, {} the same; {} written\n",
            restored.new,
            restored.replaced,
            restored.adjusted,
            restored.same,
            size(restored.bytes),
        )),
        None if is_into_folder => text.push_str(&format!("{} new, {same} as saved in {id}\n", count(new, "path"))),
        None => text.push_str(&format!("{} as saved in {id}\n", count(same, "path"))),
    }
    text
}
