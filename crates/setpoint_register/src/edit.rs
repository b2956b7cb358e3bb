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
        let what = format!("\"{}\" cannot be the name of a default", bad.name.escape_debug());
        return Err(Problem::input(what, "a name on one line without space at its ends", Retry::SafeOnceMended));
    }
    if let Some(problem) = report.into_problems().into_iter().next() {
        return Err(problem);
    }
    let mut new: BTreeMap<&str, NewDefault> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !has_default(&table, &entry.name)) {
        let shared = match new.remove(entry.name.as_str()) {
            Some(other) => other.shared_with(entry),
            None => entry.clone(),
        };
        new.insert(&entry.name, shared);
    }
    if new.is_empty() {
        return Ok(text.to_owned());
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let blocks: String = new.values().map(|entry| block(entry, newline)).collect();
    let sections = ["default", "environment", "service"];
    let ends = sections.iter().filter_map(|section| end_of(text, &table, section)).chain([text.len()]);
    for at in ends {
        let edited = insert(text, at, &blocks, newline);
        if is_addition(&table, &edited, &new) {
            return Ok(edited);
        }
    }
    let expected = "`[default.NAME]` tables, which can be added to";
    let problem = Problem::input("the defaults are written as one value", expected, Retry::SafeOnceMended);
    let span = get("", &table, "default").map(|node| node.key);
    Err(span.map_or(problem.clone(), |span| problem.at(Place::in_text(REGISTER, text.as_bytes(), span))))
}

fn has_default(table: &DeTable<'_>, name: &str) -> bool {
    get("", table, "default").and_then(|node| node.table()).is_some_and(|defaults| defaults.contains_key(name))
}

fn block(entry: &NewDefault, newline: &str) -> String {
    let may_be_written = |value: &Value| !holds_secret(&entry.name, value);
    let value = entry.value.as_ref().filter(|value| **value != Value::Null && may_be_written(value));
    let value = value.map(|value| format!("value    = {}", value::write(value)));
    let exceptions = entry.per_process.iter().filter(|(_, value)| may_be_written(value));
    let mut exceptions = exceptions.map(|(process, value)| (process.as_str(), value::write(value))).peekable();
    let per_process = exceptions.peek().is_some().then(|| format!("per_process = {}", value::table(exceptions)));
    let header = format!("[default.{}]", value::key(&entry.name));
    let to_fill_in = [
        "# owner    = \"who answers for it; the service's owner where this stays out\"",
        "# why      = \"why it has this value\"",
        "# expect   = \"the result by which one sees that it is right\"",
        "# rollback = \"how to get back\"",
    ];
    let lines = [Some(header), value, per_process].into_iter().flatten().chain(to_fill_in.map(str::to_owned));
    std::iter::once(newline.to_owned()).chain(lines.map(|line| line + newline)).collect()
}

fn insert(text: &str, at: usize, blocks: &str, newline: &str) -> String {
    let (before, after) = text.split_at(at);
    let ends_line = if before.is_empty() || before.ends_with('\n') { "" } else { newline };
    let blocks = if before.is_empty() { blocks.trim_start() } else { blocks };
    let starts_line = if after.is_empty() || after.starts_with(['\n', '\r']) { "" } else { newline };
    format!("{before}{ends_line}{blocks}{starts_line}{after}")
}

/// True if the edited text says the same as before, and the new defaults besides.
fn is_addition(before: &DeTable<'_>, edited: &str, new: &BTreeMap<&str, NewDefault>) -> bool {
    let mut report = Report::new(REGISTER, edited);
    let mut after = syntax::parse(edited, &mut report);
    if !report.into_problems().is_empty() {
        return false;
    }
    let only_new = before.get("default").is_none();
    let Some(DeValue::Table(defaults)) = after.get_mut("default").map(toml::Spanned::get_mut) else { return false };
    let added = new.keys().all(|name| defaults.remove(*name).is_some());
    if only_new && defaults.is_empty() {
        after.remove("default");
    }
    // A number that is none equals nothing, not even itself, and so the texts are compared.
    let said = |table: &DeTable<'_>| value::write(&value::read(&DeValue::Table(table.clone())));
    added && said(before) == said(&after)
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
        ["owner", "why", "expect", "rollback"].contains(&key)
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
