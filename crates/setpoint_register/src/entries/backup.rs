use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Pairs, Pattern, Reference, Text, Time};
use setpoint_model::register::{Backup, Retention};

impl Entry for Backup {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let repository = fields.required("repository", Text);
        let password_file = fields.optional("password_file", Pattern::PATH);
        let include = fields.list("include", Pattern::GLOB);
        let exclude = fields.list("exclude", Pattern::GLOB);
        let databases = fields.list("databases", Text);
        let keep = fields.optional("keep", Pairs(Time)).unwrap_or_default();
        keep.iter().for_each(|(environment, _)| fields.refer(Reference::Environment, environment, "keep"));
        fields.at_least_one_of(&["include", "databases"]);
        let documentation = fields.documentation();
        Some(Backup {
            repository: repository?,
            password_file,
            include,
            exclude,
            databases,
            keep: keep.into_iter().map(|(environment, age)| Retention { environment, age }).collect(),
            documentation,
            place: fields.place(),
        })
    }
}
