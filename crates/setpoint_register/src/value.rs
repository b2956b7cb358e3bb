//! Values between TOML and the model. What is written is one line, whatever the text, so that a difference of
//! two files is a difference of lines.

use setpoint_model::Value;
use std::fmt::Write as _;
use toml::de::DeValue;

/// What the file holds. Dates and times become text; a whole number too large for the model becomes text, too.
pub(crate) fn read(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::Text(number.to_string()), Value::Integer),
        DeValue::Float(number) => {
            number.as_str().parse().map_or_else(|_| Value::Text(number.to_string()), Value::Float)
        }
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(moment) => Value::Text(moment.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(|item| read(item.get_ref())).collect()),
        DeValue::Table(table) => {
            let mut pairs: Vec<_> = table.iter().collect();
            pairs.sort_by_key(|(key, _)| key.span().start);
            let pairs = pairs.into_iter().map(|(key, item)| (key.get_ref().to_string(), read(item.get_ref())));
            let pairs: Vec<(String, Value)> = pairs.collect();
            if pairs == [null()] { Value::Null } else { Value::Map(pairs) }
        }
    }
}

/// TOML has no null, which is a table that no setting looks like.
fn null() -> (String, Value) {
    ("null".to_owned(), Value::Bool(true))
}

/// The value as TOML on one line.
pub(crate) fn write(value: &Value) -> String {
    match value {
        Value::Null => write(&Value::Map(vec![null()])),
        Value::Bool(flag) => flag.to_string(),
        // TOML promises 64 bits and no more.
        Value::Integer(number) => {
            i64::try_from(*number).map_or_else(|_| text(&number.to_string()), |small| small.to_string())
        }
        Value::Float(number) if number.is_nan() => "nan".to_owned(),
        Value::Float(number) => format!("{number:?}"),
        Value::Text(letters) => text(letters),
        Value::List(items) => format!("[{}]", items.iter().map(write).collect::<Vec<_>>().join(", ")),
        Value::Map(pairs) => table(pairs.iter().map(|(name, item)| (name.as_str(), write(item)))),
    }
}

/// An inline table of values that are TOML already.
pub(crate) fn table<'n>(pairs: impl IntoIterator<Item = (&'n str, String)>) -> String {
    let pairs: Vec<String> = pairs.into_iter().map(|(name, item)| format!("{} = {item}", key(name))).collect();
    if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
}

/// A key, quoted only where TOML wants it.
pub(crate) fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if bare { name.to_owned() } else { text(name) }
}

/// A basic string.
pub(crate) fn text(letters: &str) -> String {
    let mut written = String::with_capacity(letters.len() + 2);
    written.push('"');
    for letter in letters.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(written, "\\u{:04X}", u32::from(control));
            }
            plain => written.push(plain),
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use proptest::prelude::*;
    use setpoint_model::Value;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(|number| Value::Integer(number.into())),
            any::<f64>().prop_filter("nan equals nothing", |number| !number.is_nan()).prop_map(Value::Float),
            any::<String>().prop_map(Value::Text),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|pairs| Value::Map(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_one_line_and_read_as_the_same(value in any_value()) {
            let line = write(&value);
            prop_assert!(!line.contains('\n'));
            let back = toml::de::DeValue::parse(&line).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(read(back.get_ref()), value);
        }
    }
}
