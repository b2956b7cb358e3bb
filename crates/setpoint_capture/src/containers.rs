//! Files that start a service without systemd: Procfiles, supervisord's configuration, crontabs, Dockerfiles
//! and compose files.

mod compose;

pub(crate) use compose::{compose, projects};

use crate::launch::{self, Launch, Standing};
use crate::source::{Deployment, Origin};
use crate::{Assignment, dotenv, gunicorn};
use setpoint_formats::command_line::{Command, shell};
use setpoint_formats::dockerfile::Image;
use setpoint_formats::{Complaint, Lines, Word, crontab, dockerfile, procfile, supervisor};
use setpoint_host::Host;
use setpoint_model::{Layer, Place, Problem};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// More than such a file has.
const LONGEST: u64 = 1 << 20;

/// What a file sets, and the processes that it starts.
#[derive(Debug, Default)]
pub(crate) struct Started {
    pub(crate) deployment: Deployment,
    pub(crate) launches: Vec<Launch>,
    /// The other files that it is read with, or names: of variables, or those that a compose file builds upon.
    pub(crate) other_files: Vec<PathBuf>,
}

/// Reads a `Procfile`: each line is a process of its own.
pub(crate) fn procfile(host: &dyn Host, origin: Origin<'_>) -> Started {
    let mut started = Started::default();
    let Some(bytes) = started.load(host, origin) else { return started };
    let (types, complaints) = procfile::parse(&bytes);
    started.complain(complaints, origin, &bytes);
    let text = Text { origin, bytes: &bytes, lines: &Lines::of(&bytes) };
    for process in types {
        let commands = shell(&process.command, &|_| None);
        let own = started.deployment.assignments.len();
        started.launch(&process.name, commands, text, own);
    }
    started
}

/// Reads a file of supervisord's: each program is a process. What it inherits from whoever starts supervisord is not
/// known.
pub(crate) fn supervisor(host: &dyn Host, origin: Origin<'_>) -> Started {
    let mut started = Started::default();
    let Some(bytes) = started.load(host, origin) else { return started };
    let (configuration, complaints) = supervisor::parse(&bytes);
    started.complain(complaints, origin, &bytes);
    let lines = Lines::of(&bytes);
    for program in &configuration.programs {
        let symbol = format!("program:{}.environment", program.name);
        let own = started.deployment.assignments.len();
        // supervisord has the general environment itself, and a program's own wins over it.
        for (set, symbol) in configuration
            .environment
            .iter()
            .map(|set| (set, "supervisord.environment"))
            .chain(program.environment.iter().map(|set| (set, &*symbol)))
        {
            let standing = Standing {
                shown: origin.shown,
                text: Some((&bytes, &lines)),
                layer: Layer::UnitEnvironment,
                symbol: Some(symbol),
                process: Some(&program.name),
            };
            let span = set.value.text.span().unwrap_or(set.value.span);
            started.deployment.assignments.push(launch::unless_it_refers(standing.variable(
                &set.name,
                set.value.as_str(),
                span,
            )));
        }
        let text = Text { origin, bytes: &bytes, lines: &lines };
        started.launch(&program.name, program.commands(&|_| None), text, own);
    }
    started
}

