//! Finds secrets among the words of a command line.

use super::is_secret_name;
use super::text::{is_placeholder, literals};
use crate::Value;
use std::ops::Range;

/// Options whose value is `user:password`: of curl (curl(1): `-u`, `-U`) and of what follows it.
const LOGINS: [&str; 6] = ["-u", "--user", "-U", "--proxy-user", "--auth", "--userpwd"];

/// The secret in the value of an option: all of it where the option's name is that of a secret (`--api-key`), the
/// password where it takes `user:password` (`-u`); `None` if there is none.
pub fn secret_of_option(option: &str, value: &str) -> Option<Range<usize>> {
    if !option.starts_with('-') || value.starts_with('-') {
        return None;
    }
    let secret = if LOGINS.contains(&option) {
        password_of_login(value)?
    } else if is_secret_name(option) {
        0..value.len()
    } else {
        return None;
    };
    let text = &value[secret.clone()];
    (!is_placeholder(text) && !Value::from(text).is_harmless()).then_some(secret)
}

/// The password of `user:password`. `www-data:www-data` and `1000:1000` are a user and a group, which an option of
/// the same name takes elsewhere.
fn password_of_login(value: &str) -> Option<Range<usize>> {
    let (user, password) = value.split_once(':')?;
    let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let is_group = user == password || (is_number(user) && is_number(password)) || password.starts_with('/');
    (!is_group).then_some(user.len() + 1..value.len())
}

/// The secrets that options hold in a text that is, or quotes, a command line: `--api-key hunter2`,
/// `-u shop:hunter2`, `--user='shop:hunter2'`, `-ushop:hunter2`.
pub(super) fn of_command_line(text: &str) -> Vec<Range<usize>> {
    of_words(text, &words(text))
}

/// The same where each word is a literal of its own, as in a list of Python or JSON.
pub(super) fn of_literals(text: &str) -> Vec<Range<usize>> {
    let literals = literals(text);
    let mut found = of_words(text, &literals);
    for literal in literals {
        let inside = of_command_line(&text[literal.clone()]);
        found.extend(inside.into_iter().map(|range| literal.start + range.start..literal.start + range.end));
    }
    found
}

fn of_words(text: &str, words: &[Range<usize>]) -> Vec<Range<usize>> {
    let next = words.iter().skip(1).map(Some).chain([None]);
    let found = words.iter().zip(next).filter_map(|(word, next)| {
        let option = &text[word.clone()];
        let value = match option.split_once('=') {
            Some((name, _)) => word.start + name.len() + 1..word.end,
            None if option.starts_with("-u") && option.len() > 2 => word.start + 2..word.end,
            None => next?.clone(),
        };
        let name = option.split_once('=').map_or(option, |(name, _)| name);
        let name = if name.starts_with("-u") { "-u" } else { name };
        let value = unquoted(text, value);
        let secret = secret_of_option(name, &text[value.clone()])?;
        Some(value.start + secret.start..value.start + secret.end)
    });
    found.collect()
}

/// The words between white space; what stands in quotes belongs together, without the quotes around it.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let (mut start, mut quote) = (None, None);
    for (at, letter) in text.char_indices() {
        match quote {
            Some(open) => quote = (letter != open).then_some(open),
            None if letter.is_whitespace() => words.extend(start.take().map(|start| start..at)),
            None => {
                start = start.or(Some(at));
                quote = matches!(letter, '"' | '\'').then_some(letter);
            }
        }
    }
    words.extend(start.map(|start| start..text.len()));
    words.into_iter().map(|word| unquoted(text, word)).collect()
}

/// The range without the quotes around it. A quote that nobody closed is dropped, too; where the quotes are not around
/// the whole, as in `'shop:hunt'er2`, all of it stays.
fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let Some(quote) = inner.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { return range };
    let end = inner[1..].find(quote).map_or(range.end, |at| range.start + 1 + at);
    if end == range.end || end + 1 == range.end { range.start + 1..end } else { range }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, found: Vec<Range<usize>>) -> String {
        let mut shown = text.to_owned();
        found.into_iter().rev().for_each(|range| shown.replace_range(range, "***"));
        shown
    }

    #[test]
    fn options_that_hold_a_secret() {
        for (text, hidden) in [
            ("gunicorn --api-key hunter2 shop:app", "gunicorn --api-key *** shop:app"),
            ("gunicorn --api-key=hunter2 shop:app", "gunicorn --api-key=*** shop:app"),
            ("curl -u shop:hunter2 http://db", "curl -u shop:*** http://db"),
            ("curl -ushop:hunter2 http://db", "curl -ushop:*** http://db"),
            ("curl --user 'shop:hunter2 x' http://db", "curl --user 'shop:***' http://db"),
            ("curl -u 'shop:hunt'er2", "curl -u 'shop:***"),
            ("curl --user=\"shop:hunter2 x\"", "curl --user=\"shop:***\""),
            ("celery flower --basic-auth=shop:hunter2", "celery flower --basic-auth=***"),
            ("celery flower --basic_auth shop:hunter2", "celery flower --basic_auth ***"),
            ("curl -u 'shop:hunter2", "curl -u 'shop:***"),
        ] {
            assert_eq!(shown(text, of_command_line(text)), hidden);
        }
        let list = "['curl', \"-u\", 'shop:hunter2', 'curl -u shop:hunter3']";
        assert_eq!(shown(list, of_literals(list)), "['curl', \"-u\", 'shop:***', 'curl -u shop:***']");
    }

    #[test]
    fn options_that_hold_none() {
        for text in [
            "gunicorn --user shop --group shop shop:app",
            "docker run --user 1000:1000 -u www-data:www-data",
            "python -u shop.py",
            "curl -u shop:$PASSWORD -u shop: -u",
            "gunicorn --api-key $KEY --password-file /run/key",
            "gunicorn --token true",
            "--user",
            "'",
        ] {
            assert_eq!(of_command_line(text), [], "{text}");
        }
    }
}
