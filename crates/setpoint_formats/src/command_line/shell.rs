//! The words of a POSIX shell's language as start commands use them: quotes, variables with defaults, operators. What is
//! not known (a command substitution, say) stays as it is written.

use super::SetVariable;
use crate::expansion::Room;
use crate::{Traced, Word};
use setpoint_model::ByteSpan;
use std::collections::HashMap;

/// The words of a Dockerfile's `ENV`: a shell's quotes and expansions, but no operators, and an expansion stays in its
/// word (Dockerfile reference, "Environment replacement").
pub(crate) fn docker_words(line: &Traced, environment: &dyn Fn(&str) -> Option<String>, room: &Room) -> Vec<Word> {
    let mut shell = Shell::of(line, environment, room, Dialect::Docker);
    let mut words = Vec::new();
    while let Some(letter) = shell.peek() {
        if ENDS_WORD_OF_DOCKER.contains(&letter) {
            shell.at += 1;
        } else {
            shell.word(&mut words);
        }
    }
    words
}

/// Whose words they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Posix,
    Docker,
}

pub(super) struct Shell<'a> {
    line: &'a Traced,
    at: usize,
    environment: &'a dyn Fn(&str) -> Option<String>,
    room: &'a Room,
    variables: HashMap<String, String>,
    dialect: Dialect,
    /// The ends of the here-documents that start behind the line at hand, and whether tabs stand before them.
    documents: Vec<(String, bool)>,
}

/// A word in the making. White space in an unquoted expansion ends it and starts the next one.
#[derive(Default)]
struct Open {
    text: Traced,
    span: Option<ByteSpan>,
}

impl<'a> Shell<'a> {
    pub(super) fn of(
        line: &'a Traced,
        environment: &'a dyn Fn(&str) -> Option<String>,
        room: &'a Room,
        dialect: Dialect,
    ) -> Self {
        Self { line, at: 0, environment, room, variables: HashMap::new(), dialect, documents: Vec::new() }
    }
}

