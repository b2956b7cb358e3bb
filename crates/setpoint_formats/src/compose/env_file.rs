use super::{Interpolated, Variable, interpolate};
use crate::cursor::Cursor;
use crate::{Complaint, Traced, limited, lossy};
use setpoint_model::ByteSpan;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How a file of variables is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As a `.env` file, by Compose's own rules (`dotenv/parser.go` of compose-go), which are not python-dotenv's:
    /// nothing is expanded in single quotes, `$NAME` needs no braces, and `NAME: value` sets one, too.
    #[default]
    Dotenv,
    /// `format: raw`: values as they stand, quotes, `$` and white space included (Compose specification, "format", and
    /// `pkg/kvfile/kvfile.go` of docker/cli).
    Raw,
}

/// Reads a file of `env_file`, or the `.env` file beside a compose file. A name alone passes the variable of whoever
/// starts the service. Compose refuses a file with a fault, so that each is a complaint.
pub fn env_file(bytes: &[u8], format: Format) -> (Vec<Variable>, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let mut complaints: Vec<_> =
        bad_byte.map(|span| Complaint::new("a byte is not UTF-8", "UTF-8 text", span)).into_iter().collect();
    let mut variables = Vec::new();
    let mut cursor = Cursor::new(&text);
    cursor.skip('\u{feff}');
    let statement = match format {
        Format::Dotenv => dotenv_statement,
        Format::Raw => raw_line,
    };
    loop {
        cursor.skip_while(char::is_whitespace);
        if cursor.is_at_end() {
            break;
        }
        let start = cursor.offset();
        if cursor.peek() == Some('#') {
            cursor.skip_while(is_of_line);
        } else if let Ok(variable) = statement(&mut cursor) {
            variables.push(variable);
        } else {
            cursor.skip_while(is_of_line);
            let span = ByteSpan { start, end: cursor.offset() };
            complaints.push(Complaint::new("Compose refuses this line and the file with it", "`NAME=value`", span));
        }
    }
    (variables, complaints)
}

