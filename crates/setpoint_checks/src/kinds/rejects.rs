//! Sends what should be refused, and demands an answer that helps who sent it: a status of 4xx, the field's name, what was
//! expected, whether a retry makes sense, and nothing of the inside of the service.

mod answer;
mod cases;
mod openapi;

use crate::deadline::Deadline;
use crate::look::Look;
use crate::scene::Scene;
use crate::web::{Address, Answer, Request, exchange};
use cases::{Body, Case};
use serde_json::{Map, Value as Json};
use setpoint_model::register::RejectsCheck;
use setpoint_model::{Failure, Reason};

/// No more of an answer is read, in bytes; an error that is longer explains nothing.
const LONGEST_ANSWER: usize = 256 << 10;
/// No longer description of an interface is read, in bytes.
const LONGEST_DESCRIPTION: usize = 16 << 20;

pub(crate) fn subject(check: &RejectsCheck, scene: &Scene<'_>) -> String {
    let address = Address::named(&check.rejects, scene.url()).map(|address| address.uri.to_string());
    format!("{} {}", check.method, address.unwrap_or_else(|_| check.rejects.clone()))
}

pub(crate) fn look(check: &RejectsCheck, scene: &Scene<'_>, deadline: Deadline) -> Look {
    let mut look = Look::default();
    let prepared = Address::named(&check.rejects, scene.url())
        .and_then(|address| Ok((body(check, &address, scene, deadline)?, address)));
    let (body, address) = match prepared {
        Ok(prepared) => prepared,
        Err(failure) => return Look::failed(failure),
    };
    let cases = cases::of(&body, &check.cases);
    if cases.is_empty() {
        let message = "there is no way to spoil this request";
        return Look::failed(Failure::new(Reason::NotKnown, message, "a `valid` body with fields, or other `cases`"));
    }
    for case in &cases {
        let mut answer = Answer::default();
        let failures = match send(check, case, &address, scene, deadline, &mut answer) {
            Ok(()) => answer::judge(case, &answer, &check.status),
            Err(failure) => vec![failure],
        };
        if !failures.is_empty() {
            look.keep("body", &answer.body);
        }
        let named =
            failures.into_iter().map(|failure| Failure { message: format!("{case}: {}", failure.message), ..failure });
        look.failures.extend(named);
        if deadline.left().is_none() {
            break;
        }
    }
    look
}

/// A body that the service takes: the register's, else the one that the service's own description makes.
fn body(check: &RejectsCheck, address: &Address, scene: &Scene<'_>, deadline: Deadline) -> Result<Body, Failure> {
    let given: Map<String, Json> = check
        .valid
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), serde_json::to_value(value).ok()?)))
        .collect();
    let Some(openapi) = &check.openapi else { return Ok(Body::by_hand(given)) };
    let at = Address::named(openapi, scene.url())?;
    let request =
        Request { method: "GET", headers: &check.headers, body: None, redirects: 3, longest: LONGEST_DESCRIPTION };
    let mut answer = Answer::default();
    exchange(scene, &at, &request, deadline, &mut answer)?;
    let description: Json = serde_json::from_slice(&answer.body).map_err(|error| {
        let message = format!("`{openapi}` is no description of an interface: {error} (status {})", answer.status);
        Failure::new(Reason::NotUnderstood, message, "OpenAPI as JSON")
    })?;
    let mut body = openapi::body(&description, address.uri.path(), &check.method).ok_or_else(|| {
        let message = format!("`{openapi}` describes no JSON body of `{} {}`", check.method, address.uri.path());
        Failure::new(Reason::Missing, message, "the path and method with a body of `application/json`")
    })?;
    // What a person wrote is better than what a schema makes up.
    body.fields.extend(given);
    Ok(body)
}

fn send(
    check: &RejectsCheck,
    case: &Case,
    address: &Address,
    scene: &Scene<'_>,
    deadline: Deadline,
    answer: &mut Answer,
) -> Result<(), Failure> {
    let mut headers: Vec<(String, String)> =
        check.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type")).cloned().collect();
    headers.push(("content-type".to_owned(), case.content_type.to_owned()));
    let request = Request {
        method: &check.method,
        headers: &headers,
        body: Some(&case.body),
        redirects: 0,
        longest: LONGEST_ANSWER,
    };
    exchange(scene, address, &request, deadline, answer)
}
