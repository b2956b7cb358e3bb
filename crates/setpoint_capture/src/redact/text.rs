//! Tells by the text alone which parts of it are secrets.

use setpoint_model::is_secret_name;

/// In whose words a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Source, where only a literal can be a secret: `password=read_password()` holds none.
    Code,
    /// A deployment file or command line, where every word is literal: `password=hunter2`.
    Deployment,
}

/// The secrets in the text: the password of a URL, a private key, what is given to a name that is a secret's, and
/// the token of an `Authorization` header (RFC 9110, section 11.6.2).
pub(super) fn secrets(text: &str, written: Written) -> Vec<&str> {
    let mut secrets: Vec<&str> = url_passwords(text).chain(private_key(text)).chain(authorizations(text)).collect();
    secrets.extend(values_of_secrets(text, written));
    if written == Written::Deployment {
        secrets.extend(options(text));
    }
    secrets
}

/// The quoted texts in source that was not folded.
pub(super) fn literals(text: &str) -> impl Iterator<Item = &str> {
    ['"', '\''].into_iter().flat_map(|quote| text.split(quote).skip(1).step_by(2))
}

/// The passwords of every URL in the text (RFC 3986, section 3.2.1).
fn url_passwords(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("://").filter_map(|(at, separator)| {
        let url = &text[at + separator.len()..];
        let url =
            &url[..url.find(|letter: char| "\"'`".contains(letter) || letter.is_whitespace()).unwrap_or(url.len())];
        let authority = &url[..url.find(['/', '?', '#']).unwrap_or(url.len())];
        let password = match authority.rsplit_once('@') {
            Some((user, _host)) => user.split_once(':')?.1,
            // A password may hold a slash that nobody encoded; a port may not.
            None if is_host_and_port(authority) => return None,
            None => url.rsplit_once('@')?.0.split_once(':')?.1,
        };
        (!password.is_empty() && !is_placeholder(password)).then_some(password)
    })
}

fn is_host_and_port(authority: &str) -> bool {
    authority.rsplit_once(':').is_none_or(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()))
}

/// The text of a key in PEM (RFC 7468).
fn private_key(text: &str) -> Option<&str> {
    let start = text.find("PRIVATE KEY-----")?;
    Some(&text[start..])
}

/// `PASSWORD=hunter2`, `"password": "hunter2"`, `password = 'hunter2'`.
fn values_of_secrets(text: &str, written: Written) -> impl Iterator<Item = &str> {
    text.match_indices(['=', ':']).filter_map(move |(at, _)| {
        let before = text[..at].trim_end().trim_end_matches(['"', '\'', ']']);
        let start = before.rfind(|letter: char| !(letter.is_alphanumeric() || "_-.".contains(letter)));
        let name = start.map_or(before, |start| &before[start..]);
        is_secret_name(name).then(|| literal(text[at + 1..].trim_start(), written)).flatten()
    })
}

/// The literal that starts the text, if one does.
fn literal(text: &str, written: Written) -> Option<&str> {
    let quoted = |text: &'_ str| -> Option<usize> {
        // A prefix such as `b` or `f` may stand before a literal's quote.
        let quote = text.trim_start_matches(|letter: char| "bBfFrRuU".contains(letter));
        quote.starts_with(['"', '\'']).then(|| text.len() - quote.len())
    };
    let value = match (quoted(text), written) {
        (Some(at), _) => {
            let quote = &text[at..=at];
            text[at + 1..].split(quote).next()?
        }
        (None, Written::Code) => return None,
        // `==` compares, and `://` is a URL's.
        (None, Written::Deployment) if text.starts_with(['=', '/']) => return None,
        (None, Written::Deployment) => {
            text.split(|letter: char| letter.is_whitespace() || ",;)}]".contains(letter)).next()?
        }
    };
    (!value.is_empty() && !is_placeholder(value)).then_some(value)
}

/// `--api-key hunter2`.
fn options(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().zip(text.split_whitespace().skip(1)).filter_map(|(option, value)| {
        let secret = option.starts_with("--") && !option.contains('=') && is_secret_name(option);
        (secret && !value.starts_with('-') && !is_placeholder(value)).then_some(value)
    })
}

/// `Bearer TOKEN` and `Basic TOKEN`; ordinary words may follow `Basic`, and have no digit or capital in them.
fn authorizations(text: &str) -> impl Iterator<Item = &str> {
    ["Bearer ", "Basic "].into_iter().flat_map(move |scheme| {
        text.match_indices(scheme).filter_map(move |(at, _)| {
            let rest = &text[at + scheme.len()..];
            let end = rest.find(|letter: char| letter.is_whitespace() || "\"';`".contains(letter));
            let token = &rest[..end.unwrap_or(rest.len())];
            let odd = |letter: char| letter.is_ascii_digit() || letter.is_uppercase() || letter == '=';
            (token.len() >= 8 && token.contains(odd) && !is_placeholder(token)).then_some(token)
        })
    })
}

/// `$PASSWORD`, `{password}`, `<password>`, `%(password)s`, `***`: says where the secret comes from, and is none.
fn is_placeholder(text: &str) -> bool {
    text.starts_with(['{', '$', '<', '%', '*'])
}

#[cfg(test)]
mod tests {
    use super::{Written, secrets};

    #[test]
    fn texts_with_a_secret_in_them() {
        for (text, expected) in [
            ("host=db password=hunter2 port=1", "hunter2"),
            (r#"{"user": "shop", "password": "hunter2 x"}"#, "hunter2 x"),
            ("http://db/x, postgres://shop:hunter2@db/shop", "hunter2"),
            ("redis://:a/b@db/0", "a/b"),
            ("proxy_set_header Authorization \"Bearer abcdef123456\"", "abcdef123456"),
            ("gunicorn --api-key hunter2 shop:app", "hunter2"),
            ("gunicorn --api-key=hunter2 shop:app", "hunter2"),
            ("SHOP_SECRET_KEY=hunter2", "hunter2"),
        ] {
            assert_eq!(secrets(text, Written::Deployment), [expected], "{text}");
        }
        assert_eq!(secrets("connect(password = b'hunter2')", Written::Code), ["hunter2"]);
        assert!(!secrets("-----BEGIN RSA PRIVATE KEY-----", Written::Code).is_empty());
    }

    #[test]
    fn texts_about_secrets_and_ordinary_texts() {
        let nothing: [&str; 0] = [];
        for text in [
            "http://db:5432/x",
            "http://db:5432/users/a@b",
            "password=$DB_PASSWORD",
            "postgres://shop:${DB_PASSWORD}@db/shop",
            "Basic authentication is off",
            "password=",
            "timeout=30",
            "gunicorn --api-key $KEY",
            "password_file=/run/secrets/db",
        ] {
            assert_eq!(secrets(text, Written::Deployment), nothing, "{text}");
        }
        for text in ["connect(password=read_password())", "if password == \"\":", "token: str = None"] {
            assert_eq!(secrets(text, Written::Code), nothing, "{text}");
        }
    }
}
