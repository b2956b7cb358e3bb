//! Files of variables that a shell takes over before it starts a command: `. FILE`, and `export $(cat FILE)`.

use crate::{Traced, Word};
use setpoint_model::ByteSpan;

/// A file that gives a command variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced {
    /// Its path as written.
    pub file: Word,
    /// What the command gets of it.
    pub takes: Takes,
}

/// What a command gets of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `. FILE`: what the file itself exports.
    Exported,
    /// `set -a; . FILE`: all that it sets.
    All,
    /// `env $(cat FILE) COMMAND`: its words, in which quotes are letters as any other.
    Words,
}

/// The file of which a substitution brings the words: `$(cat FILE)`, `$(cat FILE | xargs)`, `$(grep -v '^#' FILE)`,
/// `$(xargs < FILE)`. What else is done to a file before (`sed`, say) makes of it what only running it tells.
pub(super) fn of_substitution(word: &Word) -> Option<Sourced> {
    let text = word.as_str();
    let inner = |open: &str, close: &str| text.strip_prefix(open)?.strip_suffix(close);
    let (inner, before) = match (inner("$(", ")"), inner("`", "`")) {
        (Some(inner), _) => (inner, 2),
        (None, Some(inner)) => (inner, 1),
        (None, None) => return None,
    };
    let mut stages = inner.split('|');
    let first = stages.next()?;
    if !stages.all(is_harmless) {
        return None;
    }
    let (program, operands) = first.trim().split_once(char::is_whitespace).unwrap_or((first.trim(), ""));
    let file = first.split([' ', '\t', '<']).rfind(|word| !word.is_empty())?;
    let brings_it = match program {
        "cat" => operands.split_whitespace().count() == 1,
        "grep" | "egrep" => operands.split_whitespace().count() == 3 && is_harmless(first),
        "xargs" => operands.starts_with('<'),
        _ => program.starts_with('<'),
    };
    let is_plain = file.chars().all(|letter| letter.is_alphanumeric() || "._-/~+@".contains(letter));
    let at = before + inner.find(first)? + first.rfind(file)?;
    let text: Traced = word.text.part(at..at + file.len());
    (brings_it && is_plain)
        .then(|| Sourced { file: Word { span: text.span().unwrap_or(word.span), text }, takes: Takes::Words })
}

/// True for what leaves the assignments as they are: `xargs`, and a `grep -v` of comments or of blank lines.
fn is_harmless(stage: &str) -> bool {
    let words: Vec<&str> = stage.split_whitespace().collect();
    match words.as_slice() {
        ["xargs"] => true,
        ["grep" | "egrep", "-v" | "-Ev" | "-vE", pattern, ..] => {
            matches!(pattern.trim_matches(['\'', '"']), "^#" | "#" | "^$" | "^\\s*#" | "^#|^$" | "^\\s*$")
        }
        _ => false,
    }
}

/// The lines of a file that `cat` gives to `env` or `export`: assignments, as a rule one in each line. The shell parts
/// them at every white space.
pub fn lines_of_words(text: &str) -> impl Iterator<Item = Word> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start + (line.len() - line.trim_start().len());
        start += line.len();
        let written = line.trim();
        let text = Traced::verbatim(written, at);
        (!written.is_empty() && !written.starts_with('#'))
            .then(|| Word { span: text.span().unwrap_or(ByteSpan { start: at, end: at }), text })
    })
}
