use percent_encoding::percent_decode_str;
use setpoint_model::{Failure, Reason};
use std::fmt;

/// The parts of a URL that leads to a server: `scheme://user:password@host:port/path?query` (RFC 3986). It holds a password,
/// and so cannot be printed.
pub(crate) struct ServerUrl {
    /// Without the driver behind a `+`.
    pub(crate) scheme: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    /// `localhost` where none is named.
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    /// With its slash, decoded.
    pub(crate) path: String,
}

impl ServerUrl {
    /// Of the default of that name.
    pub(crate) fn read(url: &str, name: &str) -> Result<Self, Failure> {
        // The URL itself is quoted nowhere.
        let broken = || {
            Failure::new(
                Reason::NotUnderstood,
                format!("the URL in `{name}` is not understood"),
                "`SCHEME://HOST:PORT/NAME`",
            )
        };
        let (scheme, rest) = url.split_once("://").ok_or_else(broken)?;
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
        let port = port.filter(|port| !port.is_empty()).map(|port| port.parse().map_err(|_| broken())).transpose()?;
        let host = if host.is_empty() { "localhost".to_owned() } else { decoded(host) };
        Ok(Self { scheme, user, password, host, port, path: decoded(path) })
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
        let url = ServerUrl::read("redis+x://:hunter2%40of%2Fshop@[::1]:6380/2?x=1", "SHOP_REDIS_URL").unwrap();
        assert_eq!(
            (url.scheme.as_str(), url.host.as_str(), url.port, url.path.as_str()),
            ("redis", "::1", Some(6380), "/2")
        );
        assert_eq!((url.user.as_deref(), url.password.as_deref()), (None, Some("hunter2@of/shop")));
        assert!(!format!("{url:?}").contains("hunter2"));
        let plain = ServerUrl::read("mysql://shop@/shop", "X").unwrap();
        assert_eq!((plain.host.as_str(), plain.user.as_deref(), plain.port), ("localhost", Some("shop"), None));
        assert!(ServerUrl::read("redis://db:port/0", "X").is_err_and(|failure| !failure.message.contains("db")));
    }
}
