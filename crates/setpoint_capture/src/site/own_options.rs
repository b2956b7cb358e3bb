//! Options of the service's own commands: `shop-worker --batch 50` gives `--batch`, which its code declares with click,
//! typer or argparse, a value as a server's option does.
//!
//! A command is followed to the module that it runs, and its options to what that module declares. Where that leaves
//! more than one declaration, nothing is said.

use super::Found;
use super::found::Installed;
use super::program::{self, Runs, SERVERS};
use crate::launch::{self, Launch, Standing};
use crate::options::{Abbreviations, CommandOption, Takes, used};
use crate::{Assignment, Declaration, Target};
use setpoint_formats::{Lines, Word};
use setpoint_host::Host;
use setpoint_model::Layer;
use std::path::{Path, PathBuf};

/// The files in which a project names its console scripts, each on a line of its own.
const PROJECT_FILES: [&str; 3] = ["pyproject.toml", "setup.cfg", "setup.py"];
/// Longer than these files and the scripts that installers write, in bytes.
const LONGEST: u64 = 1 << 20;

impl Found {
    /// Reads the options of every command that is followed to a module of the code.
    pub(crate) fn read_own_options(&mut self, host: &dyn Host, declarations: &[Declaration]) {
        let options: Vec<&Declaration> =
            declarations.iter().filter(|declaration| declaration.option.is_some()).collect();
        if options.is_empty() {
            return;
        }
        let root = self.root.clone().unwrap_or_default();
        let read = self.launches.iter().flat_map(|launch| {
            let entry = Entry::of(&Scripts { host, root: &root, installed: self.installed }, launch);
            entry.map(|entry| entry.read(launch, &options)).unwrap_or_default()
        });
        let read: Vec<Assignment> = read.collect();
        self.deployment.assignments.extend(read);
    }
}

/// Where a command of the service begins.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// The module's file may end so.
    files: Vec<PathBuf>,
    /// The package that the module is of.
    package: Option<String>,
    /// Where the command's arguments start.
    arguments: usize,
}

impl Entry {
    fn of(scripts: &Scripts<'_>, launch: &Launch) -> Option<Self> {
        let words: Vec<String> = launch.command.words.iter().map(|word| word.as_str().to_owned()).collect();
        let program = program::read(&words)?;
        if SERVERS.contains(&program.name.as_str()) {
            return None;
        }
        let arguments = words.len() - program.arguments.len();
        match &program.runs {
            Some(Runs::Module(module)) if program.interpreter.is_some() => Some(Self::of_module(module, arguments)),
            Some(Runs::Script(script)) if is_manage(script) => {
                let command = program.arguments.iter().find(|word| !word.starts_with('-'))?;
                let file = PathBuf::from(format!("management/commands/{command}.py"));
                Some(Self { files: vec![file], package: None, arguments })
            }
            Some(Runs::Script(script)) if script.extension().is_some_and(|extension| extension == "py") => {
                Some(Self { files: vec![below(scripts.root, script)], package: None, arguments })
            }
            Some(Runs::Script(script)) => Some(Self::of_module(&scripts.module(script)?, arguments)),
            Some(Runs::Module(_)) | None => Some(Self::of_module(&scripts.module(Path::new(&program.started))?, 1)),
        }
    }

    fn of_module(module: &str, arguments: usize) -> Self {
        let path = PathBuf::from(module.replace('.', "/"));
        let files = vec![path.with_extension("py"), path.join("__main__.py"), path.join("__init__.py")];
        Self { files, package: module.split('.').next().map(str::to_owned), arguments }
    }

    /// What the command's options set.
    fn read(&self, launch: &Launch, options: &[&Declaration]) -> Vec<Assignment> {
        let Some(arguments) = launch.command.words.get(self.arguments..) else { return Vec::new() };
        let own: Vec<&Declaration> = options.iter().filter(|option| self.declares(option)).copied().collect();
        let package: Vec<&Declaration> = options.iter().filter(|option| self.is_of_package(option)).copied().collect();
        let mut chosen: Vec<&Declaration> = Vec::new();
        for option in own.iter().chain(&package) {
            let known = chosen.iter().any(|other| names(other).any(|name| names(option).any(|own| own == name)));
            if !known && is_meant(option, if own.is_empty() { &package } else { &own }, arguments) {
                chosen.push(option);
            }
        }
        let spellings: Vec<(usize, Takes, Vec<&str>)> =
            chosen.iter().enumerate().flat_map(|(at, option)| spellings(at, option)).collect();
        let table: Vec<CommandOption<'_>> = spellings
            .iter()
            .map(|(at, takes, names)| CommandOption::new(chosen[*at].name.as_str(), names, *takes))
            .collect();
        let lines = launch.text.as_deref().map(Lines::of);
        let standing = Standing {
            shown: &launch.shown,
            text: launch.text.as_deref().zip(lines.as_ref()),
            layer: if launch.text.is_some() { Layer::CommandLine } else { Layer::Process },
            symbol: None,
            process: Some(&launch.process),
        };
        let used = used(arguments, &table, Abbreviations::Refused).into_iter();
        let assigned = used.filter_map(|used| {
            let option = chosen.iter().find(|option| option.name == used.setting)?;
            let target = Target::Default(option.name.clone());
            let assignment = standing.assignment(target, option.mechanism, used.value, used.text, used.span);
            // What a live process was started with is expanded already.
            Some(if launch.text.is_some() { launch::unless_it_refers(assignment) } else { assignment })
        });
        assigned.filter(launch::stands_here).collect()
    }

