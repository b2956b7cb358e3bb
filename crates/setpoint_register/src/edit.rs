//! Additions to the register that leave every byte of it where it is: new text is put between old text, and the
//! result is read again before it is given back.

use crate::node::get;
use crate::report::Report;
use crate::shapes::NAME;
use crate::{REGISTER, syntax, value};
use setpoint_model::{Effective, NamedDefault, Place, Problem, Retry, Value, holds_secret};
use std::collections::BTreeMap;
use toml::de::{DeTable, DeValue};

/// A default to be written down. What only a person knows is left to fill in.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDefault {
    /// Its name.
    pub name: String,
    /// Its value where nobody says in which process; `None` for a secret, and where there is none.
    pub value: Option<Value>,
    /// The processes that hold another value.
    pub per_process: Vec<(String, Value)>,
}

impl From<&NamedDefault> for NewDefault {
    /// With what is effective, where it is known and no secret.
    fn from(default: &NamedDefault) -> Self {
        let name = default.name.clone();
        if default.secret {
            return Self { name, value: None, per_process: Vec::new() };
        }
        let known = |(process, own): (&str, &Effective)| Some((process.to_owned(), own.value.constant()?.clone()));
        Self {
            name,
            value: default.effective_value().cloned(),
            per_process: default.exceptions().filter_map(known).collect(),
        }
    }
}

impl NewDefault {
    /// One entry for two defaults of one name, which two libraries declare, say. It can say a value only where both
    /// hold it.
    #[must_use]
    pub fn shared_with(mut self, other: &NewDefault) -> Self {
        if self != *other {
            (self.value, self.per_process) = (None, Vec::new());
        }
        self
    }
}

/// A register with nothing in it but the service's name.
pub fn starter(name: &str) -> String {
    format!("[service]\nname = {}\n", value::text(name))
}

/// The register with a `[default.NAME]` for each of the entries that it does not have yet, sorted, after the last default
/// that it has. Owner, reason, expected result and way back are comments to fill in, so that the result loads and a
/// check still asks for them.
///
/// # Errors
/// The text is no TOML, a name fits on no line, or the defaults are written in a way that cannot be added to (`default = { … }`).
pub fn add_defaults(text: &str, entries: &[NewDefault]) -> Result<String, Problem> {
    let mut report = Report::new(REGISTER, text);
    let table = syntax::parse(text, &mut report);
    if let Some(bad) = entries.iter().find(|entry| !report.matches(NAME, &entry.name)) {
        return Err(no_name(&bad.name, "a default"));
    }
    if let Some(problem) = report.into_problems().into_iter().next() {
        return Err(problem);
    }
    let mut new: BTreeMap<&str, NewDefault> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !has(&table, "default", &entry.name)) {
        let shared = match new.remove(entry.name.as_str()) {
            Some(other) => other.shared_with(entry),
            None => entry.clone(),
        };
        new.insert(&entry.name, shared);
    }
    if new.is_empty() {
        return Ok(text.to_owned());
    }
    let newline = newline_of(text);
    let blocks: String = new.values().map(|entry| block(entry, newline)).collect();
    let added = Added { section: "default", names: new.into_keys().collect(), blocks };
    added.to(text, &table, &["default", "environment", "service"], newline)
}

/// The register with a `[check.NAME]` of these keys after the last check that it has; owner, reason, expected result and way
/// back are comments to fill in.
///
/// # Errors
/// The text is no TOML, the name fits on no line or is another check's, or the checks are written in a way that cannot be
/// added to (`check = { … }`).
pub fn add_check(text: &str, name: &str, keys: &[(&str, Value)]) -> Result<String, Problem> {
    let mut report = Report::new(REGISTER, text);
    let table = syntax::parse(text, &mut report);
    if !report.matches(NAME, name) {
        return Err(no_name(name, "a check"));
    }
    if let Some(problem) = report.into_problems().into_iter().next() {
        return Err(problem);
    }
    if has(&table, "check", name) {
        let problem = Problem::input(
            format!("there is a check `{name}` already"),
            "a name that no other check has",
            Retry::SafeOnceMended,
        );
        return Err(problem.hint("`--name NAME` gives this one another"));
    }
    let newline = newline_of(text);
    let width = keys.iter().map(|(key, _)| key.len()).max().unwrap_or(0).max(LONGEST_TO_FILL_IN);
    let lines = keys.iter().map(|(key, value)| format!("{key:width$} = {}", value::write(value)));
    let blocks = entry(&format!("[check.{}]", value::key(name)), lines, newline);
    let added = Added { section: "check", names: vec![name], blocks };
    added.to(text, &table, &["check", "default", "environment", "service"], newline)
}

