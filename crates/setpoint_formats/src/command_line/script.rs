//! What a shell's line or script comes down to: lists of commands, `cd`, `export`, `set -a`, `.`. It runs nothing.

use super::shell::{Dialect, Shell};
use super::sourced::{self, Sourced, Takes};
use super::{Command, SetVariable, as_assignment, launcher};
use crate::expansion::Room;
use crate::{Traced, Word};

/// The commands of a shell's line or script, in order, with the variables that it exports and the folder that it
/// changes to, and without the programs that only start another (`exec`, `env`, `sudo`, `sh -c`). A variable
/// that neither the line nor `environment` sets stays as it is written, or becomes its `:-` default. So do all once
/// they have brought 2 MiB.
pub fn shell(line: &Traced, environment: &dyn Fn(&str) -> Option<String>) -> Vec<Command> {
    nested(line, environment, &Room::new(), 0)
}

/// What a script exports to the commands behind it in the shell that takes it over: `. FILE`.
pub fn exported(script: &Traced, takes: Takes) -> Vec<SetVariable> {
    let mut ran = Ran { exports_all: takes == Takes::All, ..Ran::default() };
    run(script, &|_| None, &Room::new(), 0, &mut ran);
    ran.exported
}

/// Of a line with more commands than this, the first say what it is. Each holds all that was exported before it.
const MOST_COMMANDS: usize = 200;
/// And so with what it exports.
const MOST_EXPORTED: usize = 2000;
/// And with the files that it takes over.
const MOST_SOURCED: usize = 20;

/// What has been run of a shell's line.
#[derive(Default)]
struct Ran {
    commands: Vec<Command>,
    exported: Vec<SetVariable>,
    /// What the shell has for itself alone.
    unexported: Vec<SetVariable>,
    /// `set -a`: what is set is exported.
    exports_all: bool,
    sourced: Vec<Sourced>,
    directory: Option<Word>,
}

/// A shell's line inside another, which can only go so deep.
pub(super) fn nested(
    line: &Traced,
    environment: &dyn Fn(&str) -> Option<String>,
    room: &Room,
    depth: usize,
) -> Vec<Command> {
    let mut ran = Ran::default();
    run(line, environment, room, depth, &mut ran);
    ran.commands
}

fn run(line: &Traced, environment: &dyn Fn(&str) -> Option<String>, room: &Room, depth: usize, ran: &mut Ran) {
    let mut shell = Shell::of(line, environment, room, Dialect::Posix);
    while ran.commands.len() < MOST_COMMANDS && ran.exported.len() < MOST_EXPORTED {
        let Some(mut words) = shell.command() else { break };
        let skipped = words.iter().take_while(|word| KEYWORDS.contains(&word.as_str())).count();
        words.drain(..skipped);
        let in_front = words.iter().map_while(as_assignment).count();
        let own: Vec<_> = words.drain(..in_front).filter_map(|word| as_assignment(&word)).collect();
        match words.first().map(Word::as_str) {
            None => {
                own.iter().for_each(|variable| shell.set(variable));
                if ran.exports_all { &mut ran.exported } else { &mut ran.unexported }.extend(own);
            }
            Some("export") => {
                for word in &words[1..] {
                    let known = || ran.unexported.iter().rfind(|known| known.name == word.as_str()).cloned();
                    if let Some(variable) = as_assignment(word).or_else(known) {
                        shell.set(&variable);
                        ran.exported.push(variable);
                    }
                    ran.source(sourced::of_substitution(word));
                }
            }
            Some("set") => ran.exports_all = exports_all(&words[1..]).unwrap_or(ran.exports_all),
            Some("." | "source") => {
                let takes = if ran.exports_all { Takes::All } else { Takes::Exported };
                ran.source(words.get(1).map(|file| Sourced { file: file.clone(), takes }));
            }
            Some("cd") => ran.directory = words.get(1).cloned().or(ran.directory.take()),
            Some(_) => {
                let command = Command {
                    variables: ran.exported.iter().cloned().chain(own).collect(),
                    sourced: ran.sourced.clone(),
                    directory: ran.directory.clone(),
                    words,
                };
                ran.commands.extend(launcher::peeled(command, environment, room, depth));
            }
        }
    }
}

impl Ran {
    fn source(&mut self, sourced: Option<Sourced>) {
        if self.sourced.len() < MOST_SOURCED {
            self.sourced.extend(sourced);
        }
    }
}

/// Whether `set` makes the shell export what it sets from now on: `-a`, `+a`, `-o allexport`.
fn exports_all(options: &[Word]) -> Option<bool> {
    let mut exports = None;
    let mut options = options.iter().map(Word::as_str);
    while let Some(option) = options.next() {
        let Some(letters) = option.strip_prefix(['-', '+']).filter(|letters| !letters.starts_with('-')) else { break };
        let named = letters.ends_with('o') && options.next() == Some("allexport");
        if named || letters.contains('a') {
            exports = Some(option.starts_with('-'));
        }
    }
    exports
}

/// Reserved words after which a command may start (POSIX.1-2017, Shell Command Language, 2.4).
const KEYWORDS: [&str; 11] = ["!", "{", "}", "if", "then", "else", "elif", "fi", "do", "done", "while"];
