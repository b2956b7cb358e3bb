//! A service of our own for nginx to be in front of.

use setpoint_testkit::free_port;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

/// Starts it; it ends with the test.
pub(crate) fn start() -> u16 {
    let port = free_port();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || answer(connection));
        }
    });
    port
}

/// `/hello` greets by the cookie, `/first` sets one, `/private` says that it is, `/language` answers by `Accept-Language`
/// without saying so; every other page is the same for all. What stands below `/account` is that page.
fn answer(mut connection: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(connection.try_clone().ok()?).lines().map_while(Result::ok);
    let first = lines.next()?;
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let pairs: Vec<(&str, &str)> = headers.iter().filter_map(|line| line.split_once(": ")).collect();
    let header =
        |name: &str| pairs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("nobody", |it| it.1);
    let (method, target) = (first.split(' ').next()?, first.split(' ').nth(1)?);
    let path = target.split('?').next()?;
    let (head, body) = match path {
        "/hello" => ("", format!("hello {}", header("Cookie"))),
        "/first" => ("Set-Cookie: session=1\r\n", "welcome".to_owned()),
        "/private" => ("Cache-Control: private\r\n", "yours".to_owned()),
        "/language" => ("", format!("in {}", header("Accept-Language"))),
        _ if path.starts_with("/account") => ("", "your account".to_owned()),
        _ => ("", format!("the page {target}")),
    };
    let length = body.len();
    let body = if method == "HEAD" { "" } else { &body };
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n{head}\r\n{body}");
    connection.write_all(answer.as_bytes()).ok()
}
