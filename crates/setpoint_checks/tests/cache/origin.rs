//! A service of our own for nginx to be in front of.

use setpoint_testkit::free_port;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often something was asked for.
pub(crate) type Count = Arc<AtomicUsize>;

/// Starts it; it ends with the test. Its port, and how often something was sent that may change something.
pub(crate) fn start() -> (u16, Count) {
    let port = free_port();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let (made, changed) = (Count::default(), Count::default());
    let counted = changed.clone();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (made, changed) = (made.clone(), changed.clone());
            std::thread::spawn(move || answer(connection, &made, &changed));
        }
    });
    (port, counted)
}

/// `/hello` greets by the cookie, `/first` sets one, `/private` says that it is, `/language` answers by `Accept-Language`
/// without saying so, `/sorted` by `sort` of the query, `/ordered` by the first name in the query; `/shelf/…` has one page, as has
/// `/cellar/…`, which says how long the others are missing, and `/broken…` none; every other page is the same for all. What stands below `/account` is that page. Every answer has a number.
fn answer(mut connection: TcpStream, made: &Count, changed: &Count) -> Option<()> {
    let mut lines = BufReader::new(connection.try_clone().ok()?).lines().map_while(Result::ok);
    let first = lines.next()?;
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let pairs: Vec<(&str, &str)> = headers.iter().filter_map(|line| line.split_once(": ")).collect();
    let header =
        |name: &str| pairs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("nobody", |it| it.1);
    let (method, target) = (first.split(' ').next()?, first.split(' ').nth(1)?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let argument = |name: &str| query.split('&').filter_map(|it| it.split_once('=')).find(|(known, _)| *known == name);
    let (status, head, body) = match path {
        _ if method == "POST" => ("200 OK", "", format!("posted to {target}")),
        "/hello" => ("200 OK", "", format!("hello {}", header("Cookie"))),
        "/first" => ("200 OK", "Set-Cookie: session=1\r\n", "welcome".to_owned()),
        "/private" => ("200 OK", "Cache-Control: private\r\n", "yours".to_owned()),
        "/language" => ("200 OK", "", format!("in {}", header("Accept-Language"))),
        "/sorted" => ("200 OK", "", format!("by {}", argument("sort").map_or("name", |it| it.1))),
        "/ordered" => ("200 OK", "", format!("first {}", query.split('=').next()?)),
        "/shelf/1" => ("200 OK", "", "the first shelf".to_owned()),
        _ if path.starts_with("/shelf/") => ("404 Not Found", "", "no such shelf".to_owned()),
        "/cellar/1" => ("200 OK", "Cache-Control: max-age=30\r\n", "the first cellar".to_owned()),
        _ if path.starts_with("/cellar/") => {
            let head = "Cache-Control: max-age=3600\r\n";
            ("404 Not Found", head, "no such cellar".to_owned())
        }
        _ if path.starts_with("/broken") => ("503 Service Unavailable", "", "not now".to_owned()),
        _ if path.starts_with("/account") => ("200 OK", "", "your account".to_owned()),
        _ => ("200 OK", "", format!("the page {target}")),
    };
    let number = made.fetch_add(1, Ordering::Relaxed);
    changed.fetch_add(usize::from(!["GET", "HEAD"].contains(&method)), Ordering::Relaxed);
    let length = body.len();
    let body = if method == "HEAD" { "" } else { &body };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\nX-Made: {number}\r\n{head}\r\n{body}"
    );
    connection.write_all(answer.as_bytes()).ok()
}
