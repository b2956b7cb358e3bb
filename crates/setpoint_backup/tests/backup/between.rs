//! What stands between us and a server: it passes a request on, or does with it what happens on the way.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

/// What happens to a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// The server answers it.
    Passes,
    /// It is answered with a status and an error's code, and does not get to the server.
    Answered(u16, &'static str),
    /// The server does it, and the connection breaks before the answer comes.
    AnswerLost,
    /// The connection breaks in the middle of the answer.
    AnswerCut,
    /// One bit of it is another when it gets to the server.
    RequestDamaged,
    /// The connection breaks in the middle of the request.
    RequestCut,
}

/// Listens until the test ends; each request has the fate that its first line and its number among all give it.
pub(crate) fn between(server: u16, fate: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) -> u16 {
    listen(server, ToOwned::to_owned, fate)
}

/// Passes all requests on without an empty `delimiter=`, and without the signature that is wrong then.
pub(crate) fn without_delimiter(server: u16) -> u16 {
    let changed = |head: &str| {
        let lines = head.lines().filter(|line| !line.to_lowercase().starts_with("authorization:"));
        lines.map(|line| line.replace("delimiter=&", "")).collect::<Vec<_>>().join("\r\n")
    };
    listen(server, changed, |_, _| Fate::Passes)
}

fn listen(server: u16, changed: fn(&str) -> String, fate: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let fate = Arc::new(fate);
    std::thread::spawn(move || {
        for (number, client) in listener.incoming().enumerate() {
            let (client, fate) = (client.unwrap(), Arc::clone(&fate));
            // A client that goes away is no failure.
            std::thread::spawn(move || drop(serve(client, server, changed, |line| fate(line, number))));
        }
    });
    port
}

/// One request for each connection, so that each has its fate.
fn serve(
    mut client: TcpStream,
    server: u16,
    changed: fn(&str) -> String,
    fate: impl FnOnce(&str) -> Fate,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut piece = [0; 1 << 14];
    let end = loop {
        let read = client.read(&mut piece)?;
        request.extend_from_slice(&piece[..read]);
        match request.windows(4).position(|window| window == b"\r\n\r\n") {
            Some(end) => break end,
            None if read == 0 => return Ok(()),
            None => {}
        }
    };
    let head = String::from_utf8_lossy(&request[..end]).into_owned();
    let fate = fate(head.lines().next().unwrap_or_default());
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let whole = end + 4 + length.unwrap_or(0_usize);
    if matches!(fate, Fate::RequestCut) {
        return client.shutdown(Shutdown::Both);
    }
    while request.len() < whole {
        let read = client.read(&mut piece)?;
        request.extend_from_slice(&piece[..read]);
    }
    if let Fate::Answered(status, code) = fate {
        let text = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>");
        let length = text.len();
        let answer = format!("HTTP/1.1 {status} No\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}");
        return client.write_all(answer.as_bytes());
    }
    if let (Fate::RequestDamaged, Some(last)) = (fate, request[end + 4..].last_mut()) {
        *last ^= 1;
    }
    let mut upstream = TcpStream::connect((Ipv4Addr::LOCALHOST, server))?;
    // It is signed without this header.
    upstream.write_all(&[changed(&head).as_bytes(), b"\r\nConnection: close", &request[end..]].concat())?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    let shown = match fate {
        Fate::AnswerLost => 0,
        Fate::AnswerCut => answer.len() - 1,
        Fate::Passes | Fate::RequestDamaged | Fate::RequestCut | Fate::Answered(..) => answer.len(),
    };
    client.write_all(&answer[..shown])
}
