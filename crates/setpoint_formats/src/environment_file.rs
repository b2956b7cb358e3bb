//! Files named by a unit's `EnvironmentFile=`, as systemd 254 and later reads them (systemd.exec(5); the states are
//! those of `src/basic/env-file.c`).
//!
//! They look like `.env` files and are not: no `export`, no expansion, no comment behind a value, `;` starts a
//! comment too, quoted parts may follow one another, and a backslash outside quotes takes the next character as
//! it is and joins lines.

use crate::Complaint;
use setpoint_model::ByteSpan;

/// One variable that the file sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The variable.
    pub key: String,
    /// The name as written.
    pub key_span: ByteSpan,
    /// What the process gets.
    pub value: String,
    /// As written, quotes included; empty and just after the `=` where there is no value.
    pub value_span: ByteSpan,
}

/// systemd does not know it, so that it becomes part of the first name.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads every setting, in order; where a name comes twice, the later one counts. What systemd would ignore is a
/// complaint and no setting. A file that it refuses as a whole sets nothing: one with a setting that is not UTF-8
/// (`check_utf8ness_and_warn`, whose error `load_env_file` passes on), which a comment may be, or with a NUL anywhere
/// (`read_full_file`). A unit that names it does not start then, or with `-` in front of the path starts without it.
pub fn parse(bytes: &[u8]) -> (Vec<Setting>, Vec<Complaint>) {
    let mut reader = Reader::default();
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let what = "a NUL byte stands in the file, so that systemd refuses the whole file";
        return (Vec::new(), vec![Complaint::new(what, "text", ByteSpan { start: at, end: at + 1 })]);
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        let what = "the file starts with a byte order mark, which makes its first line one that systemd ignores";
        reader.complain(what, "UTF-8 text without one", ByteSpan { start: 0, end: BYTE_ORDER_MARK.len() });
    }
    let mut state = State::BeforeKey;
    for (at, byte) in bytes.iter().enumerate() {
        state = reader.step(state, *byte, at);
    }
    reader.end(state, bytes.len());
    if reader.refused {
        reader.settings.clear();
    }
    (reader.settings, reader.complaints)
}

/// True if systemd lets a variable have this name: ASCII letters, digits and `_`, and no digit first
/// (`env_name_is_valid` in `src/basic/env-util.c`).
pub fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|letter: char| letter.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    BeforeKey,
    Key,
    /// After the `=`, or after a closing quote: another quote may open.
    BeforeValue,
    Value,
    ValueEscape,
    SingleQuoted,
    DoubleQuoted,
    DoubleQuotedEscape,
    Comment,
    CommentEscape,
}

#[derive(Default)]
struct Reader {
    settings: Vec<Setting>,
    complaints: Vec<Complaint>,
    /// A setting is not UTF-8.
    refused: bool,
    key: Vec<u8>,
    key_start: usize,
    equals: usize,
    value: Vec<u8>,
    /// How much of the value stays when the white space at its end is cut off.
    kept: usize,
    written: Option<ByteSpan>,
}

