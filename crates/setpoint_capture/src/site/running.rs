//! Processes that run the code of a folder, whoever started them.

use super::code_root;
use super::program::{self, Program};
use crate::process;
use setpoint_formats::command_line::Command;
use setpoint_host::Host;
use std::path::Path;

/// A process that runs code of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    pub(crate) pid: u32,
    pub(crate) program: Program,
    /// The unit that started it; `None` for one that was started by hand.
    pub(crate) unit: Option<String>,
}

impl Running {
    /// The unit, or a name that says which process it is.
    pub(crate) fn name(&self) -> String {
        self.unit.clone().unwrap_or_else(|| format!("{} (process {})", self.program.name, self.pid))
    }
}

/// The processes whose application, script, interpreter or current folder lies in `root`, and that no other of them
/// started: a server's workers are part of it. Of other users' processes only the command line can tell.
pub(crate) fn running(host: &dyn Host, root: &Path) -> Vec<Running> {
    // Without `/proc` nothing can be said to run.
    let candidates = process::all(host).unwrap_or_default().into_iter().filter_map(|pid| {
        let program = program_of(host, pid)?;
        (program.is_python() && program.runs.is_some() && is_in(host, pid, &program, root)).then_some((pid, program))
    });
    let candidates: Vec<_> = candidates.collect();
    let started: Vec<u32> = candidates.iter().flat_map(|(pid, _)| process::children(host, *pid)).collect();
    let first = candidates.into_iter().filter(|(pid, _)| !started.contains(pid));
    first.map(|(pid, program)| Running { pid, program, unit: process::unit_of(host, pid) }).collect()
}

/// What a process runs by its command line.
pub(crate) fn program_of(host: &dyn Host, pid: u32) -> Option<Program> {
    program_of_commands(&process::commands(process::command_line(host, pid).ok()?))
}

/// The last command that is a Python program, else the last one: what stands in front prepares it.
pub(crate) fn program_of_commands(commands: &[Command]) -> Option<Program> {
    let programs: Vec<_> = commands
        .iter()
        .filter_map(|command| {
            let words: Vec<_> = command.words.iter().map(|word| word.as_str().to_owned()).collect();
            program::read(&words)
        })
        .collect();
    let python = programs.iter().rposition(Program::is_python).or(programs.len().checked_sub(1))?;
    programs.into_iter().nth(python)
}

/// True if it is known to run there, and what it runs is code of the folder: a test runner in the service's virtual
/// environment is not the service.
fn is_in(host: &dyn Host, pid: u32, program: &Program, root: &Path) -> bool {
    let current = host.link_target(&process::path_of(pid, "cwd")).ok();
    let below = |path: &Path| host.resolve(path).unwrap_or_else(|_| path.to_owned()).starts_with(root);
    let named = [Some(program.started.as_str()), program.interpreter.as_deref()].into_iter().flatten();
    // An interpreter of a virtual environment is a link out of it, so that the words decide and not their targets.
    let runs_there = named.map(Path::new).any(|path| path.starts_with(root))
        || [current.as_deref(), program.folder.as_deref()].into_iter().flatten().any(below);
    let code = || code_root::find(host, program, Some(current.as_deref().unwrap_or(root)), None);
    runs_there && code().is_some_and(|code| code.starts_with(root) || root.starts_with(code))
}
