//! `setpoint capture`: every default of the site, and what looks wrong.

use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::report::defaults::{self, Extent};
use crate::report::{self, suspicions};
use crate::survey;
use crate::terminal::Ui;
use clap::ValueEnum;

/// Find every default of a service, where it comes from, and what looks wrong
///
/// Looks at a folder (Python code, `.env` files, units, gunicorn, Procfile, Dockerfile, compose and nginx files), or
/// with `--unit` at a unit of this machine and its running process. The service's code is read, never run. Values of
/// secrets are never shown.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint capture                          the service in this folder
  setpoint capture --root /srv/shop         the service in that folder
  sudo setpoint capture --unit shop.service what a unit runs, and what its process holds
  setpoint capture --format json            everything, for programs")]
pub(crate) struct Args {
    #[command(flatten)]
    site: SiteArguments,
    /// A table for people, or everything as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// List every default and problem, however many there are
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let survey = survey::take(ui, &args.site)?;
    match args.format {
        Format::Text => {
            let extent = if args.all { Extent::All } else { Extent::Brief };
            let mut text = defaults::table(ui, &survey.snapshot, extent);
            text.push_str(&suspicions::list(ui, &survey.findings(ui)));
            ui.print(&text)?;
            report::problem::collected(ui, &survey.root, &survey.snapshot.problems, extent);
        }
        Format::Json => ui.print(&report::json_text(&survey.snapshot)?)?,
    }
    Ok(survey.complain_about_register(ui))
}
