//! `setpoint cache`: what may come from a cache, and whether it does.

mod check;
mod explain;
mod nginx;

use crate::command_error::{CommandError, Exit};
use crate::terminal::Ui;

/// Judge the register's cache rules
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint cache check                             on paper, and in nginx's files
  setpoint cache check --environment production    and against the live server
  setpoint cache explain /catalog/1                why one page is cached or not
  setpoint cache nginx                             the configuration that they mean")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Check(check::Args),
    Explain(explain::Args),
    Nginx(nginx::Args),
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    match &args.command {
        Command::Check(args) => check::run(ui, args),
        Command::Explain(args) => explain::run(ui, args),
        Command::Nginx(args) => nginx::run(ui, args),
    }
}
