//! `setpoint explain`: one default with every place that gives it a value, or one rule.

use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::survey;
use crate::terminal::Ui;

/// Explain one default or one rule
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A default, a rule's code or its name
    name: String,
    #[command(flatten)]
    site: SiteArguments,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let survey = survey::take(ui, &args.site)?;
    ui.print(&format!("{:?}\n", survey.snapshot.find(&args.name)))?;
    Ok(Exit::Fine)
}
