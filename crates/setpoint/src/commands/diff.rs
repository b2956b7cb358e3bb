//! `setpoint diff`: which defaults changed between two states.

mod package;
mod revision;
mod state;

use crate::command_error::{CommandError, Exit};
use crate::report::defaults::Extent;
use crate::report::difference::{Report, json, markdown, text};
use crate::report::hidden::Secrets;
use crate::report::problem;
use crate::terminal::{Ui, visible};
use clap::ValueEnum;
use setpoint_register::lock;
use state::{Operand, Taken};

/// Show which defaults changed between two versions of a service or a library
///
/// Compares two states, each of which is a revision of the git repository, a folder of code, a virtual environment (the
/// libraries in it), a `setpoint.lock`, or `PACKAGE==VERSION` of the package index. Needs no register. The code is
/// read, never run, and the work tree stays as it is. A path comes before a revision of the same name. Files that git
/// ignores are left out, and so is what only a machine has. Values of secrets are never shown.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint diff v1.4 v1.5                   two tags
  setpoint diff HEAD~5                      what the last commits and this folder changed
  setpoint diff setpoint.lock .             the lock and the code
  setpoint diff uvicorn==0.30.0 uvicorn==0.34.0
  setpoint diff .venv-old .venv             what an upgrade of libraries changes
  setpoint diff v1.4 v1.5 --format markdown a section for a changelog
  setpoint diff main --exit-code            in CI: does this branch change a default?")]
pub(crate) struct Args {
    /// The old state
    old: String,
    /// The new state [default: the folder of the service's code]
    new: Option<String>,
    /// A report for people, for programs, or for a changelog
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Exit 1 where there is a difference
    #[arg(long)]
    exit_code: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// Everything, for programs
    Json,
    /// A section of a changelog
    Markdown,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let here = ui.root.display().to_string();
    let operands = [&args.old, args.new.as_ref().unwrap_or(&here)].map(|named| Operand::of(ui, named));
    let [old, new] = operands;
    let [old, new] = [old?, new?];
    // A revision is one of the repository around what it is compared with.
    let (old_taken, new_taken) = (state::take(ui, &old, &new)?, state::take(ui, &new, &old)?);
    let exit = [&old_taken, &new_taken].map(Taken::exit).into_iter().max().unwrap_or(Exit::Fine);
    let counts = [&old_taken, &new_taken].map(|taken| taken.state.len());
    let comparison = lock::difference(old_taken.state.clone(), new_taken.state.clone());
    let named_new = args.new.clone().unwrap_or_else(|| ".".to_owned());
    let report = Report { old: &args.old, new: &named_new, counts, comparison: &comparison };
    ui.print(&match args.format {
        Format::Text => text(ui, &report),
        Format::Json => json(&report)?,
        Format::Markdown => markdown(&report),
    })?;
    if !comparison.not_compared.is_empty() {
        let names = visible(&comparison.not_compared.join(", "));
        ui.tell(&format!("only one of the two has installed libraries, which were not compared: {names}"));
    }
    for (name, taken) in [(&args.old, &old_taken), (&named_new, &new_taken)] {
        for (captured, root) in &taken.captured {
            let problems = &captured.snapshot.problems;
            if !problems.is_empty() {
                ui.say(&format!("\nin `{}`", visible(name)));
            }
            problem::collected(ui, root, problems, &Secrets::of(&captured.snapshot, &captured.scrubber), Extent::Brief);
        }
    }
    let differs = args.exit_code && !comparison.differences.is_empty();
    Ok(exit.max(if differs { Exit::Findings } else { Exit::Fine }))
}
