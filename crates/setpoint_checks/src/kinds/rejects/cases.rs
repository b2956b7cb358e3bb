//! Spoils a request that was right, each time in one way.

use serde_json::{Map, Value as Json, json};
use setpoint_model::register::{Rejection, Worded as _};
use std::fmt;

/// Longer than any text that a person types, in characters.
const TOO_LONG: usize = 1 << 20;
/// Larger than any body that is not meant to be a file, in bytes: above nginx's limit of 1 MiB and Django's of 2.5 MB.
const OVERSIZED: usize = 16 << 20;
/// No service has a field of this name.
const UNKNOWN: &str = "setpoint_unknown_field";

/// A body that a service takes.
#[derive(Debug, PartialEq)]
pub(super) struct Body {
    pub(super) fields: Map<String, Json>,
    /// The fields that must be there; `None` where nobody says.
    pub(super) required: Option<Vec<String>>,
    /// The fields of which any type is taken.
    pub(super) untyped: Vec<String>,
    /// How long a text of a field may be, where the service says.
    pub(super) longest: Vec<(String, usize)>,
}

impl Body {
    /// As a person wrote it, of which only the values are known.
    pub(super) fn by_hand(fields: Map<String, Json>) -> Self {
        Self { fields, required: None, untyped: Vec::new(), longest: Vec::new() }
    }
}

/// One request that should be refused.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) rejection: Rejection,
    /// The field that is wrong, where one is.
    pub(super) field: Option<String>,
    /// Other names of which the answer may speak as well: any of those that were left out.
    pub(super) or_fields: Vec<String>,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{} `{field}`", self.rejection.as_str()),
            None => f.write_str(self.rejection.as_str()),
        }
    }
}

/// Every case of these kinds.
pub(super) fn of(body: &Body, rejections: &[Rejection]) -> Vec<Case> {
    rejections.iter().flat_map(|rejection| one(body, *rejection)).collect()
}

fn one(body: &Body, rejection: Rejection) -> Vec<Case> {
    let case = |field: Option<&String>, fields: Map<String, Json>| Case {
        rejection,
        field: field.cloned(),
        or_fields: Vec::new(),
        content_type: "application/json",
        body: Json::Object(fields).to_string().into_bytes(),
    };
    let with = |name: &String, value: Json| {
        let mut fields = body.fields.clone();
        fields.insert(name.clone(), value);
        case(Some(name), fields)
    };
    match rejection {
        Rejection::MissingField => missing(body, case),
        Rejection::WrongType => body
            .fields
            .iter()
            .filter(|(name, _)| !body.untyped.contains(name))
            .map(|(name, value)| with(name, of_another_type(value)))
            .collect(),
        Rejection::TooLong => body
            .fields
            .iter()
            .filter(|(_, value)| value.is_string())
            .map(|(name, _)| {
                let limit = body.longest.iter().find(|(limited, _)| limited == name).map(|(_, longest)| longest + 1);
                with(name, Json::String("a".repeat(limit.unwrap_or(TOO_LONG))))
            })
            .collect(),
        Rejection::UnknownField => vec![with(&UNKNOWN.to_owned(), json!("unknown"))],
        Rejection::BrokenJson => {
            let mut broken = case(None, body.fields.clone());
            // Without its last brace, and with a comma in its place, no reader can take it for whole.
            broken.body.pop();
            broken.body.extend_from_slice(b",");
            vec![broken]
        }
        Rejection::WrongContentType => vec![Case { content_type: "text/plain", ..case(None, body.fields.clone()) }],
        Rejection::OversizedBody => {
            let mut large = case(None, body.fields.clone());
            // Space before JSON means nothing, so that only the size is wrong.
            let mut padded = vec![b' '; OVERSIZED];
            padded.append(&mut large.body);
            vec![Case { body: padded, ..large }]
        }
    }
}

/// Each field that must be there, left out; where nobody says which must, all of them at once.
fn missing(body: &Body, case: impl Fn(Option<&String>, Map<String, Json>) -> Case) -> Vec<Case> {
    match &body.required {
        Some(required) => required
            .iter()
            .map(|name| {
                let mut fields = body.fields.clone();
                fields.remove(name);
                case(Some(name), fields)
            })
            .collect(),
        None if body.fields.is_empty() => Vec::new(),
        None => vec![Case { or_fields: body.fields.keys().cloned().collect(), ..case(None, Map::new()) }],
    }
}

/// What no reader that is not careless takes for the type of the value: texts are often read as numbers, lists never.
fn of_another_type(value: &Json) -> Json {
    match value {
        Json::Number(_) | Json::Bool(_) => json!("not of this type"),
        Json::String(_) | Json::Object(_) | Json::Null => json!(["not of this type"]),
        Json::Array(_) => json!({ "not of this type": true }),
    }
}
