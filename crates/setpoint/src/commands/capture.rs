//! `setpoint capture`: every default of the site, and what looks wrong.

mod lock;
mod prove;
mod write;

use crate::cli::{Format, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::moving;
use crate::report::defaults::{self, Extent};
use crate::report::{self, problem, suspicions};
use crate::survey::{self, Survey};
use crate::terminal::{NOTE, Ui};
use setpoint_capture::{Libraries, Processes};
use std::path::PathBuf;

/// Find every default of a service, where it comes from, and what looks wrong
///
/// Looks at a folder (Python code, `.env` files, units, gunicorn, Procfile, supervisord, crontab, Dockerfile, compose,
/// nginx, Caddy, PostgreSQL and Redis files), or with `--unit` at a unit of this machine and its running process, or with
/// `--container` at a container as Docker or Podman has it. Values of secrets are never shown.
///
/// Each way to start the code is a process, and has what the code that it imports reads. A line of a crontab is called
/// `cron:MODULE`; where several run one module, their options, schedule or crontab are added to tell them apart.
///
/// The service's code is read, not run. `--prove` alone runs it: the service's own interpreter imports the pydantic
/// settings classes that were read, and each field is compared. It does so in a process without the site's variables
/// and, where the kernel allows it, without a network.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint capture                          the service in this folder
  setpoint capture --root /srv/shop         the service in that folder
  sudo setpoint capture --unit shop.service what a unit runs, and what its process holds
  setpoint capture --container shop-web-1   what a container was made with
  setpoint capture --format json            everything, for programs
  setpoint capture --write --dry-run        what would be written down
  setpoint capture --write                  register and lock: what a deployment sets
  setpoint capture --write SHOP_POOL_SIZE   register: that default alone
  setpoint capture --check                  in CI: is the lock what the tree says?
  setpoint capture --prove                  does Python say the same of the settings?")]
pub(crate) struct Args {
    #[command(flatten)]
    site: SiteArguments,
    /// A table for people, or everything as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text", conflicts_with_all = ["write", "check"])]
    format: Format,
    /// List every default and problem, however many there are; with `--write`, write every default down
    #[arg(long)]
    all: bool,
    /// Add to the register what a deployment sets and what is required, or each NAME alone, with the owner left to fill
    /// in; and write the lock. A value that `check` calls wrong is left out, and said
    #[arg(long, value_name = "NAME", num_args = 0.., conflicts_with = "check")]
    write: Option<Vec<String>>,
    /// Show what `--write` would write, and write nothing
    #[arg(long, requires = "write")]
    dry_run: bool,
    /// Exit 1 with the difference where the lock is stale or missing
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    proving: ProvingArguments,
}

/// How the service's interpreter is asked, where it is.
#[derive(clap::Args, Debug)]
struct ProvingArguments {
    /// Import the settings classes with the service's own interpreter, compare them with what was read of them, and
    /// exit 1 where they differ
    #[arg(long, conflicts_with_all = ["write", "check"])]
    prove: bool,
    /// The interpreter or virtual environment to ask [default: the units' own, or the one beside the code]
    #[arg(long, value_name = "PATH", requires = "prove")]
    python: Option<PathBuf>,
    /// How many seconds an import may take
    #[arg(long, value_name = "SECONDS", requires = "prove", default_value = "60", value_parser = clap::value_parser!(u32).range(1..=600))]
    time_limit: u32,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    // What is committed must not depend on what runs at the moment.
    let committed = args.write.is_some() || args.check;
    let processes = if committed { Processes::LeftOut } else { Processes::LookedAt };
    if args.proving.prove {
        return prove::run(ui, args);
    }
    let mut survey = survey::take(ui, &args.site, processes, Libraries::Read)?;
    moving::ask(ui, &mut survey)?;
    // What cannot be added to is the error that stops a command which writes.
    let begun = if args.write.is_some() { Exit::Fine } else { survey.begin(ui) };
    let extent = if args.all { Extent::All } else { Extent::Brief };
    let exit = match (&args.write, args.check) {
        (Some(names), _) => {
            let pending = write::prepare(ui, &survey, names, extent)?;
            if args.dry_run {
                write::show(ui, &pending)?;
            } else {
                write::write(ui, &pending)?;
            }
            Exit::Fine
        }
        (None, true) => lock::check(ui, &survey)?,
        (None, false) => {
            ui.print(&match args.format {
                Format::Text => defaults::table(ui, &survey, extent) + &suspicions::list(ui, &survey.findings(ui, &[])),
                Format::Json => report::json_text(&survey.snapshot)?,
            })?;
            Exit::Fine
        }
    };
    if matches!(args.format, Format::Text) {
        problem::collected(ui, &survey.root, &survey.snapshot.problems, &survey.secrets(), extent);
        if survey.snapshot.defaults.is_empty() {
            ui.say("\nno defaults were found");
            ui.tell_labelled(NOTE, "hint:", survey::NAME_THE_SERVICE);
        }
    }
    Ok(exit.max(begun))
}

/// The lock that is there; `None` where there is none.
pub(crate) fn lock_text(ui: &Ui<'_>, survey: &Survey) -> Result<Option<String>, CommandError> {
    lock::read(ui, survey)
}
