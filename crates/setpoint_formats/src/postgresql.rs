//! `postgresql.conf` as PostgreSQL reads it (postgresql.org, "Setting Parameters", and `guc-file.l` of its sources).
//! The last of several lines for one setting counts.

#[cfg(test)]
mod tests;

use crate::{Complaint, Traced, lossy};
use setpoint_model::ByteSpan;

/// A line that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// `max_connections = 100`
    Setting {
        /// In small letters, since the case of names does not count.
        name: String,
        /// Without its quotes.
        value: Traced,
        /// The value as written, quotes included.
        span: ByteSpan,
    },
    /// `include_dir = 'conf.d'`
    Include {
        /// What is included.
        what: Included,
        /// Relative to the folder of the file that the line stands in.
        path: Traced,
    },
}

/// What a line includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Included {
    /// A file.
    File,
    /// A file that need not be there.
    FileIfThere,
    /// Every file of a folder whose name ends in `.conf` and begins with no `.`, in the order of their bytes.
    Folder,
}

/// Reads every line. PostgreSQL does not start with a file of which a line is wrong, and while it runs goes on with
/// what it had.
pub fn parse(bytes: &[u8]) -> (Vec<Line>, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let bad_byte = bad_byte.map(|span| Complaint::new("a byte is not UTF-8", "UTF-8 text", span));
    let mut complaints = Vec::from_iter(bad_byte);
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        match read(line.trim_end_matches('\n'), start) {
            Read::Nothing => {}
            Read::Line(line) => lines.push(line),
            Read::Wrong => {
                let span = ByteSpan { start, end: start + line.trim_end().len() };
                complaints.push(Complaint::new("a line is no setting", "`name = value`", span));
            }
        }
        start += line.len();
    }
    (lines, complaints)
}

enum Read {
    Nothing,
    Line(Line),
    Wrong,
}

const BLANKS: [char; 3] = [' ', '\t', '\r'];

fn read(line: &str, start: usize) -> Read {
    let rest = line.trim_start_matches(BLANKS);
    if is_end(rest) {
        return Read::Nothing;
    }
    let name = &rest[..rest.find(|letter| !is_of_name(letter)).unwrap_or(rest.len())];
    if !name.split('.').all(is_identifier) || name.split('.').count() > 2 {
        return Read::Wrong;
    }
    let behind = rest[name.len()..].trim_start_matches(BLANKS);
    let behind = behind.strip_prefix('=').unwrap_or(behind).trim_start_matches(BLANKS);
    let at = start + (line.len() - behind.len());
    let read = if behind.starts_with('\'') { quoted(behind, at) } else { bare(behind, at) };
    let Some((value, length)) = read.filter(|(_, length)| is_end(behind[*length..].trim_start_matches(BLANKS))) else {
        return Read::Wrong;
    };
    let name = name.to_ascii_lowercase();
    let included = match name.as_str() {
        "include" => Included::File,
        "include_if_exists" => Included::FileIfThere,
        "include_dir" => Included::Folder,
        _ => {
            let span = ByteSpan { start: at, end: at + length };
            return Read::Line(Line::Setting { name, value, span });
        }
    };
    Read::Line(Line::Include { what: included, path: value })
}

fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('#')
}

/// `LETTER` of the scanner: every byte beyond ASCII is one.
fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphabetic() || letter == '_' || !letter.is_ascii()
}

fn is_of_name(letter: char) -> bool {
    is_letter(letter) || letter.is_ascii_digit() || letter == '.'
}

fn is_identifier(part: &str) -> bool {
    part.starts_with(is_letter)
}

/// A value without quotes, and how long it is.
fn bare(text: &str, at: usize) -> Option<(Traced, usize)> {
    let is_of_value = |letter: char| is_of_name(letter) || "-+:/".contains(letter);
    let end = text.find(|letter| !is_of_value(letter)).unwrap_or(text.len());
    let written = &text[..end];
    let is_word = written.starts_with(is_letter) && !written.contains('+');
    (is_word || is_number(written)).then(|| (Traced::verbatim(written, at), end))
}

/// `INTEGER`, with a unit behind it, or `REAL`, which has none.
fn is_number(written: &str) -> bool {
    let unsigned = written.strip_prefix(['-', '+']).unwrap_or(written);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let is_unit = |text: &str| text.bytes().all(|letter| letter.is_ascii_alphabetic());
    let whole = digits(unsigned);
    let hexadecimal =
        unsigned.strip_prefix("0x").map(|behind| behind.trim_start_matches(|digit: char| digit.is_ascii_hexdigit()));
    let is_hexadecimal = hexadecimal.is_some_and(|unit| unit.len() + 2 < unsigned.len() && is_unit(unit));
    let Some(fraction) = unsigned[whole..].strip_prefix('.') else {
        return is_hexadecimal || (whole > 0 && is_unit(&unsigned[whole..]));
    };
    let exponent = &fraction[digits(fraction)..];
    let power = exponent.strip_prefix(['e', 'E']).map(|power| power.strip_prefix(['-', '+']).unwrap_or(power));
    exponent.is_empty() || power.is_some_and(|power| !power.is_empty() && digits(power) == power.len())
}

/// A value in quotes (`GUC_scanstr`), and how long it is with them.
fn quoted(text: &str, at: usize) -> Option<(Traced, usize)> {
    let mut value = Traced::default();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((offset, letter)) = letters.next() {
        let mut end = offset + letter.len_utf8();
        let meant = match letter {
            '\'' if letters.peek().is_some_and(|(_, next)| *next == '\'') => {
                letters.next();
                end += 1;
                '\''
            }
            '\'' => return Some((value, end)),
            '\\' => {
                let (_, escaped) = letters.next()?;
                end += escaped.len_utf8();
                match escaped {
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    '0'..='7' => {
                        let mut code = escaped.to_digit(8)?;
                        for _ in 0..2 {
                            let Some((_, digit)) = letters.next_if(|(_, next)| next.is_digit(8)) else { break };
                            code = code * 8 + digit.to_digit(8)?;
                            end += 1;
                        }
                        char::from(u8::try_from(code & 0xff).ok()?)
                    }
                    other => other,
                }
            }
            other => other,
        };
        value.push(meant, ByteSpan { start: at + offset, end: at + end });
    }
    None
}
