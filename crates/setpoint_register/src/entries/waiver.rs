use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Day, Text};
use setpoint_model::register::Waiver;

impl Entry for Waiver {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let where_ = fields.optional("where", Text);
        let reason = fields.required("reason", Text);
        let owner = fields.optional("owner", Text);
        let until = fields.required("until", Day);
        Some(Waiver { name: fields.name(), where_, reason: reason?, owner, until: until?, place: fields.place() })
    }
}
