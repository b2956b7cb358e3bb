//! Tells by the text alone which parts of it are secrets.

use super::{is_secret_name, option, url_passwords};
use crate::Value;
use std::ops::Range;

/// In whose words a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Source, where only a literal can be a secret: `password=read_password()` holds none.
    Code,
    /// A value, a deployment file or a command line, where every word is literal: `password=hunter2`.
    Deployment,
}

/// The schemes of an `Authorization` header whose secret is the one word behind them (RFC 7617, RFC 6750).
const SCHEMES: [&str; 2] = ["Bearer ", "Basic "];

/// Names that are a secret's in the query of a URL, besides those that are one's anywhere.
const IN_QUERIES: [&str; 5] = ["auth", "key", "pwd", "sig", "signature"];

/// True if the text of a value carries a secret, whatever the name is that it is given to.
pub fn is_secret_text(text: &str) -> bool {
    !secrets_in(text, Written::Deployment).is_empty()
}

/// The bytes of the secrets in the text, sorted, some perhaps within others: the password of a URL, a private key,
/// what is given to a name, an option or in a URL's query to what is a secret's, the password of `-u user:password`, and the token of an
/// `Authorization` header (RFC 9110, section 11.6.2).
pub fn secrets_in(text: &str, written: Written) -> Vec<Range<usize>> {
    let mut secrets = url_passwords(text);
    secrets.extend(private_key(text));
    secrets.extend(authorizations(text));
    secrets.extend(values_of_secrets(text, written));
    secrets.extend(queries(text));
    // A command may stand as a list in a deployment, too: `CMD ["curl", "-u", "shop:hunter2"]`.
    secrets.extend(option::of_literals(text));
    if written == Written::Deployment {
        secrets.extend(option::of_command_line(text));
    }
    secrets.sort_by_key(|range| (range.start, range.end));
    secrets.dedup();
    secrets
}

/// The text with `***` for each secret that it tells by itself.
pub fn hide_secrets(text: &str, written: Written) -> String {
    let mut hidden = String::new();
    let mut at = 0;
    for Range { start, end } in secrets_in(text, written) {
        if start >= at {
            hidden += &text[at..start];
            hidden += "***";
        }
        at = at.max(end);
    }
    hidden + &text[at..]
}

/// The bytes between the quotes of every literal in Python or JSON source; of one that is not closed, all the rest.
pub fn literals(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\'')).map(|start| at + start) {
        let quote = &bytes[start..=start];
        let triple = quote.repeat(3);
        let quote = if bytes[start..].starts_with(&triple) { triple.as_slice() } else { quote };
        let inner = start + quote.len();
        let mut end = inner;
        while end < bytes.len() && !bytes[end..].starts_with(quote) {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        // A backslash may be the last byte, or stand before a letter of several.
        let end = end.min(bytes.len());
        found.push(inner..end);
        at = (end + quote.len()).min(bytes.len());
    }
    found.retain(|range| text.get(range.clone()).is_some());
    found
}

/// The text of a key in PEM (RFC 7468).
fn private_key(text: &str) -> Option<Range<usize>> {
    text.find("PRIVATE KEY-----").map(|start| start..text.len())
}

/// `PASSWORD=hunter2`, `"password": "hunter2"`, `password = 'hunter2'`.
fn values_of_secrets(text: &str, written: Written) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(['=', ':']).filter_map(move |(at, _)| {
        let before = text[..at].trim_end().trim_end_matches(['"', '\'', ']']);
        let start = before.rfind(|letter: char| !(letter.is_alphanumeric() || "_-.".contains(letter)));
        let name = start.map_or(before, |start| &before[start..]);
        let behind = text[at + 1..].trim_start();
        let secret = is_secret_name(name).then(|| literal(behind, written)).flatten()?;
        let offset = text.len() - behind.len();
        Some(offset + secret.start..offset + secret.end)
    })
}

/// `?key=hunter2`, `&sig=hunter2` (RFC 3986, section 3.4).
fn queries(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(['?', '&']).filter_map(|(at, _)| {
        let pair = &text[at + 1..];
        let ends = |letter: char| letter.is_whitespace() || "&#\"'`,;)]".contains(letter);
        let equals = pair.find(|letter: char| letter == '=' || ends(letter))?;
        let (name, value) = (&pair[..equals], pair[equals..].strip_prefix('=')?);
        let value = &value[..value.find(ends).unwrap_or(value.len())];
        let is_secret = IN_QUERIES.iter().any(|known| name.eq_ignore_ascii_case(known)) || is_secret_name(name);
        let is_open = value.starts_with('=') || is_placeholder(value) || Value::from(value).is_harmless();
        let start = at + 1 + equals + 1;
        (is_secret && !is_open).then_some(start..start + value.len())
    })
}

