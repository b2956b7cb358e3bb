//! What an HTTP check says of answers that keep the rules.

use crate::server::{Server, read_head};
use crate::{check, http, run_one};
use insta::assert_snapshot;
use setpoint_model::Value;
use setpoint_model::register::{Check, CheckKind, ExpectedText, HttpCheck, TcpCheck};
use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn asked(check: HttpCheck) -> String {
    run_one(&crate::check("http", CheckKind::Http(check)))
}

#[test]
fn status_headers_json_and_text_are_looked_at() {
    let server = Server::says(
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: 32\r\n\r\n{\"ok\": false, \"db\": \"locked up\"}",
    );
    let mut wanted = http(server.url("/health"));
    wanted.status = vec![200, 204];
    wanted.header = vec![
        ("content-type".to_owned(), ExpectedText::Equals("text/html".to_owned())),
        ("x-request-id".to_owned(), ExpectedText::Matches("^[0-9a-f]+$".to_owned())),
    ];
    wanted.json = vec![("ok".to_owned(), Value::Bool(true))];
    wanted.text = vec![ExpectedText::Lacks("locked".to_owned())];
    assert_snapshot!(asked(wanted), @r#"
    failed after 1 tries
    wrong-status: the status is 503; expected 200 or 204
    wrong-header: the header `content-type` is `application/json`; expected `text/html`
    wrong-header: the answer has no header `x-request-id`; expected something that the pattern `^[0-9a-f]+$` matches
    wrong-text: the body says `locked`; expected something without `locked` in it
    wrong-value: `ok` in the JSON is `false`; expected `true`
    body: "{\"ok\": false, \"db\": \"locked up\"}"
    "#);
    let mut wanted = http(server.url("/health"));
    wanted.status = vec![503];
    wanted.header = vec![("Content-Type".to_owned(), ExpectedText::Contains("json".to_owned()))];
    assert_snapshot!(asked(wanted), @"passed");
    // Without a status, only success is one.
    assert_snapshot!(asked(http(server.url("/health"))), @r#"
    failed after 1 tries
    wrong-status: the status is 503; expected 2xx
    body: "{\"ok\": false, \"db\": \"locked up\"}"
    "#);
}

#[test]
fn the_request_is_sent_as_it_stands() {
    let server = Server::that(|stream| {
        let head = read_head(stream);
        let mut body = [0; 4];
        stream.read_exact(&mut body).unwrap();
        let told = format!("{head}{}", String::from_utf8_lossy(&body));
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{told}", told.len());
    });
    let mut wanted = http(server.url("/orders?dry=1"));
    wanted.method = "PUT".to_owned();
    wanted.headers = vec![("X-Trace".to_owned(), "7".to_owned()), ("host".to_owned(), "shop.test".to_owned())];
    wanted.body = Some("a=b\n".to_owned());
    wanted.text = vec![ExpectedText::Equals(String::new())];
    assert_snapshot!(asked(wanted), @r#"
    failed after 1 tries
    wrong-text: the body is `PUT /orders?dry=1 HTTP/1.1  user-agent: setpoint/0.1.0  accept: */*  connection:…`; expected ``
    body: "PUT /orders?dry=1 HTTP/1.1\r\nuser-agent: setpoint/0.1.0\r\naccept: */*\r\nconnection: close\r\nx-trace: 7\r\nhost: shop.test\r\ncontent-length: 4\r\n\r\na=b\n"
    "#);
}

#[test]
fn a_redirect_is_followed_where_that_is_said() {
    let server = Server::that(|stream| {
        let head = read_head(stream);
        let answer: &[u8] = if head.starts_with("GET /new ") {
            b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nnew"
        } else {
            b"HTTP/1.1 301 Moved Permanently\r\nlocation: /new\r\ncontent-length: 3\r\n\r\nold"
        };
        let _ = stream.write_all(answer);
    });
    let mut wanted = http(server.url("/old"));
    wanted.text = vec![ExpectedText::Equals("new".to_owned())];
    wanted.redirects = 1;
    assert_eq!(asked(wanted.clone()), "passed");
    wanted.redirects = 0;
    assert_snapshot!(asked(wanted), @r#"
    failed after 1 tries
    wrong-status: the status is 301; expected 2xx
    wrong-text: the body is `old`; expected `new`
    body: "old"
    "#);
}

#[test]
fn a_body_that_the_server_does_not_read_still_has_its_answer() {
    let server = Server::that(|stream| {
        read_head(stream);
        let _ = stream.write_all(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n");
        let _ = stream.shutdown(std::net::Shutdown::Write);
        // Until the other side is done, so that its answer is not lost in a reset.
        let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
        let _ = std::io::copy(stream, &mut std::io::sink());
    });
    let mut wanted = http(server.url("/upload"));
    wanted.method = "POST".to_owned();
    wanted.body = Some("a".repeat(8 << 20));
    wanted.status = vec![413];
    assert_eq!(asked(wanted), "passed");
}

#[test]
fn nobody_there_is_told_from_no_such_name() {
    let address = { Server::says(b"").url("/") };
    let told = asked(http(address));
    assert!(told.contains("connection-refused: nobody listens at"), "{told}");
    assert_snapshot!(asked(http("http://no-such-host.invalid/".to_owned())), @"
    failed after 1 tries
    no-such-name: `no-such-host.invalid` has no address; expected a connection
    ");
    assert_snapshot!(asked(http("/health".to_owned())), @"
    failed after 1 tries
    not-known: `/health` is a path, and the environment has no `url` that it would be below; expected a `url` of the environment, or a whole URL here
    ");
}

#[test]
fn a_failure_is_tried_again_and_nothing_is_kept_between_tries() {
    let count = AtomicUsize::new(0);
    let server = Server::that(move |stream| {
        read_head(stream);
        let status = if count.fetch_add(1, Ordering::Relaxed) < 2 { "500 Internal Server Error" } else { "200 OK" };
        let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
    });
    let once = check("flaky", CheckKind::Http(http(server.url("/"))));
    assert_snapshot!(run_one(&Check { retries: 1, ..once.clone() }), @"
    failed after 2 tries
    wrong-status: the status is 500; expected 2xx
    ");
    assert_eq!(run_one(&Check { retries: 1, ..once }), "passed");
    assert_eq!(server.asked.load(Ordering::Relaxed), 3);
}

#[test]
fn what_is_too_slow_is_said_with_the_part_that_was() {
    let server = Server::that(|stream| {
        read_head(stream);
        std::thread::sleep(Duration::from_millis(60));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let mut wanted = http(server.url("/"));
    wanted.first_byte_within = Some(Duration::from_millis(50));
    wanted.connect_within = Some(Duration::from_secs(10));
    let told = asked(wanted);
    assert!(told.contains("too-slow: the first byte of the answer took ") && !told.contains("connection"), "{told}");
}

#[test]
fn a_tcp_check_talks_to_what_is_no_http() {
    let server = Server::that(|stream| {
        let _ = stream.write_all(b"220 mail.shop.test ESMTP\r\n");
        let mut word = [0; 6];
        let _ = stream.read_exact(&mut word);
        let _ = stream.write_all(b"221 2.0.0 Bye\r\n");
    });
    let tcp = |send: Option<&str>, answer: Option<ExpectedText>| {
        let spec = TcpCheck { tcp: server.address(), send: send.map(str::to_owned), answer, within: None };
        run_one(&Check { timeout: Duration::from_millis(300), ..check("tcp", CheckKind::Tcp(spec)) })
    };
    assert_eq!(tcp(None, None), "passed");
    assert_eq!(tcp(Some("QUIT\r\n"), Some(ExpectedText::Contains("221 2.0.0".to_owned()))), "passed");
    assert_snapshot!(tcp(None, Some(ExpectedText::Contains("250 ok".to_owned()))), @r#"
    failed after 1 tries
    timed-out: what came back within 300 ms is not what is expected; expected something with `250 ok` in it
    answer: "220 mail.shop.test ESMTP\r\n"
    "#);
    assert_snapshot!(tcp(Some("QUIT\r\n"), Some(ExpectedText::Contains("250 ok".to_owned()))), @r#"
    failed after 1 tries
    wrong-text: the answer is `220 mail.shop.test ESMTP  221 2.0.0 Bye`; expected something with `250 ok` in it
    answer: "220 mail.shop.test ESMTP\r\n221 2.0.0 Bye\r\n"
    "#);
}
