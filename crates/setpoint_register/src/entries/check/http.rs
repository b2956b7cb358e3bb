use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Anything, List, OneOrMany, Pairs, Pattern, Said, Text, Time, Whole, Word};
use setpoint_model::register::{HttpCheck, Rejection, RejectsCheck, Worded as _};

impl Entry for HttpCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let http = fields.required("http", Pattern::WEB_ADDRESS);
        fields.at_least_one_of(&[
            "status",
            "header",
            "json",
            "text",
            "certificate_days",
            "within",
            "lookup_within",
            "connect_within",
            "tls_within",
            "first_byte_within",
        ]);
        let check = HttpCheck {
            http: String::new(),
            method: fields.optional("method", Pattern::METHOD).unwrap_or_else(|| "GET".to_owned()),
            headers: fields.optional("headers", Pairs(Text)).unwrap_or_default(),
            body: fields.optional("body", Text),
            redirects: fields.optional("redirects", Whole::between(1, 20)).unwrap_or(0),
            status: fields.optional("status", OneOrMany(Whole::between(100, 599))).unwrap_or_default(),
            header: fields.optional("header", Pairs(Said)).unwrap_or_default(),
            json: fields.optional("json", Pairs(Anything)).unwrap_or_default(),
            text: fields.optional("text", OneOrMany(Said)).unwrap_or_default(),
            certificate_days: fields.optional("certificate_days", Whole::between(1, 3650)),
            within: fields.optional("within", Time),
            lookup_within: fields.optional("lookup_within", Time),
            connect_within: fields.optional("connect_within", Time),
            tls_within: fields.optional("tls_within", Time),
            first_byte_within: fields.optional("first_byte_within", Time),
        };
        Some(HttpCheck { http: http?, ..check })
    }
}

impl Entry for RejectsCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let rejects = fields.required("rejects", Pattern::WEB_ADDRESS);
        fields.at_least_one_of(&["valid", "openapi"]);
        let check = RejectsCheck {
            rejects: String::new(),
            method: fields.optional("method", Pattern::METHOD).unwrap_or_else(|| "POST".to_owned()),
            headers: fields.optional("headers", Pairs(Text)).unwrap_or_default(),
            valid: fields.optional("valid", Pairs(Anything)).unwrap_or_default(),
            cases: fields.optional("cases", List(Word::new())).unwrap_or_else(|| Rejection::ALL.to_vec()),
            openapi: fields.optional("openapi", Pattern::WEB_ADDRESS),
            status: fields.optional("status", OneOrMany(Whole::between(400, 499))).unwrap_or_default(),
        };
        Some(RejectsCheck { rejects: rejects?, ..check })
    }
}
