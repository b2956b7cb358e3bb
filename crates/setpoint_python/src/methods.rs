//! Methods of constants: text, lists, dicts, paths, durations.

use crate::builtins::{iterate, text_of};
use crate::{Object, operators};

pub(crate) fn call<'s>(
    of: &Object<'s>,
    name: &str,
    arguments: &[Object<'s>],
    keywords: &[(&str, Object<'s>)],
) -> Option<Object<'s>> {
    match of {
        Object::Text(text) => text_method(text, name, arguments, keywords),
        Object::Member(member) => text_method(member.value.as_text()?, name, arguments, keywords),
        Object::Bytes(bytes) if name == "decode" => String::from_utf8(bytes.clone()).ok().map(Object::Text),
        Object::Dict(pairs) => match (name, arguments) {
            ("keys", []) => Some(Object::List(pairs.iter().map(|(key, _)| key.clone()).collect())),
            ("values", []) => Some(Object::List(pairs.iter().map(|(_, value)| value.clone()).collect())),
            ("items", []) => Some(Object::List(
                pairs.iter().map(|(key, value)| Object::Tuple(vec![key.clone(), value.clone()])).collect(),
            )),
            ("copy", []) => Some(of.clone()),
            ("get", [key]) => Some(operators::index(of, key).unwrap_or(Object::None)),
            ("get", [key, default]) => Some(operators::index(of, key).unwrap_or_else(|| default.clone())),
            _ => None,
        },
        Object::List(_) if name == "copy" => Some(of.clone()),
        Object::Set(one) if name == "union" => {
            let [two] = arguments else { return None };
            Some(Object::Set(operators::unique([one.clone(), iterate(two)?].concat())))
        }
        Object::Path(path) => path_method(path, name, arguments),
        Object::Duration(seconds) if name == "total_seconds" => Some(Object::Float(*seconds)),
        _ => None,
    }
}

fn text_method<'s>(
    text: &str,
    name: &str,
    arguments: &[Object<'s>],
    keywords: &[(&str, Object<'s>)],
) -> Option<Object<'s>> {
    let texts: Option<Vec<&str>> = arguments.iter().map(Object::as_text).collect();
    let owned = |text: &str| Some(Object::Text(text.to_owned()));
    match (name, texts.as_deref()) {
        ("lower" | "casefold", Some([])) => owned(&text.to_lowercase()),
        ("upper", Some([])) => owned(&text.to_uppercase()),
        ("strip", Some([])) => owned(text.trim()),
        ("lstrip", Some([])) => owned(text.trim_start()),
        ("rstrip", Some([])) => owned(text.trim_end()),
        ("strip", Some([set])) => owned(text.trim_matches(|letter| set.contains(letter))),
        ("lstrip", Some([set])) => owned(text.trim_start_matches(|letter| set.contains(letter))),
        ("rstrip", Some([set])) => owned(text.trim_end_matches(|letter| set.contains(letter))),
        ("title", Some([])) => owned(&title(text)),
        ("capitalize", Some([])) => {
            let mut letters = text.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
            owned(&(first + &letters.as_str().to_lowercase()))
        }
        ("split", Some([])) => Some(list(text.split_whitespace())),
        ("split", Some([separator])) if !separator.is_empty() => Some(list(text.split(separator))),
        ("splitlines", Some([])) => Some(list(text.lines())),
        ("replace", Some([from, to])) if !from.is_empty() => owned(&text.replace(from, to)),
        ("removeprefix", Some([prefix])) => owned(text.strip_prefix(prefix).unwrap_or(text)),
        ("removesuffix", Some([suffix])) => owned(text.strip_suffix(suffix).unwrap_or(text)),
        ("startswith", Some([prefix])) => Some(Object::Bool(text.starts_with(prefix))),
        ("endswith", Some([suffix])) => Some(Object::Bool(text.ends_with(suffix))),
        ("isdigit", Some([])) => {
            Some(Object::Bool(!text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit())))
        }
        ("encode", _) => Some(Object::Bytes(text.as_bytes().to_vec())),
        ("join", None | Some(_)) => {
            let [items] = arguments else { return None };
            let items = iterate(items)?;
            let items: Option<Vec<&str>> = items.iter().map(Object::as_text).collect();
            owned(&items?.join(text))
        }
        ("format", _) => format(text, arguments, keywords).map(Object::Text),
        ("split", None) => match arguments {
            [Object::Text(separator), Object::Int(limit)] if !separator.is_empty() && *limit >= 0 => {
                Some(list(text.splitn(usize::try_from(*limit).ok()? + 1, separator.as_str())))
            }
            [Object::None] => Some(list(text.split_whitespace())),
            _ => None,
        },
        _ => None,
    }
}

fn list<'s, 't>(parts: impl Iterator<Item = &'t str>) -> Object<'s> {
    Object::List(parts.map(|part| Object::Text(part.to_owned())).collect())
}

fn title(text: &str) -> String {
    let mut inside = false;
    let mut titled = String::new();
    for letter in text.chars() {
        if inside {
            titled.extend(letter.to_lowercase());
        } else {
            titled.extend(letter.to_uppercase());
        }
        inside = letter.is_alphabetic();
    }
    titled
}

/// `str.format` with `{}`, `{0}` and `{name}` alone.
fn format(text: &str, arguments: &[Object<'_>], keywords: &[(&str, Object<'_>)]) -> Option<String> {
    let mut formatted = String::new();
    let mut next = 0;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        formatted.push_str(&rest[..at]);
        if rest[at..].starts_with("{{") || rest[at..].starts_with("}}") {
            formatted.push_str(&rest[at..=at]);
            rest = &rest[at + 2..];
            continue;
        }
        let end = at + rest[at..].find('}')?;
        let field = rest.get(at + 1..end)?;
        let value = match field.parse::<usize>() {
            Ok(index) => arguments.get(index)?,
            Err(_) if field.is_empty() => {
                next += 1;
                arguments.get(next - 1)?
            }
            Err(_) => &keywords.iter().find(|(name, _)| *name == field)?.1,
        };
        formatted.push_str(&text_of(value)?);
        rest = &rest[end + 1..];
    }
    formatted.push_str(rest);
    Some(formatted)
}

