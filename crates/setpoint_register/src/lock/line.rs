use super::section::VERSION;
use crate::value;
use setpoint_model::{Held, Layer, NamedDefault, Origin, Reading, SiteProcesses, Value, hide_url_password};
use toml::de::DeValue;

/// What the lock says of one default: keys and values in the order in which they are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line(pub(super) Vec<(String, Value)>);

impl Line {
    /// `None` if nothing in the tree declares or sets the default.
    pub(super) fn of(default: &NamedDefault, root: &str, processes: &SiteProcesses<'_>) -> Option<Line> {
        let of_tree: Vec<Reading> = default.readings.iter().filter(|reading| is_of_tree(reading)).cloned().collect();
        let declared = default.layer == Layer::Code;
        let set: Vec<&Reading> = of_tree.iter().filter(|reading| reading.layer.is_deployment()).collect();
        if !declared && set.is_empty() {
            return None;
        }
        let shown = |held: &Held, text: &str| shown(held, text, default.secret, root);
        let text = of_tree.iter().find(|reading| reading.layer == Layer::Code).map_or("", |reading| &reading.text);
        let mut line = Line(Vec::new());
        line.say("type", default.type_name.as_deref().map(|name| Value::Text(portable(name, root))));
        line.say("required", default.required.then_some(Value::Bool(true)));
        line.say("secret", default.secret.then_some(Value::Bool(true)));
        line.say("value", (declared && default.value != Held::Nothing).then(|| shown(&default.value, text)));
        if !set.is_empty() {
            let shown = |reading: &Reading| shown(&reading.value, &reading.text);
            line.say("set", Some(Value::Map(places(&set, shown))));
            let effective = effective(&of_tree, processes, shown);
            // What one place alone sets is effective, and saying it twice would make each change look like two.
            if set.len() > 1 || line.effective() != Some(&effective) {
                line.say("effective", Some(effective));
            }
        }
        Some(line)
    }

    /// A library's own default; `None` if the library does not give it one.
    pub(super) fn of_library(default: &NamedDefault, root: &str) -> Option<Line> {
        let reading = default.readings.iter().find(|reading| reading.layer == Layer::Library)?;
        let value = shown(&reading.value, &reading.text, default.secret, root);
        Some(Line(vec![("value".to_owned(), value)]))
    }

    /// The version of a library.
    pub(super) fn of_version(version: Value) -> Line {
        Line(vec![(VERSION.to_owned(), version)])
    }

    fn say(&mut self, key: &str, value: Option<Value>) {
        self.0.extend(value.map(|value| (key.to_owned(), value)));
    }

    /// What a lock holds, whoever wrote it.
    pub(super) fn read(value: &DeValue<'_>) -> Line {
        match value::read(value) {
            Value::Map(pairs) => Line(pairs),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::List(_)) => Line(vec![("value".to_owned(), other)]),
        }
    }

    /// A value alone without the word for it; a mapping would be taken for more words.
    pub(super) fn write_short(&self) -> String {
        match self.0.as_slice() {
            [(key, value)] if matches!(key.as_str(), "value" | VERSION) && !matches!(value, Value::Map(_)) => {
                value::write(value)
            }
            _ => self.write(),
        }
    }

    pub(super) fn write(&self) -> String {
        value::table(self.0.iter().map(|(key, item)| (key.as_str(), value::write(item))))
    }

    /// What wins: said, or the one value that is set, or the declaration's own.
    pub(super) fn effective(&self) -> Option<&Value> {
        let only_set = match self.get("set") {
            Some(Value::Map(set)) if set.len() == 1 => set.first().map(|(_, value)| value),
            Some(_) | None => None,
        };
        self.get("effective").or(only_set).or_else(|| self.get("value"))
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// True for what every copy of the tree has. Files below the root are named relative to it, all others absolutely.
fn is_of_tree(reading: &Reading) -> bool {
    match reading.layer.origin() {
        Origin::File => reading.place.is_below_root(),
        Origin::Installation | Origin::Machine => false,
    }
}

/// The file of each reading with what it sets, weakest first; of two in one file the stronger one.
fn places(set: &[&Reading], shown: impl Fn(&Reading) -> Value) -> Vec<(String, Value)> {
    let mut places: Vec<(String, Value)> = Vec::new();
    for reading in set {
        let file = &reading.place.file;
        let name = match &reading.process {
            Some(process) if !file.ends_with(process.as_str()) => format!("{file} ({process})"),
            Some(_) | None => file.clone(),
        };
        places.retain(|(other, _)| *other != name);
        places.push((name, shown(reading)));
    }
    places
}

/// What wins among them: one value where all processes agree, else one for each process.
fn effective(readings: &[Reading], processes: &SiteProcesses<'_>, shown: impl Fn(&Reading) -> Value) -> Value {
    let winners = processes.winners(readings);
    let general = winners.general.map_or_else(unset, &shown);
    let mut each: Vec<(String, Value)> =
        winners.per_process.iter().map(|(process, reading)| ((*process).to_owned(), shown(reading))).collect();
    each.sort_by(|one, two| one.0.cmp(&two.0));
    // Secrets that differ are both only set.
    if each.iter().all(|(_, value)| *value == general) { general } else { Value::Map(each) }
}

fn shown(held: &Held, text: &str, secret: bool, root: &str) -> Value {
    match held {
        Held::Constant(value) if secret => set_or_unset(*value != Value::Null && *value != Value::from("")),
        Held::Constant(value) => portable_value(value, root),
        Held::Secret(_) => set_or_unset(true),
        Held::Nothing if secret => set_or_unset(false),
        Held::Dynamic if secret => set_or_unset(true),
        Held::Dynamic => {
            let source = text.split_whitespace().collect::<Vec<_>>().join(" ");
            Value::Map(vec![("dynamic".to_owned(), Value::Text(portable(&source, root)))])
        }
        Held::Nothing => unset(),
    }
}

fn unset() -> Value {
    Value::Map(vec![("unset".to_owned(), Value::Bool(true))])
}

fn set_or_unset(set: bool) -> Value {
    Value::from(if set { "set" } else { "unset" })
}

fn portable_value(value: &Value, root: &str) -> Value {
    match value {
        Value::Text(text) => Value::Text(portable(text, root)),
        Value::List(items) => Value::List(items.iter().map(|item| portable_value(item, root)).collect()),
        Value::Map(pairs) => {
            Value::Map(pairs.iter().map(|(name, item)| (portable(name, root), portable_value(item, root))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => value.clone(),
    }
}

/// The text without the root's own place and without a URL's password, which should not have come so far.
fn portable(text: &str, root: &str) -> String {
    let mut rest = text;
    let mut written = String::new();
    while root.len() > 1
        && let Some(at) = rest.find(root)
    {
        let (before, after) = (&rest[..at], &rest[at + root.len()..]);
        let whole_name = !after.starts_with(|letter: char| letter.is_alphanumeric() || "_-.".contains(letter));
        written.push_str(before);
        written.push_str(if whole_name { "{root}" } else { root });
        rest = after;
    }
    hide_url_password(&(written + rest))
}
