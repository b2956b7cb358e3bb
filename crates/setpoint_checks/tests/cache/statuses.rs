//! Answers that are no page, against the real nginx.

use crate::live::{STATUS, read, seen};
use insta::assert_snapshot;
use setpoint_testkit::tool_is_here;

const SHELF: &str = "match = \"/shelf/*\"\ncached = [\"/shelf/1\"]\n";

#[test]
fn a_path_that_is_not_there() {
    if !tool_is_here("nginx") {
        return;
    }
    assert_snapshot!(seen(SHELF, STATUS), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 5xx, since none came, and none can be had by asking
    "#);
    let always = "add_header X-Cache-Status $upstream_cache_status always;";
    // Without the files nobody knows for how long.
    assert_snapshot!(seen(SHELF, &format!("{always} proxy_cache_valid 404 60s;")), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    seen: an answer with 404 is kept, and for how long is not known from here
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 5xx, since none came, and none can be had by asking
    "#);
    let listed = format!("{SHELF}also_kept = [404]\n");
    assert_snapshot!(seen(&listed, &format!("{always} proxy_cache_valid 404 60s;")), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 5xx, since none came, and none can be had by asking
    "#);
}

#[test]
fn a_path_that_is_not_there_is_kept_as_long_as_a_page() {
    if !tool_is_here("nginx") {
        return;
    }
    let always = "add_header X-Cache-Status $upstream_cache_status always;";
    let of_service = SHELF.replace("shelf", "cellar");
    assert_snapshot!(seen(&of_service, always), @r#"
    live failed
    cached: an answer with 404 is kept for 3600 s, as long as a page
      expected a shorter time for 404, or `also_kept = [404]` in the rule
    seen: the service says that pages are fresh for 30 s, and the rule that they are kept for 60 s
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 5xx, since none came, and none can be had by asking
    "#);
    let files = |valid: &str| {
        let cache = format!("proxy_cache shop; proxy_cache_valid 200 60s; {valid}");
        read(SHELF, &format!("server {{ {always} location / {{ proxy_pass http://app; {cache} }} }}"))
    };
    assert_snapshot!(files("proxy_cache_valid 404 60s;"), @"
    live failed
    cached: an answer with 404 is kept for 60 s, as long as a page
      expected a shorter time for 404, or `also_kept = [404]` in the rule
    seen: each order of a query's parameters has an entry of its own
    not probed: 5xx, since none came, and none can be had by asking
    ");
    assert_snapshot!(files("proxy_cache_valid any 5s;"), @"
    live passed
    seen: each order of a query's parameters has an entry of its own
    seen: an answer with 404 is kept for 5 s
    ");
}

#[test]
fn errors_that_happen() {
    if !tool_is_here("nginx") {
        return;
    }
    let rule = "match = \"/*\"\ncached = [\"/news\", \"/broken\"]\n";
    let always = "add_header X-Cache-Status $upstream_cache_status always;";
    assert_snapshot!(seen(rule, always), @r#"
    live skipped: `/broken` is answered with 503
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200
    "#);
    assert_snapshot!(seen(rule, &format!("{always} proxy_cache_valid 503 5s;")), @r#"
    live failed
    cached: an answer with 503 came from the cache
      expected no error of the server in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200
    not known: `/broken` is answered with 503
    "#);
    let listed = format!("{rule}also_kept = [503]\n");
    assert_snapshot!(seen(&listed, &format!("{always} proxy_cache_valid 503 60s;")), @r#"
    live skipped: `/broken` is answered with 503
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200
    "#);
}
