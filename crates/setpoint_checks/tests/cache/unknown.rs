//! Configurations of which the files do not say whether they keep to the rules.

use crate::{CATALOG, verdict};
use insta::assert_snapshot;

#[test]
fn an_address_decides() {
    assert_snapshot!(verdict(CATALOG, "
        geo $is_inside { default 0; 10.0.0.0/8 1; }
        server { location / {
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 60s;
            proxy_cache_bypass $is_inside; proxy_no_cache $is_inside;
        } }"), @"
    skipped: what `$is_inside` holds is not in the files
    live failed
    cached: `/catalog/1?preview=1` must not be cached, and came from the cache
      expected an answer of the service
    cached: `/account` must not be cached, and came from the cache
      expected an answer of the service
    shared: the answer to a request with the cookie `session` was kept, and given to one without
      expected no answer of it in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn an_if_has_settings() {
    assert_snapshot!(verdict(CATALOG, "server { location / {
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 60s;
            if ($request_method = GET) { add_header X-Read yes; }
        } }"), @"
    skipped: an `if` holds whose block has settings of its own (nginx.conf:7:13)
    live skipped: the answer to `/account` does not say what the cache did; the answer to `/catalog/1?preview=1` does not say what the cache did; the answer to `/catalog/1` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`; the answer to `/catalog/2?sort=price` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`
    ");
}

#[test]
fn a_rewrite_leads_elsewhere() {
    assert_snapshot!(verdict(CATALOG, "server {
        rewrite ^/catalog/(.*)$ /shop/$1 last;
        location / { proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 60s; }
    }"), @r#"
    failed
    cached: `/account` must not be cached, and nothing keeps it out
      expected `proxy_cache_bypass` and `proxy_no_cache` that hold for it
    not known: a `rewrite` leads to another path (nginx.conf:6:9)
    live failed
    cached: `/catalog/1?preview=1` must not be cached, and came from the cache
      expected an answer of the service
    cached: `/account` must not be cached, and came from the cache
      expected an answer of the service
    shared: the answer to a request with the cookie `session` was kept, and given to one without
      expected no answer of it in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    "#);
}

#[test]
fn a_pattern_looks_ahead() {
    assert_snapshot!(verdict(CATALOG, "server {
        location ~ ^/(?!account) { proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 60s; }
    }"), @r#"
    skipped: the pattern `^/(?!account)` (nginx.conf:6:9) is not understood here
    live failed
    cached: `/catalog/1?preview=1` must not be cached, and came from the cache
      expected an answer of the service
    shared: the answer to a request with the cookie `session` was kept, and given to one without
      expected no answer of it in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    not known: the answer to `/account` does not say what the cache did
    "#);
}

#[test]
fn two_servers_may_be_meant() {
    assert_snapshot!(verdict(CATALOG, "
        server { listen 81; location / { proxy_pass http://app; proxy_cache shop; } }
        server { listen 82; location / { proxy_pass http://app; proxy_cache shop; } }"), @"skipped: 2 servers of nginx may be meant; an example `https://NAME/…` or the environment's `url` says which");
}

#[test]
fn the_service_says_how_long() {
    let register = r#"
        [cache.news]
        match  = "/news*"
        ttl    = "1h"
        varies = ["header:Accept-Language", "cookie:currency"]
        cached = ["/news"]"#;
    assert_snapshot!(verdict(register, "server { location / { proxy_pass http://app; proxy_cache shop; } }"), @"
    skipped: no `proxy_cache_valid` says how long pages are kept; the key lacks `cookie:currency`: the service must answer with `Vary: Cookie`; the key lacks `header:Accept-Language`: the service must answer with `Vary: Accept-Language`
    live failed
    not-cached: `/news` was asked for 5 times and never came from the cache: `x-cache-status: MISS`
      expected a hit once it was asked for
    ");
}

#[test]
fn nothing_is_passed_on() {
    assert_snapshot!(verdict(CATALOG, "server { location / { root html; } }"), @"
    skipped: no server of nginx passes requests on
    live skipped: `/catalog/1` is answered with 404; `/catalog/2?sort=price` is answered with 404; the answer to `/account` does not say what the cache did; the answer to `/catalog/1?preview=1` does not say what the cache did
    ");
}
