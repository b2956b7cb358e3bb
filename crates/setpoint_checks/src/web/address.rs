use setpoint_model::{Failure, Reason};
use ureq_proto::http::Uri;
use ureq_proto::http::uri::{PathAndQuery, Scheme};

/// Where a request goes.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) uri: Uri,
    /// Of `https`, not of `http`.
    pub(crate) is_tls: bool,
    /// A name, or an address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Address {
    /// What the register names: a whole URL, or a path below the environment's.
    pub(crate) fn named(given: &str, base: Option<&str>) -> Result<Self, Failure> {
        if !given.starts_with('/') {
            return Self::parse(given);
        }
        let Some(base) = base else {
            let message = format!("`{given}` is a path, and the environment has no `url` that it would be below");
            return Err(Failure::new(Reason::NotKnown, message, "a `url` of the environment, or a whole URL here"));
        };
        let base = Self::parse(base)?;
        let path = format!("{}{given}", base.uri.path().trim_end_matches('/'));
        let mut parts = base.uri.into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(path.as_str()).map_err(|_| not_an_address(given))?);
        Self::of(Uri::from_parts(parts).map_err(|_| not_an_address(given))?)
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        Self::of(text.parse().map_err(|_| not_an_address(text))?)
    }

    /// The parts of a URL.
    pub(crate) fn of(uri: Uri) -> Result<Self, Failure> {
        let is_tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(_) | None => return Err(not_an_address(&uri.to_string())),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| not_an_address(&uri.to_string()))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        Ok(Self { uri, is_tls, host, port })
    }
}

fn not_an_address(text: &str) -> Failure {
    Failure::new(
        Reason::NotUnderstood,
        format!("`{text}` is no web address"),
        "`http://HOST/PATH` or `https://HOST/PATH`",
    )
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn named(given: &str, base: Option<&str>) -> String {
        match Address::named(given, base) {
            Ok(address) => format!("{} = {} {} tls={}", address.uri, address.host, address.port, address.is_tls),
            Err(failure) => failure.message,
        }
    }

    #[test]
    fn paths_are_below_the_environment_and_urls_are_their_own() {
        let base = Some("http://127.0.0.1:8000/app/");
        assert_eq!(named("/health?deep=1", base), "http://127.0.0.1:8000/app/health?deep=1 = 127.0.0.1 8000 tls=false");
        assert_eq!(named("https://[::1]/x", base), "https://[::1]/x = ::1 443 tls=true");
        assert_eq!(named("/x", None), "`/x` is a path, and the environment has no `url` that it would be below");
        assert_eq!(named("ftp://shop/x", None), "`ftp://shop/x` is no web address");
    }
}
