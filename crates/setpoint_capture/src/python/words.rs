//! The words that make a file, and a function in it, worth reading.

use super::searcher::Searcher;
use setpoint_python::Marks;
use std::collections::BTreeSet;

/// A word, and where it must stand to matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word<'s> {
    /// Anywhere: a part of a library's interface.
    Anywhere(&'s str),
    /// Anywhere: the environment, or what reads it. What is made of it is read like it: `env = {**os.environ}`.
    Environment(&'s str),
    /// Anywhere. What it brings has names of one's own, which may stand in any function of the file:
    /// `env = environ.Env()`, `env("DEBUG")`.
    Named(&'s str),
    /// Where it is imported: a module. What it brings has names of one's own, too.
    Module(&'s str),
    /// Where it is called, inherited from, or given another name: a library's class. So has what is made of it.
    Maker(&'s str),
    /// Where it is given something: a library's settings object.
    Settings(&'s str),
    /// Where it is called, or given another name: a function of the service.
    Called(&'s str),
    /// Where it is called on something, or given another name: a method of a class of the service.
    Method(&'s str),
    /// Where it is inherited from, or given another name: a class of the service.
    Inherited(&'s str),
}

/// Finds words in texts. Names count as a whole: `environ` is not in `environment`.
pub(super) struct Words<'s> {
    /// By the searcher's numbers.
    words: Vec<Word<'s>>,
    searcher: Searcher,
}

/// What was found in a text.
#[derive(Debug)]
pub(super) struct Spotted<'s> {
    /// What to look at.
    pub(super) marks: Marks,
    /// The words that are there.
    pub(super) words: BTreeSet<Word<'s>>,
    /// Those of them that are given another name: `from os import getenv as read`.
    pub(super) renamed: BTreeSet<Word<'s>>,
}

impl<'s> Word<'s> {
    fn text(self) -> &'s str {
        match self {
            Self::Anywhere(text)
            | Self::Environment(text)
            | Self::Named(text)
            | Self::Module(text)
            | Self::Maker(text)
            | Self::Settings(text)
            | Self::Called(text)
            | Self::Method(text)
            | Self::Inherited(text) => text,
        }
    }

    /// True if what it brings has names that may stand in any function of the file.
    fn brings_names(self) -> bool {
        matches!(self, Self::Named(_) | Self::Module(_) | Self::Maker(_))
    }
}

impl<'s> Words<'s> {
    /// `None` if there are none to search for.
    pub(super) fn new(words: impl IntoIterator<Item = Word<'s>>) -> Option<Self> {
        let words: Vec<Word<'s>> = words.into_iter().collect();
        if words.is_empty() {
            return None;
        }
        let texts: Vec<&str> = words.iter().map(|word| word.text()).collect();
        Some(Self { searcher: Searcher::new(&texts)?, words })
    }

    /// What stands in a text; `None` if nothing does.
    pub(super) fn spot(&self, text: &[u8]) -> Option<Spotted<'s>> {
        // A word is where it ends: `@option(` begins in front of the expression that it is a part of.
        let (mut places, mut words, mut renamed) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        // Calls of a name count only where the text says what it stands for.
        let (mut calls, mut said) = (Vec::new(), BTreeSet::new());
        self.searcher.each(text, |number, start, end| {
            let word = self.words[number];
            let (before, after) = (&text[..start], &text[end..]);
            if !is_whole(word.text(), before, after) {
                return;
            }
            let named = gives_a_name(word, before, after);
            let matters = match word {
                Word::Anywhere(_) | Word::Environment(_) | Word::Named(_) => true,
                Word::Called(name) => match called(name, before, after) {
                    Some(Called::ByName) => {
                        calls.push((word, end - 1));
                        false
                    }
                    Some(Called::On) => true,
                    None => {
                        said.insert(word);
                        named
                    }
                },
                Word::Module(_) => named || is_imported(before),
                Word::Maker(name) => named || called(name, before, after).is_some() || is_inherited(before),
                Word::Settings(_) => named || is_given(after),
                Word::Method(name) => named || called(name, before, after) == Some(Called::On),
                Word::Inherited(_) => named || is_inherited(before),
            };
            if matters {
                places.push(end - 1);
                words.insert(word);
                if named {
                    renamed.insert(word);
                }
            }
        });
        if !calls.is_empty() {
            let starred = memchr::memmem::find(text, b"import *").is_some();
            for (word, last) in calls.into_iter().filter(|(word, _)| starred || said.contains(word)) {
                places.push(last);
                words.insert(word);
            }
        }
        let everywhere = !renamed.is_empty() || words.iter().any(|word| word.brings_names());
        let marks = if everywhere { Marks::Everywhere } else { Marks::at(places) };
        (!marks.is_empty()).then_some(Spotted { marks, words, renamed })
    }
}

/// True for a function that Python itself calls, such as `__getattr__`, whatever else does.
pub(super) fn is_called_by_python(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

fn is_part_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// True if the word is no part of a longer name.
fn is_whole(word: &str, before: &[u8], after: &[u8]) -> bool {
    let joins = |inner: Option<&u8>, outer: Option<&u8>| {
        inner.is_some_and(|byte| is_part_of_name(*byte)) && outer.is_some_and(|byte| is_part_of_name(*byte))
    };
    let bytes = word.as_bytes();
    !joins(bytes.first(), before.last()) && !joins(bytes.last(), after.first())
}

fn trim_blanks(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(text.len());
    &text[start..]
}

/// The text without the blanks at its end, and without what the word is looked up in: `os.` of `os.environ`.
fn without_owner(mut before: &[u8]) -> &[u8] {
    while let [rest @ .., last] = before
        && (is_part_of_name(*last) || *last == b'.')
        && before.len() > 1
    {
        before = rest;
    }
    before.trim_ascii_end()
}

/// `from os import getenv as read`, `read = os.getenv`; of the environment also what something is made of that is kept:
/// `env = {**os.environ}`, `def load(env=os.environ)`.
fn gives_a_name(word: Word<'_>, before: &[u8], after: &[u8]) -> bool {
    let after = trim_blanks(after);
    if after.starts_with(b"as ") || imports_with_a_name(word, before, after) {
        return true;
    }
    let ends = matches!(after.first(), None | Some(b'\n' | b'\r' | b'#' | b')' | b';'));
    match word {
        Word::Environment(_) => is_operand(before) && !is_used_up(after),
        // `def opener(): return urllib.request.urlopen`
        Word::Anywhere(_) | Word::Named(_) | Word::Module(_) | Word::Maker(_) | Word::Settings(_) => {
            let owner = without_owner(before);
            ends && (is_assigned(owner) || owner.ends_with(b"return"))
        }
        Word::Called(_) | Word::Method(_) | Word::Inherited(_) => ends && is_assigned(without_owner(before)),
    }
}

/// True behind the `=` of an assignment, or of a default.
fn is_assigned(before: &[u8]) -> bool {
    const COMPARISONS: [&[u8]; 4] = [b"==", b"!=", b"<=", b">="];
    before.ends_with(b"=") && !COMPARISONS.iter().any(|comparison| before.ends_with(comparison))
}

/// True where a value stands to the right of something: `env = `, `given or `, `{**`, `dict(`.
fn is_operand(before: &[u8]) -> bool {
    const OPERATORS: [&[u8]; 4] = [b"**", b"|", b" or", b" else"];
    // Functions that make the same of what they are given.
    const MAKERS: [&[u8]; 2] = [b"dict(", b"partial("];
    let mut before = without_owner(before);
    while let Some(around) = MAKERS.iter().find_map(|maker| before.strip_suffix(*maker)) {
        before = without_owner(around);
    }
    while let Some(around) =
        before.strip_suffix(b"(").filter(|around| !around.last().is_some_and(|last| is_part_of_name(*last)))
    {
        before = around.trim_ascii_end();
    }
    is_assigned(before) || OPERATORS.iter().any(|operator| before.ends_with(operator))
}

/// True where what is kept is not the thing itself but an item of it, or what a call of it gives: `["PORT"]`,
/// `.get("PORT")`, `()`.
fn is_used_up(after: &[u8]) -> bool {
    match after {
        [b'[' | b'(', ..] => true,
        [b'.', method @ ..] => {
            let length = method.iter().take_while(|byte| is_part_of_name(**byte)).count();
            trim_blanks(&method[length..]).starts_with(b"(") && !method.starts_with(b"copy(")
        }
        _ => false,
    }
}

/// The line that ends here, without its indentation.
fn line_so_far(before: &[u8]) -> &[u8] {
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    before[start..].trim_ascii_start()
}

/// True in an `import …` or `from …`.
fn is_imported(before: &[u8]) -> bool {
    let line = line_so_far(before);
    line.starts_with(b"import ") || line.starts_with(b"from ")
}

/// True behind a settings object that is given something: `["PORT"] = 80`, `.port = 80`, `.update(…)`.
fn is_given(after: &[u8]) -> bool {
    const GIVERS: [&[u8]; 2] = [b"update", b"from_mapping"];
    let is_assigned = |after: &[u8]| {
        let after = trim_blanks(after);
        after.starts_with(b"=") && !after.starts_with(b"==")
    };
    match after {
        [b'[', item @ ..] => {
            let end = memchr::memchr2(b']', b'\n', item);
            end.is_some_and(|end| item[end] == b']' && is_assigned(&item[end + 1..]))
        }
        [b'.', name @ ..] => {
            let length = name.iter().take_while(|byte| is_part_of_name(**byte)).count();
            let (name, after) = name.split_at(length);
            is_assigned(after) || (GIVERS.contains(&name) && after.starts_with(b"("))
        }
        _ => false,
    }
}

/// True in a `from … import … as …`.
fn imports_with_a_name(word: Word<'_>, before: &[u8], after: &[u8]) -> bool {
    let line = line_so_far(before);
    let is_import = line.starts_with(b"from ") || (line.is_empty() && word.text().starts_with("from "));
    if !is_import {
        return false;
    }
    let line = &after[..memchr::memchr(b'\n', after).unwrap_or(after.len())];
    let statement = match memchr::memchr(b'(', line).and_then(|_| memchr::memchr(b')', after)) {
        Some(end) => &after[..end],
        None => line,
    };
    memchr::memmem::find(statement, b" as ").is_some()
}

/// How a name is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Called {
    /// `name()`
    ByName,
    /// `settings.name()`
    On,
}

/// How the name between these texts is called, if it is.
fn called(name: &str, before: &[u8], after: &[u8]) -> Option<Called> {
    if !trim_blanks(after).starts_with(b"(") {
        return None;
    }
    match before.trim_ascii_end() {
        before if before.ends_with(b"def") => None,
        // `super().__init__()` is in every other class, and what `super()` stands for is not followed.
        before if is_called_by_python(name) && before.ends_with(b"super().") => None,
        before if before.ends_with(b".") => Some(Called::On),
        _ => Some(Called::ByName),
    }
}

/// True inside the brackets of `class Name(`.
fn is_inherited(before: &[u8]) -> bool {
    /// Bytes that the header of a class may have before the base.
    const LONGEST: usize = 600;
    let near = &before[before.len().saturating_sub(LONGEST)..];
    let mut lines = near.rsplit(|byte| *byte == b'\n');
    let mut header: &[u8] = b"";
    let found = lines.find(|line| {
        header = &near[near.len() - (header.len() + line.len() + usize::from(!header.is_empty()))..];
        line.trim_ascii_start().starts_with(b"class ")
    });
    found.is_some() && header.contains(&b'(') && !header.contains(&b':')
}
