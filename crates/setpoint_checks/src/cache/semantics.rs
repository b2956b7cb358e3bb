//! What RFC 9111 allows a shared cache to do with an answer. `http-cache-semantics` decides; what it reads otherwise than the
//! RFC says is written here in such a way that it reads it right. Each correction has a test of its name, which fails as soon as
//! the crate needs it no longer.

use super::live::told::unquoted;
use http_cache_semantics::CachePolicy;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::time::{Duration, SystemTime};
use ureq_proto::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};

/// Longer than that is no different from for ever, in seconds (section 1.2.2).
const LONGEST: u64 = 1 << 31;

/// What a shared cache may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) is_storable: bool,
    /// How long it is fresh, counted from when it came.
    pub(super) fresh: Duration,
    /// For how long it may be given when it is stale and being renewed (RFC 5861 section 3).
    pub(super) while_renewed: Duration,
    /// Headers that may not be given to others (`private="…"`, `no-cache="…"`), in lower case.
    pub(super) without: Vec<String>,
    /// True where `Vary: *` matches no other request (section 4.1).
    pub(super) is_for_nobody: bool,
}

/// What is asked, what comes back, and when.
pub(super) struct Exchange<'a> {
    pub(super) method: &'a str,
    pub(super) uri: &'a Uri,
    pub(super) asked: &'a [(String, String)],
    pub(super) status: u16,
    pub(super) answered: &'a HeaderMap,
    pub(super) now: SystemTime,
}

/// `None` where the request cannot be made at all.
pub(super) fn allowed(exchange: &Exchange<'_>) -> Option<Allowed> {
    let directives = directives(exchange.answered);
    let names = |name: &str| fields(&directives, name);
    let mut without = [names("private"), names("no-cache")].concat();
    without.sort_unstable();
    without.dedup();
    let policy = policy(exchange, &directives)?;
    let vary = texts(exchange.answered, "vary").join(",");
    let is_for_nobody = vary.split(',').any(|name| name.trim() == "*");
    let may_be_stale = !["must-revalidate", "proxy-revalidate", "no-cache"].iter().any(|name| has(&directives, name));
    let renewed = value(&directives, "stale-while-revalidate").and_then(|text| seconds(&text)).filter(|_| may_be_stale);
    Some(Allowed {
        is_storable: policy.is_storable(),
        fresh: policy.time_to_live(exchange.now),
        while_renewed: Duration::from_secs(renewed.unwrap_or(0)),
        without,
        is_for_nobody,
    })
}

/// The crate's, of what it reads right.
fn policy(exchange: &Exchange<'_>, directives: &[Directive]) -> Option<CachePolicy> {
    let mut request = Request::builder().method(exchange.method).uri(exchange.uri.clone());
    for (name, value) in exchange.asked {
        request = request.header(name, value);
    }
    let mut request = request.body(()).ok()?;
    let asked = self::directives(request.headers());
    set(request.headers_mut(), "cache-control", &line(&asked));
    let mut response = Response::builder().status(exchange.status).body(()).ok()?;
    *response.headers_mut() = exchange.answered.clone();
    *response.status_mut() = status(exchange, directives)?;
    if request.method() == Method::POST && !names_itself(exchange) {
        // Section 9.3.3 of RFC 9110: only an answer that is the representation of that address stands for a later `GET`.
        *request.method_mut() = Method::PUT;
    }
    let control = corrected(directives, exchange.status);
    let headers = response.headers_mut();
    set(headers, "cache-control", &line(&control));
    // The meaning of `Pragma` in answers was never specified (section 5.4).
    headers.remove("pragma");
    // That an answer sets a cookie keeps no cache from storing it (section 7.3).
    headers.remove("set-cookie");
    // Whom an answer fits is said apart from how long it is fresh (section 4.1).
    headers.remove("vary");
    set(headers, "age", &age(exchange).to_string());
    for name in ["date", "expires", "last-modified"] {
        let texts = texts(exchange.answered, name);
        // Of several that differ none is to be believed (section 4.2.1).
        let time = texts.first().filter(|first| texts.iter().all(|text| text == *first)).and_then(|text| date(text));
        match (texts.is_empty(), time) {
            (true, _) => {}
            (false, Some(time)) => set(headers, name, &fixed(time)),
            (false, None) if name == "expires" => set(headers, name, "0"),
            (false, None) => drop(headers.remove(name)),
        }
    }
    Some(CachePolicy::new_options(&request, &response, exchange.now, http_cache_semantics::CacheOptions::default()))
}

/// Every final status may be stored that has a time of its own (section 3); the crate knows some of them. 206 and 304 need a
/// cache that puts parts together.
fn status(exchange: &Exchange<'_>, directives: &[Directive]) -> Option<StatusCode> {
    let has_time = ["max-age", "s-maxage", "public"].iter().any(|name| has(directives, name))
        || exchange.answered.contains_key("expires");
    let is_final = exchange.status >= 200 && ![206, 304].contains(&exchange.status);
    // With `must-understand` the cache has to know the status.
    let is_known = KNOWN.contains(&exchange.status) || !has(directives, "must-understand");
    StatusCode::from_u16(match (is_known, has_time && is_final) {
        // The crate stores none that it does not know.
        (false, _) => 599,
        (true, true) => 200,
        (true, false) => exchange.status,
    })
    .ok()
}

