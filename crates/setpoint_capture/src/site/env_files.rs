//! Who reads the files of variables that no unit and no container names: the code, the server that runs it, or nobody.
//!
//! That a `.env` file lies there sets nothing. It counts for the code that loads it, and for a process whose server
//! loads it before the code runs; what nobody was seen to read is noted as such, so that a person can be told.

use super::folder::nearest;
use super::found::{Installed, shown};
use super::{Found, code_root, environment_name, server_variables};
use crate::launch::Server;
use crate::python::{Named, Sought};
use crate::source::Origin;
use crate::{Clear, Target, dotenv};
use setpoint_formats::Word;
use setpoint_host::{Host, Kind};
use setpoint_model::{ProcessState, UnreadFile};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is known of them before the code is read.
#[derive(Debug, Default)]
pub(crate) struct EnvFiles {
    /// Those that lie where code may load them, the weakest first.
    lying: Vec<PathBuf>,
    /// Those that a tool reads for itself, and gives to nobody.
    of_tools: Vec<PathBuf>,
    /// The folder in which each process is started.
    started_in: Vec<(String, PathBuf)>,
    /// Those that a process's server loads itself, the weakest first.
    loaded: Vec<(String, PathBuf)>,
    /// Lines for a shell that may name one.
    lines: Vec<String>,
}

