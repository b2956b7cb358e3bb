//! The tokens of one file, by the rules of `caddyconfig/caddyfile/lexer.go` upstream.

use crate::Complaint;
use setpoint_model::ByteSpan;

/// A word, with or without quotes, or a brace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it says, without quotes.
    pub text: String,
    /// The bytes in the file that it is written in, quotes included. For an argument of an `import` that stands where
    /// `{args[0]}` did, those of the argument.
    pub span: ByteSpan,
    /// The index of that file.
    pub(super) file: usize,
    /// True for text in quotes or a here-document, which is no brace and no keyword.
    pub quoted: bool,
    /// True if a variable of Caddy's environment is in it, so that nobody knows what it says.
    pub has_variable: bool,
    /// Where it takes effect.
    pub(super) line: LineNumber,
}

/// A line as Caddy counts: one that ends with `\` goes on in the next, and every import has lines of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineNumber {
    /// The file and the import by which it came.
    pub(super) file: usize,
    pub(super) import: usize,
    pub(super) first: usize,
    /// The line in which the token ends; several for text in quotes.
    pub(super) last: usize,
}

impl Token {
    /// True for `{` that opens a block.
    pub(super) fn opens(&self) -> bool {
        self.text == "{" && !self.quoted
    }

    /// True for `}` that closes a block.
    pub(super) fn closes(&self) -> bool {
        self.text == "}" && !self.quoted
    }

    /// True if it is written before that token of the same file.
    pub fn is_before(&self, other: &Token) -> bool {
        self.file == other.file && self.span.end <= other.span.start
    }

    /// True if it begins a line of its own behind that token (`isNextOnNewLine` upstream).
    pub(super) fn is_on_new_line_after(&self, before: &Token) -> bool {
        let (one, two) = (before.line, self.line);
        one.file != two.file || one.import != two.import || one.last < two.first
    }
}

/// Reads the tokens of a file. Never fails and never panics, whatever the bytes are.
pub(super) fn tokens(text: &[u8], file: usize) -> (Vec<Token>, Vec<Complaint>) {
    let mut lexer = Lexer { text, at: 0, line: 1, continued: 0, variables_end: false, complaints: Vec::new() };
    // A byte order mark is no text.
    if text.starts_with("\u{feff}".as_bytes()) {
        lexer.at = "\u{feff}".len();
    }
    let mut tokens = Vec::new();
    while let Some((start, first)) = lexer.start_of_token() {
        let mut token = Word { text: String::new(), has_variable: false };
        let quoted = match lexer.peek() {
            Some('"') => lexer.quoted(&mut token, '"'),
            Some('`') => lexer.quoted(&mut token, '`'),
            Some(_) => lexer.word(&mut token),
            None => break,
        };
        let span = ByteSpan { start, end: lexer.at };
        let line = LineNumber { file, import: 0, first, last: lexer.line };
        tokens.push(Token { text: token.text, span, file, quoted, has_variable: token.has_variable, line });
    }
    (tokens, lexer.complaints)
}

struct Word {
    text: String,
    has_variable: bool,
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
    /// Line breaks behind a `\`, which count when the line ends.
    continued: usize,
    /// No `}` follows, so that no more variables do.
    variables_end: bool,
    complaints: Vec<Complaint>,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        let rest = &self.text[self.at..];
        let chunk = rest[..rest.len().min(4)].utf8_chunks().next()?;
        Some(chunk.valid().chars().next().unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        // What is no UTF-8 is one byte, shown as three.
        let is_valid = self.text[self.at..].starts_with(letter.encode_utf8(&mut [0; 4]).as_bytes());
        self.at += if is_valid { letter.len_utf8() } else { 1 };
        Some(letter)
    }

    fn end_line(&mut self) {
        self.line += 1 + self.continued;
        self.continued = 0;
    }

    /// Goes to where the next token begins: its first byte and its line.
    fn start_of_token(&mut self) -> Option<(usize, usize)> {
        let mut is_comment = false;
        loop {
            let start = self.at;
            match self.peek()? {
                '\n' => {
                    self.end_line();
                    is_comment = false;
                }
                '\\' if !is_comment && self.continues() => continue,
                letter if is_comment || letter.is_whitespace() => {}
                '#' => is_comment = true,
                _ => return Some((start, self.line)),
            }
            self.next();
        }
    }

    /// Passes over a `\` at the end of a line.
    fn continues(&mut self) -> bool {
        let after = &self.text[self.at + 1..];
        let after = after.strip_prefix(b"\r").unwrap_or(after);
        let ends = after.first() == Some(&b'\n');
        if ends {
            self.at = self.text.len() - after.len() + 1;
            self.continued += 1;
        }
        ends
    }

    /// A word without quotes ends before the next space. A `"` within it is a letter.
    fn word(&mut self, word: &mut Word) -> bool {
        let start = self.at;
        while let Some(letter) = self.peek() {
            if self.variable(word) {
                continue;
            }
            if word.text.len() > 1 && word.text.starts_with("<<") && letter == '\n' && self.here_document(word, start) {
                return true;
            }
            match letter {
                '\r' => {}
                '\\' if self.continues() => return false,
                // `\<<` is no here-document.
                '\\' if self.text[self.at + 1..].first() == Some(&b'<') => {
                    self.at += 2;
                    word.text.push('<');
                    continue;
                }
                letter if letter.is_whitespace() => return false,
                letter => word.text.push(letter),
            }
            self.next();
        }
        false
    }