/// The statuses of RFC 9110 that a cache for everything can be taken to know.
const KNOWN: [u16; 14] = [200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501];

/// The directives of an answer, as the crate has to see them.
fn corrected(directives: &[Directive], status: u16) -> Vec<Directive> {
    let understands = has(directives, "must-understand") && KNOWN.contains(&status);
    let mut corrected: Vec<Directive> = Vec::new();
    for directive in directives {
        let (name, value) = directive;
        let is_kept = match name.as_str() {
            // With a list of fields the rest may be stored and given (sections 5.2.2.4 and 5.2.2.7).
            "private" | "no-cache" => value.is_none(),
            // Stands beside `must-understand` for caches that do not know that one (section 5.2.2.3).
            "no-store" => !understands,
            // Until it is stale it may be given; then, as with every other, it is renewed (section 5.2.2.8).
            "proxy-revalidate" | "must-understand" => false,
            // RFC 8246 gives it no time.
            "immutable" => false,
            _ => true,
        };
        // Of a directive that stands twice the first counts (section 4.2.1).
        if !is_kept || corrected.iter().any(|(known, _)| known == name) {
            continue;
        }
        let value = match (name.as_str(), value) {
            // What is no number is stale (section 4.2.1), and more than fits is for ever (section 1.2.2).
            ("max-age" | "s-maxage", value) => Some(value.as_deref().and_then(seconds).unwrap_or(0).to_string()),
            (_, value) => value.clone(),
        };
        corrected.push((name.clone(), value));
    }
    corrected
}

/// How old the answer is when it comes: by `Age`, or by the clock of whoever made it (section 4.2.3).
fn age(exchange: &Exchange<'_>) -> u64 {
    let told = texts(exchange.answered, "age").first().and_then(|text| seconds(text)).unwrap_or(0);
    let date = texts(exchange.answered, "date").first().and_then(|text| date(text));
    let apparent = date.and_then(|date| exchange.now.duration_since(date).ok()).map_or(0, |age| age.as_secs());
    told.max(apparent)
}

/// True if `Content-Location` is the address that was asked for.
fn names_itself(exchange: &Exchange<'_>) -> bool {
    let texts = texts(exchange.answered, "content-location");
    let Some(location) = texts.first() else { return false };
    let path = exchange.uri.path_and_query().map_or("/", |it| it.as_str());
    *location == path || *location == exchange.uri.to_string()
}

type Directive = (String, Option<String>);

/// The directives of `Cache-Control` (section 5.2): their names have no case, and what stands in quotes is one value.
fn directives(headers: &HeaderMap) -> Vec<Directive> {
    let text = texts(headers, "cache-control").join(",");
    let of_one = |part: &str| {
        let (name, value) = part.split_once('=').map_or((part, None), |(name, value)| (name, Some(value.trim())));
        let value = value.map(|value| match value.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
            Some(quoted) => quoted.replace('\\', ""),
            None => value.to_owned(),
        });
        (name.trim().to_ascii_lowercase(), value)
    };
    unquoted(&text, ',').into_iter().map(of_one).filter(|(name, _)| !name.is_empty()).collect()
}

fn has(directives: &[Directive], name: &str) -> bool {
    directives.iter().any(|(known, _)| known == name)
}

fn value(directives: &[Directive], name: &str) -> Option<String> {
    directives.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.clone())
}

/// The fields that a directive names.
fn fields(directives: &[Directive], name: &str) -> Vec<String> {
    let named = value(directives, name).unwrap_or_default();
    named.split(',').map(|field| field.trim().to_ascii_lowercase()).filter(|field| !field.is_empty()).collect()
}

fn line(directives: &[Directive]) -> String {
    directives.iter().map(written).collect::<Vec<_>>().join(", ")
}

fn written((name, value): &Directive) -> String {
    match value {
        Some(value) if value.bytes().all(|byte| byte.is_ascii_alphanumeric()) => format!("{name}={value}"),
        // What it says is nothing that the crate decides by.
        Some(_) | None => name.clone(),
    }
}

/// A number of seconds (section 1.2.2).
fn seconds(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(LONGEST).min(LONGEST))
}

/// The three forms of a time that a recipient must take (RFC 9110 section 5.6.7).
fn date(text: &str) -> Option<SystemTime> {
    let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let time = forms.iter().find_map(|form| DateTime::strptime(form, text.trim()).ok())?;
    time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp().into())
}

/// As the crate reads it.
fn fixed(time: SystemTime) -> String {
    let zoned = jiff::Timestamp::try_from(time).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(TimeZone::UTC);
    zoned.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// What the headers of a name say, bytes that are no UTF-8 replaced.
fn texts(headers: &HeaderMap, name: &str) -> Vec<String> {
    headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned()).collect()
}

/// Sets a header, or takes it away where nothing is to be said.
fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    headers.remove(name);
    if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests;
