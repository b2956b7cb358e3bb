use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Pattern, Text};
use setpoint_model::register::Service;

impl Entry for Service {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let name = fields.required("name", Text);
        let owner = fields.optional("owner", Text);
        let code = fields.optional("code", Pattern::PATH);
        Some(Service { name: name?, owner, code, place: fields.place() })
    }
}
