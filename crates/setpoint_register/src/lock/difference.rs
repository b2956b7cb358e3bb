use super::line::Line;
use super::renames;
use super::state::{Origin, State};
use super::{Key, section::Section};
use crate::value;
use setpoint_model::{Place, Value};
use std::collections::BTreeSet;
use std::fmt;

/// One default on which a lock and a snapshot disagree, or two states.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The default's name; the new one where it was renamed.
    pub name: String,
    /// The table of the lock that it stands in: how it is declared, in the words of the model, or
    /// `installed.LIBRARY` for a library's own default.
    pub section: String,
    /// What changed.
    pub change: Change,
    /// Either state says that it is a secret, so that its values are only `"set"` or `"unset"`.
    pub secret: bool,
    /// Where it was declared, else set; `None` where the old state is a lock.
    pub old_place: Option<Place>,
    /// Where it is declared now, else set.
    pub new_place: Option<Place>,
}

/// How a default changed since the old state.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The old state does not have it.
    Added(Line),
    /// Only the old state has it.
    Removed(Line),
    /// Both have it, under two names.
    Renamed {
        /// The old name.
        from: String,
        /// What else changed.
        fields: Vec<FieldChange>,
    },
    /// Both have it.
    Changed(Vec<FieldChange>),
}

/// One thing about a default that changed.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// `type`, `required`, `secret`, `value`, `effective`, `version`, or `set in FILE`.
    pub field: String,
    /// In the old state; `None` where it has none.
    pub old: Option<Side>,
    /// In the new one; `None` where there is none.
    pub new: Option<Side>,
}

/// What one state says, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// In the form of the lock: `{ dynamic = "…" }` for what is known when the code runs, `{ unset = true }` for
    /// nothing, `"set"` or `"unset"` for a secret.
    pub value: Value,
    /// `None` where the state is a lock.
    pub place: Option<Place>,
}

impl Side {
    /// As TOML on one line, as the lock has it.
    pub fn write(&self) -> String {
        value::write(&self.value)
    }
}

/// Sorted by name, then section.
pub(super) fn between(old: &State, new: &State) -> Vec<Difference> {
    let renamed = renames::between(old, new);
    let old_names: BTreeSet<&Key> = renamed.values().collect();
    let keys: BTreeSet<&Key> = old.lines.keys().chain(new.lines.keys()).collect();
    let mut differences: Vec<Difference> = keys
        .into_iter()
        .filter(|key| !old_names.contains(key))
        .filter_map(|key| {
            let old_key = renamed.get(key).unwrap_or(key);
            let origins = (old.origins.get(old_key), new.origins.get(key));
            let lines = [old.lines.get(old_key), new.lines.get(key)];
            let secret = lines.into_iter().flatten().any(Line::is_secret);
            let change = match lines.into() {
                (None, None) => return None,
                (None, Some(new)) => Change::Added(new.clone()),
                (Some(old), None) => Change::Removed(old.clone()),
                (Some(old), Some(new)) if old_key == key => {
                    Change::Changed(changes((old, origins.0), (new, origins.1)))
                }
                (Some(old), Some(new)) => {
                    Change::Renamed { from: old_key.1.clone(), fields: changes((old, origins.0), (new, origins.1)) }
                }
            };
            let (section, name) = key.clone();
            // A library's version is the library's.
            let library = section.library().filter(|_| section.is_version(&name)).map(str::to_owned);
            let [old_place, new_place] = [origins.0, origins.1].map(|origin| origin.and_then(Origin::place).cloned());
            let name = library.unwrap_or(name);
            Some(Difference { name, section: Section::header(&section), change, secret, old_place, new_place })
        })
        .filter(|difference| difference.change != Change::Changed(Vec::new()))
        .collect();
    differences.sort_by(|one, two| (&one.name, &one.section).cmp(&(&two.name, &two.section)));
    differences
}

fn changes(old: (&Line, Option<&Origin>), new: (&Line, Option<&Origin>)) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut compare = |field: String, places: [Option<&Place>; 2], values: [Option<&Value>; 2]| {
        let [old, new] = values;
        // What the lock writes the same is the same.
        if old.map(value::write) != new.map(value::write) {
            let [was, is] = places.map(Option::<&Place>::cloned);
            let side = |value: Option<&Value>, place| value.map(|value| Side { value: value.clone(), place });
            changes.push(FieldChange { field, old: side(old, was), new: side(new, is) });
        }
    };
    let declared = [old.1, new.1].map(|origin| origin.and_then(|origin| origin.declared.as_ref()));
    let (old_line, new_line) = (old.0, new.0);
    for key in keys(&old_line.0, &new_line.0) {
        match (key, old_line.get(key), new_line.get(key)) {
            ("set", was, is) => {
                let (was, is) = (pairs(was), pairs(is));
                for file in keys(was, is) {
                    let places = [old.1, new.1].map(|origin| origin.and_then(|origin| origin.set.get(file)));
                    compare(format!("set in {file}"), places, [find(was, file), find(is, file)]);
                }
            }
            // What is effective stands where the values that changed do.
            ("effective", _, _) => compare(key.to_owned(), [None, None], [old_line.effective(), new_line.effective()]),
            (_, was, is) => compare(key.to_owned(), declared, [was, is]),
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
            Change::Added(line) => write!(f, "`{name}` is new: {}", line.write()),
            Change::Removed(line) => write!(f, "`{name}` is gone: {}", line.write()),
            Change::Renamed { from, fields } if fields.is_empty() => write!(f, "`{name}` was `{from}`"),
            Change::Renamed { from, fields } => write!(f, "`{name}` was `{from}`, and changed: {}", listed(fields)),
            Change::Changed(fields) => write!(f, "`{name}` changed: {}", listed(fields)),
        }
    }
}

fn listed(fields: &[FieldChange]) -> String {
    fields.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// `effective 8000 → 8001`
impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<Side>| side.as_ref().map_or_else(|| "(none)".to_owned(), Side::write);
        write!(f, "{} {} → {}", self.field, side(&self.old), side(&self.new))
    }
}
