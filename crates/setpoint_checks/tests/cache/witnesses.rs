//! How a hit is known where no header says what the cache did, against the real nginx.

use crate::live::{asked, page, read, register};
use crate::picture;
use insta::assert_snapshot;
use setpoint_testkit::tool_is_here;

/// What is seen of a server that sends no header about its cache.
fn seen(rule: &str, format: &str, directives: &str) -> String {
    if !tool_is_here("nginx") {
        return String::new();
    }
    asked(&register(rule), &http(format, directives), &[]).0.iter().map(picture).collect()
}

fn http(format: &str, directives: &str) -> String {
    let log = if format.is_empty() { "" } else { "access_log ACCESS-LOG cache;" };
    let format = if format.is_empty() { String::new() } else { format!("log_format cache '{format}';") };
    format!(
        "{format} server {{ {log} location / {{ proxy_pass http://app; proxy_cache shop; proxy_cache_valid 60s; \
         {directives} }} }}"
    )
}

const LINE: &str = r#"$remote_addr [$time_local] "$request" $status "$http_user_agent" $upstream_cache_status"#;

#[test]
fn the_line_in_the_access_log() {
    if !tool_is_here("nginx") {
        return;
    }
    assert_snapshot!(seen(&page("/news"), LINE, ""), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    assert_snapshot!(seen(&page("/private"), LINE, ""), @"
    live failed
    not-cached: `/private` was asked for 5 times and never came from the cache: `access log: MISS`
      expected a hit once it was asked for
    ");
    assert_snapshot!(seen(&page("/hello"), LINE, ""), @r#"
    live failed
    shared: the service answers by the header `Cookie`, and the cache gives the answer of one to another
      expected an entry for each, or none
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    // A word of the address is none of the log.
    assert_snapshot!(seen(&page("/HIT"), r#""$request" $status"#, ""), @"live skipped: the answer to `/HIT` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`");
    // What the log has no line of is not waited for again and again.
    assert_snapshot!(seen(&page("/news"), "$uri $upstream_cache_status", ""), @"live skipped: the answer to `/news` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`");
    let rule = "match = \"/n*\"\ncached = [\"/news\"]\nbypass = [\"cookie:session\"]\n";
    assert_snapshot!(seen(rule, LINE, "proxy_cache_bypass $cookie_session;"), @r#"
    live failed
    shared: the answer to a request with the cookie `session` was kept, and given to one without
      expected no answer of it in the cache
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since a path that nobody knows is answered with 200; 5xx, since none came, and none can be had by asking
    "#);
}

#[test]
fn what_the_service_makes_anew() {
    if !tool_is_here("nginx") {
        return;
    }
    let made = |path: &str| format!("{}made_anew = \"X-Made\"\n", page(path));
    assert_snapshot!(seen(&made("/news"), "", ""), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    assert_snapshot!(seen(&made("/private"), "", ""), @"
    live failed
    not-cached: `/private` was asked for 5 times and never came from the cache: `x-made: made anew`
      expected a hit once it was asked for
    ");
    assert_snapshot!(seen(&made("/hello"), "", ""), @r#"
    live failed
    shared: the service answers by the header `Cookie`, and the cache gives the answer of one to another
      expected an entry for each, or none
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    assert_snapshot!(seen(&made("/news"), "", "proxy_hide_header X-Made;"), @"live skipped: the answer to `/news` does not say what the cache did: nginx does with `add_header X-Cache-Status $upstream_cache_status`");
    assert_snapshot!(seen(&format!("{}may_send = [\"POST\"]\n", made("/news")), "", ""), @"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    ");
}

#[test]
fn what_nginx_makes_anew_says_nothing_of_its_cache() {
    if !tool_is_here("nginx") {
        return;
    }
    let rule = format!("{}made_anew = \"X-Request-Id\"\n", page("/news"));
    let http = http("", "add_header X-Request-Id $request_id;");
    assert_snapshot!(read(&rule, &http), @"live skipped: `made_anew` names `X-Request-Id`, which nginx itself makes in `location /` (nginx.conf:5:12), and so for answers of its cache too");
}
