mod data;
mod http;
mod machine;
mod network;

use super::Entry;
use crate::fields::{Fields, Kind};
use crate::shapes::{Reference, Text, Time, Whole};
use setpoint_model::register::{
    Check, CheckKind, CommandCheck, Comparison, ConfigCheck, DiskCheck, DnsCheck, Documented, FileCheck, HttpCheck,
    LogCheck, PortCheck, ProcessCheck, RedisCheck, RejectsCheck, SqlCheck, TcpCheck, TlsCheck, UnitCheck, UnsoundCheck,
};

impl Entry for Check {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let timeout = fields.optional("timeout", Time).unwrap_or(Check::TIMEOUT);
        let retries = fields.optional("retries", Whole::between(1, 100)).unwrap_or(0);
        let wait = fields.optional("wait", Time).unwrap_or(Check::WAIT);
        let tags = fields.list("tags", Text);
        let environments = fields.list("environments", Reference::Environment);
        let needs = fields.list("needs", Reference::Check);
        let documentation = fields.documentation();
        let kind = fields.choose(KINDS);
        fields.leave(UnsoundCheck {
            name: fields.name(),
            kind: fields.chosen(),
            tags: tags.clone(),
            environments: environments.clone(),
            documentation: documentation.clone(),
            problems: Vec::new(),
            place: fields.place(),
        });
        Some(Check {
            name: fields.name(),
            kind: kind?,
            timeout,
            retries,
            wait,
            tags,
            environments,
            needs,
            documentation,
            place: fields.place(),
        })
    }
}

/// Every kind, under the key that says what it looks at.
const KINDS: &[Kind<CheckKind>] = &[
    kind::<HttpCheck>("http", |fields| HttpCheck::read(fields).map(CheckKind::Http)),
    kind::<TcpCheck>("tcp", |fields| TcpCheck::read(fields).map(CheckKind::Tcp)),
    kind::<TlsCheck>("tls", |fields| TlsCheck::read(fields).map(CheckKind::Tls)),
    kind::<UnitCheck>("unit", |fields| UnitCheck::read(fields).map(CheckKind::Unit)),
    kind::<ProcessCheck>("process", |fields| ProcessCheck::read(fields).map(CheckKind::Process)),
    kind::<PortCheck>("port", |fields| PortCheck::read(fields).map(CheckKind::Port)),
    kind::<FileCheck>("file", |fields| FileCheck::read(fields).map(CheckKind::File)),
    kind::<CommandCheck>("command", |fields| CommandCheck::read(fields).map(CheckKind::Command)),
    kind::<SqlCheck>("sql", |fields| SqlCheck::read(fields).map(CheckKind::Sql)),
    kind::<RedisCheck>("redis", |fields| RedisCheck::read(fields).map(CheckKind::Redis)),
    kind::<LogCheck>("log", |fields| LogCheck::read(fields).map(CheckKind::Log)),
    kind::<DiskCheck>("disk", |fields| DiskCheck::read(fields).map(CheckKind::Disk)),
    kind::<DnsCheck>("dns", |fields| DnsCheck::read(fields).map(CheckKind::Dns)),
    kind::<ConfigCheck>("config", |fields| ConfigCheck::read(fields).map(CheckKind::Config)),
    kind::<RejectsCheck>("rejects", |fields| RejectsCheck::read(fields).map(CheckKind::Rejects)),
];

const fn kind<D: Documented>(
    word: &'static str,
    read: fn(&mut Fields<'_, '_>) -> Option<CheckKind>,
) -> Kind<CheckKind> {
    Kind { word, about: D::ABOUT, fields: D::FIELDS, read }
}

/// The keys by which several kinds say what a value must be.
fn comparison(fields: &mut Fields<'_, '_>) -> Comparison {
    use crate::shapes::{Anything, Number};
    fields.explained_by::<Comparison>();
    let equals = fields.optional("equals", Anything);
    let at_least = fields.optional("at_least", Number);
    let at_most = fields.optional("at_most", Number);
    if let (Some(least), Some(most)) = (at_least, at_most)
        && least > most
    {
        fields.senseless("at_least", "no value is that large and that small", "`at_least` no larger than `at_most`");
    }
    Comparison { equals, at_least, at_most }
}
