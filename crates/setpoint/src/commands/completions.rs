//! `setpoint completions`: the shell's completion script.

use crate::command_error::{CommandError, Exit};
use crate::terminal::Ui;
use clap_complete::Shell;

/// Print the completion script for a shell
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint completions bash > ~/.local/share/bash-completion/completions/setpoint
  setpoint completions zsh > ~/.zfunc/_setpoint
  setpoint completions fish > ~/.config/fish/completions/setpoint.fish")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::command(), "setpoint", &mut script);
    ui.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
