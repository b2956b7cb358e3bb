//! The command line's shape. The doc comments are the help, and so the generated reference.

use crate::command_error::{CommandError, Exit};
use crate::commands::{
    backup, cache, capture, change, check, completions, diff, docs, explain, recover, rehearse, release, rollback,
};
use crate::terminal::{Color, Ui};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Capture, explain, check and document what a Python service is set to in production
#[derive(Debug, Parser)]
#[command(name = "setpoint", version, propagate_version = true, after_help = EXIT_CODES)]
#[command(disable_help_subcommand = true, term_width = HELP_COLUMNS)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Of the help, in a pipe and on every terminal: the examples, which are not wrapped, are written for it.
const HELP_COLUMNS: usize = 80;

const EXIT_CODES: &str = "\
Exit codes:
  0  fine
  1  findings, among them what `check` could not understand of the service's
     files; or a stale lock or page
  2  the command line or the register is wrong
  3  the machine refused (permission, network, disk); what could be read is
     shown all the same, and what could not be is named
  128 and the number of the signal that ended it, with all that it had started:
     130 for Ctrl-C, 143 for SIGTERM";

/// Options of every command.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Folder of the service's code [default: the current folder, or the nearest one above it that holds
    /// `setpoint.toml`]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub(crate) root: Option<PathBuf>,
    /// Register to use [default: `setpoint.toml` in the root]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(crate) register: Option<PathBuf>,
    /// When to use colour; the variable `NO_COLOR` is honoured
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub(crate) color: Color,
}

/// Which site a command looks at.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SiteArguments {
    /// A unit on this machine, such as `shop.service`; can be given several times
    #[arg(long = "unit", value_name = "NAME")]
    pub(crate) units: Vec<String>,
    /// A container of Docker or Podman on this machine, such as `shop-web-1`; can be given several times
    #[arg(long = "container", value_name = "NAME", conflicts_with = "units")]
    pub(crate) containers: Vec<String>,
    /// An environment of the register; its units are looked at where this machine has them
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
}

/// How a command answers.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Capture(capture::Args),
    Explain(explain::Args),
    Check(check::Args),
    Cache(cache::Args),
    Backup(backup::Args),
    Diff(diff::Args),
    Docs(docs::Args),
    Change(change::Args),
    Rehearse(rehearse::Args),
    Release(release::Args),
    Rollback(rollback::Args),
    Recover(recover::Args),
    Completions(completions::Args),
}

/// Does what was asked.
pub(crate) fn run(ui: &Ui<'_>, command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::Capture(args) => capture::run(ui, args),
        Command::Explain(args) => explain::run(ui, args),
        Command::Check(args) => check::run(ui, args),
        Command::Cache(args) => cache::run(ui, args),
        Command::Backup(args) => backup::run(ui, args),
        Command::Diff(args) => diff::run(ui, args),
        Command::Docs(args) => docs::run(ui, args),
        Command::Change(args) => change::run(ui, args),
        Command::Rehearse(args) => rehearse::run(ui, args),
        Command::Release(args) => release::run(ui, args),
        Command::Rollback(args) => rollback::run(ui, args),
        Command::Recover(args) => recover::run(ui, args),
        Command::Completions(args) => completions::run(ui, args),
    }
}
