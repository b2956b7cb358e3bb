//! Methods of text, and `%` (the Python Library Reference, "Text Sequence Type").

use crate::Object;
use crate::builtins::ordered;
use crate::size::{LARGEST, append};
use crate::writing::text_of;

pub(crate) fn method<'s>(
    text: &str,
    name: &str,
    arguments: &[Object<'s>],
    keywords: &[(&str, Object<'s>)],
) -> Option<Object<'s>> {
    let texts: Option<Vec<&str>> = arguments.iter().map(Object::as_text).collect();
    let owned = |text: &str| Some(Object::Text(text.to_owned()));
    match (name, texts.as_deref()) {
        ("lower", Some([])) => owned(&text.to_lowercase()),
        ("upper", Some([])) => owned(&text.to_uppercase()),
        // Some letters have a title case or a folded case of their own, of which Rust has no table.
        ("casefold", Some([])) if text.is_ascii() => owned(&text.to_ascii_lowercase()),
        ("title", Some([])) if text.is_ascii() => owned(&title(text)),
        ("capitalize", Some([])) if text.is_ascii() => {
            let (first, rest) = text.split_at(text.len().min(1));
            owned(&(first.to_ascii_uppercase() + &rest.to_ascii_lowercase()))
        }
        ("strip", Some([])) => owned(strip(text)),
        ("lstrip", Some([])) => owned(text.trim_start_matches(is_space)),
        ("rstrip", Some([])) => owned(text.trim_end_matches(is_space)),
        ("strip", Some([set])) => owned(text.trim_matches(|letter| set.contains(letter))),
        ("lstrip", Some([set])) => owned(text.trim_start_matches(|letter| set.contains(letter))),
        ("rstrip", Some([set])) => owned(text.trim_end_matches(|letter| set.contains(letter))),
        ("split", Some([])) => Some(words(text)),
        ("split", Some([separator])) if !separator.is_empty() => Some(list(text.split(separator))),
        ("splitlines", Some([])) => Some(list(lines(text).into_iter())),
        ("replace", Some([from, to])) if !from.is_empty() => {
            let longest = text.len() + text.matches(from).count() * to.len();
            (longest <= LARGEST).then(|| Object::Text(text.replace(from, to)))
        }
        ("removeprefix", Some([prefix])) => owned(text.strip_prefix(prefix).unwrap_or(text)),
        ("removesuffix", Some([suffix])) => owned(text.strip_suffix(suffix).unwrap_or(text)),
        ("startswith", Some([prefix])) => Some(Object::Bool(text.starts_with(prefix))),
        ("endswith", Some([suffix])) => Some(Object::Bool(text.ends_with(suffix))),
        ("isdigit", Some([])) if text.is_ascii() => {
            Some(Object::Bool(!text.is_empty() && text.bytes().all(|letter| letter.is_ascii_digit())))
        }
        ("encode", Some(encoding)) => encode(text, encoding).map(Object::Bytes),
        ("join", _) => {
            let [items] = arguments else { return None };
            let mut joined = String::new();
            for (at, item) in ordered(items)?.iter().enumerate() {
                append(&mut joined, if at > 0 { text } else { "" })?;
                append(&mut joined, item.as_text()?)?;
            }
            Some(Object::Text(joined))
        }
        ("format", _) => format(text, arguments, keywords).map(Object::Text),
        ("split", None) => match arguments {
            [Object::Text(separator), Object::Int(limit)] if !separator.is_empty() && *limit >= 0 => {
                Some(list(text.splitn(usize::try_from(*limit).ok()?.checked_add(1)?, separator.as_str())))
            }
            [Object::None] => Some(words(text)),
            _ => None,
        },
        _ => None,
    }
}

/// What Python takes for white space: the separators of ASCII, too.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}

/// `text.strip()`
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

fn words<'s>(text: &str) -> Object<'s> {
    list(text.split(is_space).filter(|word| !word.is_empty()))
}

/// `text.splitlines()`
fn lines(text: &str) -> Vec<&str> {
    let is_end =
        |letter: char| matches!(letter, '\n'..='\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(is_end) {
        lines.push(&rest[..end]);
        let length =
            if rest[end..].starts_with("\r\n") { 2 } else { rest[end..].chars().next().map_or(1, char::len_utf8) };
        rest = &rest[end + length..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

fn list<'s, 't>(parts: impl Iterator<Item = &'t str>) -> Object<'s> {
    Object::List(parts.map(|part| Object::Text(part.to_owned())).collect())
}

fn title(text: &str) -> String {
    let mut inside = false;
    let mut titled = String::new();
    for letter in text.chars() {
        titled.push(if inside { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() });
        inside = letter.is_ascii_alphabetic();
    }
    titled
}

/// The encodings that people name; `None` for another, and for a letter that it does not have.
fn encode(text: &str, encoding: &[&str]) -> Option<Vec<u8>> {
    match encoding {
        [] | ["utf-8" | "utf8" | "UTF-8"] => Some(text.as_bytes().to_vec()),
        ["ascii" | "latin-1" | "latin1"] if text.is_ascii() => Some(text.as_bytes().to_vec()),
        _ => None,
    }
}

/// `bytes.decode()`
pub(crate) fn decode(bytes: &[u8], encoding: &[Object<'_>]) -> Option<String> {
    let encoding: Vec<&str> = encoding.iter().map(Object::as_text).collect::<Option<_>>()?;
    let text = std::str::from_utf8(bytes).ok()?;
    encode(text, &encoding).map(|_| text.to_owned())
}

/// `str.format` with `{}`, `{0}` and `{name}` alone.
fn format(text: &str, arguments: &[Object<'_>], keywords: &[(&str, Object<'_>)]) -> Option<String> {
    let mut formatted = String::new();
    let (mut next, mut numbered) = (0, false);
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        append(&mut formatted, &rest[..at])?;
        if rest[at..].starts_with("{{") || rest[at..].starts_with("}}") {
            formatted.push_str(&rest[at..=at]);
            rest = &rest[at + 2..];
            continue;
        }
        let end = at + rest[at..].find('}')?;
        let field = rest.get(at + 1..end)?;
        let value = match field.parse::<usize>() {
            Ok(index) => {
                numbered = true;
                arguments.get(index)?
            }
            Err(_) if field.is_empty() => {
                next += 1;
                arguments.get(next - 1)?
            }
            Err(_) => &keywords.iter().find(|(name, _)| *name == field)?.1,
        };
        append(&mut formatted, &text_of(value)?)?;
        rest = &rest[end + 1..];
    }
    append(&mut formatted, rest)?;
    // Python refuses to mix fields that are numbered with those that are not.
    (next == 0 || !numbered).then_some(formatted)
}

/// `format % argument` with `%s`, `%d`, `%i` and `%%` alone.
pub(crate) fn percent(format: &str, argument: &Object<'_>) -> Option<String> {
    let mut arguments = match argument {
        Object::Tuple(items) => items.clone(),
        Object::Dict(_) => return None,
        other => vec![other.clone()],
    }
    .into_iter();
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            append(&mut text, letter.encode_utf8(&mut [0; 4]))?;
            continue;
        }
        match letters.next()? {
            '%' => append(&mut text, "%")?,
            's' => append(&mut text, &text_of(&arguments.next()?)?)?,
            'd' | 'i' => append(&mut text, &arguments.next()?.whole()?.to_string())?,
            _ => return None,
        }
    }
    arguments.next().is_none().then_some(text)
}
