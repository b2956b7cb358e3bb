//! Where checks look.

use crate::survey::Survey;
use setpoint_model::Place;
use setpoint_model::register::{Check, CheckKind, Environment, Register};

/// Where checks look: at an environment of the register, at a URL that somebody gave, or at an environment by another URL.
#[derive(Debug)]
pub(crate) struct Target {
    environment: Option<Environment>,
    /// Whether the environment is one of the register.
    is_named: bool,
    /// Whether the register has environments, so that its checks are meant for one of them.
    must_be_named: bool,
}

impl Target {
    /// The environment that was named, with the URL that was given in the place of its own.
    pub(crate) fn of(survey: &Survey, url: Option<&str>) -> Self {
        Self::in_register(survey.register.as_ref(), survey.snapshot.site.environment.as_deref(), url)
    }

    /// The same for a register.
    pub(crate) fn in_register(register: Option<&Register>, name: Option<&str>, url: Option<&str>) -> Self {
        let named = register.zip(name).and_then(|(register, name)| register.environment(name)).cloned();
        let is_named = named.is_some();
        let environment = match url {
            None => named,
            Some(url) => Some(Environment { url: Some(url.to_owned()), ..named.unwrap_or_else(nameless) }),
        };
        let must_be_named = register.is_some_and(|register| !register.environments.is_empty());
        Self { environment, is_named, must_be_named }
    }

    /// Where it is looked.
    pub(crate) fn environment(&self) -> Option<&Environment> {
        self.environment.as_ref()
    }

    /// The name of the register's environment.
    pub(crate) fn name(&self) -> Option<&str> {
        self.environment.as_ref().filter(|_| self.is_named).map(|environment| environment.name.as_str())
    }

    /// True where it is known enough of where to look for that check: of one that asks for addresses, the URL.
    pub(crate) fn reaches(&self, check: &Check) -> bool {
        self.is_named || !self.must_be_named || (self.environment.is_some() && needs_the_url_alone(check))
    }
}

/// What a URL that somebody gave is the address of.
fn nameless() -> Environment {
    Environment {
        name: String::new(),
        units: Vec::new(),
        url: None,
        logs: Vec::new(),
        copy_from: None,
        overrides: Vec::new(),
        place: Place::file(""),
    }
}

/// True for a check of which all is asked over HTTP. Every other kind looks at a machine, of which a URL says nothing.
fn needs_the_url_alone(check: &Check) -> bool {
    match &check.kind {
        CheckKind::Http(_) | CheckKind::Rejects(_) => check.environments.is_empty(),
        CheckKind::Tcp(_)
        | CheckKind::Tls(_)
        | CheckKind::Unit(_)
        | CheckKind::Process(_)
        | CheckKind::Port(_)
        | CheckKind::File(_)
        | CheckKind::Command(_)
        | CheckKind::Sql(_)
        | CheckKind::Redis(_)
        | CheckKind::Log(_)
        | CheckKind::Disk(_)
        | CheckKind::Dns(_)
        | CheckKind::Config(_) => false,
    }
}

/// A web address; one without a scheme, as `curl` and browsers take it, is of HTTP. `None` for what is none.
pub(crate) fn web_address(text: &str) -> Option<String> {
    if text.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        return None;
    }
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    if let Some(rest) = rest {
        return (!rest.is_empty() && !rest.starts_with(['/', '?', '#'])).then(|| text.to_owned());
    }
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.rsplit_once(':')?;
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    let is_name = !host.is_empty() && host.chars().all(|letter| letter.is_alphanumeric() || "-._".contains(letter));
    ((is_bracketed || is_name) && port.parse::<u16>().is_ok()).then(|| format!("http://{text}"))
}

#[cfg(test)]
mod tests {
    use super::web_address;

    #[test]
    fn a_host_and_a_port_are_a_web_address() {
        let address = |text: &str| web_address(text).unwrap_or_else(|| "none".to_owned());
        assert_eq!(address("https://shop.example/health?a=1"), "https://shop.example/health?a=1");
        assert_eq!(address("localhost:8000/health"), "http://localhost:8000/health");
        assert_eq!(address("127.0.0.1:8000"), "http://127.0.0.1:8000");
        assert_eq!(address("[::1]:8000/"), "http://[::1]:8000/");
        for none in [
            "http",
            "/health",
            "localhost",
            "shop.example/health",
            "http://",
            "https:///x",
            "ftp://x:21/",
            "a b:1",
            "x:port",
        ] {
            assert_eq!(address(none), "none", "{none}");
        }
    }
}
