use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Named, Only};
use setpoint_model::register::Register;

impl Entry for Register {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        Some(Register {
            file: String::new(),
            service: fields.required("service", Only::new()),
            environments: fields.optional("environment", Named::new()).unwrap_or_default(),
            defaults: fields.optional("default", Named::new()).unwrap_or_default(),
            checks: fields.optional("check", Named::new()).unwrap_or_default(),
            unsound_checks: Vec::new(),
            caches: fields.optional("cache", Named::new()).unwrap_or_default(),
            jobs: fields.optional("job", Named::new()).unwrap_or_default(),
            release: fields.optional("release", Only::new()),
            backup: fields.optional("backup", Only::new()),
            waivers: fields.optional("waiver", Named::new()).unwrap_or_default(),
        })
    }
}