/// `parent`, `name`, `stem` and `suffix` of a `PurePosixPath`.
pub(crate) fn path_attribute<'s>(path: &str, name: &str) -> Option<Object<'s>> {
    let (folder, last) = match path.rsplit_once('/') {
        Some(("", last)) => ("/", last),
        Some((folder, last)) => (folder, last),
        None => (".", path),
    };
    let stem = last.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    match name {
        "parent" => Some(Object::Path(folder.to_owned())),
        "name" => Some(Object::Text(last.to_owned())),
        "stem" => Some(Object::Text(stem.map_or(last, |(stem, _)| stem).to_owned())),
        "suffix" => Some(Object::Text(stem.map_or_else(String::new, |(_, suffix)| format!(".{suffix}")))),
        _ => None,
    }
}

/// Methods that do not look at the machine; `resolve`, `exists` and `expanduser` do.
fn path_method<'s>(path: &str, name: &str, arguments: &[Object<'s>]) -> Option<Object<'s>> {
    match (name, arguments) {
        ("joinpath", parts) => {
            let mut joined = path.to_owned();
            for part in parts {
                joined = operators::join(&joined, &text_of(part)?);
            }
            Some(Object::Path(joined))
        }
        ("as_posix" | "__str__", []) => Some(Object::Text(path.to_owned())),
        ("with_suffix", [suffix]) => {
            let Object::Text(stem) = path_attribute(path, "stem")? else { return None };
            let Object::Path(folder) = path_attribute(path, "parent")? else { return None };
            Some(Object::Path(operators::join(&folder, &format!("{stem}{}", suffix.as_text()?))))
        }
        _ => None,
    }
}

/// The object after a method that changes it.
pub(crate) fn change<'s>(old: Object<'s>, name: &str, arguments: Vec<Object<'s>>) -> Option<Object<'s>> {
    let mut arguments = arguments.into_iter();
    let (first, second) = (arguments.next(), arguments.next());
    match (old, name, first, second) {
        (Object::List(mut items), "append", Some(item), None) => {
            items.push(item);
            Some(Object::List(items))
        }
        (Object::List(mut items), "extend", Some(more), None) => {
            items.extend(iterate(&more)?);
            Some(Object::List(items))
        }
        (Object::List(mut items), "insert", Some(Object::Int(at)), Some(item)) => {
            let at = usize::try_from(at).ok()?.min(items.len());
            items.insert(at, item);
            Some(Object::List(items))
        }
        (Object::Set(mut items), "add", Some(item), None) => {
            items.push(item);
            Some(Object::Set(operators::unique(items)))
        }
        (Object::Dict(mut pairs), "update", Some(Object::Dict(more)), None) => {
            more.into_iter().for_each(|(key, value)| operators::insert(&mut pairs, key, value));
            Some(Object::Dict(pairs))
        }
        // Methods that only look.
        (old, "get" | "keys" | "values" | "items" | "copy" | "index" | "count", ..) => Some(old),
        _ => None,
    }
}

/// The object after `object[key] = value`.
pub(crate) fn put<'s>(old: Object<'s>, key: Object<'s>, value: Object<'s>) -> Option<Object<'s>> {
    match old {
        Object::Dict(mut pairs) => {
            operators::insert(&mut pairs, key, value);
            Some(Object::Dict(pairs))
        }
        Object::List(mut items) => {
            *items.get_mut(usize::try_from(key.whole()?).ok()?)? = value;
            Some(Object::List(items))
        }
        _ => None,
    }
}
