//! `POST` and then `GET`, against the real nginx.

use crate::live::{STATUS, found, page};
use insta::assert_snapshot;
use setpoint_testkit::tool_is_here;

/// What is seen, and what was sent that may change something.
fn said(rule: &str, directives: &str) -> String {
    let (said, sent) = found(rule, directives);
    format!("{said}sent: {sent}")
}

#[test]
fn nothing_is_sent_that_nobody_allows() {
    if !tool_is_here("nginx") {
        return;
    }
    assert_snapshot!(said(&page("/news"), &format!("{STATUS} proxy_cache_methods POST;")), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    sent: 0
    "#);
    let bypass = format!("{}bypass = [\"method:POST\"]", page("/news"));
    assert_snapshot!(said(&bypass, STATUS), @"
    live skipped: `POST` may change something, and is sent only where `may_send` names it
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    sent: 0
    ");
}

#[test]
fn what_was_posted_is_given_to_nobody() {
    if !tool_is_here("nginx") {
        return;
    }
    let rule = format!("{}may_send = [\"POST\"]", page("/news"));
    assert_snapshot!(said(&rule, &format!("{STATUS} proxy_cache_methods POST;")), @"
    live failed
    shared: the answer to a `POST` was kept, and given to a later `GET`
      expected no answer of it in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    sent: 1
    ");
    let skip = "set $skip 0; if ($request_method = POST) { set $skip 1; } proxy_no_cache $skip;";
    assert_snapshot!(said(&rule, &format!("{STATUS} proxy_cache_methods POST; {skip}")), @"
    live failed
    cached: a `POST` must not be cached, and came from the cache
      expected an answer of the service
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    sent: 2
    ");
    let apart = "proxy_cache_key $request_method$request_uri;";
    assert_snapshot!(said(&rule, &format!("{STATUS} proxy_cache_methods POST; {apart}")), @"
    live failed
    cached: a `POST` must not be cached, and came from the cache
      expected an answer of the service
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    sent: 1
    ");
    let bypass = format!("{}may_send = [\"POST\"]\nbypass = [\"method:POST\"]", page("/news"));
    let told = "proxy_cache_methods POST; proxy_cache_bypass $skip;";
    assert_snapshot!(said(&bypass, &format!("{STATUS} {told} {skip}")), @"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    sent: 3
    ");
}
