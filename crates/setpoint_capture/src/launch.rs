//! What a deployment file starts: a command with its variables, and what the command's options set.

use crate::options::{CommandOption, Takes, Used};
use crate::{Assignment, Clear, Sensitive, Target, backends, celery, granian, gunicorn, hypercorn, uvicorn};
use setpoint_formats::command_line::Command;
use setpoint_formats::{Lines, Word, supervisor};
use setpoint_model::{ByteSpan, Layer, Mechanism, Place, Value};
use std::rc::Rc;

/// A process that a deployment file starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Launch {
    /// The unit, the Procfile's line, the compose file's service.
    pub(crate) process: String,
    /// The command, without the programs that only start another.
    pub(crate) command: Command,
    /// The file's name in places.
    pub(crate) shown: String,
    /// The file's text, as in [`Standing`].
    pub(crate) text: Option<Rc<[u8]>>,
}

/// The span of a word that stands in another file than the one its command is read for.
pub(crate) const ELSEWHERE: ByteSpan = ByteSpan { start: usize::MAX, end: usize::MAX };

/// The span of what stands in no text.
pub(crate) const NOWHERE: ByteSpan = ByteSpan { start: 0, end: 0 };

/// True unless what sets it stands in another file.
pub(crate) fn stands_here(assignment: &Assignment) -> bool {
    assignment.place.span != Some(ELSEWHERE)
}

/// Where a command stands: what all that it sets has in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing<'a> {
    /// The file's name in places.
    pub(crate) shown: &'a str,
    /// The file's text and its lines; `None` where there is no text to point into, as for a process's own command line.
    pub(crate) text: Option<(&'a [u8], &'a Lines)>,
    /// [`Layer::CommandLine`], or [`Layer::Process`] for a live one.
    pub(crate) layer: Layer,
    /// `[Service]`.
    pub(crate) symbol: Option<&'a str>,
    /// The process that it starts.
    pub(crate) process: Option<&'a str>,
}

impl Standing<'_> {
    /// An assignment that stands at `span` of this place.
    pub(crate) fn assignment(
        &self,
        target: Target,
        mechanism: Mechanism,
        value: Value,
        text: String,
        span: ByteSpan,
    ) -> Assignment {
        Assignment {
            target,
            layer: self.layer,
            mechanism,
            value: Clear::from(value),
            text: Sensitive::new(text),
            place: match self.text {
                Some((text, lines)) => lines.place(self.shown, text, span),
                None => Place::file(self.shown),
            },
            symbol: self.symbol.map(str::to_owned),
            process: self.process.map(str::to_owned),
        }
    }

    /// A server's option as the default `SERVER.SETTING`.
    pub(crate) fn option(&self, mechanism: Mechanism, used: Used<'_>) -> Assignment {
        let target = Target::Default(format!("{mechanism}.{}", used.setting));
        self.assignment(target, mechanism, used.value, used.text, used.span)
    }

    /// An environment variable.
    pub(crate) fn variable(&self, name: &str, value: &str, span: ByteSpan) -> Assignment {
        let target = Target::Variable(name.to_owned());
        self.assignment(target, Mechanism::UnitEnvironment, Value::from(value), value.to_owned(), span)
    }
}

/// What a command sets: the variables in front of its program, and the options of a server that is known. Those are
/// read the same from a unit's `ExecStart=` and from a live process's own command line.
pub(crate) fn read(command: &Command, standing: Standing<'_>) -> Vec<Assignment> {
    let variables = command.variables.iter().map(|set| {
        let span = set.value.text.span().unwrap_or(set.value.span);
        standing.variable(&set.name, set.value.as_str(), span)
    });
    let mut assignments: Vec<_> = variables.collect();
    if let Some((server, at)) = server(command) {
        assignments.extend(server.read(&command.words[at..], standing));
    } else if let Some(server) = backends::Server::of_program(command.program_name()) {
        assignments.extend(backends::arguments(server, command.arguments(), standing));
    }
    // What a live process was started with is expanded already.
    if standing.text.is_some() {
        assignments = assignments.into_iter().filter(stands_here).map(unless_it_refers).collect();
    }
    assignments
}

