use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Anything, Pairs};
use setpoint_model::holds_secret;
use setpoint_model::register::DefaultEntry;

impl Entry for DefaultEntry {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let name = fields.name();
        let mut value = fields.optional("value", Anything);
        if value.as_ref().is_some_and(|value| holds_secret(&name, value)) {
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
            per_process.into_iter().partition(|(_, value)| holds_secret(&name, value));
        for (process, _) in secret {
            let what = format!("`{name}` holds a secret in clear for `{process}`");
            fields.senseless("per_process", what, "no value: of a secret, only the meaning belongs in the register");
        }
        Some(DefaultEntry { name, value, per_process, documentation: fields.documentation(), place: fields.place() })
    }
}
