//! RESP2, the protocol of Redis (its "Redis serialization protocol specification"), as far as one command needs it.

use crate::web::Connection;
use setpoint_model::Value;
use std::io::ErrorKind;

/// No longer reply is read, in bytes.
const LONGEST: usize = 1 << 20;
/// Replies are not deeper within one another.
const DEEPEST: u32 = 16;

/// What a server answers.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    /// A value.
    Is(Value),
    /// An error, in the server's words.
    Error(String),
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Broken {
    TimedOut,
    Lost(String),
    TooLong,
    NotUnderstood,
}

/// Sends a command and reads its reply.
pub(super) fn ask(connection: &mut Connection, words: &[&str]) -> Result<Reply, Broken> {
    let mut command = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        command.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    connection.send(&command).map_err(|error| broken(&error))?;
    let mut received = Vec::new();
    let mut room = vec![0; 16 << 10];
    loop {
        match read(&received, 0)? {
            Some((reply, _)) => return Ok(reply),
            None if received.len() > LONGEST => return Err(Broken::TooLong),
            None => {}
        }
        match connection.receive(&mut room).map_err(|error| broken(&error))? {
            0 => return Err(Broken::Lost("it ended before the answer did".to_owned())),
            count => received.extend_from_slice(&room[..count]),
        }
    }
}

fn broken(error: &std::io::Error) -> Broken {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Broken::TimedOut,
        _ => Broken::Lost(error.to_string()),
    }
}

/// A reply at the beginning of the bytes, and what is behind it; `None` as long as more must come.
fn read(bytes: &[u8], depth: u32) -> Result<Option<(Reply, &[u8])>, Broken> {
    let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") else {
        // Something else than Redis may never end a line.
        let is_reply = bytes.first().is_none_or(|kind| b"+-:$*".contains(kind));
        return if is_reply { Ok(None) } else { Err(Broken::NotUnderstood) };
    };
    let (line, rest) = (&bytes[..end], &bytes[end + 2..]);
    let (kind, said) = line.split_first().ok_or(Broken::NotUnderstood)?;
    let text = || String::from_utf8_lossy(said).into_owned();
    let number = || text().parse::<i64>().map_err(|_| Broken::NotUnderstood);
    let value = match kind {
        b'+' => Value::Text(text()),
        b'-' => return Ok(Some((Reply::Error(text()), rest))),
        b':' => Value::Integer(i128::from(number()?)),
        b'$' => match usize::try_from(number()?) {
            Err(_) => Value::Null,
            Ok(length) if length > LONGEST => return Err(Broken::TooLong),
            Ok(length) => {
                let Some(content) = rest.get(..length + 2) else { return Ok(None) };
                let value = Value::Text(String::from_utf8_lossy(&content[..length]).into_owned());
                return Ok(Some((Reply::Is(value), &rest[length + 2..])));
            }
        },
        b'*' => return read_list(number()?, rest, depth),
        _ => return Err(Broken::NotUnderstood),
    };
    Ok(Some((Reply::Is(value), rest)))
}

fn read_list(count: i64, mut rest: &[u8], depth: u32) -> Result<Option<(Reply, &[u8])>, Broken> {
    if depth == DEEPEST {
        return Err(Broken::NotUnderstood);
    }
    let Ok(count) = usize::try_from(count) else { return Ok(Some((Reply::Is(Value::Null), rest))) };
    let mut items = Vec::new();
    for _ in 0..count {
        let Some((reply, behind)) = read(rest, depth + 1)? else { return Ok(None) };
        items.push(match reply {
            Reply::Is(value) => value,
            Reply::Error(said) => Value::Text(said),
        });
        rest = behind;
    }
    Ok(Some((Reply::Is(Value::List(items)), rest)))
}

#[cfg(test)]
mod tests {
    use super::{Broken, Reply, read};

    fn whole(bytes: &str) -> String {
        match read(bytes.as_bytes(), 0) {
            Ok(Some((Reply::Is(value), rest))) => format!("{} {}", value.to_json(), rest.len()),
            Ok(Some((Reply::Error(said), _))) => format!("error {said}"),
            Ok(None) => "more".to_owned(),
            Err(Broken::NotUnderstood) => "not understood".to_owned(),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn replies_are_read_as_far_as_they_have_come() {
        assert_eq!(whole("+PONG\r\n"), "\"PONG\" 0");
        assert_eq!(whole(":42\r\n+x"), "42 2");
        assert_eq!(whole("$-1\r\n"), "null 0");
        assert_eq!(whole("$5\r\nhel"), "more");
        assert_eq!(whole("*2\r\n$1\r\na\r\n*1\r\n:1\r\n"), "[\"a\",[1]] 0");
        assert_eq!(whole("*2\r\n$1\r\na\r\n"), "more");
        assert_eq!(whole("-NOAUTH Authentication required.\r\n"), "error NOAUTH Authentication required.");
        assert_eq!(whole("HTTP/1.1 400 Bad Request\r\n"), "not understood");
        assert_eq!(whole("$99999999999\r\n"), "TooLong");
        assert_eq!(whole(&"*1\r\n".repeat(100)), "not understood");
    }
}
