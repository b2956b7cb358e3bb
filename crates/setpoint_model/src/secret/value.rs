//! Tells whether a value, whatever its shape, holds a secret.

use super::{is_secret_name, is_secret_text, secret_of_option};
use crate::Value;

/// True if the value of that name holds a secret in clear: by the name, by its text, or by one of its items. What
/// stands in a mapping is judged by its own key, so that `{ password_min_length = 1200 }` is none under any name; the
/// items of a list have the list's name.
pub fn holds_secret(name: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Integer(_) | Value::Float(_) => is_secret_name(name) && !value.is_harmless(),
        Value::Text(text) => is_secret_text(text) || (is_secret_name(name) && !value.is_harmless()),
        Value::List(items) => {
            let follows = items.windows(2).any(|pair| match pair {
                [option, item] => {
                    option.as_text().is_some_and(|option| secret_of_option(option, &item.to_string()).is_some())
                }
                _ => false,
            });
            follows || items.iter().any(|item| holds_secret(name, item))
        }
        Value::Map(pairs) => pairs.iter().any(|(key, item)| holds_secret(key, item)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_judged_by_its_own_keys() {
        for (name, json) in [
            ("SHOP_API_KEY", r#""hunter2""#),
            ("SHOP_API_KEY", r#"["hunter2"]"#),
            ("SHOP_PASSWORD", "48151623"),
            ("SHOP_DATABASE", r#"{"NAME": "shop", "OPTIONS": {"PASSWORD": "hunter2"}}"#),
            ("SHOP_DATABASE", r#"["postgres://shop:hunter2@db/shop"]"#),
            ("SHOP_HEALTH", r#"["curl", "-u", "shop:hunter2"]"#),
            ("SHOP_HEALTH", r#""curl -u shop:hunter2""#),
        ] {
            assert!(holds_secret(name, &Value::from_json(json).unwrap()), "{name} = {json}");
        }
        for (name, json) in [
            ("SHOP_CREDENTIALS", r#"{"password_min_length": 1200, "host": "db.example"}"#),
            ("SHOP_PASSWORD", "true"),
            ("SHOP_PASSWORD", r#""""#),
            ("SHOP_HEALTH", r#"["curl", "-u", "shop:$PASSWORD", 5, []]"#),
        ] {
            assert!(!holds_secret(name, &Value::from_json(json).unwrap()), "{name} = {json}");
        }
    }
}
