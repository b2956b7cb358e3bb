//! `redis.conf` as Redis and Valkey read it (`loadServerConfigFromString` and `sdssplitargs` of their sources).

#[cfg(test)]
mod tests;

use crate::{Complaint, Traced, Word, lossy};
use setpoint_model::ByteSpan;

/// A line that says something: `maxmemory 100mb`, `include /etc/redis/mine.conf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// In small letters, since its case does not count.
    pub name: String,
    /// What stands behind it.
    pub arguments: Vec<Word>,
}

/// Reads every line. Redis does not start with a file of which a line is wrong.
pub fn parse(bytes: &[u8]) -> (Vec<Directive>, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let bad_byte = bad_byte.map(|span| Complaint::new("a byte is not UTF-8", "UTF-8 text", span));
    let mut complaints = Vec::from_iter(bad_byte);
    let mut directives = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let written = line.trim_matches([' ', '\t', '\r', '\n']);
        let at = start + (line.len() - line.trim_start_matches([' ', '\t', '\r', '\n']).len());
        start += line.len();
        if written.is_empty() || written.starts_with('#') {
            continue;
        }
        match words(written, at) {
            Some(mut words) if !words.is_empty() => {
                let name = words.remove(0).as_str().to_ascii_lowercase();
                directives.push(Directive { name, arguments: words });
            }
            Some(_) => {}
            None => {
                let span = ByteSpan { start: at, end: at + written.len() };
                complaints.push(Complaint::new(
                    "a quote has no end, or something right behind it",
                    "`name value`",
                    span,
                ));
            }
        }
    }
    (directives, complaints)
}

/// The words of a line; `None` where its quotes are wrong.
fn words(line: &str, at: usize) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut letters = line.char_indices().peekable();
    loop {
        while letters.next_if(|(_, letter)| letter.is_ascii_whitespace()).is_some() {}
        let Some((start, _)) = letters.peek().copied() else { return Some(words) };
        let mut text = Traced::default();
        let mut quote = None;
        let mut end = line.len();
        while let Some((offset, letter)) = letters.next() {
            let mut behind = offset + letter.len_utf8();
            let meant = match (quote, letter) {
                (None, blank) if blank.is_ascii_whitespace() => {
                    end = offset;
                    break;
                }
                (None, '"' | '\'') => {
                    quote = Some(letter);
                    continue;
                }
                (Some(open), close) if open == close => {
                    quote = None;
                    end = behind;
                    // Nothing but a blank may follow.
                    if letters.peek().is_some_and(|(_, next)| !next.is_ascii_whitespace()) {
                        return None;
                    }
                    break;
                }
                (Some('"'), '\\') => {
                    let (_, escaped) = letters.next()?;
                    behind += escaped.len_utf8();
                    match escaped {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'b' => '\u{8}',
                        'a' => '\u{7}',
                        'x' => match hexadecimal(&line[behind..]) {
                            Some(byte) => {
                                letters.nth(1);
                                behind += 2;
                                char::from(byte)
                            }
                            None => 'x',
                        },
                        other => other,
                    }
                }
                (Some('\''), '\\') if letters.next_if(|(_, next)| *next == '\'').is_some() => {
                    behind += 1;
                    '\''
                }
                (_, other) => other,
            };
            text.push(meant, ByteSpan { start: at + offset, end: at + behind });
        }
        if quote.is_some() {
            return None;
        }
        words.push(Word { text, span: ByteSpan { start: at + start, end: at + end } });
    }
}

/// The byte that two hexadecimal digits mean.
fn hexadecimal(text: &str) -> Option<u8> {
    let digits = text.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}
