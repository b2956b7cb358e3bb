//! `setpoint capture`: every default of the site, and what looks wrong.

use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::survey;
use crate::terminal::Ui;

/// Find every default of a service and where it comes from
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    site: SiteArguments,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let survey = survey::take(ui, &args.site)?;
    ui.print(&format!("{}\n", survey.snapshot.defaults.len()))?;
    Ok(Exit::Fine)
}