/// The same, but dynamic where its text still refers to a variable or a command, whose value no file says.
pub(crate) fn unless_it_refers(assignment: Assignment) -> Assignment {
    let refers = assignment.text.reveal().split('$').skip(1).any(|behind| {
        behind.starts_with(|letter: char| letter.is_ascii_alphabetic() || matches!(letter, '_' | '{' | '('))
    });
    if refers || supervisor::refers(assignment.text.reveal()) {
        Assignment { value: Clear::Dynamic, ..assignment }
    } else {
        assignment
    }
}

/// A server whose options are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// <https://uvicorn.dev>
    Uvicorn,
    /// <https://gunicorn.org>
    Gunicorn,
    /// <https://hypercorn.readthedocs.io>
    Hypercorn,
    /// <https://github.com/emmett-framework/granian>
    Granian,
    /// <https://docs.celeryq.dev>: its worker and its beat.
    Celery,
}

impl Server {
    /// The server by its program's name or path.
    pub(crate) fn named(program: &str) -> Option<Self> {
        match program.rsplit('/').next()? {
            "uvicorn" => Some(Self::Uvicorn),
            "gunicorn" => Some(Self::Gunicorn),
            "hypercorn" => Some(Self::Hypercorn),
            "granian" => Some(Self::Granian),
            "celery" => Some(Self::Celery),
            _ => None,
        }
    }

    /// What the words behind the program set.
    fn read(self, arguments: &[Word], standing: Standing<'_>) -> Vec<Assignment> {
        match self {
            Self::Uvicorn => uvicorn::read(arguments, standing),
            Self::Gunicorn => gunicorn::read(arguments, standing),
            Self::Hypercorn => hypercorn::read(arguments, standing),
            Self::Granian => granian::read(arguments, standing),
            Self::Celery => celery::read(arguments, standing),
        }
    }
}

/// The options of the servers, by the mechanism that their defaults are of.
const TABLES: [(Mechanism, &[CommandOption<'static>]); 5] = [
    (Mechanism::Uvicorn, &uvicorn::OPTIONS),
    (Mechanism::Gunicorn, &gunicorn::OPTIONS),
    (Mechanism::Hypercorn, &hypercorn::OPTIONS),
    (Mechanism::Granian, &granian::OPTIONS),
    (Mechanism::Celery, &celery::OPTIONS),
];

/// True for a server's option that takes a number, by the name of its default: `uvicorn.workers`.
pub(crate) fn takes_numbers(mechanism: Mechanism, name: &str) -> bool {
    let Some((_, setting)) = name.split_once('.') else { return false };
    let mut options = TABLES.iter().filter(|(of, _)| *of == mechanism).flat_map(|(_, options)| options.iter());
    options.any(|option| option.takes == Takes::Number && option.setting == setting)
}

/// The server that a command runs, and where its arguments start: `uvicorn app:app`, `python -m uvicorn app:app`, and
/// `python /srv/shop/.venv/bin/uvicorn app:app`, as the kernel starts a script.
pub(crate) fn server(command: &Command) -> Option<(Server, usize)> {
    let word = |at: usize| command.words.get(at).map(Word::as_str);
    if let Some(server) = Server::named(word(0)?) {
        return Some((server, 1));
    }
    if !command.program_name().starts_with("python") {
        return None;
    }
    let mut at = 1;
    while let Some(option) = word(at).filter(|word| word.starts_with('-')) {
        at += 1;
        match option {
            "-m" => return Server::named(word(at)?).map(|server| (server, at + 1)),
            // Options of the interpreter whose value is the next word (python(1)).
            "-W" | "-X" => at += 1,
            "-c" => return None,
            _ => {}
        }
    }
    Server::named(word(at)?).map(|server| (server, at + 1))
}
