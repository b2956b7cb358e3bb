//! As much of the protocol of Redis (RESP2) as a dump needs.

use super::{Database, failed};
use setpoint_host::Host;
use setpoint_model::{Problem, ServerUrl};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Where a URL names no port.
pub(super) const PORT: u16 = 6379;
/// So long may the server be silent. It says something every ten seconds while it makes a dump (`repl-ping-replica-period`).
const SILENCE: Duration = Duration::from_mins(2);
/// No text is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// A connection to a server.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects and says who it is.
    pub(super) fn open(host: &dyn Host, database: &Database) -> Result<Self, Problem> {
        let url = ServerUrl::read(&database.url);
        let url = url.ok_or_else(|| failed(database, "reading its URL", "it is not understood"))?;
        if !matches!(url.scheme.as_str(), "redis" | "valkey") {
            let said = format!("`{}` is not known; `redis://` is", url.scheme);
            return Err(failed(database, "reading its URL", &said));
        }
        let unreached = |error: &dyn std::fmt::Debug| failed(database, "connecting", &format!("{error:?}"));
        let addresses = host.lookup(&url.host, SILENCE).map_err(|error| unreached(&error))?;
        let address = SocketAddr::new(addresses[0], url.port.unwrap_or(PORT));
        let stream = host.connect(address, SILENCE).map_err(|error| unreached(&error))?;
        let patient = stream.set_read_timeout(Some(SILENCE)).and_then(|()| stream.set_write_timeout(Some(SILENCE)));
        patient.map_err(|error| failed(database, "connecting", &error.to_string()))?;
        let mut connection = Self { stream: BufReader::new(stream) };
        let words: Vec<&str> = match (&url.user, &url.password) {
            (Some(user), Some(password)) => vec!["AUTH", user, password],
            (None, Some(password)) => vec!["AUTH", password],
            (Some(_) | None, None) => return Ok(connection),
        };
        connection.ask(&words).map_err(|said| failed(database, "logging in", &said))?;
        Ok(connection)
    }

    /// Sends a command and reads a text or an error.
    pub(super) fn ask(&mut self, words: &[&str]) -> Result<String, String> {
        self.send(words)?;
        let line = self.line()?;
        match line.split_at_checked(1) {
            Some(("+" | ":", said)) => Ok(said.to_owned()),
            Some(("$", length)) => {
                let length: u64 = length.parse().map_err(|_| "the answer is not understood".to_owned())?;
                let mut text = String::new();
                let read = self.stream.by_ref().take(length.min(LONGEST)).read_to_string(&mut text);
                read.map_err(|error| error.to_string())?;
                self.line()?;
                Ok(text)
            }
            Some(("-", said)) => Err(said.to_owned()),
            Some(_) | None => Err("the answer is not understood".to_owned()),
        }
    }

    /// Asks for the whole of the data as a replica does (`SYNC`), and gives the number of its bytes and what reads them.
    pub(super) fn all(&mut self) -> Result<(u64, impl Read), String> {
        self.send(&["SYNC"])?;
        // Until the dump is made, empty lines keep the connection from falling asleep.
        let line = loop {
            let line = self.line()?;
            if !line.is_empty() {
                break line;
            }
        };
        match line.split_at_checked(1) {
            Some(("$", length)) => {
                let length = length.parse().map_err(|_| "the server sends data of unknown length".to_owned())?;
                Ok((length, self.stream.by_ref().take(length)))
            }
            Some((_, said)) => Err(said.to_owned()),
            None => Err("the answer is not understood".to_owned()),
        }
    }

    /// Keys by database, with those of them that have an end (`INFO keyspace`).
    pub(super) fn keys(&mut self) -> Result<Vec<(String, u64, u64)>, String> {
        let said = self.ask(&["INFO", "keyspace"])?;
        let of_line = |line: &str| {
            let (name, numbers) = line.trim().split_once(':')?;
            let number = |wanted: &str| {
                let pair = numbers.split(',').find_map(|pair| pair.strip_prefix(wanted)?.strip_prefix('='));
                pair.and_then(|number| number.parse().ok())
            };
            Some((name.to_owned(), number("keys")?, number("expires").unwrap_or(0)))
        };
        Ok(said.lines().filter(|line| line.starts_with("db")).filter_map(of_line).collect())
    }

    /// Sends a command without waiting for an answer.
    pub(super) fn send(&mut self, words: &[&str]) -> Result<(), String> {
        let mut command = format!("*{}\r\n", words.len());
        words.iter().for_each(|word| command.push_str(&format!("${}\r\n{word}\r\n", word.len())));
        self.stream.get_mut().write_all(command.as_bytes()).map_err(|error| error.to_string())
    }

    fn line(&mut self) -> Result<String, String> {
        let mut bytes = Vec::new();
        let read = self.stream.by_ref().take(LONGEST).read_until(b'\n', &mut bytes);
        if read.map_err(|error| error.to_string())? == 0 {
            return Err("the connection ended".to_owned());
        }
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned())
    }
}
