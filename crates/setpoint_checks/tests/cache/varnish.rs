//! The rules against the real Varnish in front of a service: its own header, the one that most examples add, and its log.

use crate::live::{judged, page, register};
use crate::{origin, picture};
use insta::assert_snapshot;
use setpoint_testkit::{Background, free_port, tool_is_here};
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// Varnish keeps nothing for requests with cookies or `Authorization`, unless it is told to; a page without a time it keeps for
/// two minutes (`default_ttl`).
const HANDLING: &str = "
sub vcl_deliver {
    if (obj.hits > 0) { set resp.http.X-Cache = \"HIT\"; } else { set resp.http.X-Cache = \"MISS\"; }
    WITHOUT
}";

/// What is seen of a page with these lines of VCL.
fn seen(rule: &str, vcl: &str, log_format: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (origin, _) = origin::start();
    let port = free_port();
    let file = folder.path().join("shop.vcl");
    let backend = format!("vcl 4.1;\nbackend shop {{ .host = \"127.0.0.1\"; .port = \"{origin}\"; }}\n");
    std::fs::write(&file, format!("{backend}{vcl}")).unwrap();
    let work = folder.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let mut command = Command::new("varnishd");
    command.arg("-F").arg("-n").arg(&work).arg("-f").arg(&file);
    // Without a jail it needs no user of its own, and without an address nobody can command it.
    command.args(["-j", "none", "-T", "none", "-s", "default,16m", "-a", &format!("127.0.0.1:{port}")]);
    let _varnish = Background::start(&mut command, port, Duration::from_mins(1));
    let log = folder.path().join("access.log");
    let _log = log_format.map(|format| {
        let mut writer = Command::new("varnishncsa");
        writer.arg("-n").arg(&work).arg("-F").arg(format).arg("-w").arg(&log);
        // It opens no port of its own; that of Varnish says that its memory is there.
        Background::start(&mut writer, port, Duration::from_secs(20))
    });
    let deadline = Instant::now() + Duration::from_secs(20);
    // It begins with what comes after it has found that memory.
    while log_format.is_some() && std::fs::read(&log).map_or(true, |bytes| bytes.is_empty()) {
        assert!(Instant::now() < deadline, "varnishncsa writes nothing");
        let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
        connection.write_all(b"GET /first HTTP/1.0\r\n\r\n").unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
    judged(&register(rule), port, log.to_str().unwrap(), &[]).iter().map(picture).collect()
}

#[test]
fn varnish_names_the_request_that_fetched_a_hit() {
    if !tool_is_here("varnishd") {
        return;
    }
    let vcl = HANDLING.replace("WITHOUT", "unset resp.http.X-Cache;");
    assert_snapshot!(seen(&page("/news"), &vcl, None), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    // Without this Varnish keeps nothing for a request with a cookie.
    let shared = "sub vcl_recv { return (hash); }";
    assert_snapshot!(seen(&page("/hello"), shared, None), @r#"
    live failed
    shared: the service answers by the header `Cookie`, and the cache gives the answer of one to another
      expected an entry for each, or none
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
}

#[test]
fn the_header_of_most_examples() {
    if !tool_is_here("varnishd") {
        return;
    }
    let vcl = HANDLING.replace("WITHOUT", "unset resp.http.X-Varnish;");
    assert_snapshot!(seen(&page("/news"), &vcl, None), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
    assert_snapshot!(seen(&page("/first"), &vcl, None), @"
    live failed
    not-cached: `/first` was asked for 5 times and never came from the cache: `x-cache: MISS`
      expected a hit once it was asked for
    ");
}

#[test]
fn the_log_of_varnish() {
    if !tool_is_here("varnishd") {
        return;
    }
    let vcl = HANDLING.replace("WITHOUT", "unset resp.http.X-Cache; unset resp.http.X-Varnish;");
    assert_snapshot!(seen(&page("/news"), &vcl, Some("%h \"%r\" %s %{Varnish:handling}x")), @r#"
    live passed
    seen: each order of a query's parameters has an entry of its own
    not probed: `POST`, since the rule does not say `may_send = ["POST"]`; 404, since the rule covers no path that is surely not there; 5xx, since none came, and none can be had by asking
    "#);
}
