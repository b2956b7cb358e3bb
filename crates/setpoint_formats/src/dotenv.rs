//! `.env` files as python-dotenv 1.2 reads them, and with it pydantic-settings, which calls it.
//!
//! The rules are those of its `parser.py` and `variables.py`: `export` in front, keys in single quotes, values in
//! single or double quotes over several lines with a few escapes, a comment after white space and `#`, a key
//! without `=`, and `${NAME}` or `${NAME:-default}` in every value, however it is quoted.

mod expand;

pub use expand::{Expanded, Precedence, expand};

use crate::cursor::Cursor;
use crate::{Complaint, lossy};
use setpoint_model::ByteSpan;

/// One line, or several where the value is quoted, that names a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The variable.
    pub key: String,
    /// The key as written, quotes included.
    pub key_span: ByteSpan,
    /// The value before expansion; `None` for a key without `=`, which python-dotenv lists and does not set.
    pub value: Option<BoundValue>,
    /// `export` stands in front, which changes nothing.
    pub exported: bool,
}

/// A value as written and as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundValue {
    /// Without quotes, escapes undone, before expansion.
    pub text: String,
    /// As written, quotes included and a comment not; empty and just after the `=` where there is no value.
    pub span: ByteSpan,
}

/// Reads every binding of the file. A statement that python-dotenv cannot parse is a complaint, and the next line
/// is read as usual, which is what python-dotenv does.
pub fn parse(bytes: &[u8]) -> (Vec<Binding>, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let mut complaints = Vec::new();
    if let Some(span) = bad_byte {
        let what = "a byte is not UTF-8, so python-dotenv refuses the whole file";
        complaints.push(Complaint::new(what, "UTF-8 text", span));
    }
    let mut bindings = Vec::new();
    let mut cursor = Cursor::new(&text);
    if text.starts_with('\u{feff}') {
        cursor.skip_bytes('\u{feff}'.len_utf8());
    }
    while !cursor.is_at_end() {
        cursor.skip_while(is_space);
        let start = cursor.offset();
        if let Ok(binding) = statement(&mut cursor) {
            bindings.extend(binding);
        } else {
            cursor.skip_while(|letter| !is_newline(letter));
            let span = ByteSpan { start, end: cursor.offset() };
            let what = "python-dotenv cannot parse this statement and skips it";
            complaints.push(Complaint::new(what, "`NAME=value`, with quotes that are closed", span));
        }
    }
    (bindings, complaints)
}

/// The statement at the cursor does not have the form of a binding.
struct Unparsable;

/// A binding, or nothing for a comment or the end of the file.
fn statement(cursor: &mut Cursor<'_>) -> Result<Option<Binding>, Unparsable> {
    if cursor.is_at_end() {
        return Ok(None);
    }
    let exported = skip_export(cursor);
    let key_start = cursor.offset();
    let key = match cursor.peek() {
        Some('#') => None,
        Some('\'') => Some(quoted_key(cursor)?),
        Some(_) | None => Some(cursor.take_while(|letter| !matches!(letter, '=' | '#') && !is_space(letter))),
    };
    let key_span = ByteSpan { start: key_start, end: cursor.offset() };
    if key.is_some_and(str::is_empty) {
        return Err(Unparsable);
    }
    cursor.skip_while(is_blank);
    let value = if cursor.skip('=') {
        let after_equals = cursor.offset();
        cursor.skip_while(is_blank);
        Some(value(cursor, after_equals)?)
    } else {
        None
    };
    cursor.skip_while(is_blank);
    if cursor.peek() == Some('#') {
        cursor.skip_while(|letter| !is_newline(letter));
    }
    if !cursor.is_at_end() && !cursor.peek().is_some_and(is_newline) {
        return Err(Unparsable);
    }
    Ok(key.map(|key| Binding { key: unix_newlines(key), key_span, value, exported }))
}

fn skip_export(cursor: &mut Cursor<'_>) -> bool {
    let rest = cursor.rest();
    let exported = rest.strip_prefix("export").is_some_and(|after| after.starts_with(is_blank));
    if exported {
        cursor.skip_bytes("export".len());
        cursor.skip_while(is_blank);
    }
    exported
}

fn quoted_key<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Unparsable> {
    let inner = &cursor.rest()[1..];
    match inner.find('\'') {
        Some(0) | None => Err(Unparsable),
        Some(end) => {
            cursor.skip_bytes(end + 2);
            Ok(&inner[..end])
        }
    }
}

fn value(cursor: &mut Cursor<'_>, after_equals: usize) -> Result<BoundValue, Unparsable> {
    let start = cursor.offset();
    let nothing = BoundValue { text: String::new(), span: ByteSpan { start: after_equals, end: after_equals } };
    let text = match cursor.peek() {
        // `NAME= # comment`: without the white space, `#` would be part of the value.
        Some('#') if start > after_equals => return Ok(nothing),
        Some(quote @ ('\'' | '"')) => {
            let inner = &cursor.rest()[1..];
            let end = closing_quote(inner, quote).ok_or(Unparsable)?;
            cursor.skip_bytes(end + 2);
            unescape(&unix_newlines(&inner[..end]), quote)
        }
        Some(letter) if !is_newline(letter) => {
            let line = cursor.take_while(|letter| !is_newline(letter));
            let value = before_comment(line).trim_end_matches(is_space);
            return Ok(BoundValue { text: value.to_owned(), span: ByteSpan { start, end: start + value.len() } });
        }
        Some(_) | None => return Ok(nothing),
    };
    Ok(BoundValue { text, span: ByteSpan { start, end: cursor.offset() } })
}

/// Where the quoted value ends: at the first quote that no backslash escapes.
fn closing_quote(inner: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in inner.char_indices() {
        if escaped {
            escaped = false;
        } else if letter == quote {
            return Some(at);
        } else {
            escaped = letter == '\\';
        }
    }
    None
}

/// A comment starts at the first `#` with white space in front; without that, `#` is part of the value.
fn before_comment(line: &str) -> &str {
    let starts_comment = |at: &usize| line[..*at].ends_with(is_space);
    let comment = line.match_indices('#').map(|(at, _)| at).find(starts_comment);
    &line[..comment.unwrap_or(line.len())]
}

fn unescape(value: &str, quote: char) -> String {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        let escaped = (letter == '\\').then(|| letters.clone().next()).flatten().and_then(|next| match (quote, next) {
            (_, '\\' | '\'') | ('"', '"') => Some(next),
            ('"', 'a') => Some('\x07'),
            ('"', 'b') => Some('\x08'),
            ('"', 'f') => Some('\x0c'),
            ('"', 'n') => Some('\n'),
            ('"', 'r') => Some('\r'),
            ('"', 't') => Some('\t'),
            ('"', 'v') => Some('\x0b'),
            _ => None,
        });
        if escaped.is_some() {
            letters.next();
        }
        text.push(escaped.unwrap_or(letter));
    }
    text
}

/// Python opens text files with universal newlines, so the parser never sees a carriage return.
fn unix_newlines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn is_newline(letter: char) -> bool {
    matches!(letter, '\r' | '\n')
}

/// What `\s` of Python's `re` matches: Unicode's white space and the four ASCII separators.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\x1c'..='\x1f')
}

fn is_blank(letter: char) -> bool {
    is_space(letter) && !is_newline(letter)
}

#[cfg(test)]
mod tests;
