//! `setpoint change`: gives defaults other values, in five steps that end as left or as found.

mod begin;
mod document;
mod list;
mod looking;
mod resume;
mod set_aside;
mod walking;
mod word;

use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::state_folder::state_folder;
use crate::terminal::Ui;
pub(crate) use list::{one, tell_unreadable};
pub(crate) use looking::{looked_at_thrice, with_eyes};
use setpoint_change::{Changes, State};
use setpoint_model::Problem;
use std::time::Duration;
pub(crate) use walking::{end, may_begin, show_plan, walk, walk_watching};

/// Change defaults safely, and get back by itself where it goes wrong
///
/// Finds the bytes where the effective value of each default stands and edits exactly those, or adds a line where nothing sets
/// it yet; asks `nginx -t` or `systemd-analyze verify` about a copy; shows the plan; and after a yes goes through five steps,
/// each written down before it is done: capture as found, backup, apply, watch, note. What the change breaks within its
/// window is rolled back, and compared with as found. A timer of systemd, armed before anything is changed, does the same if
/// the terminal, this program or the login dies.
#[derive(clap::Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Exit codes of their own:
  0  applied and kept
  4  rolled back, and verified to be as found
  5  rolled back, and something is not as found
  6  never applied

Examples:
  sudo setpoint change --environment production gunicorn.timeout=60 --dry-run
  sudo setpoint change --environment production SHOP_POOL_SIZE=20 --why 'the sale'
  sudo setpoint change --unit shop.service systemd.TimeoutStopSec=60 --yes
  sudo setpoint change --environment production SHOP_SESSION_KEY=-
  sudo setpoint change list
  sudo setpoint change confirm      it is well: end the watch, and keep it
  sudo setpoint change cancel       it is not: put it back now
  sudo setpoint rollback            put the last change back"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// A default and the value that it is to have; of `NAME=-` the value is read from standard input, which is where a
    /// secret belongs
    #[arg(value_name = "NAME=VALUE", required = true)]
    assignments: Vec<String>,
    #[command(flatten)]
    site: SiteArguments,
    /// The process that is meant, where processes hold different values
    #[arg(long, value_name = "NAME")]
    process: Option<String>,
    /// Why, for the note
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Who answers for it, for the note [default: the service's owner]
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// How many seconds to watch before it is kept
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    window: u64,
    /// Do not save what `[backup]` of the register names before it; what the change edits is in its journal all the same
    #[arg(long)]
    without_backup: bool,
    #[command(flatten)]
    doing: Doing,
}

/// What is done with a plan.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Doing {
    /// Show the plan, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the plan as a short runbook for somebody who has no Setpoint, and do nothing
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) print_runbook: bool,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    List(list::ListArgs),
    Show(list::ShowArgs),
    Confirm(word::ConfirmArgs),
    Extend(word::ExtendArgs),
    Cancel(word::CancelArgs),
    Resume(resume::ResumeArgs),
    SetAside(set_aside::SetAsideArgs),
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    match &args.command {
        Some(Command::List(args)) => list::list(ui, args),
        Some(Command::Show(args)) => list::show(ui, args),
        Some(Command::Confirm(args)) => word::confirm(ui, args),
        Some(Command::Extend(args)) => word::extend(ui, args),
        Some(Command::Cancel(args)) => word::cancel(ui, args),
        Some(Command::Resume(args)) => resume::resume(ui, args),
        Some(Command::SetAside(args)) => set_aside::set_aside(ui, args),
        None => begin::run(ui, args),
    }
}

/// Where this machine's changes are recorded.
pub(crate) fn changes(ui: &Ui<'_>) -> Result<Changes, Problem> {
    Ok(Changes::in_folder(state_folder(ui)?.join("changes")))
}

/// The exit code of a change that stands so.
pub(crate) fn exit_of(state: State) -> Exit {
    match state {
        State::Kept => Exit::Fine,
        State::RolledBack => Exit::RolledBack,
        State::NeverApplied | State::New | State::Planned | State::Captured | State::BackedUp => Exit::NeverApplied,
        State::RolledBackUnverified
        | State::Undoing
        | State::Applying
        | State::Applied
        | State::Watched
        | State::Stuck { .. } => Exit::RolledBackUnverified,
    }
}

/// How long, as a person says it.
pub(crate) fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 120 { format!("{} min {:02} s", seconds / 60, seconds % 60) } else { format!("{seconds} s") }
}
