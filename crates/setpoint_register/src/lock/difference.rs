use super::Lines;
use super::line::Line;
use super::section::Section;
use crate::value;
use setpoint_model::Value;
use std::collections::BTreeSet;
use std::fmt;

/// One default on which a lock and a snapshot disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The default's name.
    pub name: String,
    /// The table of the lock that it stands in: how it is declared, in the words of the model, or
    /// `installed.LIBRARY` for a library's own default.
    pub section: String,
    /// What changed.
    pub change: Change,
}

/// How a default changed since the lock was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The lock does not have it. The text is its line.
    Added(String),
    /// Only the lock has it. The text is its line.
    Removed(String),
    /// Both have it.
    Changed(Vec<FieldChange>),
}

/// One thing about a default that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// `type`, `required`, `secret`, `value`, `effective`, or `set in FILE`.
    pub field: String,
    /// As TOML, in the lock; `None` where it has none.
    pub old: Option<String>,
    /// As TOML, now; `None` where there is none.
    pub new: Option<String>,
}

/// Sorted by name, then section.
pub(super) fn between(lock: &Lines, now: &Lines) -> Vec<Difference> {
    let keys: BTreeSet<&(Section, String)> = lock.keys().chain(now.keys()).collect();
    let mut differences: Vec<Difference> = keys
        .into_iter()
        .filter_map(|key| {
            let change = match (lock.get(key), now.get(key)) {
                (None, None) => return None,
                (None, Some(new)) => Change::Added(new.write()),
                (Some(old), None) => Change::Removed(old.write()),
                (Some(old), Some(new)) => Change::Changed(changes(old, new)),
            };
            let (section, name) = key.clone();
            // A library's version is the library's.
            let library = section.library().filter(|_| section.is_version(&name)).map(str::to_owned);
            let name = library.unwrap_or(name);
            Some(Difference { name, section: section.header(), change })
        })
        .filter(|difference| difference.change != Change::Changed(Vec::new()))
        .collect();
    differences.sort_by(|one, two| (&one.name, &one.section).cmp(&(&two.name, &two.section)));
    differences
}

fn changes(old: &Line, new: &Line) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut compare = |field: String, old: Option<&Value>, new: Option<&Value>| {
        let (old, new) = (old.map(value::write), new.map(value::write));
        if old != new {
            changes.push(FieldChange { field, old, new });
        }
    };
    for key in keys(&old.0, &new.0) {
        match (key, old.get(key), new.get(key)) {
            ("set", old, new) => {
                let (old, new) = (pairs(old), pairs(new));
                for file in keys(old, new) {
                    compare(format!("set in {file}"), find(old, file), find(new, file));
                }
            }
            ("effective", _, _) => compare(key.to_owned(), old.effective(), new.effective()),
            (_, old, new) => compare(key.to_owned(), old, new),
        }
    }
    changes
}

fn keys<'k>(old: &'k [(String, Value)], new: &'k [(String, Value)]) -> Vec<&'k str> {
    let mut keys: Vec<&str> = Vec::new();
    for (key, _) in old.iter().chain(new) {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    keys
}

fn pairs(value: Option<&Value>) -> &[(String, Value)] {
    match value {
        Some(Value::Map(pairs)) => pairs,
        Some(Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) | Value::List(_))
        | None => &[],
    }
}

fn find<'v>(pairs: &'v [(String, Value)], key: &str) -> Option<&'v Value> {
    pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// One line: `` `SHOP_PORT` changed: effective 8000 → 8001 ``.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.change {
            Change::Added(line) => write!(f, "`{name}` is new: {line}"),
            Change::Removed(line) => write!(f, "`{name}` is gone: {line}"),
            Change::Changed(fields) => {
                let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
                write!(f, "`{name}` changed: {}", fields.join(", "))
            }
        }
    }
}

/// `effective 8000 → 8001`
impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "(none)".to_owned());
        write!(f, "{} {} → {}", self.field, side(&self.old), side(&self.new))
    }
}
