//! Options on a command line, by a table of their spellings: a server's own, or what the service's code declares.

use setpoint_formats::{Traced, Word};
use setpoint_model::{ByteSpan, Value};
use std::collections::HashMap;

/// An option. The table says how it is spelled and read, never what its default is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommandOption<'t> {
    /// The setting: `timeout_keep_alive`.
    pub(crate) setting: &'t str,
    /// Every spelling, with its dashes.
    pub(crate) spellings: &'t [&'t str],
    /// What follows it.
    pub(crate) takes: Takes,
}

/// The rows of a table, by what follows the option.
impl<'t> CommandOption<'t> {
    pub(crate) const fn new(setting: &'t str, spellings: &'t [&'t str], takes: Takes) -> Self {
        Self { setting, spellings, takes }
    }

    pub(crate) const fn text(setting: &'t str, spellings: &'t [&'t str]) -> Self {
        Self::new(setting, spellings, Takes::Text)
    }

    pub(crate) const fn number(setting: &'t str, spellings: &'t [&'t str]) -> Self {
        Self::new(setting, spellings, Takes::Number)
    }

    pub(crate) const fn several(setting: &'t str, spellings: &'t [&'t str]) -> Self {
        Self::new(setting, spellings, Takes::Several)
    }

    pub(crate) const fn flag(setting: &'t str, spellings: &'t [&'t str]) -> Self {
        Self::new(setting, spellings, Takes::Nothing(true))
    }

    pub(crate) const fn no(setting: &'t str, spellings: &'t [&'t str]) -> Self {
        Self::new(setting, spellings, Takes::Nothing(false))
    }
}

/// What an option does with the word behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A text; each use adds one to a list.
    Several,
    /// Nothing: it means this.
    Nothing(bool),
    /// A text, if one follows (`nargs='?'`).
    PerhapsText(&'static str),
}

/// An option as it was used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Used<'t> {
    pub(crate) setting: &'t str,
    pub(crate) value: Value,
    /// As written: the value, or the option itself where it takes none.
    pub(crate) text: String,
    pub(crate) span: ByteSpan,
}

/// Whether a long option may be shortened to a beginning that only it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Abbreviations {
    /// Python's argparse.
    Allowed,
    /// click.
    Refused,
}

/// The options among the words behind a program's name, in order; an option that takes several texts once, with all
/// of them. Words that are no option of the table are passed over.
pub(crate) fn used<'t>(
    arguments: &[Word],
    table: &'t [CommandOption<'t>],
    abbreviations: Abbreviations,
) -> Vec<Used<'t>> {
    let mut used: Vec<Used<'t>> = Vec::new();
    let mut several = HashMap::new();
    let mut words = arguments.iter().peekable();
    while let Some(word) = words.next() {
        if word.as_str() == "--" {
            break;
        }
        let Some((option, attached)) = find(word, table, abbreviations) else { continue };
        let follows = |word: &&Word| !word.as_str().starts_with('-') || word.as_str() == "-";
        let given = match option.takes {
            Takes::Nothing(_) => None,
            Takes::PerhapsText(_) => {
                attached.or_else(|| words.next_if(|word| follows(word)).map(|word| (word.text.clone(), word.span)))
            }
            Takes::Text | Takes::Number | Takes::Several => {
                attached.or_else(|| words.next().map(|word| (word.text.clone(), word.span)))
            }
        };
        let (text, span) = match given {
            Some((text, span)) => (text.as_str().to_owned(), span),
            None => (word.as_str().to_owned(), word.span),
        };
        let value = match option.takes {
            Takes::Nothing(meant) => Value::Bool(meant),
            Takes::PerhapsText(alone) if text == word.as_str() => Value::from(alone),
            Takes::Number => as_number(&text),
            Takes::Text | Takes::Several | Takes::PerhapsText(_) => Value::Text(text.clone()),
        };
        if option.takes == Takes::Several {
            let first = *several.entry(option.setting).or_insert(used.len());
            if let Some(first) = used.get_mut(first) {
                first.add(value, &text);
                continue;
            }
        }
        used.push(Used { setting: option.setting, value, text, span });
    }
    used
}

impl Used<'_> {
    fn add(&mut self, value: Value, text: &str) {
        let mut values = match std::mem::replace(&mut self.value, Value::Null) {
            Value::List(values) => values,
            one => vec![one],
        };
        values.push(value);
        self.value = Value::List(values);
        self.text.push(' ');
        self.text.push_str(text);
    }
}

type Attached = Option<(Traced, ByteSpan)>;

/// The option that a word uses, and the value within the word: `--workers=4`, `-w4`, `-w=4`.
fn find<'t>(
    word: &Word,
    table: &'t [CommandOption<'t>],
    abbreviations: Abbreviations,
) -> Option<(&'t CommandOption<'t>, Attached)> {
    let text = word.as_str();
    if !text.starts_with('-') || text == "-" {
        return None;
    }
    let behind = |at: usize| {
        let value = word.text.part(at..text.len());
        let span = value.span().unwrap_or(word.span);
        Some((value, span))
    };
    let (name, equals) = text.split_once('=').map_or((text, None), |(name, _)| (name, Some(name.len())));
    let spelled = |wanted: &str| table.iter().find(|option| option.spellings.contains(&wanted));
    if let Some(option) = spelled(name).or_else(|| shortened(name, table, abbreviations)) {
        return Some((option, equals.and_then(|equals| behind(equals + 1))));
    }
    let short = text.get(..2).filter(|short| *short != "--")?;
    spelled(short).map(|option| (option, behind(2)))
}

fn shortened<'t>(
    name: &str,
    table: &'t [CommandOption<'t>],
    abbreviations: Abbreviations,
) -> Option<&'t CommandOption<'t>> {
    if abbreviations == Abbreviations::Refused || !name.starts_with("--") || name == "--" {
        return None;
    }
    let begins = |option: &&CommandOption<'_>| option.spellings.iter().any(|spelling| spelling.starts_with(name));
    let mut candidates = table.iter().filter(begins);
    candidates.next().filter(|_| candidates.next().is_none())
}

/// A number where the text is one; the text where it is not, for a rule to complain of.
pub(crate) fn as_number(text: &str) -> Value {
    let trimmed = text.trim();
    match (trimmed.parse::<i64>(), trimmed.parse::<f64>()) {
        (Ok(whole), _) => Value::Integer(whole.into()),
        (Err(_), Ok(float)) if float.is_finite() => Value::Float(float),
        (Err(_), Ok(_) | Err(_)) => Value::Text(text.to_owned()),
    }
}

/// What the text of a variable means for an option: click reads flags and numbers from variables too.
pub(crate) fn read_text(option: &CommandOption<'_>, text: &str) -> Value {
    match option.takes {
        Takes::Number => as_number(text),
        Takes::Nothing(_) => match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "t" | "yes" | "y" | "on" => Value::Bool(true),
            "0" | "false" | "f" | "no" | "n" | "off" => Value::Bool(false),
            _ => Value::Text(text.to_owned()),
        },
        Takes::Text | Takes::Several | Takes::PerhapsText(_) => Value::Text(text.to_owned()),
    }
}