impl Shell<'_> {
    pub(super) fn set(&mut self, variable: &SetVariable) {
        self.variables.insert(variable.name.clone(), variable.value.as_str().to_owned());
    }

    fn look_up(&self, name: &str) -> Option<String> {
        self.room.value_or_reference(name, || self.variables.get(name).cloned().or_else(|| (self.environment)(name)))
    }

    fn ends_word(&self, letter: char) -> bool {
        match self.dialect {
            Dialect::Posix => ENDS_WORD.contains(&letter),
            Dialect::Docker => ENDS_WORD_OF_DOCKER.contains(&letter),
        }
    }

    fn rest(&self) -> &str {
        &self.line.as_str()[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The words up to the next operator; `None` at the end. A line without words gives none.
    pub(super) fn command(&mut self) -> Option<Vec<Word>> {
        self.peek()?;
        let mut words = Vec::new();
        while let Some(letter) = self.peek() {
            match letter {
                ' ' | '\t' | '\r' => self.at += 1,
                '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                ';' | '&' | '|' | '\n' | '(' | ')' => {
                    self.at += 1;
                    if letter == '\n' {
                        self.pass_documents();
                    }
                    if !words.is_empty() {
                        break;
                    }
                }
                '<' | '>' => self.redirection(&mut words),
                '\\' if self.rest()[1..].starts_with('\n') => self.at += 2,
                _ => self.word(&mut words),
            }
        }
        Some(words)
    }

    /// Leaves out `>file`, `2>&1` and their like: the operator, its number in front, and its target.
    fn redirection(&mut self, words: &mut Vec<Word>) {
        let operator = self.line.span_of(self.at..self.at + 1).start;
        words.pop_if(|word| word.span.end == operator && word.as_str().bytes().all(|digit| digit.is_ascii_digit()));
        let written = self.rest();
        let target = written.trim_start_matches(['<', '>', '&', '|', '-']).trim_start_matches([' ', '\t']);
        let is_document = written.starts_with("<<") && !written.starts_with("<<<");
        let has_tabs = written.starts_with("<<-");
        self.at = self.line.as_str().len() - target.len();
        if self.peek().is_some_and(|letter| !ENDS_WORD.contains(&letter)) {
            let mut target = Vec::new();
            self.word(&mut target);
            let end = target.into_iter().next().filter(|_| is_document);
            self.documents.extend(end.map(|end| (end.as_str().to_owned(), has_tabs)));
        }
    }

    /// Leaves out the lines of here-documents, which are a command's input (POSIX.1-2017, 2.7.4).
    fn pass_documents(&mut self) {
        for (end, has_tabs) in std::mem::take(&mut self.documents) {
            while let Some(line) = self.rest().split_inclusive('\n').next() {
                let written = line.strip_suffix('\n').unwrap_or(line);
                let is_end = if has_tabs { written.trim_start_matches('\t') == end } else { written == end };
                self.at += line.len();
                if is_end {
                    break;
                }
            }
        }
    }

    fn word(&mut self, words: &mut Vec<Word>) {
        let mut open = Open::default();
        while let Some(letter) = self.peek() {
            let start = self.at;
            match letter {
                _ if self.ends_word(letter) => break,
                '\'' => {
                    let inner = &self.rest()[1..];
                    let length = inner.find('\'').unwrap_or(inner.len());
                    open.text.append(&self.line.part(start + 1..start + 1 + length));
                    self.at = (start + length + 2).min(self.line.as_str().len());
                }
                '"' => self.double_quoted(&mut open),
                '\\' => {
                    self.at += 1;
                    if let Some(next) = self.peek() {
                        self.at += next.len_utf8();
                        if next != '\n' {
                            open.text.push(next, self.line.span_of(start..self.at));
                        }
                    }
                }
                '`' | '$' => {
                    let value = self.expansion();
                    let origin = self.line.span_of(start..self.at);
                    match (value, self.dialect) {
                        (Some(value), Dialect::Posix) => {
                            open.split_at_space(&value, origin, words);
                            continue;
                        }
                        (Some(value), Dialect::Docker) => open.text.push_str(&value, origin),
                        (None, Dialect::Posix | Dialect::Docker) => {
                            open.text.append(&self.line.part(start..self.at));
                        }
                    }
                }
                _ => {
                    self.at += letter.len_utf8();
                    open.text.append(&self.line.part(start..self.at));
                }
            }
            open.extend(self.line.span_of(start..self.at));
        }
        words.extend(open.close());
    }

    fn double_quoted(&mut self, open: &mut Open) {
        self.at += 1;
        while let Some(letter) = self.peek() {
            let start = self.at;
            self.at += letter.len_utf8();
            match letter {
                '"' => return,
                '\\' => match self.peek() {
                    Some('\n') => self.at += 1,
                    Some(next @ ('$' | '`' | '"' | '\\')) => {
                        self.at += 1;
                        open.text.push(next, self.line.span_of(start..self.at));
                    }
                    Some(_) | None => open.text.append(&self.line.part(start..self.at)),
                },
                '$' | '`' => {
                    self.at = start;
                    match self.expansion() {
                        Some(value) => open.text.push_str(&value, self.line.span_of(start..self.at)),
                        None => open.text.append(&self.line.part(start..self.at)),
                    }
                }
                _ => open.text.append(&self.line.part(start..self.at)),
            }
        }
    }

    /// Passes over the expansion at the cursor; its value if it is known. Anything else moves past one character
    /// at least.
    fn expansion(&mut self) -> Option<String> {
        let rest = self.rest();
        if let Some(inner) = rest.strip_prefix('`') {
            self.at += inner.find('`').map_or(rest.len(), |end| end + 2);
            return None;
        }
        let after = &rest[1..];
        if after.starts_with('(') {
            self.at += 1 + closing(after, '(', ')');
            return None;
        }
        if after.starts_with('{') {
            let length = closing(after, '{', '}');
            let inner = after[1..length].strip_suffix('}').unwrap_or_default().to_owned();
            self.at += 1 + length;
            let name_length = name_length(&inner);
            let (name, operator) = inner.split_at(name_length);
            let value = self.look_up(name);
            let set = value.clone().filter(|value| !value.is_empty());
            return match operator {
                "" => value,
                _ if operator.starts_with(":-") || operator.starts_with(":=") => {
                    set.or_else(|| Some(operator[2..].to_owned()))
                }
                _ if operator.starts_with(":?") => set,
                _ if operator.starts_with(['-', '=']) => value.or_else(|| Some(operator[1..].to_owned())),
                _ => None,
            };
        }
        let length = name_length(after);
        let name = after[..length].to_owned();
        self.at += 1 + length;
        if name.is_empty() { None } else { self.look_up(&name) }
    }
}

impl Open {
    fn extend(&mut self, span: ByteSpan) {
        let start = self.span.map_or(span.start, |before| before.start);
        self.span = Some(ByteSpan { start, end: span.end });
    }

    /// Adds an unquoted expansion, whose white space parts words (field splitting).
    fn split_at_space(&mut self, value: &str, origin: ByteSpan, words: &mut Vec<Word>) {
        for (at, field) in value.split([' ', '\t', '\n']).enumerate() {
            if at > 0 {
                words.extend(std::mem::take(self).close());
            }
            if !field.is_empty() {
                self.text.push_str(field, origin);
                self.extend(origin);
            }
        }
    }

    fn close(self) -> Option<Word> {
        Some(Word { span: self.span?, text: self.text })
    }
}

const ENDS_WORD: [char; 11] = [' ', '\t', '\r', '\n', ';', '&', '|', '(', ')', '<', '>'];
const ENDS_WORD_OF_DOCKER: [char; 4] = [' ', '\t', '\r', '\n'];

fn name_length(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// The length of the bracketed text at the start, brackets included; all of it where it is not closed.
fn closing(text: &str, open: char, close: char) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        if letter == open {
            depth += 1;
        } else if letter == close {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    text.len()
}