/// Variables that are for cron itself (crontab(5)). The zone of a schedule, `CRON_TZ`, is a value of the service.
const OF_CRON: [&str; 6] = ["SHELL", "MAILTO", "MAILFROM", "LOGNAME", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING"];

/// Reads a crontab: each line that runs Python, or a program of a virtual environment, is a process. What else a machine
/// does by the clock is none of the service's.
pub(crate) fn crontab(host: &dyn Host, origin: Origin<'_>, owner: crontab::Owner) -> Started {
    let mut started = Started::default();
    let Some(bytes) = started.load(host, origin) else { return started };
    let (entries, complaints) = crontab::parse(&bytes, owner);
    started.complain(complaints, origin, &bytes);
    let lines = Lines::of(&bytes);
    for entry in &entries {
        let own = started.deployment.assignments.len();
        for command in shell(&entry.command, &|_| None).into_iter().filter(runs_python) {
            let name = format!("cron:{}", what_it_runs(&command));
            for set in entry.environment.iter().filter(|set| !OF_CRON.contains(&set.name.as_str())) {
                let standing = Standing {
                    shown: origin.shown,
                    text: Some((&bytes, &lines)),
                    layer: Layer::UnitEnvironment,
                    symbol: None,
                    process: Some(&name),
                };
                let span = set.value.text.span().unwrap_or(set.value.span);
                // Nothing is expanded, so that a `$` is a `$`.
                started.deployment.assignments.push(standing.variable(&set.name, set.value.as_str(), span));
            }
            let text = Text { origin, bytes: &bytes, lines: &lines };
            started.launch(&name, vec![command], text, own);
        }
    }
    started
}

/// True for an interpreter, a Python file, or a program beside an interpreter of one's own.
fn runs_python(command: &Command) -> bool {
    const OF_THE_SYSTEM: [&str; 6] = ["/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "/usr/local/sbin"];
    let folder = Path::new(command.program()).parent().and_then(Path::to_str).unwrap_or_default();
    let is_of_environment = folder.ends_with("/bin") && !OF_THE_SYSTEM.contains(&folder);
    command.program_name().starts_with("python") || is_python_file(command.program()) || is_of_environment
}

fn is_python_file(word: &str) -> bool {
    Path::new(word).extension().is_some_and(|extension| extension == "py")
}

/// `shop.import_prices` of `python -m shop.import_prices`, `manage.py clearsessions`, `shop-sync`.
fn what_it_runs(command: &Command) -> String {
    let words: Vec<&str> = command.words.iter().map(Word::as_str).collect();
    if let Some(module) = words.iter().skip_while(|word| **word != "-m").nth(1) {
        return (*module).to_owned();
    }
    let script = words.iter().position(|word| is_python_file(word)).unwrap_or(0);
    let file = words[script].rsplit('/').next().unwrap_or_default();
    let subcommand = words.iter().skip(script + 1).find(|word| file == "manage.py" && !word.starts_with('-'));
    subcommand.map_or_else(|| file.to_owned(), |subcommand| format!("{file} {subcommand}"))
}

/// Reads a `Dockerfile`: the variables of the image that it builds last, and how a container of it starts.
pub(crate) fn dockerfile(host: &dyn Host, origin: Origin<'_>) -> Started {
    let mut started = Started::default();
    let Some(bytes) = started.load(host, origin) else { return started };
    let (instructions, complaints) = dockerfile::parse(&bytes);
    started.complain(complaints, origin, &bytes);
    let image = dockerfile::last_image(&instructions);
    let lines = Lines::of(&bytes);
    let standing = Standing {
        shown: origin.shown,
        text: Some((&bytes, &lines)),
        layer: Layer::Image,
        symbol: Some("ENV"),
        process: origin.process,
    };
    started.deployment.assignments.extend(variables_of(&image, standing));
    let name = origin.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let text = Text { origin, bytes: &bytes, lines: &lines };
    started.launch(origin.process.unwrap_or(&name), image.commands(), text, 0);
    started
}

/// The variables that an image gives.
fn variables_of(image: &Image, standing: Standing<'_>) -> impl Iterator<Item = Assignment> {
    let set = image.environment.iter();
    set.map(move |set| launch::unless_it_refers(standing.variable(&set.name, set.value.as_str(), set.value.span)))
}

impl Started {
    fn load(&mut self, host: &dyn Host, origin: Origin<'_>) -> Option<Rc<[u8]>> {
        match host.read(origin.path, LONGEST) {
            Ok(bytes) => Some(bytes.into()),
            Err(refusal) => {
                let problem = Problem { place: Some(Place::file(origin.shown)), ..refusal.problem() };
                self.deployment.problems.push(problem);
                None
            }
        }
    }

    fn complain(&mut self, complaints: Vec<Complaint>, origin: Origin<'_>, bytes: &[u8]) {
        self.deployment.problems.extend(dotenv::problems(complaints, origin, bytes));
    }

    /// What the commands of a process set, and the process itself. What was assigned from the index `own` on is set for
    /// it, too.
    fn launch(&mut self, process: &str, commands: Vec<Command>, text: Text<'_>, own: usize) {
        for command in commands {
            let standing = Standing {
                shown: text.origin.shown,
                text: Some((text.bytes, text.lines)),
                layer: Layer::CommandLine,
                symbol: None,
                process: Some(process),
            };
            self.deployment.assignments.extend(launch::read(&command, standing));
            let (process, shown) = (process.to_owned(), text.origin.shown.to_owned());
            self.launches.push(Launch { process, command, shown, text: Some(Rc::clone(text.bytes)) });
        }
        let own = self.deployment.assignments.iter().skip(own);
        let of_process = own.filter(|one| one.process.as_deref() == Some(process));
        let options: Vec<_> = of_process.flat_map(gunicorn::read_variable).collect();
        self.deployment.assignments.extend(options);
    }
}

/// A file's text with its lines, found once.
#[derive(Clone, Copy)]
struct Text<'a> {
    origin: Origin<'a>,
    bytes: &'a Rc<[u8]>,
    lines: &'a Lines,
}

#[cfg(test)]
mod tests;
