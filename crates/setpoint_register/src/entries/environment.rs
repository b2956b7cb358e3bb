use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Anything, Pairs, Pattern, Reference};
use setpoint_model::holds_secret;
use setpoint_model::register::Environment;

impl Entry for Environment {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let environment = Environment {
            name: fields.name(),
            units: fields.list("units", Pattern::UNIT),
            url: fields.optional("url", Pattern::URL),
            logs: fields.list("logs", Pattern::LOG),
            copy_from: fields.optional("copy_from", Reference::Environment),
            overrides: fields.optional("override", Pairs(Anything)).unwrap_or_default(),
            place: fields.place(),
        };
        let (secret, overrides): (Vec<_>, Vec<_>) =
            environment.overrides.into_iter().partition(|(name, value)| holds_secret(name, value));
        for (name, _) in secret {
            let what = format!("the override of `{name}` holds a secret in clear");
            fields.senseless("override", what, "a secret to stay out of the register, which is committed");
        }
        Some(Environment { overrides, ..environment })
    }
}
