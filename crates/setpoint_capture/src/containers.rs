//! Files that start a service without systemd: Procfiles, supervisord's configuration, crontabs, Dockerfiles
//! and compose files.

mod compose;
mod crontab;
mod sourced;

pub(crate) use compose::{compose, projects};
pub(crate) use crontab::crontabs;

use crate::launch::{self, Launch, Standing};
use crate::source::{Deployment, Origin};
use crate::{Assignment, dotenv, gunicorn};
use setpoint_formats::command_line::{Command, shell};
use setpoint_formats::dockerfile::Image;
use setpoint_formats::{Complaint, Lines, dockerfile, procfile, supervisor};
use setpoint_host::Host;
use setpoint_model::{Layer, Place, Problem};
use std::path::PathBuf;
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
    /// Lines for a shell that may name a file of variables.
    pub(crate) lines: Vec<String>,
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

/// A file that was read, with its lines.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    shown: String,
    bytes: Rc<[u8]>,
    lines: Lines,
}

impl Source {
    fn text(&self) -> Text<'_> {
        let origin = Origin { path: &self.path, shown: &self.shown, process: None };
        Text { origin, bytes: &self.bytes, lines: &self.lines }
    }

    fn standing<'s>(&'s self, layer: Layer, process: &'s str) -> Standing<'s> {
        let text = Some((&*self.bytes, &self.lines));
        Standing { shown: &self.shown, text, layer, symbol: None, process: Some(process) }
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
