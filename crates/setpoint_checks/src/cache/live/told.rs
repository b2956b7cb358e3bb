//! What caches say that they did, each in a header and in words of its own, and the same in those of RFC 9211.

use crate::web::Answer;

/// What an answer says that caches did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cache) enum Told {
    /// It came from a cache.
    Hit,
    /// It did not, in the words of the header.
    NotHit(String),
    /// It has no header that says so. `Age` is none: caches send it with what they have just fetched, and nginx never does.
    Nothing,
}

/// What a word means: whether the answer is the cache's, and the same in RFC 9211's words.
type Meaning = (bool, &'static str);

/// The words of one cache.
struct Vocabulary {
    /// True of the header in which it says them.
    is_in: fn(&str) -> bool,
    words: &'static [(&'static str, Meaning)],
}

/// The values of `$upstream_cache_status` (<https://nginx.org/en/docs/http/ngx_http_upstream_module.html>): `STALE` and
/// `UPDATING` are the cache's answer, and `REVALIDATED` is its body (`ngx_http_cache.h`). People name the header as they like;
/// `HIT` and `MISS` are what most examples for Varnish put into `X-Cache`, too.
const NGINX: Vocabulary = Vocabulary {
    is_in: |name| name.contains("cache") && name != "cache-control",
    words: &[
        ("HIT", (true, "hit")),
        ("STALE", (true, "hit")),
        ("UPDATING", (true, "hit")),
        ("REVALIDATED", (true, "fwd=stale; fwd-status=304")),
        ("MISS", (false, "fwd=miss")),
        ("BYPASS", (false, "fwd=bypass")),
        ("EXPIRED", (false, "fwd=stale")),
    ],
};

/// What Cloudflare says besides nginx's seven (<https://developers.cloudflare.com/cache/concepts/cache-responses/>): it keeps
/// no answers of that kind.
const CLOUDFLARE: Vocabulary = Vocabulary {
    is_in: |name| name == "cf-cache-status",
    words: &[("DYNAMIC", (false, "fwd=bypass")), ("NONE/UNKNOWN", (false, "fwd=bypass"))],
};

/// What Amazon's CDN says, as its logs do in `x-edge-result-type`
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>). Of `Error` nobody knows
/// who made it.
const CLOUDFRONT: Vocabulary = Vocabulary {
    is_in: |name| name == "x-cache",
    words: &[
        ("Hit from cloudfront", (true, "hit")),
        ("RefreshHit from cloudfront", (true, "fwd=stale; fwd-status=304")),
        ("Miss from cloudfront", (false, "fwd=miss")),
    ],
};

const VOCABULARIES: [Vocabulary; 3] = [NGINX, CLOUDFLARE, CLOUDFRONT];

/// What `varnishncsa` writes for `%{Varnish:handling}x` (varnishncsa(1)).
const VARNISH_IN_LOGS: [(&str, Meaning); 5] = [
    ("hit", (true, "hit")),
    ("miss", (false, "fwd=miss")),
    ("pass", (false, "fwd=bypass")),
    ("pipe", (false, "fwd=bypass")),
    ("synth", (false, "fwd=bypass")),
];

impl Told {
    /// Of several caches on the way one that has a hit is enough.
    pub(in crate::cache) fn by(answer: &Answer) -> Self {
        let mut told = Told::Nothing;
        for (name, value) in said(answer) {
            match meaning(&name, &value) {
                Some((true, _)) => return Told::Hit,
                Some((false, _)) => told = Told::NotHit(format!("{name}: {value}")),
                None => {}
            }
        }
        told
    }

    /// By a line of an access log, of which the target of the request is no word. A line with several words says nothing, since
    /// nobody knows which of them is the cache's.
    pub(super) fn by_line(words: &str) -> Self {
        let is_part = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
        let known = |word: &str| {
            let words = NGINX.words.iter().chain(&VARNISH_IN_LOGS);
            words.into_iter().find(|(known, _)| *known == word).map(|(known, (is_hit, _))| (*known, *is_hit))
        };
        let mut found: Vec<(&str, bool)> = words.split(is_part).filter_map(known).collect();
        found.dedup();
        match found.as_slice() {
            [(_, true)] => Told::Hit,
            [(word, false)] => Told::NotHit(format!("access log: {word}")),
            _ => Told::Nothing,
        }
    }
}

/// What an answer's headers say, each in the words of RFC 9211: `hit` and the reasons of `fwd`.
pub(in crate::cache) fn in_common_words(answer: &Answer) -> Option<String> {
    let said = said(answer).into_iter().filter(|(name, _)| name != "cache-status");
    let mut words: Vec<&str> = said.filter_map(|(name, value)| Some(meaning(&name, &value)?.1)).collect();
    words.retain(|words| !words.is_empty());
    words.dedup();
    (!words.is_empty()).then(|| words.join(", "))
}

