//! Whether an answer to bad input helps who sent it.

use super::cases::Case;
use crate::web::Answer;
use regex::Regex;
use serde_json::Value as Json;
use setpoint_model::register::Rejection;
use setpoint_model::{Failure, Reason};
use std::sync::LazyLock;

/// What only the inside of a service says: stack traces of Python and of JavaScript, the debug pages of Django and Werkzeug.
static INSIDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"Traceback \(most recent call last\)|File "[^"]+\.py", line \d+|\bat .+ \(.+\.js:\d+:\d+\)"#,
        r"|<code>DEBUG = True</code>|__debugger__=yes|site-packages/",
    ))
    .expect("a pattern of this file")
});

/// What is wrong with an answer.
pub(super) fn judge(case: &Case, answer: &Answer, wanted: &[u16]) -> Vec<Failure> {
    let text = String::from_utf8_lossy(&answer.body);
    let mut failures = Vec::new();
    if let Some(found) = INSIDE.find(&text) {
        let message = format!("the answer gives away the inside of the service: `{}`", found.as_str());
        failures.push(Failure::new(Reason::GivesAway, message, "an error that speaks of the request alone"));
    }
    let is_refused =
        if wanted.is_empty() { (400..500).contains(&answer.status) } else { wanted.contains(&answer.status) };
    if !is_refused {
        failures.push(not_refused(answer.status, wanted));
        // What is not refused needs no explanation.
        return failures;
    }
    failures.extend(unnamed(case, &text));
    failures.extend(unexpected(case, &text, answer.status));
    failures.extend(no_word_of_retry(answer));
    failures
}

fn not_refused(status: u16, wanted: &[u16]) -> Failure {
    let expected = match wanted {
        [] => "4xx".to_owned(),
        several => several.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "),
    };
    let reason = if status < 400 { Reason::Accepted } else { Reason::WrongStatus };
    Failure::new(reason, format!("the status is {status}"), expected)
}

/// The answer names the field.
fn unnamed(case: &Case, text: &str) -> Option<Failure> {
    let names: Vec<&String> = case.field.iter().chain(&case.or_fields).collect();
    if names.is_empty() || names.iter().any(|name| text.contains(name.as_str())) {
        return None;
    }
    let expected = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
    Some(Failure::new(Reason::Unexplained, "the answer does not name the field", format!("{expected} in the body")))
}

/// The answer says what was expected, by a word that such a sentence can hardly do without. The statuses 413 and 415 say it
/// themselves (RFC 9110, 15.5.14 and 15.5.16).
fn unexpected(case: &Case, text: &str, status: u16) -> Option<Failure> {
    let words: &[&str] = match case.rejection {
        Rejection::MissingField => &["required", "missing", "must", "expected"],
        Rejection::WrongType => &[
            "valid", "type", "expected", "must", "should", "integer", "number", "string", "boolean", "list", "array",
            "object",
        ],
        Rejection::TooLong => &["long", "most", "max", "length", "exceed", "limit", "characters"],
        Rejection::UnknownField => {
            &["extra", "unknown", "unexpected", "not permitted", "not allowed", "additional", "forbidden"]
        }
        Rejection::BrokenJson => &["json", "pars", "decod", "syntax", "malformed"],
        Rejection::WrongContentType if status == 415 => return None,
        Rejection::WrongContentType => &["content-type", "content type", "media type", "json", "valid"],
        Rejection::OversizedBody if status == 413 => return None,
        Rejection::OversizedBody => &["large", "size", "limit", "long", "exceed"],
    };
    let lower = text.to_lowercase();
    (!words.iter().any(|word| lower.contains(word))).then(|| {
        let message = "the answer does not say what was expected";
        Failure::new(Reason::Unexplained, message, format!("a word such as `{}`", words[0]))
    })
}

/// The answer says whether to try again: with `Retry-After` (RFC 9110, 10.2.3), or as a problem of RFC 9457, whose `type` or
/// `title` a program can know; or in a member of its own that says so.
fn no_word_of_retry(answer: &Answer) -> Option<Failure> {
    if answer.headers.contains_key("retry-after") {
        return None;
    }
    let document: Option<Json> = serde_json::from_slice(&answer.body).ok();
    let says = |member: &str, is_right: fn(&Json) -> bool| {
        document.as_ref().and_then(|document| document.get(member)).is_some_and(is_right)
    };
    let is_problem = says("title", Json::is_string) || says("type", Json::is_string) || says("status", Json::is_number);
    let speaks = document.as_ref().and_then(Json::as_object);
    let speaks_of_it = speaks.is_some_and(|members| members.keys().any(|name| name.to_lowercase().contains("retr")));
    (!is_problem && !speaks_of_it).then(|| {
        Failure::new(
            Reason::Unexplained,
            "the answer does not say whether a retry makes sense",
            "a `Retry-After`, or the members of RFC 9457: `type`, `title`, `status`",
        )
        .hint("answer errors as `application/problem+json`; one exception handler for the whole service is enough")
    })
}
