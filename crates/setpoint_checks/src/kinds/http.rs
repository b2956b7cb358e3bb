//! Asks for an address over HTTP and looks at the answer.

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::proposal::Keys;
use crate::scene::Scene;
use crate::web::{Address, Answer, Request, exchange};
use setpoint_model::register::HttpCheck;
use setpoint_model::{Failure, PhaseName, Reason, Value};

/// No more of a body is read, in bytes.
const LONGEST_BODY: usize = 2 << 20;

pub(crate) fn subject(check: &HttpCheck, scene: &Scene<'_>) -> String {
    let address = Address::named(&check.http, scene.url()).map(|address| address.uri.to_string());
    format!("{} {}", check.method, address.unwrap_or_else(|_| check.http.clone()))
}

/// What two answers have in common: the status, and of a JSON object the words and flags that it begins with. Numbers and
/// longer texts are counters, times and versions; they would be right for today alone.
pub(crate) fn propose(http: &str, scene: &Scene<'_>, deadline: Deadline) -> Result<Keys, Failure> {
    let below = scene.url().and_then(|url| http.strip_prefix(url.trim_end_matches('/')));
    let own = below.filter(|path| path.starts_with('/')).unwrap_or(http);
    let address = Address::named(own, scene.url())?;
    let request = Request { method: "GET", headers: &[], body: None, redirects: 0, longest: LONGEST_BODY };
    let ask = || {
        let mut answer = Answer::default();
        exchange(scene, &address, &request, deadline, &mut answer).map(|()| answer)
    };
    let (first, second) = (ask()?, ask()?);
    if first.status != second.status {
        let message = format!("the status is {} and then {}", first.status, second.status);
        return Err(Failure::new(Reason::WrongStatus, message, "the same status twice"));
    }
    if first.status >= 500 {
        let message = format!("the status is {}, which nobody promises", first.status);
        return Err(Failure::new(Reason::WrongStatus, message, "an answer that can be demanded from now on"));
    }
    let mut keys = vec![("http", own.into()), ("status", Value::Integer(first.status.into()))];
    let stable = expect::stable(&first.body, &second.body);
    if !stable.is_empty() {
        keys.push(("json", Value::Map(stable)));
    }
    Ok(keys)
}

pub(crate) fn look(check: &HttpCheck, scene: &Scene<'_>, deadline: Deadline) -> Look {
    let address = match Address::named(&check.http, scene.url()) {
        Ok(address) => address,
        Err(failure) => return Look::failed(failure),
    };
    let request = Request {
        method: &check.method,
        headers: &check.headers,
        body: check.body.as_ref().map(String::as_bytes),
        redirects: check.redirects,
        longest: LONGEST_BODY,
    };
    let mut answer = Answer::default();
    let came = exchange(scene, &address, &request, deadline, &mut answer);
    let whole = deadline.elapsed();
    let mut look = Look::default();
    match came {
        Ok(()) => {
            look.expect(status(check, answer.status));
            for (name, expected) in &check.header {
                look.expect(header(&answer, name, expected));
            }
            look.expect(body(check, &answer));
            if let (Some(days), Some(certificate)) = (check.certificate_days, &answer.certificate) {
                look.expect(certificate.lasts(days, scene.now()));
            }
            if check.certificate_days.is_some() && answer.certificate.is_none() {
                let message = "the connection is not encrypted, so that there is no certificate";
                look.expect([Failure::new(Reason::Missing, message, "an address of `https`")]);
            }
            look.expect(expect::within("the whole answer", check.within, whole));
        }
        Err(failure) => look.expect([failure]),
    }
    let limits = [
        ("the lookup of the name", PhaseName::Lookup, check.lookup_within),
        ("the connection", PhaseName::Connect, check.connect_within),
        ("the TLS handshake", PhaseName::Tls, check.tls_within),
        ("the first byte of the answer", PhaseName::FirstByte, check.first_byte_within),
    ];
    for (what, phase, limit) in limits {
        look.expect(answer.phases.of(phase).and_then(|took| expect::within(what, limit, took)));
    }
    if !look.failures.is_empty() {
        look.keep("body", &answer.body);
    }
    look.phases = answer.phases;
    look
}

fn status(check: &HttpCheck, status: u16) -> Option<Failure> {
    let is_expected =
        if check.status.is_empty() { (200..300).contains(&status) } else { check.status.contains(&status) };
    (!is_expected).then(|| {
        let expected = match check.status.as_slice() {
            [] => "2xx".to_owned(),
            several => several.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "),
        };
        Failure::new(Reason::WrongStatus, format!("the status is {status}"), expected)
    })
}

fn header(answer: &Answer, name: &str, expected: &setpoint_model::register::ExpectedText) -> Option<Failure> {
    let Some(value) = answer.header(name) else {
        let message = format!("the answer has no header `{name}`");
        return Some(Failure::new(Reason::WrongHeader, message, expect::text_in_words(expected)));
    };
    expect::text(&format!("the header `{name}`"), &value, expected, Reason::WrongHeader)
}

fn body(check: &HttpCheck, answer: &Answer) -> Vec<Failure> {
    if check.json.is_empty() && check.text.is_empty() {
        return Vec::new();
    }
    if answer.is_cut {
        let message = format!("the answer's body is longer than {LONGEST_BODY} bytes, of which no more were read");
        return vec![Failure::new(Reason::TooLong, message, "a body that can be looked at as a whole")];
    }
    // Nothing was said of encodings, so that an encoded body is the server's fault (RFC 9110, 12.5.3).
    if let Some(encoding) = answer.header("content-encoding").filter(|encoding| encoding != "identity") {
        let message = format!("the answer's body is encoded as `{encoding}`, which is not decoded");
        return vec![
            Failure::new(Reason::NotUnderstood, message, "a plain body")
                .hint("leave `Accept-Encoding` out of the check's headers, or look at the header alone"),
        ];
    }
    let text = String::from_utf8_lossy(&answer.body);
    let mut failures: Vec<Failure> =
        check.text.iter().filter_map(|expected| expect::text("the body", &text, expected, Reason::WrongText)).collect();
    if !check.json.is_empty() {
        failures.extend(expect::json(&answer.body, &check.json));
    }
    failures
}