    /// Text in quotes may go over several lines. Between `"` only `\"` is an escape, between back quotes nothing is.
    fn quoted(&mut self, word: &mut Word, quote: char) -> bool {
        let start = self.at;
        self.next();
        while let Some(letter) = self.peek() {
            if self.variable(word) {
                continue;
            }
            self.next();
            match letter {
                '\\' if quote == '"' && self.peek() == Some('"') => {
                    self.next();
                    word.text.push('"');
                }
                letter if letter == quote => return true,
                letter => {
                    if letter == '\n' {
                        self.end_line();
                    }
                    word.text.push(letter);
                }
            }
        }
        let span = ByteSpan { start, end: start + 1 };
        self.complaints.push(Complaint::new("a quote is never closed", format!("`{quote}`"), span));
        true
    }

    /// `<<END`, lines, and `END` after the space that is taken from the front of each line. False where it is none.
    fn here_document(&mut self, word: &mut Word, start: usize) -> bool {
        let marker = word.text["<<".len()..].to_owned();
        let is_marker = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        if marker.is_empty() || !marker.chars().all(is_marker) {
            return false;
        }
        let body = self.at + 1;
        let rest = &self.text[body..];
        let Some(length) = memchr::memmem::find(rest, marker.as_bytes()) else {
            let span = ByteSpan { start, end: self.at };
            self.complaints.push(Complaint::new("a here-document never ends", format!("`{marker}`"), span));
            return false;
        };
        let text = String::from_utf8_lossy(&rest[..length]).replace('\r', "");
        let (lines, padding) = text.rsplit_once('\n').unwrap_or(("", &text));
        let lines: Vec<&str> = lines.split('\n').map(|line| line.strip_prefix(padding).unwrap_or(line)).collect();
        word.has_variable |= text.contains("{$");
        word.text = lines.join("\n");
        self.at = body + length + marker.len();
        self.line += self.continued + 1 + text.matches('\n').count();
        self.continued = 0;
        true
    }

    /// A variable `{$NAME}` or `{$NAME:default}`, whatever is in it: Caddy puts the value in its place before it
    /// looks for tokens (`replaceEnvVars` upstream).
    fn variable(&mut self, word: &mut Word) -> bool {
        if self.variables_end || !self.text[self.at..].starts_with(b"{$") {
            return false;
        }
        let inside = &self.text[self.at + 2..];
        let Some(length) = memchr::memchr(b'}', inside) else {
            self.variables_end = true;
            return false;
        };
        if length == 0 {
            return false;
        }
        let end = self.at + 2 + length + 1;
        word.text.push_str(&String::from_utf8_lossy(&self.text[self.at..end]));
        word.has_variable = true;
        self.line += memchr::memchr_iter(b'\n', &inside[..length]).count();
        self.at = end;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::tokens;
    use proptest::prelude::*;

    /// Each line's tokens between brackets, text in quotes between double ones, then the complaints.
    fn picture(text: &str) -> String {
        let (tokens, complaints) = tokens(text.as_bytes(), 0);
        let mut picture = String::new();
        for (at, token) in tokens.iter().enumerate() {
            if at > 0 {
                picture.push(if token.is_on_new_line_after(&tokens[at - 1]) { '\n' } else { ' ' });
            }
            let variable = if token.has_variable { "?" } else { "" };
            picture += &if token.quoted {
                format!("[[{}]]{variable}", token.text)
            } else {
                format!("[{}]{variable}", token.text)
            };
        }
        for complaint in complaints {
            picture += &format!("\n! {} at {}", complaint.what, complaint.span.start);
        }
        picture
    }

    #[test]
    fn words_quotes_comments_and_lines_that_go_on() {
        insta::assert_snapshot!(picture("shop.example { # a comment {\n\trespond \"a \\\"b\\\" \\n\" `c \"d\"`\r\n a#b c\\d \\\n  e \"two\nlines\" f\n}"), @r#"
        [shop.example] [{]
        [respond] [[a "b" \n]] [[c "d"]]
        [a#b] [c\d] [e] [[two
        lines]] [f]
        [}]
        "#);
    }

    #[test]
    fn a_here_document_is_one_token() {
        insta::assert_snapshot!(picture("respond <<END\n\tone\n\t  two\n\tEND 200\nheader \\<<x <<"), @"
        [respond] [[one
          two]] [200]
        [header] [<<x] [<<]
        ");
    }

    #[test]
    fn a_variable_is_kept_whatever_is_in_it() {
        insta::assert_snapshot!(picture("{$SITE:shop.example www} a{$B}c \"{$D:\"}\" {} {$} {$open"), @r#"
        [{$SITE:shop.example www}]? [a{$B}c]? [[{$D:"}]]? [{}] [{$}] [{$open]
        "#);
    }

    #[test]
    fn what_never_ends_is_said_and_kept() {
        insta::assert_snapshot!(picture("a \"b"), @"
        [a] [[b]]
        ! a quote is never closed at 2
        ");
        insta::assert_snapshot!(picture("a <<END\nb"), @"
        [a] [<<END]
        [b]
        ! a here-document never ends at 2
        ");
    }

    proptest! {
        #[test]
        fn every_token_has_its_bytes(text in "[a{}$\"`\\\\<#: \n\r\u{e4}]{0,40}") {
            let (tokens, _) = tokens(text.as_bytes(), 0);
            let mut end = 0;
            for token in tokens {
                prop_assert!(token.span.start >= end && token.span.end > token.span.start);
                prop_assert!(token.span.end <= text.len());
                end = token.span.end;
            }
        }
    }
}