/// Resolves the variables of one file, each with those above it. `known` are those of the files before, and gets those
/// of this one; `environment` is stronger than both (`WithServicesEnvironmentResolved` of compose-go's
/// `types/project.go`).
pub fn resolve(
    variables: &[Variable],
    known: &mut BTreeMap<String, String>,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Vec<Interpolated> {
    let above = RefCell::new(std::mem::take(known));
    let look_up = limited(|name: &str| environment(name).or_else(|| above.borrow().get(name).cloned()));
    let resolved = variables.iter().map(|variable| {
        let resolved = variable.resolved(&look_up);
        if resolved.is_known {
            above.borrow_mut().insert(variable.name.clone(), resolved.text.as_str().to_owned());
        }
        resolved
    });
    let resolved = resolved.collect();
    drop(look_up);
    *known = above.into_inner();
    resolved
}

impl Variable {
    /// The value with its `${NAME}` resolved, or that of the variable that is passed on.
    pub fn resolved(&self, environment: &dyn Fn(&str) -> Option<String>) -> Interpolated {
        if let Some(value) = &self.value {
            return interpolate(value, environment);
        }
        let passed = environment(&self.name);
        let mut text = Traced::default();
        text.push_str(passed.as_deref().unwrap_or_default(), self.span);
        Interpolated { text, is_known: passed.is_some() }
    }
}

/// The line has no form that the reader takes.
struct Refused;

fn raw_line(cursor: &mut Cursor<'_>) -> Result<Variable, Refused> {
    let start = cursor.offset();
    let line = cursor.take_while(is_of_line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let (name, value) = line.split_once('=').map_or((line, None), |(name, value)| (name, Some(value)));
    if name.is_empty() || name.contains([' ', '\t']) {
        return Err(Refused);
    }
    let behind = start + name.len() + 1;
    Ok(Variable {
        name: name.to_owned(),
        value: value.map(|value| literal(&Traced::verbatim(value, behind))),
        span: match value {
            Some(value) => ByteSpan { start: behind, end: behind + value.len() },
            None => ByteSpan { start, end: start + name.len() },
        },
    })
}

fn dotenv_statement(cursor: &mut Cursor<'_>) -> Result<Variable, Refused> {
    if cursor.rest().strip_prefix("export").is_some_and(|behind| behind.starts_with(is_blank)) {
        cursor.skip_bytes("export".len());
        cursor.skip_while(is_blank);
    }
    let start = cursor.offset();
    let is_of_name = |letter: char| letter.is_alphanumeric() || is_blank(letter) || "_.-[]".contains(letter);
    let name = cursor.take_while(is_of_name).trim_end();
    if name.is_empty() || name.contains(' ') {
        return Err(Refused);
    }
    let span = ByteSpan { start, end: start + name.len() };
    let name = name.to_owned();
    match cursor.peek() {
        Some('=' | ':') => cursor.skip_bytes(1),
        Some('\n') | None => return Ok(Variable { name, value: None, span }),
        Some(_) => return Err(Refused),
    }
    let behind = cursor.offset();
    cursor.skip_while(is_blank);
    let start = cursor.offset();
    if let Some(quote @ ('\'' | '"')) = cursor.peek() {
        let value = quoted(cursor, quote)?;
        return Ok(Variable { name, value: Some(value), span: ByteSpan { start, end: cursor.offset() } });
    }
    let line = cursor.take_while(is_of_line);
    let value = line.split_once(" #").map_or(line, |(value, _)| value).trim_end();
    let start = if value.is_empty() { behind } else { start };
    let span = ByteSpan { start, end: start + value.len() };
    Ok(Variable { name, value: Some(Traced::verbatim(value, start)), span })
}

/// A value in quotes, over several lines where it has them. Nothing is expanded in single quotes.
fn quoted(cursor: &mut Cursor<'_>, quote: char) -> Result<Traced, Refused> {
    let start = cursor.offset() + quote.len_utf8();
    let inner = &cursor.rest()[quote.len_utf8()..];
    let mut value = Traced::default();
    let mut letters = inner.char_indices();
    while let Some((at, letter)) = letters.next() {
        let mut span = ByteSpan { start: start + at, end: start + at + letter.len_utf8() };
        if letter == quote {
            cursor.skip_bytes(at + 2 * quote.len_utf8());
            return Ok(if quote == '\'' { literal(&value) } else { value });
        }
        if letter != '\\' {
            value.push(letter, span);
            continue;
        }
        let Some((_, escaped)) = letters.next() else { break };
        span.end += escaped.len_utf8();
        match (quote, escaped) {
            (_, escaped) if escaped == quote => value.push(quote, span),
            ('"', '\\') => value.push('\\', span),
            ('"', '$') => value.push_str("$$", span),
            ('"', 'a') => value.push('\x07', span),
            ('"', 'b') => value.push('\x08', span),
            ('"', 'f') => value.push('\x0c', span),
            ('"', 'n') => value.push('\n', span),
            ('"', 'r') => value.push('\r', span),
            ('"', 't') => value.push('\t', span),
            ('"', 'v') => value.push('\x0b', span),
            (_, escaped) => {
                value.push('\\', span);
                value.push(escaped, span);
            }
        }
    }
    Err(Refused)
}

/// Text that interpolation leaves as it is.
fn literal(text: &Traced) -> Traced {
    let mut escaped = Traced::default();
    for (_, letter, span) in text.characters() {
        match letter {
            '$' => escaped.push_str("$$", span),
            letter => escaped.push(letter, span),
        }
    }
    escaped
}

fn is_of_line(letter: char) -> bool {
    letter != '\n'
}

/// White space within a line, by compose-go's `isSpace`.
fn is_blank(letter: char) -> bool {
    matches!(letter, '\t' | '\x0b' | '\x0c' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

#[cfg(test)]
mod tests {
    use super::{Format, env_file, resolve};
    use std::collections::BTreeMap;

    /// Each variable with its value and what is written, and the faults, as lines.
    fn picture(text: &str, format: Format) -> String {
        let (variables, complaints) = env_file(text.as_bytes(), format);
        let known = |name: &str| (name == "SET").then(|| "yes".to_owned());
        let resolved = resolve(&variables, &mut BTreeMap::new(), &known);
        let lines = variables.iter().zip(&resolved).map(|(variable, resolved)| {
            let known = if resolved.is_known { "" } else { " (unknown)" };
            let written = &text[variable.span.start..variable.span.end];
            format!("{} = {:?}{known} from {written:?}", variable.name, resolved.text.as_str())
        });
        let faults = complaints.iter().map(|one| format!("{}: {:?}", one.what, &text[one.span.start..one.span.end]));
        lines.chain(faults).collect::<Vec<_>>().join("\n")
    }

    /// What the values are was asked of compose-go's own reader, with `SET=yes` around it.
    #[test]
    fn a_file_as_compose_reads_it() {
        let text = r#"# a comment
ONE=one # two
TWO=one#two
THREE="x\ty\n\$SET $SET ${NO:-d} a\'b\"c\d" # a comment
FOUR='$SET \' \\ \n'
FIVE= # no comment
SIX: yaml
export SEVEN=1
EIGHT = sp aced  
SET
NOPE
NINE=ab$cd
TEN=$$x${ONE}-${SET}
ELEVEN="more
lines" TWELVE=12
SPACE.D-E[0]=1
SIDE BY=1
=x
LAST='open
"#;
        insta::assert_snapshot!(picture(text, Format::Dotenv), @r##"
        ONE = "one" from "one"
        TWO = "one#two" from "one#two"
        THREE = "x\ty\n$SET yes d a\\'b\"c\\d" from "\"x\\ty\\n\\$SET $SET ${NO:-d} a\\'b\\\"c\\d\""
        FOUR = "$SET ' \\\\ \\n" from "'$SET \\' \\\\ \\n'"
        FIVE = "# no comment" from "# no comment"
        SIX = "yaml" from "yaml"
        SEVEN = "1" from "1"
        EIGHT = "sp aced" from "sp aced"
        SET = "yes" from "SET"
        NOPE = "" (unknown) from "NOPE"
        NINE = "ab$cd" (unknown) from "ab$cd"
        TEN = "$xone-yes" from "$$x${ONE}-${SET}"
        ELEVEN = "more\nlines" from "\"more\nlines\""
        TWELVE = "12" from "12"
        SPACE.D-E[0] = "1" from "1"
        Compose refuses this line and the file with it: "SIDE BY=1"
        Compose refuses this line and the file with it: "=x"
        Compose refuses this line and the file with it: "LAST='open"
        "##);
    }

    #[test]
    fn raw_values_are_taken_as_they_stand() {
        let text = "\u{feff}A='quoted' # no comment\n  # a comment\n\n  B=$C=${D} \r\nE=\nPASSED\nSET\nA B=1\n=x";
        insta::assert_snapshot!(picture(text, Format::Raw), @r#"
        A = "'quoted' # no comment" from "'quoted' # no comment"
        B = "$C=${D} " from "$C=${D} "
        E = "" from ""
        PASSED = "" (unknown) from "PASSED"
        SET = "yes" from "SET"
        Compose refuses this line and the file with it: "A B=1"
        Compose refuses this line and the file with it: "=x"
        "#);
    }
}
