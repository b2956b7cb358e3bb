//! What an entry expects of the answer.

use super::{filled, filled_in_quotes, not_said, unquoted};
use setpoint_formats::hurl::{self, Assert, Body, Literal, Part, Predicate};
use setpoint_model::register::{ExpectedText, HttpCheck};
use setpoint_model::{Failure, Value};
use std::time::Duration;

pub(super) fn response(
    part: &Part,
    http: &mut HttpCheck,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(), Failure> {
    let fill = |text: &str| filled(text, variable);
    for (name, value) in &part.headers {
        http.header.push((name.clone(), ExpectedText::Equals(fill(value)?)));
    }
    match &part.body {
        None => {}
        // hurl compares the bytes, also of JSON.
        Some(Body::Text(text)) => http.text.push(ExpectedText::Equals(fill(text)?)),
        Some(Body::Quoted(line)) => http.text.push(ExpectedText::Equals(unquoted(line, variable)?)),
        Some(Body::Other(first)) => return Err(not_said(first)),
    }
    for section in &part.sections {
        if section.name != "Asserts" {
            return Err(not_said(&format!("[{}]", section.name)));
        }
        for (_, line) in &section.lines {
            let assert = hurl::assert(&filled_in_quotes(line, variable)?).ok_or_else(|| not_said(line))?;
            expectation(assert, http).ok_or_else(|| not_said(line))?;
        }
    }
    if http.status == (200..300).collect::<Vec<_>>() {
        // What a check expects where it says nothing of it.
        http.status.clear();
    }
    Ok(())
}

/// Adds what an assert says; `None` where a check cannot say it.
fn expectation(assert: Assert, http: &mut HttpCheck) -> Option<()> {
    let Assert { query, of, filter, negated, predicate } = assert;
    match (filter.as_deref(), &*query, of.as_deref(), negated) {
        (None, ..) => {}
        (Some("toString"), "status", None, false) => return status_text(predicate, http),
        (Some("daysAfterNow"), "certificate", Some("Expire-Date"), false) => return certificate(&predicate, http),
        (Some(_), ..) => return None,
    }
    match (&*query, of, negated) {
        ("status", None, false) => status(&predicate, http)?,
        ("header", Some(name), false) if predicate.word == "exists" && predicate.with.is_none() => {
            http.header.push((name, ExpectedText::Matches(String::new())));
        }
        ("header", Some(name), negated) => http.header.push((name, text(predicate, negated)?)),
        ("body", None, negated) => http.text.push(text(predicate, negated)?),
        ("jsonpath", Some(path), false) if is_equals(&predicate.word) => {
            let value = match predicate.with? {
                Literal::Text(text) => Value::Text(text),
                Literal::Plain(plain) => Value::from(serde_json::from_str::<serde_json::Value>(&plain).ok()?),
                Literal::Pattern(_) => return None,
            };
            http.json.push((path_of(&path)?, value));
        }
        ("duration", None, false) => {
            let milliseconds = number(predicate.with.as_ref()?)?;
            let most = Duration::from_millis(match &*predicate.word {
                "<" => milliseconds.checked_sub(1)?,
                "<=" => milliseconds,
                _ => return None,
            });
            http.within = Some(http.within.map_or(most, |before| before.min(most)));
        }
        _ => return None,
    }
    Some(())
}

fn is_equals(word: &str) -> bool {
    matches!(word, "==" | "equals")
}

fn number(literal: &Literal) -> Option<u64> {
    match literal {
        Literal::Plain(number) => number.parse().ok(),
        Literal::Text(_) | Literal::Pattern(_) => None,
    }
}

/// Of the statuses that are right so far those for which the assert holds.
fn status(predicate: &Predicate, http: &mut HttpCheck) -> Option<()> {
    let wanted = number(predicate.with.as_ref()?)?;
    let holds: fn(u64, u64) -> bool = match &*predicate.word {
        "==" | "equals" => |status, wanted| status == wanted,
        "!=" => |status, wanted| status != wanted,
        "<" => |status, wanted| status < wanted,
        "<=" => |status, wanted| status <= wanted,
        ">" => |status, wanted| status > wanted,
        ">=" => |status, wanted| status >= wanted,
        _ => return None,
    };
    http.status.retain(|status| holds(u64::from(*status), wanted));
    // No status at all would be read as any of 2xx.
    (!http.status.is_empty()).then_some(())
}

/// Of the statuses that are right so far those whose digits are as the assert says.
fn status_text(predicate: Predicate, http: &mut HttpCheck) -> Option<()> {
    let pattern = match text(predicate, false)? {
        ExpectedText::Equals(text) => format!("\\A{}\\z", regex::escape(&text)),
        ExpectedText::Contains(text) => regex::escape(&text),
        ExpectedText::Matches(pattern) => pattern,
        ExpectedText::Lacks(_) => return None,
    };
    let pattern = regex::Regex::new(&pattern).ok()?;
    http.status.retain(|status| pattern.is_match(&status.to_string()));
    (!http.status.is_empty()).then_some(())
}

/// How many days the certificate must still be valid.
fn certificate(predicate: &Predicate, http: &mut HttpCheck) -> Option<()> {
    let days = u32::try_from(number(predicate.with.as_ref()?)?).ok()?;
    let days = match &*predicate.word {
        ">=" => days,
        ">" => days.checked_add(1)?,
        _ => return None,
    };
    http.certificate_days = Some(http.certificate_days.map_or(days, |before| before.max(days)));
    Some(())
}

fn text(predicate: Predicate, negated: bool) -> Option<ExpectedText> {
    let given = match predicate.with? {
        Literal::Text(text) => text,
        Literal::Pattern(pattern) if predicate.word == "matches" => pattern,
        Literal::Pattern(_) | Literal::Plain(_) => return None,
    };
    match (&*predicate.word, negated) {
        (word, false) if is_equals(word) => Some(ExpectedText::Equals(given)),
        ("contains", false) => Some(ExpectedText::Contains(given)),
        ("contains", true) => Some(ExpectedText::Lacks(given)),
        ("startsWith", false) => Some(ExpectedText::Matches(format!("\\A{}", regex::escape(&given)))),
        ("endsWith", false) => Some(ExpectedText::Matches(format!("{}\\z", regex::escape(&given)))),
        ("matches", false) => Some(ExpectedText::Matches(given)),
        _ => None,
    }
}

/// A path of `JSONPath` (RFC 9535) that names one value, as the register writes it: `$.items[0].sku` is `items[0].sku`.
fn path_of(path: &str) -> Option<String> {
    let path = path.strip_prefix('$')?;
    let is_one = |letter: char| letter.is_alphanumeric() || "_-.[]".contains(letter);
    (path.chars().all(is_one) && !path.contains("..")).then(|| path.strip_prefix('.').unwrap_or(path).to_owned())
}