/// The register with another value for a default that it documents; `None` where it documents no value of it, one for all
/// processes, or that one already. Every other byte stays where it is.
///
/// # Errors
/// The text is no TOML.
pub fn document_value(text: &str, name: &str, new: &Value) -> Result<Option<String>, Problem> {
    let mut report = Report::new(REGISTER, text);
    let table = syntax::parse(text, &mut report);
    if let Some(problem) = report.into_problems().into_iter().next() {
        return Err(problem);
    }
    let defaults = get("", &table, "default").and_then(|node| node.table());
    let entry = defaults.and_then(|defaults| get("default", defaults, name)).and_then(|node| node.table());
    let Some(node) = entry.and_then(|entry| get(name, entry, "value")) else { return Ok(None) };
    let old = value::read(node.value);
    let written = value::write(&like(&old, new));
    if written == value::write(&old) || holds_secret(name, new) {
        return Ok(None);
    }
    Ok(Some([&text[..node.span.start], &written, &text[node.span.end..]].concat()))
}

/// The new value in the form that the old one has: what a deployment sets is a text even where it means a number.
fn like(old: &Value, new: &Value) -> Value {
    let Some(text) = new.as_text() else { return new.clone() };
    let parsed = match old {
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Float(_) => text.parse().ok().map(Value::Float),
        Value::Bool(_) => text.to_ascii_lowercase().parse().ok().map(Value::Bool),
        Value::Null | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
    };
    parsed.unwrap_or_else(|| new.clone())
}

fn no_name(name: &str, of: &str) -> Problem {
    let what = format!("\"{}\" cannot be the name of {of}", name.escape_debug());
    Problem::input(what, "a name on one line without space at its ends", Retry::SafeOnceMended)
}

fn newline_of(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn has(table: &DeTable<'_>, section: &str, name: &str) -> bool {
    get("", table, section).and_then(|node| node.table()).is_some_and(|entries| entries.contains_key(name))
}

/// New tables of one section.
struct Added<'a> {
    section: &'static str,
    names: Vec<&'a str>,
    blocks: String,
}

impl Added<'_> {
    /// The text with them: after the first of the sections that it has and where the whole still says what it said.
    fn to(&self, text: &str, table: &DeTable<'_>, after: &[&str], newline: &str) -> Result<String, Problem> {
        let ends = after.iter().filter_map(|section| end_of(text, table, section)).chain([text.len()]);
        for at in ends {
            let edited = insert(text, at, &self.blocks, newline);
            if self.is_all_that_is_new(table, &edited) {
                return Ok(edited);
            }
        }
        let section = self.section;
        let expected = format!("`[{section}.NAME]` tables, which can be added to");
        let problem =
            Problem::input(format!("the {section}s are written as one value"), expected, Retry::SafeOnceMended);
        let span = get("", table, section).map(|node| node.key);
        Err(span.map_or(problem.clone(), |span| problem.at(Place::in_text(REGISTER, text.as_bytes(), span))))
    }

    /// True if the edited text says the same as before, and these tables besides.
    fn is_all_that_is_new(&self, before: &DeTable<'_>, edited: &str) -> bool {
        let mut report = Report::new(REGISTER, edited);
        let mut after = syntax::parse(edited, &mut report);
        if !report.into_problems().is_empty() {
            return false;
        }
        let only_new = before.get(self.section).is_none();
        let Some(DeValue::Table(entries)) = after.get_mut(self.section).map(toml::Spanned::get_mut) else {
            return false;
        };
        let added = self.names.iter().all(|name| entries.remove(*name).is_some());
        if only_new && entries.is_empty() {
            after.remove(self.section);
        }
        // A number that is none equals nothing, not even itself, and so the texts are compared.
        let said = |table: &DeTable<'_>| value::write(&value::read(&DeValue::Table(table.clone())));
        added && said(before) == said(&after)
    }
}

