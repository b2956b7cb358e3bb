//! What a unit's files say about the code that it runs.

use super::program::Program;
use super::running::program_of_commands;
use crate::systemd::{self, Home, UnitFiles};
use crate::{Clear, Target};
use setpoint_formats::command_line::Command;
use setpoint_host::Host;
use setpoint_model::{Layer, Place, ProblemKind};
use std::path::{Path, PathBuf};

/// A unit with the facts that lead from it to its code.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) unit: systemd::Unit,
    pub(crate) program: Option<Program>,
    /// Where in the unit's files a variable is set, if all of them could be read.
    pub(crate) variables: Option<(Layer, Place)>,
}

/// Reads the unit's files.
pub(crate) fn read(
    host: &dyn Host,
    files: &UnitFiles<'_>,
    home: &Home<'_>,
    shown: &dyn Fn(&Path) -> String,
) -> Service {
    let unit = systemd::read(host, files, home, shown);
    let commands: Vec<Command> = unit.launches.iter().map(|launch| launch.command.clone()).collect();
    let program = program_of_commands(&commands);
    let incomplete = unit.deployment.problems.iter().any(|problem| problem.kind == ProblemKind::Machine);
    // A script that starts the service may set variables that only running it shows.
    let starts_python = program.as_ref().is_some_and(Program::is_python);
    let variables = (starts_python && !incomplete).then(|| systemd::place_of_variables(&unit, files, shown));
    Service { unit, program, variables }
}

impl Service {
    /// The folder that it runs in, where it says one. `-` in front lets it start without; `~` is its user's home
    /// (systemd.exec(5)).
    pub(crate) fn working_directory(&self) -> Option<PathBuf> {
        let folder =
            self.last(|target| matches!(target, Target::Default(name) if name == "systemd.WorkingDirectory"))?;
        Some(PathBuf::from(folder.trim_start_matches('-'))).filter(|folder| folder.is_absolute())
    }

    /// `PYTHONPATH`, where its files set it.
    pub(crate) fn python_path(&self) -> Option<String> {
        self.last(|target| matches!(target, Target::Variable(name) if name == "PYTHONPATH"))
    }

    /// True if it does its work and ends, so that nothing is wrong where it does not run.
    pub(crate) fn ends(&self) -> bool {
        let kind = self.last(|target| matches!(target, Target::Default(name) if name == "systemd.Type"));
        kind.as_deref() == Some("oneshot")
    }

    fn last(&self, wanted: impl Fn(&Target) -> bool) -> Option<String> {
        let set = self.unit.deployment.assignments.iter().rfind(|assignment| wanted(&assignment.target))?;
        match &set.value {
            Clear::Constant(value) => Some(value.reveal().to_string()),
            Clear::Dynamic | Clear::Nothing => None,
        }
    }
}