fn said(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    answer.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

/// What a header says that caches did; `None` where it says nothing of that.
fn meaning(name: &str, value: &str) -> Option<Meaning> {
    match name {
        "cache-status" => cache_status(value).map(|is_hit| (is_hit, "")),
        // Varnish names the transaction, and after it that one which fetched a hit (varnishd's `X-Varnish`,
        // <https://varnish-cache.org/docs/trunk/users-guide/increasing-your-hitrate.html>). One number is a miss or a pass.
        "x-varnish" => {
            let numbers = numbers(value.split_whitespace())?;
            Some(if numbers.len() > 1 { (true, "hit") } else { (false, "") })
        }
        // How often each of Fastly's caches has given this answer
        // (<https://www.fastly.com/documentation/reference/http/http-headers/X-Cache-Hits/>).
        "x-cache-hits" => {
            let is_hit =
                numbers(value.split(',').map(str::trim))?.iter().any(|number| number.bytes().any(|it| it != b'0'));
            Some(if is_hit { (true, "hit") } else { (false, "fwd=miss") })
        }
        // Fastly names each of its caches that it went through: `MISS, HIT`
        // (<https://www.fastly.com/documentation/reference/http/http-headers/X-Cache/>). Its `X-Served-By` says who they are,
        // and not what they did.
        name => {
            let words: Option<Vec<Meaning>> = value.split(',').map(|text| word(name, text.trim())).collect();
            let words = words?;
            words.iter().find(|(is_hit, _)| *is_hit).or(words.first()).copied()
        }
    }
}

fn word(name: &str, text: &str) -> Option<Meaning> {
    let known = |text: &str| {
        let mut known = VOCABULARIES.iter().filter(|cache| (cache.is_in)(name)).flat_map(|cache| cache.words);
        known.find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, meaning)| *meaning)
    };
    // Squid says who it is: `HIT from proxy.example`.
    known(text).or_else(|| text.split_once(" from ").and_then(|(word, _)| known(word)))
}

/// The texts, where there are some and each is a number.
fn numbers<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Vec<&'t str>> {
    let texts: Vec<&str> = texts.collect();
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (!texts.is_empty() && texts.iter().all(is_number)).then_some(texts)
}

/// Whether a `Cache-Status` tells of a hit (RFC 9211 section 2; Caddy's cache-handler sends it): a list of caches, each with
/// parameters, of which `hit` and `fwd` say what it did. `None` where none of them says either.
fn cache_status(value: &str) -> Option<bool> {
    let caches = unquoted(value, ',').into_iter().filter_map(|cache| {
        let parameters: Vec<String> = unquoted(cache, ';').into_iter().skip(1).map(|it| it.trim().to_owned()).collect();
        // `hit` alone stands for `hit=?1` (RFC 9651 section 3.1.2).
        let is_hit = parameters.iter().any(|parameter| parameter == "hit" || parameter == "hit=?1");
        (is_hit || parameters.iter().any(|parameter| parameter.starts_with("fwd="))).then_some(is_hit)
    });
    let caches: Vec<bool> = caches.collect();
    (!caches.is_empty()).then(|| caches.contains(&true))
}

