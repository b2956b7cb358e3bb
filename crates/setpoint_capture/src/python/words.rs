//! The words that make a file, and a function in it, worth reading.

use aho_corasick::{AhoCorasick, MatchKind};
use setpoint_python::Marks;
use std::collections::BTreeSet;

/// A word, and where it must stand to matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word<'s> {
    /// Anywhere: a part of a library's interface.
    Anywhere(&'s str),
    /// Anywhere. What it brings has names of one's own, which may stand in any function of the file:
    /// `env = environ.Env()`, `env("DEBUG")`.
    Named(&'s str),
    /// Where it is called, or given another name: a function of the service.
    Called(&'s str),
    /// Where it is inherited from, or given another name: a class of the service.
    Inherited(&'s str),
}

/// Finds words in texts. Names count as a whole: `environ` is not in `environment`.
pub(super) struct Words<'s> {
    /// By the searcher's numbers.
    words: Vec<Word<'s>>,
    searcher: AhoCorasick,
}

/// What was found in a text.
#[derive(Debug)]
pub(super) struct Spotted<'s> {
    /// The functions to look into.
    pub(super) marks: Marks,
    /// The words that are there.
    pub(super) words: BTreeSet<Word<'s>>,
}

impl<'s> Word<'s> {
    fn text(self) -> &'s str {
        match self {
            Self::Anywhere(text) | Self::Named(text) | Self::Called(text) | Self::Inherited(text) => text,
        }
    }
}

impl<'s> Words<'s> {
    /// `None` if there are none to search for.
    pub(super) fn new(words: impl IntoIterator<Item = Word<'s>>) -> Option<Self> {
        let words: Vec<Word<'s>> = words.into_iter().collect();
        let texts = words.iter().map(|word| word.text());
        let searcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(texts).ok()?;
        (!words.is_empty()).then_some(Self { words, searcher })
    }

    /// What stands in a text; `None` if nothing does.
    pub(super) fn spot(&self, text: &[u8]) -> Option<Spotted<'s>> {
        let (mut places, mut words, mut everywhere) = (Vec::new(), BTreeSet::new(), false);
        for found in self.searcher.find_iter(text) {
            let word = self.words[found.pattern().as_usize()];
            let (before, after) = (&text[..found.start()], &text[found.end()..]);
            if !is_whole(word.text(), before, after) {
                continue;
            }
            let named = gives_a_name(before, after);
            let matters = match word {
                Word::Anywhere(_) => true,
                Word::Named(_) => {
                    everywhere = true;
                    true
                }
                Word::Called(_) => named || is_called(before, after),
                Word::Inherited(_) => named || is_inherited(before),
            };
            if matters {
                everywhere |= named;
                places.push(found.start());
                words.insert(word);
            }
        }
        let marks = if everywhere { Marks::Everywhere } else { Marks::at(places) };
        (!marks.is_empty()).then_some(Spotted { marks, words })
    }
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

/// `import getenv as read`, `read = os.getenv`, `env = os.environ.copy()`, `env = dict(os.environ)`
fn gives_a_name(before: &[u8], after: &[u8]) -> bool {
    let after = trim_blanks(after);
    if after.starts_with(b"as ") {
        return true;
    }
    let owner = without_owner(before);
    let owner = owner.strip_suffix(b"dict(").map_or(owner, <[u8]>::trim_ascii_end);
    let is_value = owner.ends_with(b"=") && !owner.ends_with(b"==") && !owner.ends_with(b"!=");
    let ends = matches!(after.first(), None | Some(b'\n' | b'\r' | b'#' | b')' | b';'));
    is_value && (ends || after.starts_with(b".copy("))
}

fn is_called(before: &[u8], after: &[u8]) -> bool {
    trim_blanks(after).starts_with(b"(") && !before.trim_ascii_end().ends_with(b"def")
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
