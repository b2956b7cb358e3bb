//! Values in a JSON document, by their paths.

use crate::expect::quoted;
use serde_json::Value as Json;
use setpoint_model::{Failure, Reason, Value};

/// What is wrong with a document: `items[0].sku` names the `sku` of the first of the `items`, and `"a.b"` in quotes a key
/// that holds a dot. An empty path is the whole document.
pub(crate) fn json(document: &[u8], expected: &[(String, Value)]) -> Vec<Failure> {
    let document: Json = match serde_json::from_slice(document) {
        Ok(document) => document,
        Err(error) => {
            return vec![Failure::new(
                Reason::NotUnderstood,
                format!("the body is no JSON: {error}"),
                "a JSON document",
            )];
        }
    };
    expected.iter().filter_map(|(path, value)| one(&document, path, value)).collect()
}

/// More of a document is not proposed to be demanded.
const FEW: usize = 3;

/// The first flags and words that two documents, each an object, have in common.
pub(crate) fn stable(first: &[u8], second: &[u8]) -> Vec<(String, Value)> {
    let object = |document| match serde_json::from_slice(document) {
        Ok(Json::Object(members)) => members,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    let second = object(second);
    let is_plain = |text: &str| {
        let is_of_word = |letter: char| letter.is_alphabetic() || "_- ".contains(letter);
        !text.is_empty() && text.len() <= 30 && text.chars().all(is_of_word)
    };
    let is_stable = |(name, value): &(String, Json)| {
        let is_word = value.is_boolean() || value.as_str().is_some_and(is_plain);
        let is_named = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') && !name.is_empty();
        is_word && is_named && second.get(name) == Some(value)
    };
    let stable = object(first).into_iter().filter(is_stable).map(|(name, value)| (name, Value::from(value)));
    stable.filter(|(name, value)| !setpoint_model::holds_secret(name, value)).take(FEW).collect()
}

fn one(document: &Json, path: &str, expected: &Value) -> Option<Failure> {
    let Some(steps) = steps(path) else {
        let message = format!("`{path}` is no path into JSON");
        return Some(Failure::new(Reason::NotUnderstood, message, "a path such as `items[0].sku`"));
    };
    let mut found = document;
    for step in &steps {
        let next = match step {
            Step::Key(key) => found.get(key),
            Step::Index(index) => found.get(index),
        };
        let Some(next) = next else {
            let message = format!("the JSON has no `{path}`");
            return Some(Failure::new(Reason::Missing, message, format!("`{}`", expected.to_json())));
        };
        found = next;
    }
    (!is_same(found, expected)).then(|| {
        let message = format!("`{path}` in the JSON is `{}`", quoted(&found.to_string()));
        Failure::new(Reason::WrongValue, message, format!("`{}`", expected.to_json()))
    })
}

/// Numbers are the same where they are worth the same, however they are written.
fn is_same(found: &Json, expected: &Value) -> bool {
    match (found, expected) {
        (Json::Number(number), Value::Float(expected)) => number.as_f64() == Some(*expected),
        (Json::Number(number), Value::Integer(expected)) => match number.as_i128() {
            Some(whole) => whole == *expected,
            #[expect(clippy::cast_precision_loss, reason = "a float is no more exact than that")]
            None => number.as_f64() == Some(*expected as f64),
        },
        (Json::Array(found), Value::List(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| is_same(found, expected))
        }
        (Json::Object(found), Value::Map(expected)) => {
            found.len() == expected.len()
                && expected.iter().all(|(key, expected)| found.get(key).is_some_and(|found| is_same(found, expected)))
        }
        (found, expected) => Value::from(found.clone()) == *expected,
    }
}

enum Step {
    Key(String),
    Index(usize),
}

/// The steps of a path; `None` if it is none.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = after.split_once(']')?;
            steps.push(Step::Index(index.parse().ok()?));
            rest = after;
        } else {
            let named = if steps.is_empty() { rest } else { rest.strip_prefix('.')? };
            let (key, after) = match named.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => named.split_at(named.find(['.', '[']).unwrap_or(named.len())),
            };
            if key.is_empty() {
                return None;
            }
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::json;
    use insta::assert_snapshot;
    use setpoint_model::Value;

    fn check(document: &str, path: &str, expected: &str) -> String {
        let failures = json(document.as_bytes(), &[(path.to_owned(), Value::from_json(expected).unwrap())]);
        let told =
            failures.iter().map(|it| format!("{}: {}; expected {}", it.reason.as_str(), it.message, it.expected));
        told.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn paths_lead_to_values_that_are_compared_by_worth() {
        let document = r#"{"ok": true, "items": [{"sku": "a1", "price": 2.0}], "a.b": null, "whole": 3}"#;
        for (path, expected) in [
            ("ok", "true"),
            ("items[0].sku", "\"a1\""),
            ("items[0].price", "2"),
            ("whole", "3.0"),
            ("\"a.b\"", "null"),
            ("items", r#"[{"price": 2, "sku": "a1"}]"#),
        ] {
            assert_eq!(check(document, path, expected), "", "{path}");
        }
        assert_snapshot!(check(document, "ok", "\"true\""), @r#"wrong-value: `ok` in the JSON is `true`; expected `"true"`"#);
        assert_snapshot!(check(document, "items[1].sku", "1"), @"missing: the JSON has no `items[1].sku`; expected `1`");
        assert_snapshot!(check(document, "items[x]", "1"), @"not-understood: `items[x]` is no path into JSON; expected a path such as `items[0].sku`");
        assert_snapshot!(check("<html>", "ok", "1"), @"not-understood: the body is no JSON: expected value at line 1 column 1; expected a JSON document");
    }
}
