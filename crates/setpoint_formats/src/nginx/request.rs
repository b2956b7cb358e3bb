use percent_encoding::percent_decode_str;

/// A request as nginx sees it, as far as its configuration decides by it. One that is made of an address carries no body and no
/// header but `Host`, so that every `$http_NAME` and `$cookie_NAME` that was not added is known to be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// `https`; `None` where the address is a path alone.
    pub scheme: Option<String>,
    /// In lower case and without a port; `None` where the address is a path alone.
    pub host: Option<String>,
    /// The port that the address names, or else its scheme's.
    pub port: Option<u16>,
    /// Path and query as they are sent.
    pub target: String,
    /// The path by which locations are found: decoded, without `.`, `..` and doubled slashes.
    pub path: String,
    /// What follows the `?`.
    pub query: Option<String>,
    /// Names and values. Cookies are in one header `Cookie`.
    pub headers: Vec<(String, String)>,
    /// Headers of the service's answer, on which may depend whether that is kept. The answer itself is a `200`.
    pub answered: Vec<(String, String)>,
}

impl Request {
    /// `GET` of a path with or without a query, or of a URL.
    pub fn get(address: &str) -> Self {
        let (scheme, rest) = match address.split_once("://") {
            Some((scheme, rest)) if !scheme.contains('/') => (Some(scheme.to_ascii_lowercase()), rest),
            Some(_) | None => (None, address),
        };
        let (authority, target) = match scheme {
            Some(_) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", rest),
        };
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            Some(_) | None => (authority, None),
        };
        let default_port = scheme.as_deref().map(|scheme| if scheme == "https" { 443 } else { 80 });
        let target = target.split('#').next().unwrap_or(target);
        let mut request = Self {
            method: "GET".to_owned(),
            host: scheme.is_some().then(|| host.to_ascii_lowercase()),
            port: port.or(default_port),
            scheme,
            target: String::new(),
            path: String::new(),
            query: None,
            headers: Vec::new(),
            answered: Vec::new(),
        };
        request.set_target(target);
        request
    }

    fn set_target(&mut self, target: &str) {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        self.path = normalized(&percent_decode_str(path).decode_utf8_lossy());
        self.query = query.map(str::to_owned);
        let slash = if target.starts_with('/') { "" } else { "/" };
        self.target = format!("{slash}{target}");
    }

    /// The same by another method.
    #[must_use]
    pub fn with_method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// The same with one header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same for an answer with one header more.
    #[must_use]
    pub fn with_answer(mut self, name: &str, value: &str) -> Self {
        self.answered.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with one cookie more.
    #[must_use]
    pub fn with_cookie(mut self, name: &str, value: &str) -> Self {
        let cookie = format!("{name}={value}");
        match self.headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("Cookie")) {
            Some((_, cookies)) => *cookies = format!("{cookies}; {cookie}"),
            None => self.headers.push(("Cookie".to_owned(), cookie)),
        }
        self
    }

    /// The same with that parameter in the query, and with no other of its name.
    #[must_use]
    pub fn with_argument(mut self, name: &str, value: &str) -> Self {
        let path = self.target.split('?').next().unwrap_or_default().to_owned();
        let others = self.query.iter().flat_map(|query| query.split('&'));
        let others = others.filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
        let pairs: Vec<String> = others.map(str::to_owned).chain([format!("{name}={value}")]).collect();
        self.set_target(&format!("{path}?{}", pairs.join("&")));
        self
    }

    /// The same for another path below that one.
    #[must_use]
    pub fn below(mut self, name: &str) -> Self {
        let (path, query) = self.target.split_at(self.target.find('?').unwrap_or(self.target.len()));
        let target = format!("{path}{name}{query}");
        self.set_target(&target);
        self
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }

    /// The value of a header of the answer.
    pub fn answer(&self, name: &str) -> Option<&str> {
        value(&self.answered, name)
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.header("Cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// True if the query has a parameter of that name, with or without a value.
    pub fn has_argument(&self, name: &str) -> bool {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let names = self.query.iter().flat_map(|query| query.split('&'));
        names.map(|pair| pair.split('=').next().unwrap_or(pair)).any(|known| decoded(known) == name)
    }

    /// The value of `$arg_NAME`, as it is written: of the first parameter of that name in any case that has a `=`
    /// (`ngx_http_arg` in `ngx_http_parse.c`).
    pub fn argument(&self, name: &str) -> Option<&str> {
        let pairs = self.query.iter().flat_map(|query| query.split('&')).filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

fn value<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The path without `.`, `..` and empty parts (`ngx_http_parse_complex_uri` with `merge_slashes on`). nginx refuses a path
/// that leads above the root; here it ends there.
fn normalized(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut is_folder = true;
    for part in path.split('/') {
        is_folder = matches!(part, "" | "." | "..");
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let end = if is_folder && !parts.is_empty() { "/" } else { "" };
    format!("/{}{end}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn a_path_is_decoded_and_straightened() {
        let paths = ["/", "", "/a//b/", "/a/./b/../c", "/a/..", "/%61%2fb?x=/..", "/../..", "/a/.", "/caf%C3%A9#x"];
        let paths = paths.map(|address| Request::get(address).path);
        assert_eq!(paths, ["/", "/", "/a/b/", "/a/c", "/", "/a/b", "/", "/a/", "/café"]);
    }

    #[test]
    fn an_address_has_parts() {
        let request = Request::get("HTTPS://user@Shop.example:8443/a?b=1&C=2&d#e")
            .with_argument("e", "4")
            .with_argument("e", "5");
        assert_eq!(request.scheme.as_deref(), Some("https"));
        assert_eq!((request.host.as_deref(), request.port), (Some("shop.example"), Some(8443)));
        assert_eq!(request.target, "/a?b=1&C=2&d&e=5");
        assert_eq!((request.argument("c"), request.argument("d"), request.argument("E")), (Some("2"), None, Some("5")));
        assert!(request.has_argument("d") && !request.has_argument("c"));
        let request = request.with_cookie("a", "1").with_cookie("session", "2").below("/x");
        assert_eq!((request.cookie("session"), request.target.as_str()), (Some("2"), "/a/x?b=1&C=2&d&e=5"));
        let plain = Request::get("http://[::1]?x=a://b");
        assert_eq!((plain.host.as_deref(), plain.port, plain.target.as_str()), (Some("[::1]"), Some(80), "/?x=a://b"));
        assert_eq!(Request::get("/to?url=http://x").host, None);
    }
}
