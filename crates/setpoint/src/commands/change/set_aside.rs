//! `setpoint change set-aside`: lets others go on beside a change whose journal cannot be read.

use super::changes;
use crate::command_error::{CommandError, Exit};
use crate::commands::recover;
use crate::terminal::Ui;

/// Leave a change alone whose journal is damaged, or of another version, so that others can be made
///
/// Nobody can say whether such a change has ended. Its folder gets another name and nothing of it is removed; what it changed
/// stays as it is, and its journal names the files in its first line.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sudo setpoint change list
  sudo setpoint change set-aside 7")]
pub(super) struct SetAsideArgs {
    /// Its number
    number: u64,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn set_aside(ui: &Ui<'_>, args: &SetAsideArgs) -> Result<Exit, CommandError> {
    let number = args.number;
    let changes = changes(ui)?;
    // What is not there, or can be read, is refused below: nobody is asked about it.
    let may_be = changes.numbers(ui.host)?.contains(&number) && changes.open(ui.host, number).is_err();
    let question = format!("Set change {number} aside? What it may have changed is not put back.");
    if may_be && !args.yes && !ui.ask(&question)? {
        ui.say("nothing was changed");
        return Ok(Exit::Input);
    }
    let turn = changes.take_turn(ui.host)?;
    let folder = changes.set_aside(ui.host, &turn, number)?;
    recover::unarmed(ui, number).disarm(ui.host);
    ui.print(&format!("change {number} is set aside in `{}`\n", folder.display()))?;
    Ok(Exit::Fine)
}
