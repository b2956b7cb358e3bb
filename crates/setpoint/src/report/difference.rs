//! Which defaults changed between two states: for people, for programs, for a changelog.

use crate::command_error::CommandError;
use crate::report::columns::{cut, wrapped};
use crate::report::defaults::counted;
use crate::report::json_text;
use crate::terminal::{FAINT, STRONG, Ui, styled, visible};
use serde::Serialize;
use setpoint_model::{Place, Value};
use setpoint_register::lock::{Change, Comparison, Difference, FieldChange, Line, Side};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A value longer than this is cut for people.
const LONGEST_VALUE: usize = 60;

/// What is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report<'a> {
    /// The old state as the person named it.
    pub(crate) old: &'a str,
    /// The new one.
    pub(crate) new: &'a str,
    /// How many defaults each has.
    pub(crate) counts: [usize; 2],
    /// The difference.
    pub(crate) comparison: &'a Comparison,
}

/// What became of a default; in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Changed,
    Renamed,
    Removed,
    Added,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Changed, Kind::Renamed, Kind::Removed, Kind::Added];

    fn of(change: &Change) -> Self {
        match change {
            Change::Changed(_) => Kind::Changed,
            Change::Renamed { .. } => Kind::Renamed,
            Change::Removed(_) => Kind::Removed,
            Change::Added(_) => Kind::Added,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Changed => "changed",
            Kind::Renamed => "renamed",
            Kind::Removed => "removed",
            Kind::Added => "added",
        }
    }
}

impl<'a> Report<'a> {
    fn of_kind(&self, kind: Kind) -> Vec<&'a Difference> {
        self.comparison.differences.iter().filter(|difference| Kind::of(&difference.change) == kind).collect()
    }

    /// `3 changed, 1 renamed, 0 removed, 2 added`
    fn summary(&self) -> String {
        let counts = Kind::ALL.map(|kind| format!("{} {}", self.of_kind(kind).len(), kind.word()));
        counts.join(", ")
    }
}

/// For people: the counts, then one paragraph for each default.
pub(crate) fn text(ui: &Ui<'_>, report: &Report<'_>) -> String {
    let (old, new) = (visible(report.old), visible(report.new));
    let [before, after] = report.counts;
    let mut text =
        format!("{}: {} → {after}\n", styled(STRONG, format_args!("{old} → {new}")), counted(before, "default"));
    let _ = writeln!(text, "{}", report.summary());
    for kind in Kind::ALL {
        let differences = report.of_kind(kind);
        if differences.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{}", styled(STRONG, kind.word()));
        for difference in differences {
            let sentence = sentence(difference, &|value| cut(&visible(&shown(value)), LONGEST_VALUE));
            let line = format!("  {}  {sentence}", visible(&named(difference)));
            let line = line.trim_end();
            let _ = writeln!(text, "{}", wrapped(line, ui.width, 6));
            let place = [visible(&difference.section), visible(&places(difference))];
            let place = place.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
            let _ = writeln!(text, "      {}", styled(FAINT, place));
        }
    }
    text
}

/// For a changelog.
pub(crate) fn markdown(report: &Report<'_>) -> String {
    let code = |text: &str| code(&visible(text));
    let mut text = format!("### Defaults from {} to {}\n", code(report.old), code(report.new));
    if report.comparison.differences.is_empty() {
        text.push_str("\nNo default changed.\n");
    }
    for kind in Kind::ALL {
        let differences = report.of_kind(kind);
        if differences.is_empty() {
            continue;
        }
        let word = kind.word();
        let _ = writeln!(text, "\n#### {}{}\n", word[..1].to_uppercase(), &word[1..]);
        for difference in differences {
            let name = match &difference.change {
                Change::Renamed { from, .. } => format!("{} → {}", code(from), code(&difference.name)),
                Change::Added(_) | Change::Removed(_) | Change::Changed(_) => code(&difference.name),
            };
            let sentence = sentence(difference, &|value| code(&shown(value)));
            let place = places(difference);
            let place = if place.is_empty() { place } else { format!(" ({})", code(&place)) };
            let sentence = if sentence.is_empty() { sentence } else { format!(": {sentence}") };
            let _ = writeln!(text, "- {name}{sentence}{place}");
        }
    }
    text
}

