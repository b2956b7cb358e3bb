//! systemd's unit files and drop-ins (systemd.syntax(7), systemd.unit(5); the rules are those of
//! `src/shared/conf-parser.c`).

mod drop_in;
mod environment;
mod keys;
mod name;
mod specifier;
mod systemctl;
mod words;

pub use drop_in::{LIST_KEYS, drop_in_folders, in_effect, in_order};
pub use environment::{EnvironmentFile, Variable, environment, environment_file, names};
pub use keys::{Misplaced, misplaced, section_of};
pub use name::UnitName;
pub use specifier::{Resolved, Specifiers};
pub use systemctl::{CatFile, cat, show};
pub use words::{BadEscape, Words, words};

use crate::{Complaint, Traced, lossy};
use setpoint_model::ByteSpan;

/// One `Key=value` of a unit file. The same key may come many times; what that means depends on the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// `Service`, without the brackets.
    pub section: String,
    /// `ExecStart`.
    pub key: String,
    /// The key as written.
    pub key_span: ByteSpan,
    /// The value with its lines joined, without white space at its ends; quotes and specifiers as they are.
    pub value: Traced,
    /// The value as written, with the line breaks and comments inside it; empty and after the `=` for none.
    pub value_span: ByteSpan,
}

/// Reads every directive of the file, in order.
pub fn parse(bytes: &[u8]) -> (Vec<Directive>, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let mut reader = Reader::default();
    if let Some(span) = bad_byte {
        reader.complain("a line is not UTF-8, so that systemd ignores it", "UTF-8 text", span);
    }
    let mut continued: Option<Traced> = None;
    for (start, line) in lines(&text) {
        // A comment inside a continued line is skipped and does not end it.
        if line.trim_start_matches(SPACE).starts_with(['#', ';']) {
            continue;
        }
        let mut logical = continued.take().unwrap_or_default();
        logical.append(&Traced::verbatim(line, start));
        if ends_in_escape(logical.as_str()) {
            let end = logical.as_str().len() - 1;
            let backslash = logical.span_of(end..end + 1);
            logical.pop();
            logical.push(' ', backslash);
            continued = Some(logical);
        } else {
            reader.line(&logical);
        }
    }
    if let Some(logical) = continued {
        reader.line(&logical);
    }
    (reader.directives, reader.complaints)
}

/// `WHITESPACE` of systemd.
const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

#[derive(Default)]
struct Reader {
    /// `None` until the first section starts.
    section: Option<String>,
    directives: Vec<Directive>,
    complaints: Vec<Complaint>,
}

impl Reader {
    fn line(&mut self, logical: &Traced) {
        let line = trimmed(logical);
        let text = line.as_str();
        let Some(span) = line.span() else { return };
        if let Some(rest) = text.strip_prefix('[') {
            if let Some(name) = rest.strip_suffix(']') {
                self.section = Some(name.to_owned());
            } else {
                self.complain("a section header is not closed, so that systemd refuses the unit", "`[Section]`", span);
                self.section = Some(rest.to_owned());
            }
            return;
        }
        let Some(equals) = text.find('=') else {
            self.complain("systemd ignores a line without `=`", "`Key=value`, `[Section]` or a comment", span);
            return;
        };
        if equals == 0 {
            self.complain("systemd ignores a line without a key", "`Key=value`", span);
            return;
        }
        let Some(section) = self.section.clone() else {
            self.complain("systemd ignores a directive outside of a section", "a section, such as `[Service]`", span);
            return;
        };
        let key = trimmed(&line.part(0..equals));
        let value = trimmed(&line.part(equals + 1..text.len()));
        let after_equals = line.span_of(equals..equals + 1).end;
        let nothing = ByteSpan { start: after_equals, end: after_equals };
        self.directives.push(Directive {
            section,
            key: key.as_str().to_owned(),
            key_span: key.span().unwrap_or(span),
            value_span: value.span().unwrap_or(nothing),
            value,
        });
    }

    fn complain(&mut self, what: &str, expected: &str, span: ByteSpan) {
        self.complaints.push(Complaint::new(what, expected, span));
    }
}

/// The lines with their offsets, a byte order mark left out. Any of `\n`, `\r`, NUL ends a line, and `\r\n` is one
/// end (`read_line` in `src/basic/fileio.c`).
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = text.len() - text.trim_start_matches('\u{feff}').len();
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let start = at;
        let line = &rest[..rest.find(['\n', '\r', '\0']).unwrap_or(rest.len())];
        at += line.len();
        at += if text[at..].starts_with("\r\n") { 2 } else { 1 };
        Some((start, line))
    })
}

/// True if the last backslash of the line is not itself escaped.
fn ends_in_escape(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

fn trimmed(text: &Traced) -> Traced {
    let start = text.as_str().len() - text.as_str().trim_start_matches(SPACE).len();
    text.part(start..start + text.as_str().trim_matches(SPACE).len())
}

#[cfg(test)]
mod tests;
