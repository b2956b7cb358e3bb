//! What becomes of one request, and why: by the rules, by nginx's files, by what comes back.

use super::live::told::Told;
use super::nginx::Ground;
use super::{applies, deciding};
use crate::deadline::Deadline;
use crate::scene::Scene;
use crate::web::{Address, Answer, Request as WebRequest, exchange};
use http_cache_semantics::CachePolicy;
use serde::Serialize;
use setpoint_formats::nginx::{Answers, Configuration, Request};
use setpoint_model::Failure;
use setpoint_model::register::CacheRule;
use std::time::{Duration, SystemTime};
use ureq_proto::http;

/// The answer may take this long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Methods that change nothing (RFC 9110 section 9.2.1).
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Something that is known of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Who says it: `rule`, `bypass`, `nginx`, `answer`, `cache`, `RFC 9111`.
    pub of: &'static str,
    /// A sentence without a full stop.
    pub text: String,
}

/// Explains a request for `written`, a URL or a path below the environment's. It is sent where one of the two says whereto,
/// and the method changes nothing.
pub fn explain(
    scene: &Scene<'_>,
    rules: &[CacheRule],
    configurations: &[Configuration],
    (method, written): (&str, &str),
    headers: &[(String, String)],
) -> Result<Vec<Said>, Failure> {
    let request = headers
        .iter()
        .fold(Request::get(written).with_method(method), |request, (name, value)| request.with_header(name, value));
    let mut told = by_rules(rules, &request);
    let answers: Vec<Answers<'_>> = configurations.iter().map(Answers::of).collect();
    if !answers.is_empty() {
        let text = Ground::of(rules, &answers, scene.url()).explain(&request);
        told.push(Said { of: "nginx", text });
    }
    if request.host.is_none() && scene.url().is_none() {
        return Ok(told);
    }
    if !SAFE.contains(&method) {
        let text = format!("not asked for, since {method} may change something");
        told.push(Said { of: "answer", text });
        return Ok(told);
    }
    let address = Address::named(written, scene.url())?;
    let asked = WebRequest { method, headers, body: None, redirects: 0, longest: 1 << 20 };
    let mut answer = Answer::default();
    exchange(scene, &address, &asked, Deadline::after(PATIENCE), &mut answer)?;
    told.push(Said { of: "answer", text: format!("{} from {}", answer.status, address.uri) });
    let text = match Told::by(&answer) {
        Told::Hit => "it came from a cache".to_owned(),
        Told::NotHit(words) => format!("it did not come from a cache: `{words}`"),
        Told::Nothing => "the answer does not say what a cache did".to_owned(),
    };
    told.push(Said { of: "cache", text });
    told.extend(by_semantics(method, headers, &address, &answer, now(scene)));
    Ok(told)
}

fn now(scene: &Scene<'_>) -> SystemTime {
    scene.host.now().timestamp().into()
}

fn by_rules(rules: &[CacheRule], request: &Request) -> Vec<Said> {
    let Some(rule) = deciding(rules, request).map(|number| &rules[number]) else {
        let text = format!("none covers `{}`, so that it must not be cached", request.path);
        return vec![Said { of: "rule", text }];
    };
    let text = format!("`{}` decides: `{}` covers `{}`", rule.name, rule.pattern, request.path);
    let mut told = vec![Said { of: "rule", text }];
    let mut holding = rule.bypass.iter().filter(|bypass| applies(bypass, request)).peekable();
    if holding.peek().is_none() {
        let text = match request.method.as_str() {
            "GET" | "HEAD" => format!("none holds, so that it is cached for {} s", rule.ttl.as_secs()),
            method => format!("none holds, but caches keep answers to GET and HEAD, and not to {method}"),
        };
        told.push(Said { of: "bypass", text });
    }
    told.extend(holding.map(|bypass| Said { of: "bypass", text: format!("`{bypass}` keeps it out") }));
    told
}

/// What RFC 9111 allows a shared cache, by `http-cache-semantics`.
fn by_semantics(
    method: &str,
    headers: &[(String, String)],
    address: &Address,
    answer: &Answer,
    now: SystemTime,
) -> Option<Said> {
    let mut request = http::Request::builder().method(method).uri(address.uri.clone());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(()).ok()?;
    let mut response = http::Response::builder().status(answer.status).body(()).ok()?;
    *response.headers_mut() = answer.headers.clone();
    let policy = CachePolicy::new(&request, &response);
    let control = answer.header("cache-control").map_or_else(String::new, |control| format!(" (`{control}`)"));
    let left = policy.time_to_live(now).as_secs();
    let text = match (policy.is_storable(), left) {
        (false, _) => format!("a shared cache must not store it{control}"),
        (true, 0) => format!("a shared cache may store it, but is told of no time in which it is fresh{control}"),
        (true, left) => format!("a shared cache may store it, fresh for {left} s{control}"),
    };
    Some(Said { of: "RFC 9111", text })
}

#[cfg(test)]
mod tests {
    use super::by_semantics;
    use crate::web::{Address, Answer};
    use insta::assert_snapshot;
    use std::time::SystemTime;
    use ureq_proto::http::{HeaderMap, HeaderName, HeaderValue};

    fn said(headers: &[(String, String)], control: &str) -> String {
        let mut answer = Answer { status: 200, ..Answer::default() };
        let name = HeaderName::from_static("cache-control");
        answer.headers = HeaderMap::from_iter([(name, HeaderValue::from_str(control).unwrap())]);
        let address = Address::named("http://shop/", None).unwrap();
        by_semantics("GET", headers, &address, &answer, SystemTime::now()).unwrap().text
    }

    #[test]
    fn what_a_shared_cache_may_do() {
        let controls = ["max-age=60", "s-maxage=30, max-age=60", "private, max-age=60", "no-store", "no-cache"];
        let told = controls.map(|control| said(&[], control)).join("\n");
        assert_snapshot!(told, @"
        a shared cache may store it, fresh for 60 s (`max-age=60`)
        a shared cache may store it, fresh for 30 s (`s-maxage=30, max-age=60`)
        a shared cache must not store it (`private, max-age=60`)
        a shared cache must not store it (`no-store`)
        a shared cache may store it, but is told of no time in which it is fresh (`no-cache`)
        ");
        // Section 3.5: of a request with `Authorization` only what is marked so.
        let authorized = [("authorization".to_owned(), "Bearer x".to_owned())];
        let told = ["max-age=60", "public, max-age=60", "must-revalidate, max-age=60", "s-maxage=60"];
        assert_snapshot!(told.map(|control| said(&authorized, control)).join("\n"), @"
        a shared cache must not store it (`max-age=60`)
        a shared cache may store it, fresh for 60 s (`public, max-age=60`)
        a shared cache may store it, fresh for 60 s (`must-revalidate, max-age=60`)
        a shared cache may store it, fresh for 60 s (`s-maxage=60`)
        ");
    }
}
