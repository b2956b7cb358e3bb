use percent_encoding::percent_decode_str;
use std::fmt;

/// The parts of a URL that leads to a server: `scheme://user:password@host:port/path?query` (RFC 3986). It holds a password,
/// and so cannot be printed.
pub struct ServerUrl {
    /// Without the driver behind a `+`.
    pub scheme: String,
    /// Decoded.
    pub user: Option<String>,
    /// Decoded.
    pub password: Option<String>,
    /// `localhost` where none is named.
    pub host: String,
    /// `None` where none is named.
    pub port: Option<u16>,
    /// With its slash, decoded.
    pub path: String,
}

impl ServerUrl {
    /// Its parts; `None` where it is no such URL.
    pub fn read(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase();
        let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (credentials, address) = authority.rsplit_once('@').map_or((None, authority), |(who, at)| (Some(who), at));
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let some = |text: &str| Some(decoded(text)).filter(|text| !text.is_empty());
        let (user, password) = match credentials.map(|who| who.split_once(':').unwrap_or((who, ""))) {
            Some((user, password)) => (some(user), some(password)),
            None => (None, None),
        };
        let (host, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => address.split_once(':').map_or((address, None), |(host, port)| (host, Some(port))),
        };
        let port = match port.filter(|port| !port.is_empty()) {
            Some(port) => Some(port.parse().ok()?),
            None => None,
        };
        let host = if host.is_empty() { "localhost".to_owned() } else { decoded(host) };
        Some(Self { scheme, user, password, host, port, path: decoded(path) })
    }

    /// The text of an option file of MySQL's programs ("Using Option Files"), which a password goes by, since everybody may
    /// read a command line. In quotes, backslashes and quotes are escaped.
    pub fn mysql_options(&self) -> String {
        let mut text = "[client]\n".to_owned();
        let mut option = |name: &str, value: &str| {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            text.push_str(&format!("{name}=\"{escaped}\"\n"));
        };
        option("host", &self.host);
        self.user.iter().for_each(|user| option("user", user));
        self.password.iter().for_each(|password| option("password", password));
        self.port.iter().for_each(|port| option("port", &port.to_string()));
        text
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::ServerUrl;

    #[test]
    fn the_parts_are_decoded_and_the_password_is_not_printed() {
        let url = ServerUrl::read("redis+x://:hunter2%40of%2Fshop@[::1]:6380/2?x=1").unwrap();
        assert_eq!(
            (url.scheme.as_str(), url.host.as_str(), url.port, url.path.as_str()),
            ("redis", "::1", Some(6380), "/2")
        );
        assert_eq!((url.user.as_deref(), url.password.as_deref()), (None, Some("hunter2@of/shop")));
        assert!(!format!("{url:?}").contains("hunter2"));
        let plain = ServerUrl::read("mysql://shop@/shop").unwrap();
        assert_eq!((plain.host.as_str(), plain.user.as_deref(), plain.port), ("localhost", Some("shop"), None));
        assert!(ServerUrl::read("redis://db:port/0").is_none());
    }
}