/// The files that name what is to be installed.
const REQUIREMENTS: [&str; 7] =
    ["requirements.txt", "pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "poetry.lock", "uv.lock"];
/// Longer than any of these.
const LONGEST_REQUIREMENTS: u64 = 8 << 20;

impl EnvFiles {
    /// Notes lines for a shell that may name one.
    pub(super) fn note_lines(&mut self, lines: Vec<String>) {
        self.lines.extend(lines);
    }
}

impl Found {
    /// Notes a file that lies where code may load it. Of two the later one is the stronger.
    pub(super) fn note_env_file(&mut self, path: PathBuf) {
        if !self.env_files.lying.contains(&path) {
            self.env_files.lying.push(path);
        }
    }

    /// Notes a file that a tool reads for itself, as Compose does the `.env` beside its own file.
    pub(super) fn note_read_by_tool(&mut self, path: PathBuf) {
        self.env_files.of_tools.push(path);
    }

    /// Notes in which folder a process is started.
    pub(super) fn note_started_in(&mut self, process: &str, folder: PathBuf) {
        self.env_files.started_in.push((process.to_owned(), folder));
    }

    /// Notes the files that the site's servers load themselves. `locate` finds the file that a process started in the
    /// folder calls so.
    pub(super) fn note_loaded_by_servers(&mut self, host: &dyn Host, locate: &dyn Fn(&Path, &Path) -> Option<PathBuf>) {
        let root = self.root.clone().unwrap_or_default();
        for process in &self.site.processes {
            let name = process.name.as_str();
            let started = self.env_files.started_in.iter().find(|(of, _)| of == name);
            let folder = started.map_or(root.as_path(), |(_, folder)| folder);
            match process.program.as_deref() {
                // `Config.__init__` of `uvicorn/config.py` gives the file to python-dotenv's `load_dotenv`.
                Some("uvicorn") => {
                    let named = self.told(name, &Target::Default("uvicorn.env_file".to_owned()));
                    let file = named.and_then(|named| locate(folder, Path::new(&named)));
                    self.env_files.loaded.extend(file.map(|file| (name.to_owned(), file)));
                }
                // `load_dotenv` of `flask/cli.py`: `.env` over `.flaskenv`, each the nearest upwards.
                Some("flask") if self.flask_loads(name) && has_dotenv(host, &root, process, self.installed) => {
                    for file in [".flaskenv", ".env"] {
                        let nearest = folder.ancestors().map(|at| at.join(file)).find(|file| is_file(host, file));
                        let inside = nearest.filter(|file| file.starts_with(&root) || !folder.starts_with(&root));
                        self.env_files.loaded.extend(inside.map(|file| (name.to_owned(), file)));
                    }
                }
                Some(_) | None => {}
            }
        }
    }

    /// `FLASK_SKIP_DOTENV` keeps it from loading any (`get_load_dotenv` of `flask/helpers.py`).
    fn flask_loads(&self, process: &str) -> bool {
        let skip = self.told(process, &Target::Variable("FLASK_SKIP_DOTENV".to_owned()));
        skip.is_none_or(|skip| matches!(skip.to_lowercase().as_str(), "" | "0" | "false" | "no"))
    }

    /// The last text that a process is given for a setting or variable.
    fn told(&self, process: &str, target: &Target) -> Option<String> {
        let is_meant = |other: &Target| match (other, target) {
            (Target::FromVariable { name, .. }, Target::Default(wanted)) => name == wanted,
            (other, wanted) => other == wanted,
        };
        let of_process = self.deployment.assignments.iter().filter(|assignment| {
            is_meant(&assignment.target) && assignment.process.as_deref().is_none_or(|of| of == process)
        });
        match &of_process.max_by_key(|assignment| assignment.layer)?.value {
            Clear::Constant(value) => Some(value.reveal().to_string()),
            Clear::Dynamic | Clear::Nothing => None,
        }
    }

    /// Reads the files that somebody reads, and notes those that nobody was seen to read. `asked` is what the code
    /// asks for.
    pub(crate) fn read_env_files(&mut self, host: &dyn Host, asked: &[Named]) {
        let EnvFiles { lying, of_tools, started_in, loaded, lines } = std::mem::take(&mut self.env_files);
        let root = self.root.clone().unwrap_or_default();
        let folders: Vec<&Path> = started_in.iter().map(|(_, folder)| folder.as_path()).collect();
        let mut by_code: Vec<PathBuf> = Vec::new();
        for file in asked.iter().filter_map(|named| named.find(host, &root, &folders)) {
            if !by_code.contains(&file) && self.concerns(&file) {
                by_code.push(file);
            }
        }
        let real = |path: &Path| host.resolve(path).unwrap_or_else(|_| path.to_owned());
        let is_among = |files: &[PathBuf], path: &Path| files.iter().any(|file| real(file) == real(path));
        let any = asked.iter().any(|named| named.sought == Sought::Unknown);
        let by_servers: Vec<PathBuf> = loaded.iter().map(|(_, file)| file.clone()).collect();
        let named = self.named_by_commands(&lines, &lying);
        for file in lying {
            if any || is_among(&by_code, &file) {
                self.read_dotenv(host, &file);
            } else if !self.has(&file)
                && !is_among(&of_tools, &file)
                && !is_among(&by_servers, &file)
                && !named.contains(&file)
            {
                self.note_unread(host, &file);
            }
        }
        by_code.iter().for_each(|file| self.read_dotenv(host, file));
        // A server loads its own before the code runs, and what is set already stays: these are the stronger.
        for (process, file) in loaded {
            self.read_loaded(host, &file, &process);
        }
    }

    /// Those of the files that a command names, whatever it does with them: a file that is named is not forgotten.
    fn named_by_commands(&self, lines: &[String], lying: &[PathBuf]) -> BTreeSet<PathBuf> {
        let of_launches = self.launches.iter().flat_map(|launch| {
            let sourced = launch.command.sourced.iter().map(|sourced| &sourced.file);
            launch.command.words.iter().chain(sourced).map(Word::as_str)
        });
        let is_of_path = |letter: char| letter.is_alphanumeric() || "._-/~".contains(letter);
        let paths = lines.iter().map(String::as_str).chain(of_launches);
        let paths = paths.flat_map(|text| text.split(move |letter| !is_of_path(letter)));
        paths.filter_map(|path| nearest(lying.iter().rev(), Path::new(path)).cloned()).collect()
    }

    fn concerns(&self, file: &Path) -> bool {
        let below = shown(self.root.as_deref(), file);
        environment_name::concerns(Path::new(&below), self.site.environment.as_deref())
    }

    /// Reads a file that a process's server loads into its environment.
    fn read_loaded(&mut self, host: &dyn Host, path: &Path, process: &str) {
        let shown = shown(self.root.as_deref(), path);
        let mut read = dotenv::read(host, Origin { path, shown: &shown, process: Some(process) });
        let of_process = self.site.processes.iter().find(|state| state.name == process);
        let program = of_process.and_then(|state| state.program.as_deref());
        if let Some(Server::Uvicorn) = program.and_then(Server::named) {
            read.assignments.iter_mut().for_each(server_variables::give_fallback_of_uvicorn);
        }
        self.deployment.extend(read);
        self.list(host, path);
    }

    fn note_unread(&mut self, host: &dyn Host, path: &Path) {
        let file = shown(self.root.as_deref(), path);
        let read = dotenv::read(host, Origin { path, shown: &file, process: None });
        let variables: BTreeSet<String> = read
            .assignments
            .into_iter()
            .filter_map(|assignment| match assignment.target {
                Target::Variable(name) => Some(name),
                Target::Default(_) | Target::FromVariable { .. } => None,
            })
            .collect();
        self.site.unread_files.push(UnreadFile { file, variables: variables.into_iter().collect() });
    }
}

/// True if python-dotenv is installed for a process, or will be.
fn has_dotenv(host: &dyn Host, root: &Path, process: &ProcessState, installed: Installed) -> bool {
    if let (Some(environment), Installed::Here) = (&process.interpreter, installed) {
        let packages = code_root::site_packages(host, Path::new(environment));
        return packages.iter().any(|folder| host.status(&folder.join("dotenv")).is_ok());
    }
    REQUIREMENTS.iter().any(|file| {
        let text = host.read(&root.join(file), LONGEST_REQUIREMENTS).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).to_lowercase();
        text.contains("python-dotenv") || text.contains("flask[dotenv]")
    })
}

fn is_file(host: &dyn Host, path: &Path) -> bool {
    host.status(path).is_ok_and(|status| status.kind == Kind::File)
}
