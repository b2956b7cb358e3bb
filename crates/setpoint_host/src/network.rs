//! Names and connections, each with a time limit.

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Why nobody was reached over the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreached {
    /// The name has no address.
    NoSuchName(String),
    /// Nobody listens at the address.
    Refused(String),
    /// No way leads to the address.
    NoWay(String),
    /// Nobody answered in time.
    NoAnswer(String),
    /// Anything else, in the system's words.
    Failed {
        /// The name or address.
        what: String,
        /// The system's words.
        because: String,
    },
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchName(name) => write!(f, "`{name}` has no address"),
            Self::Refused(address) => write!(f, "nobody listens at `{address}`"),
            Self::NoWay(address) => write!(f, "no way leads to `{address}`"),
            Self::NoAnswer(whom) => write!(f, "`{whom}` did not answer in time"),
            Self::Failed { what, because } => write!(f, "`{what}`: {because}"),
        }
    }
}

impl std::error::Error for Unreached {}

/// Asks the machine's resolver. It knows no time limit, so that it is asked beside, and left behind where it hangs.
pub(crate) fn lookup(name: &str, limit: Duration) -> Result<Vec<IpAddr>, Unreached> {
    let literal = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    if let Ok(address) = literal.parse() {
        return Ok(vec![address]);
    }
    let (teller, told) = channel();
    let asked = name.to_owned();
    std::thread::Builder::new()
        .spawn(move || {
            let found = (asked.as_str(), 0).to_socket_addrs().map(|found| found.map(|it| it.ip()).collect::<Vec<_>>());
            // Nobody may be waiting any more.
            let _ = teller.send(found);
        })
        .map_err(|error| Unreached::Failed { what: name.to_owned(), because: error.to_string() })?;
    match told.recv_timeout(limit) {
        Ok(Ok(found)) if !found.is_empty() => Ok(found),
        // getaddrinfo(3) does not tell a name that does not exist from a server that could not be asked.
        Ok(_) => Err(Unreached::NoSuchName(name.to_owned())),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(Unreached::NoAnswer(name.to_owned())),
    }
}

/// Opens a connection.
pub(crate) fn connect(address: SocketAddr, limit: Duration) -> Result<TcpStream, Unreached> {
    // The standard library refuses to wait for no time at all.
    let stream = TcpStream::connect_timeout(&address, limit.max(Duration::from_millis(1))).map_err(|error| {
        let address = address.to_string();
        match error.kind() {
            ErrorKind::ConnectionRefused => Unreached::Refused(address),
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Unreached::NoWay(address),
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Unreached::NoAnswer(address),
            _ => Unreached::Failed { what: address, because: error.to_string() },
        }
    })?;
    // Small requests are not held back for more to come; where that cannot be switched off, they only come later.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::Unreached;
    use super::{connect, lookup};
    use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn addresses_are_their_own_and_localhost_is_known() {
        assert_eq!(lookup("127.0.0.1", LONG).unwrap(), [Ipv4Addr::LOCALHOST]);
        assert_eq!(lookup("[::1]", LONG).unwrap(), [Ipv6Addr::LOCALHOST]);
        assert!(lookup("localhost", LONG).unwrap().iter().all(std::net::IpAddr::is_loopback));
    }

    #[test]
    fn nobody_listens_once_the_listener_is_gone() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        assert!(connect(address, LONG).is_ok());
        drop(listener);
        assert_eq!(connect(address, LONG).unwrap_err(), Unreached::Refused(address.to_string()));
    }
}
