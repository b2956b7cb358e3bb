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

/// The values of `$upstream_cache_status` (<https://nginx.org/en/docs/http/ngx_http_upstream_module.html>), with whether the
/// answer then is the cache's: `STALE` and `UPDATING` are, and `REVALIDATED` is its body (`ngx_http_cache.h`).
const NGINX: [(&str, bool); 7] = [
    ("HIT", true),
    ("STALE", true),
    ("UPDATING", true),
    ("REVALIDATED", true),
    ("MISS", false),
    ("BYPASS", false),
    ("EXPIRED", false),
];

/// What Cloudflare says besides (<https://developers.cloudflare.com/cache/concepts/cache-responses/>).
const CLOUDFLARE: [(&str, bool); 2] = [("DYNAMIC", false), ("NONE/UNKNOWN", false)];

impl Told {
    /// Of several caches on the way one that has a hit is enough.
    pub(in crate::cache) fn by(answer: &Answer) -> Self {
        let mut told = Told::Nothing;
        for (name, value) in &answer.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            match of_header(name.as_str(), &value) {
                Told::Hit => return Told::Hit,
                Told::NotHit(words) => told = Told::NotHit(words),
                Told::Nothing => {}
            }
        }
        told
    }
}

fn of_header(name: &str, value: &str) -> Told {
    let is = |is_hit: bool| if is_hit { Told::Hit } else { Told::NotHit(format!("{name}: {value}")) };
    match name {
        "cache-status" => cache_status(value).map_or(Told::Nothing, is),
        // Varnish names the transaction, and after it that one which fetched a hit (varnishd's `X-Varnish`).
        "x-varnish" => {
            let numbers: Vec<&str> = value.split_whitespace().collect();
            let is_varnish =
                !numbers.is_empty() && numbers.iter().all(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
            if is_varnish { is(numbers.len() > 1) } else { Told::Nothing }
        }
        // Fastly names each of its caches that it went through: `MISS, HIT`.
        name if name.contains("cache") => {
            let words: Vec<Option<bool>> = value.split(',').map(word).collect();
            if words.iter().all(Option::is_some) { is(words.contains(&Some(true))) } else { Told::Nothing }
        }
        _ => Told::Nothing,
    }
}

fn word(text: &str) -> Option<bool> {
    let text = text.trim();
    let first = text.split_whitespace().next()?;
    let known = NGINX.iter().chain(&CLOUDFLARE).find(|(word, _)| word.eq_ignore_ascii_case(text));
    // `Hit from cloudfront`
    let amazon = || NGINX.iter().find(|(word, _)| word.eq_ignore_ascii_case(first) && text.contains(" from "));
    known.or_else(amazon).map(|(_, is_hit)| *is_hit)
}

/// Whether a `Cache-Status` tells of a hit (RFC 9211 section 2): a list of caches, each with parameters, of which `hit` and
/// `fwd` say what it did. `None` where none of them says either.
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
fn unquoted(text: &str, separator: char) -> Vec<&str> {
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
    use super::of_header;
    use insta::assert_snapshot;

    #[test]
    fn each_cache_has_words_of_its_own() {
        let headers = [
            ("x-cache-status", "HIT"),
            ("x-proxy-cache", "STALE"),
            ("x-cache-status", "EXPIRED"),
            ("x-cache", "MISS, HIT"),
            ("x-cache", "Miss from cloudfront"),
            ("x-cache", "perhaps"),
            ("x-cache-key", "http://shop/HIT"),
            ("cf-cache-status", "DYNAMIC"),
            ("x-varnish", "32770 3"),
            ("x-varnish", "32770"),
            ("cache-status", "\"nginx, ours; hit\"; fwd=uri-miss; stored, Souin; hit; ttl=30"),
            ("cache-status", "\"hit; hit\"; fwd=bypass; fwd-status=200"),
            ("cache-status", "Souin"),
            ("age", "12"),
            ("cache-control", "max-age=60"),
        ];
        let told = headers.map(|(name, value)| format!("{name}: {value} = {:?}", of_header(name, value)));
        assert_snapshot!(told.join("\n"), @r#"
        x-cache-status: HIT = Hit
        x-proxy-cache: STALE = Hit
        x-cache-status: EXPIRED = NotHit("x-cache-status: EXPIRED")
        x-cache: MISS, HIT = Hit
        x-cache: Miss from cloudfront = NotHit("x-cache: Miss from cloudfront")
        x-cache: perhaps = Nothing
        x-cache-key: http://shop/HIT = Nothing
        cf-cache-status: DYNAMIC = NotHit("cf-cache-status: DYNAMIC")
        x-varnish: 32770 3 = Hit
        x-varnish: 32770 = NotHit("x-varnish: 32770")
        cache-status: "nginx, ours; hit"; fwd=uri-miss; stored, Souin; hit; ttl=30 = Hit
        cache-status: "hit; hit"; fwd=bypass; fwd-status=200 = NotHit("cache-status: \"hit; hit\"; fwd=bypass; fwd-status=200")
        cache-status: Souin = Nothing
        age: 12 = Nothing
        cache-control: max-age=60 = Nothing
        "#);
    }
}
