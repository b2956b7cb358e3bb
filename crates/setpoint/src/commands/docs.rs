//! `setpoint docs`.

use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::survey;
use crate::terminal::Ui;

/// (being written)
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    site: SiteArguments,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let survey = survey::take(ui, &args.site)?;
    let _ = (survey.register_file, survey.register, survey.root, survey.register_problems, survey.snapshot);
    Ok(Exit::Fine)
}
