use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Pattern, Prefixed, Time, Whole};
use setpoint_model::register::{Bypass, CacheRule, Varying};

impl Entry for CacheRule {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let pattern = fields.required("match", Pattern::WEB_PATHS);
        let ttl = fields.required("ttl", Time);
        let bypass = fields.list("bypass", BYPASS);
        let varies = fields.list("varies", VARYING);
        let also_kept = fields.list("also_kept", Whole::between(201, 599));
        let made_anew = fields.optional("made_anew", Pattern::HEADER);
        let may_send = fields.list("may_send", UNSAFE_METHOD);
        let cached = fields.list("cached", Pattern::WEB_ADDRESS);
        let not_cached = fields.list("not_cached", Pattern::WEB_ADDRESS);
        fields.at_least_one_of(&["cached", "not_cached"]);
        let documentation = fields.documentation();
        Some(CacheRule {
            name: fields.name(),
            pattern: pattern?,
            ttl: ttl?,
            bypass,
            varies,
            also_kept,
            made_anew,
            may_send,
            cached,
            not_cached,
            documentation,
            place: fields.place(),
        })
    }
}

/// `GET`, `HEAD` and `OPTIONS` change nothing (RFC 9110 section 9.2.1), and are sent anyway.
const UNSAFE_METHOD: Pattern =
    Pattern { pattern: "^(?:POST|PUT|PATCH|DELETE)$", expected: "`POST`, `PUT`, `PATCH` or `DELETE`" };

const BYPASS: Prefixed<Bypass> = Prefixed {
    forms: &[
        ("cookie", |name| Some(Bypass::Cookie(name.to_owned()))),
        ("header", |name| Some(Bypass::Header(name.to_owned()))),
        ("query", |name| Some(Bypass::Query(name.to_owned()))),
        ("method", |name| Some(Bypass::Method(name.to_owned()))),
        ("path", |pattern| Some(Bypass::Path(pattern.to_owned()))),
    ],
    examples: &["cookie:NAME", "header:NAME", "query:NAME", "method:NAME", "path:/PATTERN"],
    pattern: r"^(?:cookie:[^\s;,=]+|header:[^\s:]+|query:[^\s&=#]+|method:[A-Z]+|path:/[^\s?#\[\]{}]*)$",
};

const VARYING: Prefixed<Varying> = Prefixed {
    forms: &[
        ("header", |name| Some(Varying::Header(name.to_owned()))),
        ("cookie", |name| Some(Varying::Cookie(name.to_owned()))),
        ("query", |name| Some(Varying::Query(name.to_owned()))),
    ],
    examples: &["header:NAME", "cookie:NAME", "query:NAME"],
    pattern: r"^(?:header:[^\s:]+|cookie:[^\s;,=]+|query:[^\s&=#]+)$",
};
