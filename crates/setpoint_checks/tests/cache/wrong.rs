//! Configurations that do not keep to the rules. Each must be caught, for what is wrong with it.

use crate::{CATALOG, NEWS, verdict};
use insta::assert_snapshot;

/// What stands in the location of `/catalog/` where it is right.
const SKIP: &str = "proxy_cache_bypass $cookie_session $arg_preview; proxy_no_cache $cookie_session $arg_preview;";

/// A server with these directives for `/catalog/`, and no cache for the rest.
fn catalog(directives: &str) -> String {
    let http = format!(
        "server {{ location / {{ proxy_pass http://app; }} location /catalog/ {{ proxy_pass http://app; {directives} }} }}"
    );
    verdict(CATALOG, &http)
}

/// The same for `/news`.
fn news(directives: &str) -> String {
    let cache = "proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 1h;";
    verdict(NEWS, &format!("server {{ location /news {{ {cache} {directives} }} }}"))
}

#[test]
fn no_cache_at_all() {
    assert_snapshot!(catalog("proxy_cache_valid 200 60s;"), @"
    failed
    not-cached: `/catalog/1` must be cached: `proxy_cache` is not set in `location /catalog/` (nginx.conf:5:48)
      expected a location with a cache that is asked and filled
    not-cached: `/catalog/2?sort=price` must be cached: `proxy_cache` is not set in `location /catalog/` (nginx.conf:5:48)
      expected a location with a cache that is asked and filled
    live skipped: the answer to `/catalog/1` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`; the answer to `/catalog/2?sort=price` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`
    ");
}

#[test]
fn a_bypass_without_its_twin() {
    let cache = "proxy_cache shop; proxy_cache_valid 200 60s;";
    assert_snapshot!(catalog(&format!("{cache} proxy_cache_bypass $cookie_session $arg_preview;")), @"
    failed
    shared: `/catalog/1?preview=1` is not answered from the cache, since `$arg_preview` of `proxy_cache_bypass` (nginx.conf:5:137) holds, but its answer is kept there for others
      expected `proxy_no_cache` that holds whenever `proxy_cache_bypass` does
    shared: a request with the cookie `session` is not answered from the cache, since `$cookie_session` of `proxy_cache_bypass` (nginx.conf:5:137) holds, but its answer is kept there for others
      expected `proxy_no_cache` that holds whenever `proxy_cache_bypass` does
    live failed
    shared: the answer to a request with the cookie `session` was kept, and given to one without
      expected no answer of it in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
    assert_snapshot!(catalog(&format!("{cache} proxy_no_cache $cookie_session $arg_preview;")), @"
    failed
    cached: `/catalog/1?preview=1` is not kept in the cache, since `$arg_preview` of `proxy_no_cache` (nginx.conf:5:137) holds, but it is answered from there
      expected `proxy_cache_bypass` that holds whenever `proxy_no_cache` does
    cached: a request with the cookie `session` is not kept in the cache, since `$cookie_session` of `proxy_no_cache` (nginx.conf:5:137) holds, but it is answered from there
      expected `proxy_cache_bypass` that holds whenever `proxy_no_cache` does
    live failed
    cached: a request with the cookie `session` must not be cached, and came from the cache
      expected an answer of the service
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn a_bypass_that_is_not_there() {
    assert_snapshot!(catalog("proxy_cache shop; proxy_cache_valid 200 60s;"), @"
    failed
    cached: `/catalog/1?preview=1` must not be cached, and nothing keeps it out
      expected `proxy_cache_bypass` and `proxy_no_cache` that hold for it
    cached: a request with the cookie `session` must not be cached, and nothing keeps it out
      expected `proxy_cache_bypass` and `proxy_no_cache` that hold for it
    live failed
    cached: `/catalog/1?preview=1` must not be cached, and came from the cache
      expected an answer of the service
    shared: the answer to a request with the cookie `session` was kept, and given to one without
      expected no answer of it in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn a_cookie_by_another_name() {
    assert_snapshot!(catalog("proxy_cache shop; proxy_cache_valid 200 60s;
        proxy_cache_bypass $cookie_sessionid $arg_preview; proxy_no_cache $cookie_sessionid $arg_preview;"), @"
    failed
    cached: a request with the cookie `session` must not be cached, and nothing keeps it out
      expected `proxy_cache_bypass` and `proxy_no_cache` that hold for it
    live failed
    shared: the answer to a request with the cookie `session` was kept, and given to one without
      expected no answer of it in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn another_time() {
    assert_snapshot!(catalog(&format!("proxy_cache shop; proxy_cache_valid any 10m; proxy_cache_valid 200 60s; {SKIP}")), @"
    failed
    wrong-value: pages are kept for 600 s in `location /catalog/` (nginx.conf:5:48)
      expected `proxy_cache_valid 200 60s`
    cached: answers with 404 are kept for 600 s in `location /catalog/` (nginx.conf:5:48), as long as pages
      expected less than 60 s for 404, or `also_kept = [404]` in the rule
    cached: answers with 500, 502, 503, 504 are kept in `location /catalog/` (nginx.conf:5:48)
      expected no time for errors of the server in `proxy_cache_valid`
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200
    ");
    assert_snapshot!(catalog(&format!("proxy_cache shop; proxy_cache_valid 0; {SKIP}")), @"
    failed
    not-cached: `/catalog/1` must be cached, and its answer is kept for no time
      expected `proxy_cache_valid` with a time for 200
    not-cached: `/catalog/2?sort=price` must be cached, and its answer is kept for no time
      expected `proxy_cache_valid` with a time for 200
    live failed
    not-cached: `/catalog/1` was asked for 5 times and never came from the cache: `x-cache-status: MISS`
      expected a hit once it was asked for
    not-cached: `/catalog/2?sort=price` was asked for 5 times and never came from the cache: `x-cache-status: MISS`
      expected a hit once it was asked for
    ");
    assert_snapshot!(catalog(&format!(
        "proxy_cache shop; proxy_ignore_headers Cache-Control Expires X-Accel-Expires; proxy_cache_valid 404 1m; {SKIP}"
    )), @"
    failed
    not-cached: `/catalog/1` must be cached, and its answer is kept for no time
      expected `proxy_cache_valid` with a time for 200
    not-cached: `/catalog/2?sort=price` must be cached, and its answer is kept for no time
      expected `proxy_cache_valid` with a time for 200
    live failed
    not-cached: `/catalog/1` was asked for 5 times and never came from the cache: `x-cache-status: MISS`
      expected a hit once it was asked for
    not-cached: `/catalog/2?sort=price` was asked for 5 times and never came from the cache: `x-cache-status: MISS`
      expected a hit once it was asked for
    ");
}

#[test]
fn answers_that_are_not_buffered() {
    assert_snapshot!(catalog(&format!("proxy_cache shop; proxy_cache_valid 60s; proxy_buffering off; {SKIP}")), @"
    failed
    not-cached: `/catalog/1` must be cached: `proxy_buffering` is off
      expected a location with a cache that is asked and filled
    not-cached: `/catalog/2?sort=price` must be cached: `proxy_buffering` is off
      expected a location with a cache that is asked and filled
    live failed
    not-cached: `/catalog/1` was asked for 5 times and never came from the cache: `x-cache-status: MISS`
      expected a hit once it was asked for
    not-cached: `/catalog/2?sort=price` was asked for 5 times and never came from the cache: `x-cache-status: MISS`
      expected a hit once it was asked for
    ");
}

#[test]
fn a_key_that_lacks_the_query_or_the_path() {
    let cache = format!("proxy_cache shop; proxy_cache_valid 60s; {SKIP}");
    assert_snapshot!(catalog(&format!("{cache} proxy_cache_key $scheme$host$uri;")), @"
    failed
    shared: the key `$scheme$host$uri` lacks the query in `location /catalog/` (nginx.conf:5:48)
      expected `proxy_cache_key` that differs where answers do
    live skipped: the key leaves out the query, so that a probe has no entry of its own
    ");
    assert_snapshot!(catalog(&format!("{cache} proxy_cache_key $host$args;")), @"
    failed
    shared: the key `$host$args` lacks the path in `location /catalog/` (nginx.conf:5:48)
      expected `proxy_cache_key` that differs where answers do
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn a_location_inside_replaces_the_list_of_the_server() {
    assert_snapshot!(verdict(CATALOG, "server {
        proxy_cache shop; proxy_cache_valid 60s;
        proxy_cache_bypass $cookie_session $arg_preview; proxy_no_cache $cookie_session $arg_preview;
        location / { proxy_pass http://app; proxy_cache off; }
        location /catalog/ { proxy_pass http://app; proxy_no_cache $arg_preview; }
    }"), @"
    failed
    shared: a request with the cookie `session` is not answered from the cache, since `$cookie_session` of `proxy_cache_bypass` (nginx.conf:7:9) holds, but its answer is kept there for others
      expected `proxy_no_cache` that holds whenever `proxy_cache_bypass` does
    live failed
    shared: the answer to a request with the cookie `session` was kept, and given to one without
      expected no answer of it in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn a_pattern_takes_the_path_from_the_longest_beginning() {
    assert_snapshot!(verdict(CATALOG, &format!("server {{
        location /catalog/ {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; {SKIP} }}
        location ~* ^/CATALOG/[0-9]+$ {{ proxy_pass http://app; }}
    }}")), @"
    failed
    not-cached: `/catalog/1` must be cached: `proxy_cache` is not set in `location ~* ^/CATALOG/[0-9]+$` (nginx.conf:7:9)
      expected a location with a cache that is asked and filled
    not-cached: `/catalog/2?sort=price` must be cached: `proxy_cache` is not set in `location ~* ^/CATALOG/[0-9]+$` (nginx.conf:7:9)
      expected a location with a cache that is asked and filled
    live skipped: the answer to `/catalog/1` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`; the answer to `/catalog/2?sort=price` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`
    ");
}

#[test]
fn a_map_that_is_the_wrong_way_round() {
    assert_snapshot!(verdict(CATALOG, "
        map $cookie_session $skip { default 0; '' 1; }
        server { location /catalog/ {
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s;
            proxy_cache_bypass $skip $arg_preview; proxy_no_cache $skip $arg_preview;
        } }"), @"
    failed
    not-cached: `/catalog/1` must be cached: `$skip` of `proxy_cache_bypass` (nginx.conf:9:13) holds
      expected a location with a cache that is asked and filled
    not-cached: `/catalog/2?sort=price` must be cached: `$skip` of `proxy_cache_bypass` (nginx.conf:9:13) holds
      expected a location with a cache that is asked and filled
    live failed
    not-cached: `/catalog/1` was asked for 5 times and never came from the cache: `x-cache-status: BYPASS`
      expected a hit once it was asked for
    not-cached: `/catalog/2?sort=price` was asked for 5 times and never came from the cache: `x-cache-status: BYPASS`
      expected a hit once it was asked for
    ");
}

#[test]
fn a_map_that_knows_some_cookies_alone() {
    assert_snapshot!(verdict(CATALOG, r#"
        map $cookie_session $skip { default 0; "~^[0-9a-f]{32}$" 1; }
        server { location /catalog/ {
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s;
            proxy_cache_bypass $skip $arg_preview; proxy_no_cache $skip $arg_preview;
        } }"#), @"
    failed
    cached: a request with the cookie `session` must not be cached, and nothing keeps it out
      expected `proxy_cache_bypass` and `proxy_no_cache` that hold for it
    live failed
    shared: the answer to a request with the cookie `session` was kept, and given to one without
      expected no answer of it in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn everything_is_cached() {
    assert_snapshot!(verdict(CATALOG, &format!("server {{
        location / {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; {SKIP} }}
    }}")), @"
    failed
    cached: `/account` must not be cached, and nothing keeps it out
      expected `proxy_cache_bypass` and `proxy_no_cache` that hold for it
    live failed
    cached: `/account` must not be cached, and came from the cache
      expected an answer of the service
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn an_if_that_forgets_the_query() {
    assert_snapshot!(verdict(CATALOG, "server {
        set $skip '';
        if ($http_cookie ~ session=) { set $skip 1; }
        location /catalog/ {
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; proxy_cache_bypass $skip; proxy_no_cache $skip;
        }
    }"), @"
    failed
    cached: `/catalog/1?preview=1` must not be cached, and nothing keeps it out
      expected `proxy_cache_bypass` and `proxy_no_cache` that hold for it
    live failed
    cached: `/catalog/1?preview=1` must not be cached, and came from the cache
      expected an answer of the service
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn a_redirect_before_the_cache() {
    assert_snapshot!(verdict(CATALOG, &format!("server {{
        if ($host = shop.example) {{ return 301 https://www.shop.example$request_uri; }}
        server_name shop.example;
        location /catalog/ {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; {SKIP} }}
    }}")), @"
    failed
    not-cached: `/catalog/1` must be cached: nginx itself answers in `return 301 https://www.shop.example$request_uri` (nginx.conf:6:37)
      expected a location with a cache that is asked and filled
    not-cached: `/catalog/2?sort=price` must be cached: nginx itself answers in `return 301 https://www.shop.example$request_uri` (nginx.conf:6:37)
      expected a location with a cache that is asked and filled
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
    let register = CATALOG.replace("/catalog/*", "/catalog*").replace("/catalog/1\",", "/catalog\",");
    assert_snapshot!(verdict(&register, &format!("server {{
        location /catalog/ {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; {SKIP} }}
    }}")), @"
    failed
    not-cached: `/catalog` must be cached: nginx itself answers in `location /catalog/` (nginx.conf:6:9)
      expected a location with a cache that is asked and filled
    live skipped: `/catalog` is answered with 301
    seen: each order of a query's parameters has an entry of its own
    not probed: 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn a_query_without_a_value() {
    let register = CATALOG.replace("preview=1", "preview");
    assert_snapshot!(verdict(&register, &format!("server {{
        location /catalog/ {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; {SKIP} }}
    }}")), @"
    failed
    cached: `/catalog/1?preview` must not be cached, and nothing keeps it out
      expected `proxy_cache_bypass` and `proxy_no_cache` that hold for it
    live failed
    cached: `/catalog/1?preview` must not be cached, and came from the cache
      expected an answer of the service
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn files_of_the_disk_in_the_place_of_the_service() {
    let register = CATALOG.replace("/catalog/1\",", "/catalog/style.css\",");
    assert_snapshot!(verdict(&register, &format!("server {{
        location ~ \\.(css|js)$ {{ root html; }}
        location /catalog/ {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; {SKIP} }}
    }}")), @r"
    failed
    not-cached: `/catalog/style.css` must be cached: nothing is passed on in `location ~ \.(css|js)$` (nginx.conf:6:9)
      expected a location with a cache that is asked and filled
    live skipped: `/catalog/style.css` is answered with 404
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn a_session_in_the_cache() {
    assert_snapshot!(news("proxy_ignore_headers Set-Cookie;"), @"
    failed
    shared: answers that set a cookie are kept, and everybody gets that cookie in `location /news` (nginx.conf:5:10)
      expected no `Set-Cookie` in `proxy_ignore_headers`
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
    assert_snapshot!(news("proxy_ignore_headers Cache-Control;"), @"
    failed
    shared: answers that the service marks as `private` or `no-store` are kept in `location /news` (nginx.conf:5:10)
      expected no `Cache-Control` in `proxy_ignore_headers`
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn methods_that_share_a_key() {
    assert_snapshot!(news("proxy_cache_convert_head off;"), @"
    failed
    shared: the key `$scheme$proxy_host$request_uri` lacks the method, and answers to HEAD are kept in `location /news` (nginx.conf:5:10)
      expected `proxy_cache_key` that differs where answers do
    live failed
    shared: after `HEAD` the cache gives a part of the page for the whole
      expected the whole page
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
    assert_snapshot!(news("proxy_cache_methods POST;"), @r#"
    failed
    shared: the key `$scheme$proxy_host$request_uri` lacks the method, and answers to POST are kept in `location /news` (nginx.conf:5:10)
      expected `proxy_cache_key` that differs where answers do
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    "#);
    assert_snapshot!(news("proxy_cache_methods POST; proxy_cache_key $request_method$request_uri;"), @r#"
    failed
    shared: the key `$request_method$request_uri` lacks the body, and answers to POST are kept in `location /news` (nginx.conf:5:10)
      expected `proxy_cache_key` that differs where answers do
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    "#);
}

#[test]
fn languages_that_share_a_key() {
    let register = format!("{NEWS}\nvaries = [\"header:Accept-Language\", \"query:page\"]");
    assert_snapshot!(verdict(&register, "server { location /news {
        proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 1h;
        proxy_ignore_headers Vary; proxy_cache_key $host$uri$arg_sort;
    } }"), @"
    failed
    shared: the key `$host$uri$arg_sort` lacks `page` of the query in `location /news` (nginx.conf:5:10)
      expected `proxy_cache_key` that differs where answers do
    shared: the key `$host$uri$arg_sort` lacks `header:Accept-Language`, and `Vary` is ignored in `location /news` (nginx.conf:5:10)
      expected `proxy_cache_key` that differs where answers do
    live skipped: the key leaves out the query, so that a probe has no entry of its own
    ");
}

#[test]
fn hosts_that_share_a_key() {
    assert_snapshot!(verdict(NEWS, "server {
        server_name ~^(?<tenant>.+)\\.shop\\.example$;
        location /news { proxy_pass http://app; proxy_set_header Host $host; proxy_cache shop; proxy_cache_valid 200 1h; }
    }"), @"
    failed
    shared: the key `$scheme$proxy_host$request_uri` lacks the host, and the service is told which one it is in `location /news` (nginx.conf:7:9)
      expected `proxy_cache_key` that differs where answers do
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn a_key_that_has_no_default() {
    assert_snapshot!(verdict(NEWS, "server {
        location /news { uwsgi_pass app; uwsgi_cache uwsgi; uwsgi_cache_valid 200 1h; }
    }"), @"
    failed
    shared: every page has the same key, the empty one in `location /news` (nginx.conf:6:9)
      expected `uwsgi_cache_key`, which has no default
    ");
}

#[test]
fn a_header_that_is_not_inherited() {
    assert_snapshot!(verdict(NEWS, "server {
        add_header X-Cache $upstream_cache_status;
        location /news {
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 1h; add_header X-Frame-Options DENY;
        }
    }"), @"
    failed
    wrong-header: the header `X-Cache` of the server is not sent in `location /news` (nginx.conf:7:9)
      expected what the cache did in a header of every answer that comes through it
    live skipped: the answer to `/news` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`
    ");
}

#[test]
fn errors_that_are_kept() {
    assert_snapshot!(catalog(&format!("proxy_cache shop; proxy_cache_valid 200 60s; proxy_cache_valid any 5s; {SKIP}")), @"
    failed
    cached: answers with 500, 502, 503, 504 are kept in `location /catalog/` (nginx.conf:5:48)
      expected no time for errors of the server in `proxy_cache_valid`
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200
    ");
    assert_snapshot!(catalog(&format!("proxy_cache shop; proxy_cache_valid 200 404 60s; {SKIP}")), @"
    failed
    cached: answers with 404 are kept for 60 s in `location /catalog/` (nginx.conf:5:48), as long as pages
      expected less than 60 s for 404, or `also_kept = [404]` in the rule
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
    let register = CATALOG.replace("bypass ", "also_kept = [404, 410]\n    bypass ");
    assert_snapshot!(verdict(&register, &format!("server {{
        location / {{ proxy_pass http://app; }}
        location /catalog/ {{
            proxy_pass http://app; proxy_cache shop; proxy_cache_valid 200 404 60s; proxy_cache_valid 410 5s; {SKIP}
        }}
    }}")), @"
    failed
    wrong-value: answers with 410 are not kept for 60 s in `location /catalog/` (nginx.conf:7:9)
      expected `proxy_cache_valid 410 60s`
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    ");
}
