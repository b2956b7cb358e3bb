//! Command lines as they stand in deployment files: a unit's `ExecStart=` ([`exec_start`]), a shell's line
//! ([`shell`]), and a JSON array ([`exec_form`]). All come down to [`Command`]s: a program and its arguments, each
//! with its bytes, and the variables set for it.

mod exec;
mod json;
mod launcher;
mod script;
mod shell;
mod shlex;
mod sourced;

pub use exec::{ExecCommand, exec_start, expand};
pub use json::exec_form;
pub use launcher::{Command, launched};
pub use script::{exported, shell};
pub(crate) use shell::docker_words;
pub use shlex::shlex_split;
pub use sourced::{Sourced, Takes, lines_of_words};

use crate::Word;

/// A variable that a command line sets for the program behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetVariable {
    /// Its name.
    pub name: String,
    /// Its value; the span is that of the whole assignment.
    pub value: Word,
}

/// A word of the form `NAME=value`, which sets a variable where it stands in front of a program.
pub fn as_assignment(word: &Word) -> Option<SetVariable> {
    let (name, _) = word.as_str().split_once('=')?;
    crate::environment_file::is_variable_name(name).then(|| SetVariable {
        name: name.to_owned(),
        value: Word { text: word.text.part(name.len() + 1..word.as_str().len()), span: word.span },
    })
}

#[cfg(test)]
mod tests;
