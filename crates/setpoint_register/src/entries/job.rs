use super::Entry;
use crate::fields::Fields;
use crate::shapes::{CRON, Prefixed, Reference, Text, Time, Whole};
use setpoint_model::register::{Job, Probe};

impl Entry for Job {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let run = fields.required("run", Text);
        let schedule = fields.optional("schedule", CRON);
        let zone = fields.optional("zone", Text);
        let timeout = fields.optional("timeout", Time).unwrap_or(Job::TIMEOUT);
        let takes_at_least = fields.optional("takes_at_least", Time);
        let grace = fields.optional("grace", Time).unwrap_or(Job::GRACE);
        let retries = fields.optional("retries", Whole::between(1, 100)).unwrap_or(0);
        let user = fields.optional("user", Text);
        let state = fields.list("state", PROBE);
        let environments = fields.list("environments", Reference::Environment);
        let documentation = fields.documentation();
        if takes_at_least.is_some_and(|least| least >= timeout) {
            fields.senseless("takes_at_least", "no run can take that long", "a time shorter than `timeout`");
        }
        Some(Job {
            name: fields.name(),
            run: run?,
            schedule,
            zone,
            timeout,
            takes_at_least,
            grace,
            retries,
            user,
            state,
            environments,
            documentation,
            place: fields.place(),
        })
    }
}

const PROBE: Prefixed<Probe> = Prefixed {
    forms: &[
        ("sqlite", |rest| {
            let (file, query) = rest.split_once(':')?;
            Some(Probe::Sqlite { file: file.to_owned(), query: query.trim().to_owned() })
        }),
        ("sql", |rest| {
            let (default, query) = rest.split_once(':')?;
            Some(Probe::Sql { default: default.to_owned(), query: query.trim().to_owned() })
        }),
        ("file", |path| Some(Probe::File(path.to_owned()))),
        ("command", |command| Some(Probe::Command(command.trim().to_owned()))),
    ],
    examples: &["sqlite:FILE:QUERY", "sql:DEFAULT:QUERY", "file:PATH", "command:COMMAND"],
    pattern: r"^(?:sqlite:[^:]+:\s*\S.*|sql:[^:\s]+:\s*\S.*|file:\S.*|command:\s*\S.*)$",
};
