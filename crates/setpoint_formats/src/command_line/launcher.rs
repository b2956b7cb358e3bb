//! Programs that only start another one: what a person means by "runs uvicorn" stands behind them.

use super::sourced::{self, Sourced};
use super::{SetVariable, as_assignment, script};
use crate::expansion::Room;
use crate::{Traced, Word};

/// A program that a command line comes down to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// What the command line sets for it, in order.
    pub variables: Vec<SetVariable>,
    /// The files whose variables it is given, in order.
    pub sourced: Vec<Sourced>,
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

const LAUNCHERS: [Launcher; 35] = [
    Launcher { options_with_value: &["-a"], ..launcher("exec") },
    Launcher { options_with_value: &["-u", "--unset", "-C", "--chdir"], ..launcher("env") },
    Launcher {
        options_with_value: &["-w", "--timeout", "-E", "--conflict-exit-code"],
        operands: 1,
        ..launcher("flock")
    },
    launcher("chronic"),
    Launcher {
        options_with_value: &[
            "-H",
            "--host",
            "-M",
            "--machine",
            "-p",
            "--property",
            "-u",
            "--unit",
            "-E",
            "--setenv",
            "--description",
            "--slice",
            "--uid",
            "--gid",
            "--nice",
            "--working-directory",
            "--on-active",
            "--on-calendar",
            "--service-type",
        ],
        ..launcher("systemd-run")
    },
    Launcher {
        options_with_value: &["-t", "--identifier", "-p", "--priority", "--stderr-priority", "--level-prefix"],
        ..launcher("systemd-cat")
    },
    launcher("run-one"),
    Launcher { operands: 1, ..launcher("taskset") },
    Launcher { operands: 1, ..launcher("chrt") },
    Launcher { options_with_value: &["-u", "-C"], ..launcher("doas") },
    Launcher { options_with_value: &["-u", "-g", "-b", "-n"], ..launcher("chpst") },
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
        let script = script_of_shell(&command.words).or_else(|| script_of_lock(&command.words));
        if let Some(script) = script.filter(|_| depth < DEEPEST) {
            let set = |name: &str| {
                let own = command.variables.iter().rev().find(|variable| variable.name == name);
                own.map(|variable| variable.value.as_str().to_owned()).or_else(|| environment(name))
            };
            let mut inner = script::nested(&script, &set, room, depth + 1);
            for inner in &mut inner {
                inner.variables.splice(0..0, command.variables.iter().cloned());
                inner.sourced.splice(0..0, command.sourced.iter().cloned());
                inner.directory = inner.directory.take().or_else(|| command.directory.clone());
            }
            return inner;
        }
        let name = command.program_name();
        let Some(launcher) = LAUNCHERS.iter().find(|launcher| launcher.name == name) else { break };
        let Some(behind) = launcher.program_at(&command.words) else { break };
        let words = command.words.split_off(behind);
        let own = command.words.iter().skip(1);
        command.variables.extend(launcher.variables(&command.words));
        command.sourced.extend(own.filter_map(sourced::of_substitution));
        command.directory = launcher.folder(&command.words).or(command.directory);
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
            } else if as_assignment(&words[at - 1]).is_none() && !self.is_of_variables(&words[at - 1]) {
                return Some(at - 1);
            }
        }
        None
    }

    /// True for `$(cat FILE)` where `env` takes assignments.
    fn is_of_variables(&self, word: &Word) -> bool {
        self.name == "env" && sourced::of_substitution(word).is_some()
    }

    /// The variables that it sets: `env NAME=VALUE`, and by the options of `systemd-run`, whose other assignments are
    /// properties of the unit, `--setenv=NAME=VALUE` and `-E NAME=VALUE`.
    fn variables(&self, words: &[Word]) -> Vec<SetVariable> {
        if self.name == "systemd-run" {
            return values(words, &["-E", "--setenv"]).filter_map(|word| as_assignment(&word)).collect();
        }
        words.iter().skip(1).filter_map(as_assignment).collect()
    }

    /// The folder that it changes to: `env -C`, `systemd-run --working-directory`, `sudo -D`.
    fn folder(&self, words: &[Word]) -> Option<Word> {
        let names: &[&str] = match self.name {
            "env" => &["-C", "--chdir"],
            "systemd-run" => &["--working-directory"],
            "sudo" => &["-D", "--chdir"],
            _ => return None,
        };
        values(words, names).last()
    }
}

/// The values of an option that is called so: its next word, or what stands behind `=`.
fn values<'w>(words: &'w [Word], names: &'w [&str]) -> impl Iterator<Item = Word> + 'w {
    words.iter().enumerate().filter_map(move |(at, word)| {
        if names.contains(&word.as_str()) {
            return words.get(at + 1).cloned();
        }
        let (name, value) = word.as_str().split_once('=').filter(|(name, _)| names.contains(name))?;
        let start = name.len() + 1;
        Some(Word { text: word.text.part(start..start + value.len()), span: word.span })
    })
}

/// The script of `flock FILE -c SCRIPT` (flock(1)).
fn script_of_lock(words: &[Word]) -> Option<Traced> {
    if base_name(words.first()?.as_str()) != "flock" {
        return None;
    }
    let option = words.iter().position(|word| matches!(word.as_str(), "-c" | "--command"))?;
    // Behind the program that it starts, it would be that program's own.
    let operands = words[1..option].iter().filter(|word| !word.as_str().starts_with('-')).count();
    (operands <= 2 && option + 2 == words.len()).then(|| words[option + 1].text.clone())
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
