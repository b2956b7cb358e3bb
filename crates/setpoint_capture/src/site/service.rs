//! What a unit's files say about the code that it runs.

use super::program::Program;
use super::running::program_of_commands;
use setpoint_formats::command_line::{Command, exec_start, launched};
use setpoint_formats::unit::{self, Directive, Specifiers, UnitName};
use setpoint_host::Host;
use std::path::{Path, PathBuf};

/// More than a unit file has.
const LONGEST_UNIT: u64 = 1 << 20;

/// The facts that lead from a unit to its code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) program: Option<Program>,
    pub(crate) working_directory: Option<PathBuf>,
    /// `PYTHONPATH` of its `Environment=` lines.
    pub(crate) python_path: Option<String>,
    /// The files that it names in `EnvironmentFile=`, globs unexpanded.
    pub(crate) environment_files: Vec<PathBuf>,
    /// It does its work and ends (`Type=oneshot`), so that nothing is wrong where it does not run.
    pub(crate) ends: bool,
}

/// Reads the unit file and its drop-ins, in order. What cannot be read here is the systemd source's to say.
pub(crate) fn read(host: &dyn Host, name: &str, fragment: &Path, drop_ins: &[PathBuf]) -> Service {
    let files = std::iter::once(fragment).chain(drop_ins.iter().map(PathBuf::as_path));
    let texts = files.filter_map(|file| host.read(file, LONGEST_UNIT).ok());
    let directives: Vec<Directive> = texts.flat_map(|text| unit::parse(&text).0).collect();
    let specifiers = Specifiers::of_system_unit(&UnitName::new(name));
    let in_effect = |key: &str| {
        let of_key: Vec<_> =
            directives.iter().filter(|directive| directive.section == "Service" && directive.key == key).collect();
        unit::in_effect(key, &of_key)
    };
    let last = |key: &str| {
        let directive = in_effect(key).pop()?;
        Some(specifiers.resolve(&directive.value).text.as_str().to_owned())
    };
    let commands = in_effect("ExecStart").into_iter().flat_map(|directive| {
        let commands = exec_start(&directive.value, &specifiers).0;
        commands
            .into_iter()
            .flat_map(|command| launched(Command { words: command.words, ..Command::default() }, &|_| None))
    });
    let commands: Vec<Command> = commands.collect();
    let variables =
        in_effect("Environment").into_iter().flat_map(|directive| unit::environment(directive, &specifiers).0);
    let python_path = variables.filter(|variable| variable.name == "PYTHONPATH").next_back();
    let files = in_effect("EnvironmentFile").into_iter();
    let files = files.filter_map(|directive| unit::environment_file(directive, &specifiers).0);
    // `-` in front: systemd starts the unit even where the folder is missing. `~` is the user's home (systemd.exec(5)).
    let working_directory = last("WorkingDirectory").map(|folder| folder.trim_start_matches('-').to_owned());
    Service {
        program: program_of_commands(&commands),
        working_directory: working_directory.filter(|folder| folder.starts_with('/')).map(PathBuf::from),
        python_path: python_path.map(|variable| variable.value.as_str().to_owned()),
        environment_files: files.map(|file| PathBuf::from(file.path)).collect(),
        ends: last("Type").as_deref() == Some("oneshot"),
    }
}
