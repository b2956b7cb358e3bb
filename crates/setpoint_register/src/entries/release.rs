use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Reference, Text, Time};
use setpoint_model::register::{Documentation, Release};

impl Entry for Release {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let deploy = fields.required("deploy", Text);
        let rollback = fields.required("rollback", Text);
        let watch = fields.optional("watch", Time).unwrap_or(Release::WATCH);
        let staging = fields.optional("staging", Reference::Environment);
        let proof_lasts = fields.optional("proof_lasts", Time).unwrap_or(Release::PROOF_LASTS);
        // The key `rollback` is the command, which says better than any note how to get back.
        let documentation = Documentation {
            owner: fields.optional("owner", Text),
            why: fields.optional("why", Text),
            expect: fields.optional("expect", Text),
            rollback: rollback.clone(),
        };
        let place = fields.place();
        Some(Release { deploy: deploy?, rollback: rollback?, watch, staging, proof_lasts, documentation, place })
    }
}