impl Reader {
    fn step(&mut self, state: State, byte: u8, at: usize) -> State {
        match state {
            State::BeforeKey => match byte {
                b'#' | b';' => State::Comment,
                _ if is_space(byte) => State::BeforeKey,
                _ => {
                    self.key = vec![byte];
                    self.key_start = at;
                    State::Key
                }
            },
            State::Key if is_newline(byte) => {
                self.line_without_equals(at);
                State::BeforeKey
            }
            State::Key if byte == b'=' => {
                self.equals = at;
                self.value.clear();
                self.kept = 0;
                self.written = None;
                State::BeforeValue
            }
            State::Key => {
                self.key.push(byte);
                State::Key
            }
            State::BeforeValue | State::Value if is_newline(byte) => {
                if state == State::Value {
                    self.value.truncate(self.kept);
                }
                self.finish();
                State::BeforeKey
            }
            State::BeforeValue => match byte {
                b'\'' => self.wrote(at, State::SingleQuoted),
                b'"' => self.wrote(at, State::DoubleQuoted),
                b'\\' => self.wrote(at, State::ValueEscape),
                _ if is_space(byte) => State::BeforeValue,
                _ => self.keep(byte, at, State::Value),
            },
            State::Value => match byte {
                b'\\' => {
                    // White space in front of an escape is no longer at the end.
                    self.kept = self.value.len();
                    self.wrote(at, State::ValueEscape)
                }
                _ if is_space(byte) => {
                    self.value.push(byte);
                    State::Value
                }
                _ => self.keep(byte, at, State::Value),
            },
            State::ValueEscape if is_newline(byte) => self.wrote(at, State::Value),
            State::ValueEscape => self.keep(byte, at, State::Value),
            State::SingleQuoted if byte == b'\'' => self.wrote(at, State::BeforeValue),
            State::SingleQuoted => self.keep(byte, at, State::SingleQuoted),
            State::DoubleQuoted => match byte {
                b'"' => self.wrote(at, State::BeforeValue),
                b'\\' => self.wrote(at, State::DoubleQuotedEscape),
                _ => self.keep(byte, at, State::DoubleQuoted),
            },
            State::DoubleQuotedEscape => match byte {
                b'"' | b'\\' | b'`' | b'$' => self.keep(byte, at, State::DoubleQuoted),
                b'\n' => self.wrote(at, State::DoubleQuoted),
                _ => {
                    self.value.push(b'\\');
                    self.keep(byte, at, State::DoubleQuoted)
                }
            },
            State::Comment | State::CommentEscape if is_newline(byte) => {
                if state == State::CommentEscape {
                    let what = "a comment ends in a backslash, and systemd before 254 takes the next line into it";
                    self.complain(what, "a comment without one", ByteSpan { start: at - 1, end: at });
                }
                State::BeforeKey
            }
            State::Comment if byte == b'\\' => State::CommentEscape,
            State::Comment | State::CommentEscape => State::Comment,
        }
    }

    /// The end of the file, which also ends a value whose quote is still open.
    fn end(&mut self, state: State, at: usize) {
        match state {
            State::BeforeKey | State::Comment | State::CommentEscape => {}
            State::Key => self.line_without_equals(at),
            State::Value => {
                self.value.truncate(self.kept);
                self.finish();
            }
            State::BeforeValue | State::ValueEscape => self.finish(),
            State::SingleQuoted | State::DoubleQuoted | State::DoubleQuotedEscape => {
                let what = "a quote is never closed, so that the rest of the file is the value";
                let span = self.written.unwrap_or(ByteSpan { start: self.equals, end: at });
                self.complain(what, "a closing quote", span);
                self.finish();
            }
        }
    }

    /// Adds a byte that belongs to the value whatever follows.
    fn keep(&mut self, byte: u8, at: usize, next: State) -> State {
        self.value.push(byte);
        self.kept = self.value.len();
        self.wrote(at, next)
    }

    /// Notes that the byte at `at` was written for the value.
    fn wrote(&mut self, at: usize, next: State) -> State {
        let start = self.written.map_or(at, |span| span.start);
        self.written = Some(ByteSpan { start, end: at + 1 });
        next
    }

    fn finish(&mut self) {
        let name = self.key.trim_ascii_end();
        let key_span = ByteSpan { start: self.key_start, end: self.key_start + name.len() };
        let value_span = self.written.unwrap_or(ByteSpan { start: self.equals + 1, end: self.equals + 1 });
        let whole = ByteSpan { start: key_span.start, end: value_span.end };
        let (Ok(key), Ok(value)) = (std::str::from_utf8(name), std::str::from_utf8(&self.value)) else {
            let what = "a setting is not UTF-8, so that systemd refuses the whole file";
            self.complaints.push(Complaint::new(what, "UTF-8 text", whole));
            self.refused = true;
            return;
        };
        if is_variable_name(key) {
            self.settings.push(Setting { key: key.to_owned(), key_span, value: value.to_owned(), value_span });
        } else if key.starts_with("export") {
            let what = "systemd does not know `export` and ignores the line";
            self.complaints.push(Complaint::new(what, "`NAME=value` alone", key_span));
        } else {
            let what = "systemd ignores a setting whose name is no variable name";
            let expected = "ASCII letters, digits and `_`, and no digit first";
            self.complaints.push(Complaint::new(what, expected, key_span));
        }
    }

    fn line_without_equals(&mut self, end: usize) {
        let span = ByteSpan { start: self.key_start, end };
        self.complain("systemd ignores a line without `=`", "`NAME=value`, or `#` in front of a comment", span);
    }

    fn complain(&mut self, what: &str, expected: &str, span: ByteSpan) {
        self.complaints.push(Complaint::new(what, expected, span));
    }
}

/// `WHITESPACE` of systemd.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// `NEWLINE` of systemd.
fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

#[cfg(test)]
mod tests;
