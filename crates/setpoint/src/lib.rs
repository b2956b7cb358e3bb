//! The command line of Setpoint: reads arguments, calls the crates below, and writes what they found for a person
//! or a program.
//!
//! It holds no logic of its own: what a default is, what is wrong and what a page says is decided below. Data
//! goes to standard output, messages to standard error; nothing here reads the machine except through
//! `setpoint_host`.

mod assertions;
mod checkout;
mod cli;
mod command_error;
mod commands;
mod moving;
mod report;
mod state_folder;
mod survey;
mod terminal;

use clap::{CommandFactory as _, Parser as _};
use command_error::Exit;
use setpoint_host::LiveHost;
use std::process::ExitCode;
use terminal::Ui;

/// The whole command line as a description, for the generated reference.
pub fn command() -> clap::Command {
    cli::Cli::command()
}

/// Runs the program with this process's arguments.
pub fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // `--help` and `--version` come here too, and go to standard output. A reader that has gone away is
            // no reason to complain.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Input } else { Exit::Fine }.code());
        }
    };
    // Where that is not to be had a signal ends this process alone, as it ends most programs.
    let _ = setpoint_host::end_all_on_signals(terminal::clear_line);
    cli.options.color.apply();
    let ui = Ui::new(&LiveHost, &cli.options);
    let exit = cli::run(&ui, &cli.command).unwrap_or_else(|error| error.report(&ui));
    ExitCode::from(exit.code())
}
