//! Parameters of the query and the key, against the real nginx.

use crate::live::{STATUS, asked, page, read, register, seen};
use crate::picture;
use insta::assert_snapshot;
use setpoint_testkit::tool_is_here;

#[test]
fn the_order_of_a_query() {
    if !tool_is_here("nginx") {
        return;
    }
    let by_parts = format!("{STATUS} proxy_cache_key $uri|$arg_sort|$probe;");
    let rule = "match = \"/n*\"\ncached = [\"/news?sort=price\"]\n";
    assert_snapshot!(seen(rule, STATUS), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    "#);
    assert_snapshot!(with_map(rule, &by_parts), @r#"
    live passed
    seen: both orders of a query's parameters have one entry, though the service does not answer them alike
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    "#);
    // The service answers by the first name in the query.
    let ordered = rule.replace("/n*", "/ordered").replace("/news?", "/ordered?");
    assert_snapshot!(with_map(&ordered, &by_parts), @r#"
    live passed
    seen: both orders of a query's parameters have one entry, though the service does not answer them alike
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
}

#[test]
fn a_parameter_that_the_key_leaves_out() {
    if !tool_is_here("nginx") {
        return;
    }
    let rule = "match = \"/sorted\"\ncached = [\"/sorted?sort=price\"]\n";
    assert_snapshot!(seen(rule, STATUS), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    let cache = format!("{STATUS} proxy_cache_key $uri|$probe;");
    assert_snapshot!(with_map(rule, &cache), @r#"
    live failed
    shared: the service answers by `sort` of the query, and the cache gives the answer of one to another
      expected an entry for each, or none
    seen: both orders of a query's parameters have one entry
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    // Where the service takes no notice of it, the key need not have it.
    let ignored = rule.replace("/sorted", "/first");
    assert_snapshot!(with_map(&ignored, &format!("{cache} proxy_hide_header Set-Cookie; proxy_ignore_headers Set-Cookie;")), @r#"
    live passed
    seen: both orders of a query's parameters have one entry
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
}

/// A rule with named parameters has probes where the files say that each has an entry of its own.
#[test]
fn named_parameters() {
    if !tool_is_here("nginx") {
        return;
    }
    let rule = "match = \"/sorted*\"\nvaries = [\"query:page\"]\ncached = [\"/sorted?page=2&sort=price\"]\n";
    let cache = |key: &str| {
        format!(
            "server {{ {STATUS} location / {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; \
                 proxy_cache_key {key}; }} }}"
        )
    };
    assert_snapshot!(read(rule, &cache("$uri|$arg_page")), @"
    live failed
    shared: the service answers by `sort` of the query, and the cache gives the answer of one to another
      expected an entry for each, or none
    seen: both orders of a query's parameters have one entry
    not probed: 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    ");
    assert_snapshot!(read(rule, &cache("$uri|$arg_page|$arg_sort")), @"
    live passed
    seen: both orders of a query's parameters have one entry
    not probed: 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    ");
    assert_snapshot!(read(rule, &cache("$uri|$arg_sort")), @"live skipped: the key leaves out the query, so that a probe has no entry of its own");
    assert_snapshot!(seen(rule, &format!("{STATUS} proxy_cache_key $uri|$arg_page|$arg_sort;")), @"live skipped: the key has named parameters of the query alone, and no file of nginx says that a probe has an entry of its own");
    assert_snapshot!(seen(&page("/sorted"), STATUS), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
}

/// The same with a variable `$probe` for the parameter of a probe: nginx has none for a name with `-`.
fn with_map(rule: &str, directives: &str) -> String {
    let map = r"map $args $probe { ~setpoint-probe=(?<own>[^&]*) $own; }";
    let server = format!(
        "{map} server {{ location / {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; {directives} }} }}"
    );
    asked(&register(rule), &server, &[]).0.iter().map(picture).collect()
}