/// The text as code that holds backticks, too (`CommonMark`, "Code spans").
fn code(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

fn named(difference: &Difference) -> String {
    match &difference.change {
        Change::Renamed { from, .. } => format!("{from} → {}", difference.name),
        Change::Added(_) | Change::Removed(_) | Change::Changed(_) => difference.name.clone(),
    }
}

/// What changed, or what is there or was.
fn sentence(difference: &Difference, show: &dyn Fn(&Value) -> String) -> String {
    match &difference.change {
        Change::Added(line) | Change::Removed(line) => described(line, show),
        Change::Changed(fields) | Change::Renamed { fields, .. } => {
            // A secret's values are words, and no texts of anybody's file.
            let show = if difference.secret { &Value::to_string } else { show };
            let secret = difference.secret.then(|| "(secret)".to_owned());
            let fields = fields.iter().map(|field| changed(field, show)).collect::<Vec<_>>().join(", ");
            secret.into_iter().chain((!fields.is_empty()).then_some(fields)).collect::<Vec<_>>().join(" ")
        }
    }
}

fn described(line: &Line, show: &dyn Fn(&Value) -> String) -> String {
    let mut parts = Vec::new();
    if line.is_secret() {
        parts.push("(secret)".to_owned());
    }
    parts.extend(line.get("version").map(Value::to_string));
    parts.extend(line.effective().map(show));
    parts.extend(line.get("type").map(ToString::to_string));
    if line.get("required").is_some() {
        parts.push("required".to_owned());
    }
    parts.join(", ")
}

fn changed(change: &FieldChange, show: &dyn Fn(&Value) -> String) -> String {
    let [old, new] = [&change.old, &change.new];
    let arrow = |what: &str, show: &dyn Fn(&Value) -> String| {
        let side = |side: &Option<Side>| side.as_ref().map_or_else(|| "(none)".to_owned(), |side| show(&side.value));
        format!("{what}{} → {}", side(old), side(new))
    };
    match (change.field.as_str(), new) {
        ("version", _) => arrow("", &Value::to_string),
        ("type", _) => arrow("type ", &Value::to_string),
        ("value", _) => arrow("", show),
        ("required", Some(_)) => "is required now".to_owned(),
        ("required", None) => "is no longer required".to_owned(),
        ("secret", Some(_)) => "is a secret now".to_owned(),
        ("secret", None) => "is no longer a secret".to_owned(),
        (field, _) => arrow(&format!("{field} "), show),
    }
}

/// The value as its source might have it.
fn shown(value: &Value) -> String {
    match value {
        Value::Map(pairs) => match pairs.as_slice() {
            [(key, Value::Text(source))] if key == "dynamic" => source.clone(),
            [(key, Value::Bool(true))] if key == "unset" => "(none)".to_owned(),
            _ => value.to_string(),
        },
        Value::Text(_) => value.to_json(),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::List(_) => value.to_string(),
    }
}

/// `shop/settings.py:3 → shop/settings.py:4`, or the one place where both are the same or one is known.
fn places(difference: &Difference) -> String {
    // What was set in a file stands there, and not where it is declared.
    let fields: &[FieldChange] = match &difference.change {
        Change::Changed(fields) | Change::Renamed { fields, .. } => fields,
        Change::Added(_) | Change::Removed(_) => &[],
    };
    let of_field = |side: &dyn Fn(&FieldChange) -> Option<Place>| fields.iter().find_map(side);
    let old = of_field(&|field| field.old.as_ref()?.place.clone()).or_else(|| difference.old_place.clone());
    let new = of_field(&|field| field.new.as_ref()?.place.clone()).or_else(|| difference.new_place.clone());
    let mut places: Vec<String> = [old, new].iter().flatten().map(Place::in_brief).collect();
    places.dedup();
    places.join(" → ")
}

/// For programs: values as the lock has them.
pub(crate) fn json(report: &Report<'_>) -> Result<String, CommandError> {
    let counts = Kind::ALL.map(|kind| (kind.word(), report.of_kind(kind).len())).into_iter().collect();
    json_text(&Json {
        version: 1,
        old: report.old,
        new: report.new,
        counts,
        differences: report.comparison.differences.iter().map(JsonDifference::of).collect(),
        not_compared: &report.comparison.not_compared,
    })
}

#[derive(Debug, Serialize)]
struct Json<'a> {
    version: u32,
    old: &'a str,
    new: &'a str,
    counts: BTreeMap<&'a str, usize>,
    differences: Vec<JsonDifference<'a>>,
    not_compared: &'a [String],
}

#[derive(Debug, Serialize)]
struct JsonDifference<'a> {
    name: &'a str,
    /// How it is declared: the lock's section.
    section: &'a str,
    change: Kind,
    /// The old name, where it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    secret: bool,
    old_place: Option<&'a Place>,
    new_place: Option<&'a Place>,
    /// What is there or was, where only one state has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<BTreeMap<&'a str, &'a Value>>,
    /// What changed, where both have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<JsonField<'a>>>,
}

#[derive(Debug, Serialize)]
struct JsonField<'a> {
    field: &'a str,
    old: Option<JsonSide<'a>>,
    new: Option<JsonSide<'a>>,
}

#[derive(Debug, Serialize)]
struct JsonSide<'a> {
    value: &'a Value,
    place: Option<&'a Place>,
}

impl<'a> JsonDifference<'a> {
    fn of(difference: &'a Difference) -> Self {
        let (line, fields, from) = match &difference.change {
            Change::Added(line) | Change::Removed(line) => (Some(line), None, None),
            Change::Renamed { from, fields } => (None, Some(fields), Some(from.as_str())),
            Change::Changed(fields) => (None, Some(fields), None),
        };
        Self {
            name: &difference.name,
            section: &difference.section,
            change: Kind::of(&difference.change),
            from,
            secret: difference.secret,
            old_place: difference.old_place.as_ref(),
            new_place: difference.new_place.as_ref(),
            line: line.map(|line| line.fields().iter().map(|(key, value)| (key.as_str(), value)).collect()),
            fields: fields.map(|fields| fields.iter().map(JsonField::of).collect()),
        }
    }
}

impl<'a> JsonField<'a> {
    fn of(change: &'a FieldChange) -> Self {
        let side = |side: &'a Option<Side>| {
            side.as_ref().map(|side| JsonSide { value: &side.value, place: side.place.as_ref() })
        };
        Self { field: &change.field, old: side(&change.old), new: side(&change.new) }
    }
}