fn block(new: &NewDefault, newline: &str) -> String {
    let may_be_written = |value: &Value| !holds_secret(&new.name, value);
    let value = new.value.as_ref().filter(|value| **value != Value::Null && may_be_written(value));
    let value = value.map(|value| format!("value    = {}", value::write(value)));
    let exceptions = new.per_process.iter().filter(|(_, value)| may_be_written(value));
    let mut exceptions = exceptions.map(|(process, value)| (process.as_str(), value::write(value))).peekable();
    let per_process = exceptions.peek().is_some().then(|| format!("per_process = {}", value::table(exceptions)));
    let header = format!("[default.{}]", value::key(&new.name));
    entry(&header, [value, per_process].into_iter().flatten(), newline)
}

/// The keys that a person fills in, each with what it asks for.
const TO_FILL_IN: [(&str, &str); 4] = [
    ("owner", "who answers for it; the service's owner where this stays out"),
    ("why", "why it is as it is"),
    ("expect", "the result by which one sees that it is right"),
    ("rollback", "how to get back"),
];
const LONGEST_TO_FILL_IN: usize = "rollback".len();

/// A table with what is to be filled in below its lines, and an empty line above.
fn entry(header: &str, lines: impl Iterator<Item = String>, newline: &str) -> String {
    let to_fill_in = TO_FILL_IN.iter().map(|(key, asks)| format!("# {key:LONGEST_TO_FILL_IN$} = \"{asks}\""));
    let lines = std::iter::once(header.to_owned()).chain(lines).chain(to_fill_in);
    std::iter::once(newline.to_owned()).chain(lines.map(|line| line + newline)).collect()
}

fn insert(text: &str, at: usize, blocks: &str, newline: &str) -> String {
    let (before, after) = text.split_at(at);
    let ends_line = if before.is_empty() || before.ends_with('\n') { "" } else { newline };
    let blocks = if before.is_empty() { blocks.trim_start() } else { blocks };
    let starts_line = if after.is_empty() || after.starts_with(['\n', '\r']) { "" } else { newline };
    format!("{before}{ends_line}{blocks}{starts_line}{after}")
}

/// One past the last line of a section, with the comments that belong to its last entry.
fn end_of(text: &str, table: &DeTable<'_>, section: &str) -> Option<usize> {
    let (key, value) = table.get_key_value(section)?;
    let last = last_byte(value).max(key.span().end);
    let mut end = next_line(text, last);
    let comments: Vec<&str> =
        text[end..].split_inclusive('\n').take_while(|line| line.trim_start().starts_with('#')).collect();
    let run: usize = comments.iter().map(|line| line.len()).sum();
    let then = text[end + run..].split_inclusive('\n').next().unwrap_or_default();
    if then.trim().is_empty() {
        return Some(end + run);
    }
    // Comments right above the next section are that section's, but for the ones that wait to be filled in.
    let waits = |line: &&&str| {
        let key = line.trim_start_matches(['#', ' ', '\t']).split([' ', '=']).next().unwrap_or_default();
        TO_FILL_IN.iter().any(|(known, _)| *known == key)
    };
    end += comments.iter().take_while(waits).map(|line| line.len()).sum::<usize>();
    Some(end)
}

fn last_byte(value: &toml::Spanned<DeValue<'_>>) -> usize {
    let inner = match value.get_ref() {
        DeValue::Table(table) => table.iter().map(|(key, value)| last_byte(value).max(key.span().end)).max(),
        DeValue::Array(items) => items.iter().map(last_byte).max(),
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            None
        }
    };
    inner.unwrap_or(0).max(value.span().end)
}

fn next_line(text: &str, from: usize) -> usize {
    text[from..].find('\n').map_or(text.len(), |newline| from + newline + 1)
}
