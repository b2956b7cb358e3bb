use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt;

/// A constant that a place gives to a default, in the shape that JSON has.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`, an absent default.
    Null,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number of any size that a configuration uses.
    Integer(i128),
    /// A floating-point number; infinities are written as text, since JSON has none.
    Float(f64),
    /// Text.
    Text(String),
    /// A list, tuple or set, in order.
    List(Vec<Value>),
    /// A mapping in the order in which it was written.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// The text if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// True for what is no secret even under a secret's name: nothing, an empty text, a small number, a switch.
    pub fn is_harmless(&self) -> bool {
        match self {
            Value::Null | Value::Bool(_) => true,
            // A password of digits alone is read as a number.
            Value::Integer(number) => number.abs() < 1000,
            Value::Float(number) => number.abs() < 1000.0,
            Value::Text(text) => {
                let text = text.trim();
                let is_small_number = text.len() < 4 && text.bytes().all(|digit| digit.is_ascii_digit());
                is_small_number || switch_of(text).is_some() || is_nothing(text)
            }
            Value::List(items) => items.iter().all(Value::is_harmless),
            Value::Map(pairs) => pairs.iter().all(|(_, item)| item.is_harmless()),
        }
    }

    /// The value of a JSON text.
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str::<serde_json::Value>(text).ok().map(Self::from)
    }

    /// The value as a JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What a word says that switches something on or off, whatever its case; `None` for every other text.
pub(crate) fn switch_of(text: &str) -> Option<bool> {
    const ON: [&str; 7] = ["true", "yes", "on", "1", "t", "y", "enabled"];
    const OFF: [&str; 7] = ["false", "no", "off", "0", "f", "n", "disabled"];
    let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    is_one_of(&ON).then_some(true).or_else(|| is_one_of(&OFF).then_some(false))
}

fn is_nothing(text: &str) -> bool {
    ["", "none", "null"].iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Text without quotes, everything else as JSON: the form for tables and sentences.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::List(_) | Value::Map(_) => {
                f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Integer(value) => match i64::try_from(*value) {
                Ok(small) => serializer.serialize_i64(small),
                Err(_) => serializer.serialize_str(&value.to_string()),
            },
            Value::Float(value) if value.is_finite() => serializer.serialize_f64(*value),
            Value::Float(value) => serializer.serialize_str(&value.to_string()),
            Value::Text(value) => serializer.serialize_str(value),
            Value::List(items) => serializer.collect_seq(items),
            Value::Map(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                for (key, value) in pairs {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match value {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => match (number.as_i128(), number.as_f64()) {
                (Some(whole), _) => Value::Integer(whole),
                (None, Some(float)) => Value::Float(float),
                (None, None) => Value::Text(number.to_string()),
            },
            Json::String(text) => Value::Text(text),
            Json::Array(items) => Value::List(items.into_iter().map(Value::from).collect()),
            Json::Object(pairs) => Value::Map(pairs.into_iter().map(|(key, item)| (key, item.into())).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn infinity_is_written_as_text() {
        assert_eq!(serde_json::to_string(&Value::Float(f64::INFINITY)).unwrap(), "\"inf\"");
    }
}
