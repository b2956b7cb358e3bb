//! A settings class as it was read beside the same class as the interpreter has it.

use super::answers::{Class, Field};
use super::{Scrub, open};
use crate::redact::Nature;
use crate::settings_class::{SettingsClass, SettingsField};
use crate::{Clear, Declaration};
use serde::Serialize;
use setpoint_model::{Held, Place, Value, Written, is_secret_name};

/// Something in which the two differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field, as the class names it.
    pub field: String,
    /// In what.
    pub aspect: Aspect,
    /// What was read; `***` for a secret.
    pub read: String,
    /// What the interpreter has.
    pub ran: String,
    /// Where the field stands; the class where it was not read.
    #[serde(flatten)]
    pub place: Place,
}

/// What is compared of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// That there is one.
    Field,
    /// The variables that set it, in their order.
    Names,
    /// Whether their case counts.
    Case,
    /// The type.
    Type,
    /// Whether it must be set.
    Required,
    /// The default.
    Default,
}

/// What came out for a class.
#[derive(Default)]
pub(super) struct Compared {
    pub(super) fields: usize,
    pub(super) agreed: usize,
    pub(super) dynamic: usize,
    pub(super) differences: Vec<Difference>,
}

pub(super) fn compare(read: &SettingsClass, ran: &Class, scrub: &mut Scrub<'_>) -> Compared {
    let mut compared = Compared::default();
    let differ = |compared: &mut Compared, found: Vec<Difference>| {
        compared.fields += 1;
        compared.agreed += usize::from(found.is_empty());
        compared.differences.extend(found);
    };
    for field in &read.fields {
        let Some(other) = ran.fields.iter().find(|other| other.name == field.name) else {
            differ(&mut compared, vec![alone(&field.name, &field.declaration.place, Side::Read)]);
            continue;
        };
        let pair = Pair { read: field, ran: other, ignores_case: ran.ignores_case };
        compared.dynamic += usize::from(pair.is_dynamic());
        let found = pair.differences(scrub);
        differ(&mut compared, found);
    }
    for other in &ran.fields {
        if !read.fields.iter().any(|field| field.name == other.name) {
            differ(&mut compared, vec![alone(&other.name, &read.place, Side::Ran)]);
        }
    }
    compared.differences.sort_by(|one, two| (&one.place, &one.field).cmp(&(&two.place, &two.field)));
    compared
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Read,
    Ran,
}

/// A field that one of the two has alone.
fn alone(name: &str, place: &Place, side: Side) -> Difference {
    let [there, not_there] = ["a field", "no field"].map(str::to_owned);
    let (read, ran) = if side == Side::Read { (there, not_there) } else { (not_there, there) };
    Difference { field: name.to_owned(), aspect: Aspect::Field, read, ran, place: place.clone() }
}

/// A field of both.
struct Pair<'a> {
    read: &'a SettingsField,
    ran: &'a Field,
    ignores_case: bool,
}

impl Pair<'_> {
    fn declared(&self) -> &Declaration {
        &self.read.declaration
    }

    /// True if one of the two does not know the default, so that it is not compared.
    fn is_dynamic(&self) -> bool {
        let required = self.ran.required || self.declared().required;
        !required && (self.declared().value == Clear::Dynamic || self.ran.default.constant.is_none())
    }

    fn differences(&self, scrub: &mut Scrub<'_>) -> Vec<Difference> {
        let declared = self.declared();
        let mut found = Vec::new();
        let mut differ = |aspect, read: String, ran: String| {
            let (field, place) = (self.read.name.clone(), declared.place.clone());
            found.push(Difference { field, aspect, read, ran, place });
        };
        let [read, ran] = [&declared.variables, &self.ran.names].map(|names| self.cased(names));
        if read != ran {
            differ(Aspect::Names, scrub.sentence(&read.join(", ")), scrub.sentence(&ran.join(", ")));
        }
        if declared.ignores_case != self.ignores_case {
            let words = |ignored: bool| if ignored { "is ignored" } else { "counts" }.to_owned();
            differ(Aspect::Case, words(declared.ignores_case), words(self.ignores_case));
        }
        if self.ran.agrees == Some(false) {
            let read = declared.type_name.as_deref().unwrap_or_default();
            differ(Aspect::Type, scrub.sentence(read), scrub.sentence(&self.ran.type_name));
        }
        if declared.required != self.ran.required {
            let words = |required: bool| if required { "required" } else { "not required" }.to_owned();
            differ(Aspect::Required, words(declared.required), words(self.ran.required));
        } else if let Some((read, ran)) = self.other_default(scrub) {
            differ(Aspect::Default, read, ran);
        }
        found
    }

    fn cased(&self, names: &[String]) -> Vec<String> {
        let cased = |name: &String| if self.ignores_case { name.to_uppercase() } else { name.clone() };
        names.iter().map(cased).collect()
    }

    /// The defaults as they may be shown, if they differ.
    fn other_default(&self, scrub: &mut Scrub<'_>) -> Option<(String, String)> {
        let declared = self.declared();
        let said = &self.ran.default;
        let ran = Value::from(said.constant.clone()?);
        let read = match &declared.value {
            Clear::Constant(read) => read.reveal().clone(),
            Clear::Nothing => Value::Null,
            Clear::Dynamic => return None,
        };
        let is_same = if said.unordered { same(&sorted(&read), &sorted(&ran)) } else { same(&read, &ran) };
        if is_same || said.before_validation {
            return None;
        }
        let names = declared.variables.iter().chain([&self.read.name]);
        let is_secret = declared.secret || names.into_iter().any(|name| is_secret_name(name));
        let nature = if is_secret { Nature::Secret } else { Nature::Unknown };
        let mut show = |value: Value| {
            let json = value.to_json();
            let shown = scrub.redactor.show(&Clear::from(value), &open(json), nature, Written::Code).held;
            match scrub.scrubber.hide(&shown).unwrap_or(shown) {
                Held::Constant(value) => value.to_json(),
                Held::Secret(_) | Held::Dynamic | Held::Nothing => crate::redact::HIDDEN.to_owned(),
            }
        };
        Some((show(read), show(ran)))
    }
}

/// True if Python holds the two for equal and they are of one kind; `5` is a float's default as well as `5.0`.
fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::List(one), Value::List(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Map(one), Value::Map(two)) => {
            let find = |name: &String| two.iter().find(|(other, _)| other == name);
            one.len() == two.len()
                && one.iter().all(|(name, item)| find(name).is_some_and(|(_, other)| same(item, other)))
        }
        // What JSON has no number for is written as text by both.
        (one, two) => one == two || one.to_json() == two.to_json() || numbers(one, two),
    }
}

fn numbers(one: &Value, two: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::Integer(_) | Value::Float(_) => value.to_string().parse::<f64>().ok(),
        Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
    };
    number(one).is_some_and(|one| number(two).is_some_and(|two| one.total_cmp(&two).is_eq()))
}

/// The items of a set in an order of their own.
fn sorted(value: &Value) -> Value {
    match value {
        Value::List(items) => {
            let mut items = items.clone();
            items.sort_by_cached_key(Value::to_json);
            items.dedup();
            Value::List(items)
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) | Value::Map(_) => {
            value.clone()
        }
    }
}
