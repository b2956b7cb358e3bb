use super::SPACE;
use crate::{Complaint, Traced, Word};
use setpoint_model::ByteSpan;

/// What systemd does with a backslash that starts no known escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadEscape {
    /// It ignores the rest of the value from this word on: `Environment=`.
    EndsTheValue,
    /// It keeps the backslash: command lines.
    IsKept,
}

/// A value split into words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The words that systemd takes.
    pub words: Vec<Word>,
    /// What it warns of.
    pub complaints: Vec<Complaint>,
    /// A quote is never closed. `words` holds what stands before that word.
    pub unbalanced: bool,
}

/// Splits a value into words by systemd's quoting (systemd.syntax(7); `extract_first_word` in
/// `src/basic/extract-word.c` with `EXTRACT_UNQUOTE|EXTRACT_CUNESCAPE`). Despite the manual page a quote opens
/// anywhere in a word, as in a shell.
pub fn words(value: &Traced, bad_escape: BadEscape) -> Words {
    let letters: Vec<_> = value.characters().collect();
    let mut splitter = Splitter { value, letters: &letters, at: 0 };
    let mut found = Words::default();
    loop {
        splitter.skip_space();
        if splitter.at == letters.len() {
            return found;
        }
        let start = splitter.at;
        match splitter.word(bad_escape, &mut found.complaints) {
            Ok(word) => found.words.push(word),
            Err(Stopped::BadEscape) => return found,
            Err(Stopped::OpenQuote) => {
                let what = "a quote is never closed, so that systemd ignores the value from here on";
                let span = ByteSpan { start: letters[start].2.start, end: letters[letters.len() - 1].2.end };
                found.complaints.push(Complaint::new(what, "a closing quote", span));
                found.unbalanced = true;
                return found;
            }
        }
    }
}

enum Stopped {
    BadEscape,
    OpenQuote,
}

struct Splitter<'a> {
    value: &'a Traced,
    letters: &'a [(usize, char, ByteSpan)],
    at: usize,
}

impl Splitter<'_> {
    fn skip_space(&mut self) {
        while self.letters.get(self.at).is_some_and(|(_, letter, _)| SPACE.contains(letter)) {
            self.at += 1;
        }
    }

    fn word(&mut self, bad_escape: BadEscape, complaints: &mut Vec<Complaint>) -> Result<Word, Stopped> {
        let start = self.letters[self.at].2.start;
        let mut end = start;
        let mut bytes = Bytes::default();
        let mut quote = None;
        while let Some(&(offset, letter, origin)) = self.letters.get(self.at) {
            if quote.is_none() && SPACE.contains(&letter) {
                break;
            }
            self.at += 1;
            end = origin.end;
            if letter == '\\' {
                let rest = &self.value.as_str()[offset + 1..];
                if let Some((escaped, length)) = unescape(rest) {
                    self.at += length;
                    end = self.letters[self.at - 1].2.end;
                    bytes.push(&escaped, ByteSpan { start: origin.start, end });
                } else {
                    let next = self.letters.get(self.at);
                    let span = ByteSpan { start: origin.start, end: next.map_or(origin.end, |(_, _, next)| next.end) };
                    let (what, stop) = match bad_escape {
                        BadEscape::EndsTheValue => {
                            ("a backslash starts no known escape, so that systemd ignores the value from here on", true)
                        }
                        BadEscape::IsKept => ("a backslash starts no known escape; systemd warns and keeps it", false),
                    };
                    complaints.push(Complaint::new(what, "`\\\\`, or one of the escapes of systemd.syntax(7)", span));
                    if stop {
                        return Err(Stopped::BadEscape);
                    }
                    bytes.push(b"\\", origin);
                    // The next character is kept too, so that an escaped quote does not close.
                    if let Some(&(_, letter, origin)) = next {
                        self.at += 1;
                        end = origin.end;
                        bytes.push_char(letter, origin);
                    }
                }
            } else if quote == Some(letter) {
                quote = None;
            } else if quote.is_none() && matches!(letter, '\'' | '"') {
                quote = Some(letter);
            } else {
                bytes.push_char(letter, origin);
            }
        }
        if quote.is_some() {
            return Err(Stopped::OpenQuote);
        }
        let span = ByteSpan { start, end };
        Ok(Word { text: bytes.text(span, complaints), span })
    }
}

/// Bytes and where they came from; escapes may make a character out of several.
#[derive(Default)]
struct Bytes {
    bytes: Vec<u8>,
    origins: Vec<ByteSpan>,
}

impl Bytes {
    fn push(&mut self, bytes: &[u8], origin: ByteSpan) {
        self.bytes.extend_from_slice(bytes);
        self.origins.resize(self.bytes.len(), origin);
    }

    fn push_char(&mut self, letter: char, origin: ByteSpan) {
        self.push(letter.encode_utf8(&mut [0; 4]).as_bytes(), origin);
    }

    fn text(self, span: ByteSpan, complaints: &mut Vec<Complaint>) -> Traced {
        let (text, bad_byte) = crate::lossy::text(&self.bytes);
        if bad_byte.is_some() {
            complaints.push(Complaint::new("the escapes of a word do not make UTF-8", "UTF-8 text", span));
        }
        Traced::with_origins(text.into_owned(), self.origins)
    }
}

/// The bytes of the escape after a backslash and how many characters it takes (`cunescape_one` in
/// `src/basic/escape.c`); NUL is refused.
fn unescape(rest: &str) -> Option<(Vec<u8>, usize)> {
    let first = rest.chars().next()?;
    let simple = |byte: u8| Some((vec![byte], 1));
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = rest.get(from..from + count)?;
        digits.chars().all(|digit| digit.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())?
    };
    let unicode = |count: usize| {
        let letter = digits(1, count, 16).filter(|code| *code != 0).and_then(char::from_u32)?;
        Some((letter.to_string().into_bytes(), 1 + count))
    };
    match first {
        'a' => simple(0x07),
        'b' => simple(0x08),
        'f' => simple(0x0c),
        'n' => simple(b'\n'),
        'r' => simple(b'\r'),
        't' => simple(b'\t'),
        'v' => simple(0x0b),
        's' => simple(b' '),
        '\\' | '"' | '\'' => simple(u8::try_from(first).ok()?),
        'x' => {
            digits(1, 2, 16).and_then(|code| u8::try_from(code).ok()).filter(|byte| *byte != 0).map(|b| (vec![b], 3))
        }
        'u' => unicode(4),
        'U' => unicode(8),
        '0'..='7' => {
            digits(0, 3, 8).and_then(|code| u8::try_from(code).ok()).filter(|byte| *byte != 0).map(|b| (vec![b], 3))
        }
        _ => None,
    }
}
