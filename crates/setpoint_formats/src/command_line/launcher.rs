//! Programs that only start another one: what a person means by "runs uvicorn" stands behind them.

use super::{SetVariable, as_assignment, shell};
use crate::expansion::Room;
use crate::{Traced, Word};

/// A program that a command line comes down to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// What the command line sets for it, in order.
    pub variables: Vec<SetVariable>,
    /// The folder that the command line changes to first.
    pub directory: Option<Word>,
    /// The program, then its arguments; never empty where a function of this module returns it.
    pub words: Vec<Word>,
}

impl Command {
    /// The program as written: `/srv/shop/.venv/bin/uvicorn`.
    pub fn program(&self) -> &str {
        self.words.first().map_or("", Word::as_str)
    }

    /// The program's name alone: `uvicorn`.
    pub fn program_name(&self) -> &str {
        base_name(self.program())
    }

    /// What stands behind the program.
    pub fn arguments(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// How a program that starts another one reads its own arguments, from its manual page.
struct Launcher {
    name: &'static str,
    /// Words of its own that must follow: `run`.
    subcommand: Option<&'static str>,
    /// Options whose value is the next word.
    options_with_value: &'static [&'static str],
    /// Operands of its own before the program.
    operands: usize,
}

const fn launcher(name: &'static str) -> Launcher {
    Launcher { name, subcommand: None, options_with_value: &[], operands: 0 }
}

const fn run(name: &'static str, options_with_value: &'static [&'static str]) -> Launcher {
    Launcher { name, subcommand: Some("run"), options_with_value, operands: 0 }
}

const LAUNCHERS: [Launcher; 26] = [
    Launcher { options_with_value: &["-a"], ..launcher("exec") },
    Launcher { options_with_value: &["-u", "--unset", "-C", "--chdir"], ..launcher("env") },
    launcher("nohup"),
    launcher("setsid"),
    launcher("command"),
    launcher("time"),
    Launcher { options_with_value: &["-n", "--adjustment"], ..launcher("nice") },
    Launcher { options_with_value: &["-c", "-n", "--class", "--classdata"], ..launcher("ionice") },
    Launcher { options_with_value: &["-k", "-s", "--kill-after", "--signal"], operands: 1, ..launcher("timeout") },
    Launcher { options_with_value: &["-i", "-o", "-e", "--input", "--output", "--error"], ..launcher("stdbuf") },
    Launcher { options_with_value: &["-u", "-g", "-D", "-h", "-p", "-C", "--user", "--group"], ..launcher("sudo") },
    Launcher { options_with_value: &["-u", "-g", "-G", "--user", "--group"], ..launcher("runuser") },
    Launcher { operands: 1, ..launcher("gosu") },
    Launcher { operands: 1, ..launcher("su-exec") },
    Launcher { options_with_value: &["-r", "--rewrite"], ..launcher("dumb-init") },
    Launcher { options_with_value: &["-p", "-e"], ..launcher("tini") },
    launcher("catatonit"),
    run(
        "uv",
        &["--with", "--env-file", "--extra", "--group", "--project", "--directory", "-p", "--python", "--package"],
    ),
    run("poetry", &["-C", "--directory", "-P", "--project"]),
    run("pipenv", &["--python"]),
    run("pdm", &["-p", "--project"]),
    run("hatch", &["-e", "--env"]),
    run("conda", &["-n", "--name", "-p", "--prefix"]),
    Launcher { subcommand: Some("run-program"), ..launcher("newrelic-admin") },
    launcher("ddtrace-run"),
    Launcher { options_with_value: &["--traces_exporter", "--service_name"], ..launcher("opentelemetry-instrument") },
];

/// The commands that one command comes down to when what only starts another is taken away: several behind
/// `sh -c`, else one.
pub fn launched(command: Command, environment: &dyn Fn(&str) -> Option<String>) -> Vec<Command> {
    peeled(command, environment, &Room::new(), 0)
}

/// Shells within shells are followed so far and no further.
const DEEPEST: usize = 4;
/// And so are programs that start programs.
const MOST_LAUNCHERS: usize = 64;

pub(super) fn peeled(
    mut command: Command,
    environment: &dyn Fn(&str) -> Option<String>,
    room: &Room,
    depth: usize,
) -> Vec<Command> {
    for _ in 0..MOST_LAUNCHERS {
        if let Some(script) = script_of_shell(&command.words).filter(|_| depth < DEEPEST) {
            let set = |name: &str| {
                let own = command.variables.iter().rev().find(|variable| variable.name == name);
                own.map(|variable| variable.value.as_str().to_owned()).or_else(|| environment(name))
            };
            let mut inner = shell::nested(&script, &set, room, depth + 1);
            for inner in &mut inner {
                inner.variables.splice(0..0, command.variables.iter().cloned());
                inner.directory = inner.directory.take().or_else(|| command.directory.clone());
            }
            return inner;
        }
        let name = command.program_name();
        let Some(launcher) = LAUNCHERS.iter().find(|launcher| launcher.name == name) else { break };
        let Some(behind) = launcher.program_at(&command.words) else { break };
        let words = command.words.split_off(behind);
        let own = command.words.iter().skip(1).filter_map(as_assignment);
        command.variables.extend(own.collect::<Vec<_>>());
        command.words = words;
    }
    if command.words.is_empty() { Vec::new() } else { vec![command] }
}

impl Launcher {
    /// Where the program that it starts stands; `None` if it starts none.
    fn program_at(&self, words: &[Word]) -> Option<usize> {
        let mut at = 1;
        let mut subcommand = self.subcommand;
        let mut operands = self.operands;
        while let Some(word) = words.get(at).map(Word::as_str) {
            at += 1;
            if word == "--" {
                return (at < words.len()).then_some(at);
            } else if word.starts_with('-') && word.len() > 1 {
                at += usize::from(self.options_with_value.contains(&word));
            } else if let Some(own) = subcommand {
                if word != own {
                    return None;
                }
                subcommand = None;
            } else if operands > 0 {
                operands -= 1;
            } else if as_assignment(&words[at - 1]).is_none() {
                return Some(at - 1);
            }
        }
        None
    }
}

/// The script of `sh -c SCRIPT`, also `bash -lc` and `bash -o pipefail -c`.
fn script_of_shell(words: &[Word]) -> Option<Traced> {
    let name = base_name(words.first()?.as_str());
    if !["sh", "bash", "dash", "ash", "zsh"].contains(&name) {
        return None;
    }
    let mut behind = words[1..].iter();
    while let Some(option) = behind.next().map(Word::as_str).filter(|word| word.starts_with(['-', '+'])) {
        let letters = &option[1..];
        if letters.ends_with('c') && !letters.starts_with('-') {
            let script = behind.find(|word| word.as_str() != "--")?;
            return Some(script.text.clone());
        }
        if letters.ends_with('o') {
            behind.next();
        }
    }
    None
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}
