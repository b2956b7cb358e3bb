use super::Shape;
use crate::node::Node;
use crate::report::Report;
use serde_json::{Value as Json, json};

/// Text of a fixed form. The reader and the schema use the same regular expression, written in what Rust's
/// `regex` crate and ECMA 262, which JSON Schema wants, have in common.
#[derive(Clone, Copy)]
pub(crate) struct Pattern {
    pub(crate) pattern: &'static str,
    pub(crate) expected: &'static str,
}

impl Pattern {
    /// A file or folder, absolute or relative.
    pub(crate) const PATH: Pattern =
        Pattern { pattern: r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$", expected: "a path" };
    /// Files and folders by their names.
    pub(crate) const GLOB: Pattern = Pattern {
        pattern: r"^[^\x00-\x20\[\]{}][^\x00-\x1f\[\]{}]*$",
        expected: "a path in which `*` stands for any part of a name, without brackets and braces",
    };
    /// A whole address of a web server.
    pub(crate) const URL: Pattern =
        Pattern { pattern: r"^https?://[^\s/?#]+[^\s#]*$", expected: "a URL that begins with `http://` or `https://`" };
    /// An address below the environment's, or a whole one.
    pub(crate) const WEB_ADDRESS: Pattern = Pattern {
        pattern: r"^(?:https?://[^\s/?#]+|/)[^\s#]*$",
        expected: "a path that begins with `/`, or a URL that begins with `http://` or `https://`",
    };
    /// Paths of a web server.
    pub(crate) const WEB_PATHS: Pattern = Pattern {
        pattern: r"^[/*][^\s?#\[\]{}]*$",
        expected: "a path that begins with `/`, in which `*` stands for anything, without `?`, `#`, brackets and braces",
    };
    /// A host and a port.
    pub(crate) const HOST_AND_PORT: Pattern = Pattern {
        pattern: r"^(?:\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$",
        expected: "`HOST:PORT`, with a port from 1 to 65535 and an IPv6 address in brackets",
    };
    /// A name that DNS can hold.
    pub(crate) const HOST: Pattern =
        Pattern { pattern: r"^[A-Za-z0-9_*](?:[A-Za-z0-9_.-]{0,252})$", expected: "a host name" };
    /// An address to listen on.
    pub(crate) const IP_ADDRESS: Pattern = Pattern {
        pattern: r"^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$",
        expected: "an IP address",
    };
    /// A part of a store of objects.
    pub(crate) const REGION: Pattern =
        Pattern { pattern: "^[A-Za-z0-9][A-Za-z0-9-]*$", expected: "a region's name, such as `eu-central-1`" };
    /// A systemd unit.
    pub(crate) const UNIT: Pattern = Pattern {
        pattern: r"^[A-Za-z0-9:_.\\@-]+\.(?:service|socket|timer|target|mount|automount|path|slice|scope|swap|device)$",
        expected: "a unit's whole name, such as `shop.service`",
    };
    /// Where lines of a log come from.
    pub(crate) const LOG: Pattern = Pattern {
        pattern: r"^(?:journal:[^\s/]+|/[^\x00-\x1f]+|\.[^\x00-\x1f]*|[^\x00-\x1f:]+)$",
        expected: "`journal:UNIT` or a path",
    };
    /// An HTTP method (RFC 9110, section 9).
    pub(crate) const METHOD: Pattern =
        Pattern { pattern: "^[A-Z]+$", expected: "an HTTP method in capitals, such as `GET`" };
    /// The name of a header (RFC 9110, section 5.1).
    pub(crate) const HEADER: Pattern =
        Pattern { pattern: r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", expected: "a header's name, such as `X-Request-Id`" };
    /// A hash of SHA-256.
    pub(crate) const SHA256: Pattern = Pattern { pattern: "^[0-9A-Fa-f]{64}$", expected: "64 hexadecimal digits" };
}

impl Shape for Pattern {
    type Read = String;

    fn expected(&self) -> String {
        self.expected.to_owned()
    }

    fn schema(&self) -> Json {
        json!({ "type": "string", "pattern": self.pattern })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<String> {
        match node.value.as_str() {
            Some(text) if report.matches(self.pattern, text) => Some(text.to_owned()),
            Some(_) | None => {
                report.wrong(node, self.expected);
                None
            }
        }
    }
}

/// A regular expression that a person writes. Whether it is one is beyond the schema.
pub(crate) struct RegularExpression;

impl Shape for RegularExpression {
    type Read = String;

    fn expected(&self) -> String {
        "a regular expression".to_owned()
    }

    fn schema(&self) -> Json {
        json!({ "type": "string", "pattern": r"\S", "format": "regex" })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<String> {
        let text = super::Text.read(node, report)?;
        match regex::Regex::new(&text) {
            Ok(_) => Some(text),
            Err(error) => {
                // The last line says what is wrong; those before draw it.
                let why = error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                let place = report.place(node.span);
                report.senseless(place, format!("{node} is no regular expression: {why}"), self.expected());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use crate::shapes::CRON;

    fn check(pattern: Pattern, right: &[&str], wrong: &[&str]) {
        let expression = regex::Regex::new(pattern.pattern).unwrap();
        for text in right {
            assert!(expression.is_match(text), "{text} is {}", pattern.expected);
        }
        for text in wrong {
            assert!(!expression.is_match(text), "{text} is not {}", pattern.expected);
        }
    }

    #[test]
    fn each_pattern_takes_what_it_should() {
        check(Pattern::URL, &["http://127.0.0.1:8000", "https://shop.example/a?b=c"], &["127.0.0.1:8000", "http://"]);
        check(Pattern::WEB_ADDRESS, &["/", "/health?x=1", "http://[::1]:80/"], &["health", "/a b", "ftp://x"]);
        check(Pattern::WEB_PATHS, &["/catalog/*", "*"], &["catalog", "/a?b", "/[a"]);
        check(Pattern::HOST_AND_PORT, &["db:5432", "[::1]:65535"], &["db", "db:0", "db:65536", "::1:80"]);
        check(Pattern::UNIT, &["shop.service", "shop@1.timer"], &["shop", "shop.services", ".."]);
        check(Pattern::LOG, &["journal:shop.service", "/var/log/a b.log", "logs/shop.log"], &["journal:", "jornal:x"]);
        check(Pattern::GLOB, &["/etc/shop", "/etc/*/x.conf"], &["/etc/[ab", "", " "]);
        check(Pattern::HEADER, &["X-Request-Id", "etag"], &["", "X Request", "Age:"]);
        check(CRON, &["0 3 * * *", "*/5 0-6,22 1 jan MON-FRI"], &["* * * *", "60 * * * *", "0 24 * * *", "@daily"]);
    }
}