    fn declares(&self, option: &Declaration) -> bool {
        self.files.iter().any(|file| Path::new(&option.place.file).ends_with(file))
    }

    fn is_of_package(&self, option: &Declaration) -> bool {
        self.package.as_deref().is_some_and(|package| {
            let above = Path::new(&option.place.file).parent();
            above.is_some_and(|above| above.iter().any(|folder| folder == package))
        })
    }
}

/// True if of all the options that share a name with it this is the one that the command means: the only one, or the
/// only one of the subcommand whose name stands among the arguments.
fn is_meant(option: &Declaration, among: &[&Declaration], arguments: &[Word]) -> bool {
    let alike: Vec<&&Declaration> = among
        .iter()
        .filter(|other| other.place != option.place && names(other).any(|name| names(option).any(|own| own == name)))
        .collect();
    if alike.is_empty() {
        return true;
    }
    let is_called = |declaration: &Declaration| {
        let function = declaration.symbol.as_deref().and_then(|symbol| symbol.rsplit('.').next());
        function.is_some_and(|function| arguments.iter().any(|word| word.as_str().replace('-', "_") == function))
    };
    is_called(option) && !alike.iter().any(|other| is_called(other))
}

fn names(option: &Declaration) -> impl Iterator<Item = &str> {
    std::iter::once(&option.name).chain(&option.aliases).map(String::as_str)
}

/// The names that switch an option on or give it a value, and those that switch it off.
fn spellings(at: usize, option: &Declaration) -> Vec<(usize, Takes, Vec<&str>)> {
    let Some(how) = &option.option else { return Vec::new() };
    let (off, on): (Vec<&str>, Vec<&str>) = names(option).partition(|name| how.off.iter().any(|off| off == name));
    vec![(at, how.takes, on), (at, Takes::Nothing(false), off)]
}

fn is_manage(script: &Path) -> bool {
    script.file_name().is_some_and(|name| name == "manage.py")
}

/// A script by its path below the root where it lies there, else by as much of it as names it.
fn below(root: &Path, script: &Path) -> PathBuf {
    match script.strip_prefix(root) {
        Ok(below) => below.to_owned(),
        Err(_) if script.is_absolute() => PathBuf::from(script.file_name().unwrap_or_default()),
        Err(_) => script.components().filter(|part| *part != std::path::Component::CurDir).collect(),
    }
}

/// Where console scripts are named.
struct Scripts<'a> {
    host: &'a dyn Host,
    root: &'a Path,
    installed: Installed,
}

impl Scripts<'_> {
    /// The module that a console script runs: as the project's own files name it, or as the installed script imports it.
    fn module(&self, script: &Path) -> Option<String> {
        let name = script.file_name()?.to_str()?;
        let named = |file: &str| self.text(&self.root.join(file))?.lines().find_map(|line| entry_point(line, name));
        PROJECT_FILES.iter().find_map(|file| named(file)).or_else(|| {
            // Of a folder that will be installed elsewhere, nothing outside of it is looked at.
            let is_here = match self.installed {
                Installed::Here => script.is_absolute(),
                Installed::Elsewhere => script.starts_with(self.root),
            };
            let text = self.text(is_here.then_some(script)?)?;
            text.lines().find_map(|line| Some(line.strip_prefix("from ")?.split_once(" import ")?.0.trim().to_owned()))
        })
    }

    fn text(&self, path: &Path) -> Option<String> {
        let bytes = self.host.read(path, LONGEST).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The module of `shop-worker = "shop.worker:main"`, of the same in setup.cfg, or in a list of setup.py.
fn entry_point(line: &str, name: &str) -> Option<String> {
    let bare = |text: &str| text.trim().trim_matches(|letter| matches!(letter, '"' | '\'' | ',' | ' ')).to_owned();
    let (key, value) = line.split_once('=')?;
    let value = bare(value);
    let (module, function) = value.split_once(':')?;
    let is_dotted = |text: &str| {
        !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.'))
    };
    (bare(key) == name && is_dotted(module) && is_dotted(function)).then(|| module.to_owned())
}
