//! What becomes of one request, and why: by the rules, by nginx's files, by what comes back.

use super::live::told::{self, Told};
use super::nginx::Ground;
use super::semantics::{self, Allowed, Exchange};
use super::{applies, deciding};
use crate::deadline::Deadline;
use crate::scene::Scene;
use crate::web::{Address, Answer, Request as WebRequest, exchange};
use serde::Serialize;
use setpoint_formats::nginx::{Answers, Configuration, Request};
use setpoint_model::Failure;
use setpoint_model::register::CacheRule;
use std::time::{Duration, SystemTime};

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
    let mut said = by_rules(rules, &request);
    let answers: Vec<Answers<'_>> = configurations.iter().map(Answers::of).collect();
    if !answers.is_empty() {
        let text = Ground::of(rules, &answers, scene.url()).explain(&request);
        said.push(Said { of: "nginx", text });
    }
    if request.host.is_none() && scene.url().is_none() {
        return Ok(said);
    }
    if !SAFE.contains(&method) {
        let text = format!("not asked for, since {method} may change something");
        said.push(Said { of: "answer", text });
        return Ok(said);
    }
    let address = Address::named(written, scene.url())?;
    let asked = WebRequest { method, headers, body: None, redirects: 0, longest: 1 << 20 };
    let mut answer = Answer::default();
    exchange(scene, &address, &asked, Deadline::after(PATIENCE), &mut answer)?;
    said.push(Said { of: "answer", text: format!("{} from {}", answer.status, address.uri) });
    let text = match Told::by(&answer) {
        Told::Hit => "it came from a cache".to_owned(),
        Told::NotHit(words) => {
            let common =
                told::in_common_words(&answer).map_or_else(String::new, |it| format!(", in RFC 9211's words `{it}`"));
            format!("it did not come from a cache: `{words}`{common}")
        }
        Told::Nothing => "the answer does not say what a cache did".to_owned(),
    };
    said.push(Said { of: "cache", text });
    said.extend(by_semantics(method, headers, &address, &answer, now(scene)));
    Ok(said)
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

/// What RFC 9111 allows a shared cache.
fn by_semantics(
    method: &str,
    headers: &[(String, String)],
    address: &Address,
    answer: &Answer,
    now: SystemTime,
) -> Option<Said> {
    let (uri, answered) = (&address.uri, &answer.headers);
    let exchange = Exchange { method, uri, asked: headers, status: answer.status, answered, now };
    let Allowed { is_storable, fresh, while_renewed, without, is_for_nobody } = semantics::allowed(&exchange)?;
    let control = answer.header("cache-control").map_or_else(String::new, |control| format!(" (`{control}`)"));
    let without = if without.is_empty() { String::new() } else { format!(" without `{}`", without.join("`, `")) };
    let text = match (is_storable, fresh.as_secs(), while_renewed.as_secs()) {
        (false, ..) => format!("a shared cache must not store it{control}"),
        (true, ..) if is_for_nobody => "a shared cache may give it to nobody else (`Vary: *`)".to_owned(),
        (true, 0, 0) => {
            format!("a shared cache may store it{without}, but is told of no time in which it is fresh{control}")
        }
        (true, left, 0) => format!("a shared cache may store it{without}, fresh for {left} s{control}"),
        (true, left, renewed) => format!(
            "a shared cache may store it{without}, fresh for {left} s, and give it for {renewed} s more while it is \
             renewed{control}"
        ),
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

    fn said((name, value): (&'static str, &str)) -> String {
        let pair = (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        let answer = Answer { status: 200, headers: HeaderMap::from_iter([pair]), ..Answer::default() };
        let address = Address::named("http://shop/", None).unwrap();
        by_semantics("GET", &[], &address, &answer, SystemTime::now()).unwrap().text
    }

    #[test]
    fn what_a_shared_cache_may_do() {
        let headers = [
            ("cache-control", "max-age=60"),
            ("cache-control", "no-store"),
            ("cache-control", "no-cache"),
            ("cache-control", "max-age=60, stale-while-revalidate=30"),
            ("cache-control", "max-age=60, private=\"X-Name, X-Cart\""),
            ("vary", "*"),
        ];
        assert_snapshot!(headers.map(said).join("\n"), @r#"
        a shared cache may store it, fresh for 60 s (`max-age=60`)
        a shared cache must not store it (`no-store`)
        a shared cache may store it, but is told of no time in which it is fresh (`no-cache`)
        a shared cache may store it, fresh for 60 s, and give it for 30 s more while it is renewed (`max-age=60, stale-while-revalidate=30`)
        a shared cache may store it without `x-cart`, `x-name`, fresh for 60 s (`max-age=60, private="X-Name, X-Cart"`)
        a shared cache may give it to nobody else (`Vary: *`)
        "#);
    }
}