/// The parts between a separator, which within quotes is none.
pub(in crate::cache) fn unquoted(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    text.split(|letter| {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => {}
        }
        letter == separator && !is_quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Told, in_common_words};
    use crate::web::Answer;
    use insta::assert_snapshot;
    use ureq_proto::http::{HeaderMap, HeaderName, HeaderValue};

    fn told(name: &'static str, value: &str) -> String {
        let mut answer = Answer::default();
        let pair = (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        answer.headers = HeaderMap::from_iter([pair]);
        let told = match Told::by(&answer) {
            Told::Hit => "hit",
            Told::NotHit(_) => "not",
            Told::Nothing => "nothing",
        };
        let common = in_common_words(&answer).map(|words| format!(" ({words})")).unwrap_or_default();
        format!("{name}: {value} = {told}{common}")
    }

    #[test]
    fn each_cache_has_words_of_its_own() {
        let headers = [
            // nginx
            ("x-cache-status", "HIT"),
            ("x-proxy-cache", "STALE"),
            ("x-cache-status", "UPDATING"),
            ("x-cache-status", "REVALIDATED"),
            ("x-cache-status", "MISS"),
            ("x-cache-status", "BYPASS"),
            ("x-cache-status", "EXPIRED"),
            // Varnish
            ("x-varnish", "32770 3"),
            ("x-varnish", "32770"),
            ("x-cache", "hit"),
            // Caddy's cache-handler
            ("cache-status", "Souin; hit; ttl=112; key=GET-https-shop.example-/catalog/1; detail=DEFAULT"),
            ("cache-status", "Souin; fwd=uri-miss; stored; key=GET-https-shop.example-/catalog/1"),
            // Cloudflare
            ("cf-cache-status", "HIT"),
            ("cf-cache-status", "REVALIDATED"),
            ("cf-cache-status", "EXPIRED"),
            ("cf-cache-status", "DYNAMIC"),
            ("cf-cache-status", "NONE/UNKNOWN"),
            // Fastly
            ("x-cache", "MISS, HIT"),
            ("x-cache", "HIT, MISS"),
            ("x-cache", "MISS, MISS"),
            ("x-cache-hits", "0, 12"),
            ("x-cache-hits", "0, 0"),
            ("x-served-by", "cache-fra-1234-FRA, cache-ams-1-AMS"),
            // Amazon
            ("x-cache", "Hit from cloudfront"),
            ("x-cache", "RefreshHit from cloudfront"),
            ("x-cache", "Miss from cloudfront"),
            ("x-cache", "Error from cloudfront"),
            // Squid
            ("x-cache", "HIT from proxy.example"),
            ("x-cache", "MISS from proxy.example"),
            // RFC 9211
            ("cache-status", "\"nginx, ours; hit\"; fwd=uri-miss; stored, Other; hit; ttl=30"),
            ("cache-status", "\"hit; hit\"; fwd=bypass; fwd-status=200"),
            ("cache-status", "Other"),
            // None of them
            ("x-cache", "perhaps"),
            ("x-cache", "HIT, perhaps"),
            ("x-cache-key", "http://shop/HIT"),
            ("x-status", "HIT"),
            ("dynamic-cache", "DYNAMIC"),
            ("age", "12"),
            ("cache-control", "max-age=60"),
        ];
        assert_snapshot!(headers.map(|(name, value)| told(name, value)).join("\n"), @r#"
        x-cache-status: HIT = hit (hit)
        x-proxy-cache: STALE = hit (hit)
        x-cache-status: UPDATING = hit (hit)
        x-cache-status: REVALIDATED = hit (fwd=stale; fwd-status=304)
        x-cache-status: MISS = not (fwd=miss)
        x-cache-status: BYPASS = not (fwd=bypass)
        x-cache-status: EXPIRED = not (fwd=stale)
        x-varnish: 32770 3 = hit (hit)
        x-varnish: 32770 = not
        x-cache: hit = hit (hit)
        cache-status: Souin; hit; ttl=112; key=GET-https-shop.example-/catalog/1; detail=DEFAULT = hit
        cache-status: Souin; fwd=uri-miss; stored; key=GET-https-shop.example-/catalog/1 = not
        cf-cache-status: HIT = hit (hit)
        cf-cache-status: REVALIDATED = hit (fwd=stale; fwd-status=304)
        cf-cache-status: EXPIRED = not (fwd=stale)
        cf-cache-status: DYNAMIC = not (fwd=bypass)
        cf-cache-status: NONE/UNKNOWN = not (fwd=bypass)
        x-cache: MISS, HIT = hit (hit)
        x-cache: HIT, MISS = hit (hit)
        x-cache: MISS, MISS = not (fwd=miss)
        x-cache-hits: 0, 12 = hit (hit)
        x-cache-hits: 0, 0 = not (fwd=miss)
        x-served-by: cache-fra-1234-FRA, cache-ams-1-AMS = nothing
        x-cache: Hit from cloudfront = hit (hit)
        x-cache: RefreshHit from cloudfront = hit (fwd=stale; fwd-status=304)
        x-cache: Miss from cloudfront = not (fwd=miss)
        x-cache: Error from cloudfront = nothing
        x-cache: HIT from proxy.example = hit (hit)
        x-cache: MISS from proxy.example = not (fwd=miss)
        cache-status: "nginx, ours; hit"; fwd=uri-miss; stored, Other; hit; ttl=30 = hit
        cache-status: "hit; hit"; fwd=bypass; fwd-status=200 = not
        cache-status: Other = nothing
        x-cache: perhaps = nothing
        x-cache: HIT, perhaps = nothing
        x-cache-key: http://shop/HIT = nothing
        x-status: HIT = nothing
        dynamic-cache: DYNAMIC = nothing
        age: 12 = nothing
        cache-control: max-age=60 = nothing
        "#);
    }

    #[test]
    fn a_line_of_an_access_log_says_it_in_one_word() {
        let lines = [
            r#"127.0.0.1 - - [26/Nov/2026:10:00:00 +0000] "GET  HTTP/1.1" 200 12 "-" "setpoint/0.0.0" HIT"#,
            r#"{"status":"200","cache":"EXPIRED"}"#,
            "200 cs=MISS rt=0.001",
            r#""GET  HTTP/1.1" 200 12 hit"#,
            r#""GET  HTTP/1.1" 200 12 pass"#,
            r#""GET  HTTP/1.1" 200 12 -"#,
            "HIT upstream=MISS",
            "HITS",
        ];
        assert_snapshot!(lines.map(|line| format!("{:?}", Told::by_line(line))).join("\n"), @r#"
        Hit
        NotHit("access log: EXPIRED")
        NotHit("access log: MISS")
        Hit
        NotHit("access log: pass")
        Nothing
        Nothing
        Nothing
        "#);
    }
}
