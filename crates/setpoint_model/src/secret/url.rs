//! Finds the passwords in URLs.

use super::text::is_placeholder;
use std::ops::Range;

/// The text with the passwords of its URLs replaced by `***`; the same text where there are none.
pub fn hide_url_password(text: &str) -> String {
    let mut hidden = text.to_owned();
    for password in url_passwords(text).into_iter().rev() {
        hidden.replace_range(password, "***");
    }
    hidden
}

/// The bytes of the passwords in `scheme://user:password@host` (RFC 3986, section 3.2.1), in order: of those that are
/// not empty and not themselves a placeholder such as `{password}` or `$PASSWORD`.
pub fn url_passwords(text: &str) -> Vec<Range<usize>> {
    let starts: Vec<usize> = text.match_indices("://").map(|(at, separator)| at + separator.len()).collect();
    let ends = starts.iter().skip(1).map(|next| start_of_scheme(text, next - "://".len())).chain([text.len()]);
    let passwords = starts.iter().zip(ends).filter_map(|(start, end)| {
        let url = text.get(*start..end)?;
        let ends = |letter: char| matches!(letter, '"' | '\'' | '`') || letter.is_whitespace();
        let password = password(&url[..url.find(ends).unwrap_or(url.len())])?;
        (!is_placeholder(&url[password.clone()])).then_some(start + password.start..start + password.end)
    });
    passwords.collect()
}

/// The password in what follows `://`.
fn password(url: &str) -> Option<Range<usize>> {
    let authority = &url[..url.find(['/', '?', '#']).unwrap_or(url.len())];
    let end = match authority.rfind('@') {
        Some(at) => at,
        // A password may hold a slash that nobody encoded; a port may not.
        None if is_host_and_port(authority) => return None,
        None => url.rfind('@')?,
    };
    let start = url[..end].find(':')? + 1;
    (start < end).then_some(start..end)
}

fn is_host_and_port(authority: &str) -> bool {
    authority.rsplit_once(':').is_none_or(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Where the scheme starts that ends at `end` (RFC 3986, section 3.1).
fn start_of_scheme(text: &str, end: usize) -> usize {
    let in_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    end - text.as_bytes()[..end].iter().rev().take_while(|byte| in_scheme(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_url_is_hidden() {
        for (text, hidden) in [
            ("postgres://shop:hunter2@db/shop", "postgres://shop:***@db/shop"),
            ("redis://:hunter2@db/0", "redis://:***@db/0"),
            ("redis://a/0,redis://:hunter2@b/0", "redis://a/0,redis://:***@b/0"),
            ("redis://:a@a/0,redis://:b@b/0", "redis://:***@a/0,redis://:***@b/0"),
            ("mongodb://u:p,q@one,two/db", "mongodb://u:***@one,two/db"),
            ("redis://:a/b@db/0", "redis://:***@db/0"),
            ("at 'http://u:hunter2@db' and x@y", "at 'http://u:***@db' and x@y"),
            ("postgres://u:%40dmin@db", "postgres://u:***@db"),
        ] {
            assert_eq!(hide_url_password(text), hidden);
        }
    }

    #[test]
    fn a_url_without_a_password_stays() {
        for text in [
            "http://db:5432/x",
            "http://db:5432/users/a@b",
            "sqlite:///shop.db",
            "postgres://shop@db/x",
            "postgres://u:{password}@db",
            "postgres://u:${DB_PASSWORD}@db",
            "postgres://u:%(password)s@db",
            "postgres://u:@db",
            "://",
            "é://é:",
        ] {
            assert_eq!(hide_url_password(text), text);
        }
    }
}
