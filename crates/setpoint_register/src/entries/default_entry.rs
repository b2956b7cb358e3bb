use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Anything, Pairs};
use setpoint_model::register::DefaultEntry;
use setpoint_model::{Value, is_secret_name, is_secret_text};

impl Entry for DefaultEntry {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let name = fields.name();
        let mut value = fields.optional("value", Anything);
        if value.as_ref().is_some_and(|value| is_secret(&name, value)) {
            let what = format!("`{name}` holds a secret in clear");
            fields.senseless(
                "value",
                what,
                "no `value`: of a secret, only the meaning belongs in the register, which is committed",
            );
            value = None;
        }
        let per_process = fields.optional("per_process", Pairs(Anything)).unwrap_or_default();
        let (secret, per_process): (Vec<_>, Vec<_>) =
            per_process.into_iter().partition(|(_, value)| is_secret(&name, value));
        for (process, _) in secret {
            let what = format!("`{name}` holds a secret in clear for `{process}`");
            fields.senseless("per_process", what, "no value: of a secret, only the meaning belongs in the register");
        }
        Some(DefaultEntry { name, value, per_process, documentation: fields.documentation(), place: fields.place() })
    }
}

/// True if the value must not be in a file that is committed.
pub(crate) fn is_secret(name: &str, value: &Value) -> bool {
    match value {
        Value::Text(text) => is_secret_text(text) || (is_secret_name(name) && !value.is_harmless()),
        Value::List(items) => items.iter().any(|item| is_secret(name, item)),
        Value::Map(pairs) => pairs.iter().any(|(_, item)| is_secret(name, item)),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => false,
    }
}
