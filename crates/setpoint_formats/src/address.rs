use std::fmt;
use std::net::IpAddr;

/// Where a server listens or a request is passed to, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A host and a port. The host is a name, an address without brackets, or `*` for every address.
    Socket {
        /// `127.0.0.1`, `::1`, `localhost`, `*`.
        host: String,
        /// The port.
        port: u16,
    },
    /// The path of a Unix domain socket.
    Unix(String),
}

impl Address {
    /// Reads `host:port`, `[address]:port` or `unix:path`; a host alone where there is a default port.
    pub fn read(text: &str, default_port: Option<u16>) -> Option<Self> {
        if let Some(path) = text.strip_prefix("unix:") {
            return (!path.is_empty()).then(|| Self::Unix(path.to_owned()));
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(bracketed) => {
                let (host, after) = bracketed.split_once(']')?;
                (host, after.strip_prefix(':'))
            }
            None => match text.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().ok()?,
            None => default_port?,
        };
        let plain = !host.is_empty() && !host.contains(['$', '/', ' ']);
        plain.then(|| Self::Socket { host: host.to_ascii_lowercase(), port })
    }

    /// Reads what `listen` takes: as [`Address::read`], or a port alone, or an address alone for port 80.
    pub fn read_listen(text: &str) -> Option<Self> {
        match text.parse() {
            Ok(port) => Some(Self::Socket { host: "*".to_owned(), port }),
            Err(_) => Self::read(text, Some(80)),
        }
    }

    /// True if nothing but a socket of this machine can be meant: the loopback device, or a Unix domain socket.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Socket { host, .. } => is_here(host) && !is_everywhere(host),
        }
    }

    /// True if what is sent to this address on this machine arrives at a socket that listens on `listening`. An
    /// address of another machine reaches nothing here, even where the port is the same.
    pub fn reaches(&self, listening: &Address) -> bool {
        match (self, listening) {
            (Self::Unix(one), Self::Unix(two)) => without_var(one) == without_var(two),
            (Self::Socket { host: one, port: to }, Self::Socket { host: two, port: at }) => {
                to == at && (one == two || (is_here(one) && is_everywhere(two)) || same_address(one, two))
            }
            (Self::Unix(_), Self::Socket { .. }) | (Self::Socket { .. }, Self::Unix(_)) => false,
        }
    }
}

/// `/var/run` is a link to `/run` (hier(7)), and the two are mixed in one deployment more often than not.
fn without_var(path: &str) -> &str {
    if path.starts_with("/var/run/") { &path["/var".len()..] } else { path }
}

fn is_everywhere(host: &str) -> bool {
    host == "*" || host.parse().is_ok_and(|address: IpAddr| address.is_unspecified())
}

fn is_here(host: &str) -> bool {
    host == "localhost" || is_everywhere(host) || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// One address may be written in several ways, and `localhost` is one of the two loopback addresses; nobody knows
/// which.
fn same_address(one: &str, two: &str) -> bool {
    match (one, two) {
        ("localhost", other) | (other, "localhost") => other == "127.0.0.1" || other == "::1",
        _ => one.parse::<IpAddr>().is_ok_and(|one| two.parse() == Ok(one)),
    }
}

/// As nginx writes it: `127.0.0.1:8000`, `[::1]:8000`, `unix:/run/shop.sock`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Socket { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn reaches(to: &str, listening: &str) -> bool {
        let read = |text| Address::read(text, Some(80)).unwrap_or_else(|| panic!("{text} is an address"));
        read(to).reaches(&read(listening))
    }

    #[test]
    fn an_address_is_read_as_it_is_written() {
        for text in ["127.0.0.1:8000", "[::1]:8000", "unix:/run/shop.sock", "shop.internal:80", "*:443"] {
            assert_eq!(Address::read(text, None).unwrap().to_string(), text);
        }
        for text in ["127.0.0.1", "shop:http", "shop:99999", ":80", "unix:", "[::1", "$backend:80"] {
            assert_eq!(Address::read(text, None), None, "{text}");
        }
        assert_eq!(Address::read_listen("8080").unwrap().to_string(), "*:8080");
        assert_eq!(Address::read_listen("127.0.0.1").unwrap().to_string(), "127.0.0.1:80");
    }

    #[test]
    fn a_request_arrives_where_somebody_listens() {
        for (to, listening) in [
            ("127.0.0.1:8000", "127.0.0.1:8000"),
            ("localhost:8000", "127.0.0.1:8000"),
            ("127.0.0.1:8000", "0.0.0.0:8000"),
            ("[::1]:8000", "[::]:8000"),
            ("[0:0::1]:8000", "[::1]:8000"),
            ("unix:/var/run/shop.sock", "unix:/run/shop.sock"),
        ] {
            assert!(reaches(to, listening), "{to} {listening}");
        }
        for (to, listening) in [
            ("127.0.0.1:8000", "127.0.0.1:8001"),
            ("10.0.0.7:8000", "0.0.0.0:8000"),
            ("127.0.0.1:8000", "unix:/run/shop.sock"),
            ("127.0.0.2:8000", "127.0.0.1:8000"),
        ] {
            assert!(!reaches(to, listening), "{to} {listening}");
        }
    }
}
