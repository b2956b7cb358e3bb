//! Servers that break the rules: a check ends in bounded time and memory, with the right reason.

use crate::server::{Server, read_head};
use crate::{check, http, run_one};
use insta::assert_snapshot;
use setpoint_model::register::{Check, CheckKind, ExpectedText};
use std::io::Write as _;
use std::time::Duration;

/// As short as a time limit can be that a fast answer still keeps on a busy machine.
const SHORT: Duration = Duration::from_millis(400);

fn impatient(server: &Server) -> Check {
    Check { timeout: SHORT, ..check("hostile", CheckKind::Http(http(server.url("/")))) }
}

fn asked(server: &Server) -> String {
    run_one(&check("hostile", CheckKind::Http(http(server.url("/")))))
}

#[test]
fn a_slow_drip_of_headers_ends_with_the_try() {
    let server = Server::that(|stream| {
        read_head(stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx-drip: ");
        while stream.write_all(b"a").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    assert_snapshot!(run_one(&impatient(&server)), @"
    failed after 1 tries
    timed-out: the answer's headers took longer than 400 ms; expected an answer within 400 ms
    ");
}

#[test]
fn a_slow_drip_of_a_body_ends_with_the_try() {
    let server = Server::that(|stream| {
        read_head(stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nhello");
        while stream.write_all(b"").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    assert_snapshot!(run_one(&impatient(&server)), @r#"
    failed after 1 tries
    timed-out: the answer's body took longer than 400 ms; expected an answer within 400 ms
    body: "hello"
    "#);
}

#[test]
fn of_an_endless_body_no_more_is_read_than_is_looked_at() {
    let server = Server::that(|stream| {
        read_head(stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'a'; 4096]).is_ok() {}
    });
    assert_snapshot!(asked(&server), @"passed");
    let mut wanted = http(server.url("/"));
    wanted.text = vec![ExpectedText::Contains("b".to_owned())];
    assert_snapshot!(run_one(&check("hostile", CheckKind::Http(wanted))).lines().take(2).collect::<Vec<_>>().join("\n"), @"
    failed after 1 tries
    too-long: the answer's body is longer than 2097152 bytes, of which no more were read; expected a body that can be looked at as a whole
    ");
}

#[test]
fn endless_redirects_are_followed_as_often_as_is_said() {
    let server = Server::says(b"HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n");
    let mut wanted = http(server.url("/"));
    wanted.redirects = 3;
    assert_snapshot!(run_one(&check("hostile", CheckKind::Http(wanted))), @"
    failed after 1 tries
    too-many-redirects: the answer is a redirect still after 3 of them; expected at most 3 redirects
    ");
    assert_eq!(server.asked.load(std::sync::atomic::Ordering::Relaxed), 4);
}

#[test]
fn a_compressed_body_that_nobody_asked_for_is_not_unpacked() {
    let server =
        Server::says(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00");
    let mut wanted = http(server.url("/"));
    wanted.text = vec![ExpectedText::Contains("ok".to_owned())];
    assert_snapshot!(run_one(&check("hostile", CheckKind::Http(wanted))), @r#"
    failed after 1 tries
    not-understood: the answer's body is encoded as `gzip`, which is not decoded; expected a plain body
    hint: leave `Accept-Encoding` out of the check's headers, or look at the header alone
    body: "\u{1f}�\u{8}\0"
    "#);
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    let server = Server::says(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\xff\xfeok");
    let mut wanted = http(server.url("/"));
    wanted.text = vec![ExpectedText::Equals("ok".to_owned())];
    assert_snapshot!(run_one(&check("hostile", CheckKind::Http(wanted))), @r#"
    failed after 1 tries
    wrong-text: the body is `��ok`; expected `ok`
    body: "��ok"
    "#);
}

#[test]
fn a_flood_of_headers_is_cut_off() {
    let server = Server::that(|stream| {
        read_head(stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(format!("x-flood: {}\r\n", "a".repeat(4000)).as_bytes()).is_ok() {}
    });
    assert_snapshot!(asked(&server), @"
    failed after 1 tries
    too-long: the answer's headers are longer than 65536 bytes; expected headers that a proxy would accept
    ");
    let server = Server::that(|stream| {
        read_head(stream);
        let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(500)).as_bytes());
    });
    assert_snapshot!(asked(&server), @"
    failed after 1 tries
    too-long: the answer has more than 128 headers; expected headers that a proxy would accept
    ");
}

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    let server = Server::says(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
    assert_snapshot!(asked(&server), @r#"
    failed after 1 tries
    connection-lost: the connection ended after 5 bytes of the answer's body; expected a whole answer
    body: "hello"
    "#);
    let server = Server::says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
    assert_snapshot!(asked(&server), @r#"
    failed after 1 tries
    connection-lost: the connection ended after 5 bytes of the answer's body; expected a whole answer
    body: "hello"
    "#);
    let server = Server::says(b"HTTP/1.1 200");
    assert_snapshot!(asked(&server), @"
    failed after 1 tries
    connection-lost: the connection ended within the answer's headers; expected a whole answer
    ");
    let server = Server::says(b"");
    assert_snapshot!(asked(&server), @"
    failed after 1 tries
    connection-lost: the connection ended before a byte of the answer came; expected a whole answer
    ");
}

#[test]
fn a_reset_within_the_body_is_a_lost_connection() {
    let server = Server::that(|stream| {
        // What was not read makes of the close a reset (RFC 9293, 3.10.7).
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
        std::thread::sleep(Duration::from_millis(100));
    });
    let told = asked(&server);
    assert!(told.contains("connection-lost") && told.contains("body: \"hello\""), "{told}");
}

#[test]
fn what_is_no_http_is_said_to_be_none() {
    assert_snapshot!(asked(&Server::says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")), @"
    failed after 1 tries
    not-understood: what came back is no HTTP/1.1: http parse fail: invalid HTTP version; expected an answer of HTTP/1.1
    ");
    assert_snapshot!(asked(&Server::says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")), @"
    failed after 1 tries
    not-understood: what came back is no HTTP/1.1: chunk length cannot be read as a number; expected an answer of HTTP/1.1
    ");
}

#[test]
fn endless_provisional_answers_end_with_the_try() {
    let server = Server::that(|stream| {
        read_head(stream);
        while stream.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    assert_snapshot!(run_one(&impatient(&server)), @"
    failed after 1 tries
    timed-out: the answer's headers took longer than 400 ms; expected an answer within 400 ms
    ");
}
