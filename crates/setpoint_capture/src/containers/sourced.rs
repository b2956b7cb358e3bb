//! Files of variables that the shell takes over before it starts a process: `. /etc/shop.env && python -m shop.sync`.

use super::crontab::{Find, assignment};
use super::{Source, Started};
use crate::source::Origin;
use crate::{Assignment, Clear, launch};
use setpoint_formats::command_line::{SetVariable, Sourced, Takes, as_assignment, exported, lines_of_words};
use setpoint_formats::{Lines, Traced, Word};
use setpoint_host::Host;
use setpoint_model::{Layer, Place, Problem, Retry};
use std::path::Path;

/// Reads one of them for a process.
pub(super) fn read(
    host: &dyn Host,
    sourced: &Sourced,
    folder: Option<&Word>,
    process: &str,
    shown: &dyn Fn(&Path) -> String,
    find: Find<'_>,
    started: &mut Started,
) {
    let named = sourced.file.as_str();
    // A virtual environment's script is for the shell alone.
    if named.contains(['$', '`', '*']) || named.rsplit('/').next() == Some("activate") {
        return;
    }
    let Some(path) = find(folder.map(Word::as_str), named) else {
        // What only the machine has may be anything, a profile say; one that is called so has variables.
        if named.starts_with('/') && named.ends_with("env") {
            started.other_files.push(named.into());
        }
        return;
    };
    let name = shown(&path);
    let origin = Origin { path: &path, shown: &name, process: Some(process) };
    let Some(bytes) = started.load(host, origin) else { return };
    started.other_files.push(path.clone());
    let Ok(text) = str::from_utf8(&bytes) else {
        let problem = Problem::input(format!("`{name}` is not UTF-8"), "UTF-8 text", Retry::SafeOnceMended);
        started.deployment.problems.push(problem.at(Place::file(&name)));
        return;
    };
    let source = Source { path: path.clone(), shown: name.clone(), bytes: bytes.clone(), lines: Lines::of(&bytes) };
    let standing = source.standing(Layer::EnvironmentFile, process);
    let assignments: Vec<Assignment> = match sourced.takes {
        Takes::Exported | Takes::All => {
            let set = exported(&Traced::verbatim(text, 0), sourced.takes);
            set.iter().map(|set| launch::unless_it_refers(assignment(set, standing))).collect()
        }
        Takes::Words => {
            let set = lines_of_words(text).filter_map(|line| as_assignment(&line));
            set.map(|set| unless_it_is_parted(&set, assignment(&set, standing))).collect()
        }
    };
    started.deployment.assignments.extend(assignments);
}

/// The same, but dynamic where the shell or `xargs` makes something else of the line.
fn unless_it_is_parted(set: &SetVariable, assignment: Assignment) -> Assignment {
    if set.value.as_str().contains(|letter: char| letter.is_whitespace() || "'\"\\*?[".contains(letter)) {
        Assignment { value: Clear::Dynamic, ..assignment }
    } else {
        assignment
    }
}
