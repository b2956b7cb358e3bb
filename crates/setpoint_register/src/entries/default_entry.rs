use super::Entry;
use crate::fields::Fields;
use crate::shapes::Anything;
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
        Some(DefaultEntry { name, value, documentation: fields.documentation(), place: fields.place() })
    }
}