/// The literal that starts the text, if one does and can be a secret.
fn literal(text: &str, written: Written) -> Option<Range<usize>> {
    // A prefix such as `b` or `f` may stand before a literal's quote.
    let quote = text.trim_start_matches(|letter: char| "bBfFrRuU".contains(letter));
    let value = match written {
        Written::Code | Written::Deployment if quote.starts_with(['"', '\'']) => {
            let start = text.len() - quote.len() + 1;
            let length = text[start..].find(&quote[..1]).unwrap_or(text.len() - start);
            start..start + length
        }
        Written::Code => return None,
        // `==` compares, and `://` is a URL's.
        Written::Deployment if text.starts_with(['=', '/']) => return None,
        Written::Deployment => {
            let start = SCHEMES.iter().find(|scheme| text.starts_with(**scheme)).map_or(0, |scheme| scheme.len());
            let ends = |letter: char| letter.is_whitespace() || ",;)}]".contains(letter);
            let length = text[start..].find(ends).unwrap_or(text.len() - start);
            start..start + length
        }
    };
    let said = &text[value.clone()];
    (!is_placeholder(said) && !Value::from(said).is_harmless()).then_some(value)
}

/// `Bearer TOKEN` and `Basic TOKEN`; ordinary words may follow `Basic`, and have no digit or capital in them.
fn authorizations(text: &str) -> impl Iterator<Item = Range<usize>> {
    SCHEMES.into_iter().flat_map(move |scheme| {
        text.match_indices(scheme).filter_map(move |(at, _)| {
            let start = at + scheme.len();
            let end = text[start..].find(|letter: char| letter.is_whitespace() || "\"';`".contains(letter));
            let token = &text[start..end.map_or(text.len(), |end| start + end)];
            let odd = |letter: char| letter.is_ascii_digit() || letter.is_uppercase() || letter == '=';
            (token.len() >= 8 && token.contains(odd) && !is_placeholder(token)).then(|| start..start + token.len())
        })
    })
}

/// `$PASSWORD`, `${PASSWORD}`, `{password}`, `<password>`, `%(password)s`, `***`: says where the secret comes from,
/// and is none. A secret itself may begin with such a letter: `$2b$12$…` is a hash, `%40dmin` a password in a URL.
pub(super) fn is_placeholder(text: &str) -> bool {
    let mut letters = text.chars();
    match letters.next() {
        Some('$') => letters.next().is_none_or(|next| next.is_alphabetic() || matches!(next, '_' | '{' | '(')),
        Some('{') => text.contains('}'),
        Some('<') => text.contains('>'),
        Some('%') => !text.as_bytes().get(1..3).is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit)),
        Some('*') => text.bytes().all(|star| star == b'*'),
        Some(_) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Written, hide_secrets, is_secret_text, literals, secrets_in};

    fn secrets(text: &str, written: Written) -> Vec<&str> {
        secrets_in(text, written).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn texts_with_a_secret_in_them() {
        for (text, expected) in [
            ("host=db password=hunter2 port=1", "hunter2"),
            (r#"{"user": "shop", "password": "hunter2 x"}"#, "hunter2 x"),
            ("http://db/x, postgres://shop:hunter2@db/shop", "hunter2"),
            ("proxy_set_header Authorization \"Bearer abcdef123456\"", "abcdef123456"),
            ("Authorization: Bearer abcdef123456", "abcdef123456"),
            ("gunicorn --api-key hunter2 shop:app", "hunter2"),
            ("gunicorn --api-key=hunter2 shop:app", "hunter2"),
            ("curl -u shop:hunter2 http://db:8000", "hunter2"),
            ("celery flower --basic-auth=shop:hunter2", "shop:hunter2"),
            ("SHOP_SECRET_KEY=hunter2", "hunter2"),
            (r#"["curl", "-u", "shop:hunter2"]"#, "hunter2"),
            ("password=$2b$12$abc", "$2b$12$abc"),
            ("/health?deep=1&key=hunter2&x=1", "hunter2"),
            ("https://shop.example/?sig=hunter2#top", "hunter2"),
        ] {
            assert_eq!(secrets(text, Written::Deployment), [expected], "{text}");
            assert!(is_secret_text(text), "{text}");
        }
        for (text, expected) in [
            ("connect(password = b'hunter2')", "hunter2"),
            ("run(['curl', '-u', 'shop:hunter2'])", "hunter2"),
            ("run('curl -u shop:hunter2')", "hunter2"),
        ] {
            assert_eq!(secrets(text, Written::Code), [expected], "{text}");
        }
        let hidden = hide_secrets("/a?token=hunter2-of-a-query&key=hunter2 /b", Written::Deployment);
        assert_eq!(hidden, "/a?token=*** /b");
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
            "password=***",
            "{\"password\": null, \"basic_auth\": true}",
            "timeout=30",
            "/items?sort_key=name&key={key}&key=&key",
            "gunicorn --api-key $KEY",
            "password_file=/run/secrets/db",
        ] {
            assert_eq!(secrets(text, Written::Deployment), nothing, "{text}");
        }
        for text in ["connect(password=read_password())", "if password == \"\":", "token: str = None"] {
            assert_eq!(secrets(text, Written::Code), nothing, "{text}");
        }
    }

    #[test]
    fn literals_of_source() {
        let of = |text| literals(text).into_iter().map(|range| &text[range]).collect::<Vec<&str>>();
        assert_eq!(of(r#"f("a", 'it"s', b'c\'d') + """e "f" """"#), ["a", "it\"s", r"c\'d", "e \"f\" "]);
        assert_eq!(of("'open é\\é"), ["open é\\é"]);
        assert_eq!(of("'' \"\\"), ["", "\\"]);
    }
}
