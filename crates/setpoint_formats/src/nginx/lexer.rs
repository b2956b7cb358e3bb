use super::token::{Quoting, Token, unescaped};
use crate::Complaint;
use setpoint_model::ByteSpan;

/// nginx reads its files through a buffer of 4096 bytes (`NGX_CONF_BUFFER`) that must hold a whole word with the
/// byte that ends it, and a whole comment.
const BUFFER: usize = 4096;

/// How many complaints about one file are worth reading. A file that is no nginx configuration has one a line.
const COMPLAINTS: usize = 20;

/// The pieces that a directive is made of.
#[derive(Debug)]
pub(super) enum Piece {
    /// A word.
    Word(Token),
    /// `;`
    End(ByteSpan),
    /// `{`
    Open(ByteSpan),
    /// `}`
    Close(ByteSpan),
    /// There is no more text.
    EndOfText,
}

/// Cuts the text into pieces where `ngx_conf_read_token` does.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
    pub(super) complaints: Vec<Complaint>,
}

impl Lexer<'_> {
    pub(super) fn complain(&mut self, what: &str, expected: &str, span: ByteSpan) {
        if self.complaints.len() < COMPLAINTS {
            self.complaints.push(Complaint::new(what, expected, span));
        }
    }

    pub(super) fn next(&mut self) -> Piece {
        self.skip_space_and_comments();
        let Some(byte) = self.text.get(self.at) else { return Piece::EndOfText };
        let span = ByteSpan { start: self.at, end: self.at + 1 };
        let piece = match byte {
            b';' => Piece::End(span),
            b'{' => Piece::Open(span),
            b'}' => Piece::Close(span),
            b'"' => return Piece::Word(self.quoted(b'"', Quoting::Double)),
            b'\'' => return Piece::Word(self.quoted(b'\'', Quoting::Single)),
            _ => return Piece::Word(self.bare()),
        };
        self.at += 1;
        piece
    }

    /// A `#` starts a comment only where a word could start; in `a#b` it is a letter.
    fn skip_space_and_comments(&mut self) {
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'#' => {
                    let end = self.line_end(self.at);
                    self.complain_if_too_long("a comment", ByteSpan { start: self.at, end });
                    self.at = end;
                }
                _ => return,
            }
        }
    }

    fn bare(&mut self) -> Token {
        let start = self.at;
        // After `$` a `{` belongs to the word, as in `${name}`; elsewhere it ends the word.
        let mut variable = false;
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' => break,
                b'{' if variable => {}
                b'{' => break,
                b'\\' => {
                    self.at += 1;
                    variable = false;
                }
                byte => variable = *byte == b'$',
            }
            self.at += 1;
        }
        self.at = self.at.min(self.text.len());
        let span = ByteSpan { start, end: self.at };
        self.complain_if_too_long("a word", span);
        Token { value: unescaped(&self.text[start..self.at]), span, quoting: Quoting::Bare }
    }

    fn quoted(&mut self, quote: u8, quoting: Quoting) -> Token {
        let start = self.at;
        let Some(end) = self.closing_quote(quote) else { return self.never_closed(quoting) };
        self.at = end + 1;
        let span = ByteSpan { start, end: self.at };
        self.complain_if_too_long("a quoted word", ByteSpan { start: start + 1, end: self.at });
        if let Some(byte) = self.text.get(self.at)
            && !b" \t\r\n;{)".contains(byte)
        {
            let after = ByteSpan { start: self.at, end: self.at + 1 };
            self.complain("something follows a closing quote directly", "a space, `;` or `{` after the quote", after);
        }
        Token { value: unescaped(&self.text[start + 1..end]), span, quoting }
    }

    fn closing_quote(&self, quote: u8) -> Option<usize> {
        let mut at = self.at + 1;
        loop {
            match self.text.get(at)? {
                b'\\' => at += 2,
                byte if *byte == quote => return Some(at),
                _ => at += 1,
            }
        }
    }

    /// nginx gives up here. The word is taken to end with its line, so that the lines below keep their meaning.
    fn never_closed(&mut self, quoting: Quoting) -> Token {
        let start = self.at;
        let line = self.text[start..self.line_end(start)].trim_ascii_end();
        let line = line.strip_suffix(b";").or_else(|| line.strip_suffix(b"{")).unwrap_or(line);
        self.at = start + line.len().max(1);
        let opening = ByteSpan { start, end: start + 1 };
        self.complain("a quote is never closed", "the same quote again", opening);
        let span = ByteSpan { start, end: self.at };
        Token { value: unescaped(&self.text[start + 1..self.at]), span, quoting }
    }

    fn line_end(&self, from: usize) -> usize {
        self.text[from..].iter().position(|byte| *byte == b'\n').map_or(self.text.len(), |length| from + length)
    }

    fn complain_if_too_long(&mut self, what: &str, span: ByteSpan) {
        if span.end - span.start >= BUFFER {
            let what = format!("{what} has {} bytes, which nginx does not read", span.end - span.start);
            self.complain(&what, &format!("at most {} bytes", BUFFER - 1), span);
        }
    }
}
