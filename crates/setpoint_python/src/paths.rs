//! `pathlib.PurePosixPath` and `os.path`: what can be said of a path without looking at the machine.

use crate::Object;
use crate::writing::text_of;

/// The path of `Path(parts…)`; `None` for a part that is no text or path.
pub(crate) fn path(parts: &[Object<'_>]) -> Option<String> {
    let mut joined = String::new();
    for part in parts {
        joined = join(&joined, segment(part)?);
    }
    Some(normal(&joined))
}

/// `folder / name`
pub(crate) fn child(folder: &str, name: &Object<'_>) -> Option<String> {
    Some(normal(&join(folder, segment(name)?)))
}

/// `os.path.join`, which leaves the parts as they are written.
pub(crate) fn join_text(parts: &[Object<'_>]) -> Option<String> {
    let (first, rest) = parts.split_first()?;
    rest.iter().try_fold(segment(first)?.to_owned(), |joined, part| Some(join(&joined, segment(part)?)))
}

fn segment<'o>(part: &'o Object<'_>) -> Option<&'o str> {
    match part.plain() {
        Object::Text(text) | Object::Path(text) => Some(text),
        _ => None,
    }
}

/// `posixpath.join`: an absolute name replaces the folder.
fn join(folder: &str, name: &str) -> String {
    match folder {
        _ if name.starts_with('/') => name.to_owned(),
        "" => name.to_owned(),
        folder if folder.ends_with('/') => format!("{folder}{name}"),
        folder => format!("{folder}/{name}"),
    }
}

/// Without empty parts and `.`, as pathlib keeps a path. POSIX gives a path that begins with exactly two slashes a
/// meaning of its own.
fn normal(path: &str) -> String {
    let root = match path.len() - path.trim_start_matches('/').len() {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    match (root, parts.join("/")) {
        ("", parts) if parts.is_empty() => ".".to_owned(),
        (root, parts) => format!("{root}{parts}"),
    }
}

/// `parent`, `name`, `stem` and `suffix`.
pub(crate) fn attribute<'s>(path: &str, name: &str) -> Option<Object<'s>> {
    let (folder, last) = split(path);
    let (stem, suffix) = stem_and_suffix(last);
    match name {
        "parent" => Some(Object::Path(folder.to_owned())),
        "name" => Some(Object::Text(last.to_owned())),
        "stem" => Some(Object::Text(stem.to_owned())),
        "suffix" => Some(Object::Text(suffix.to_owned())),
        _ => None,
    }
}

/// The folder of a normal path and its last part, which the root and `.` do not have.
fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        _ if path == "." => (".", ""),
        Some((folder, last)) if folder.is_empty() || folder == "/" => (&path[..=folder.len()], last),
        Some((folder, last)) => (folder, last),
        None => (".", path),
    }
}

/// A name that begins with its only dot, or ends with one, has no suffix.
fn stem_and_suffix(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && dot + 1 < name.len() && name != ".." => name.split_at(dot),
        _ => (name, ""),
    }
}

/// Methods that do not look at the machine; `resolve`, `exists` and `expanduser` do.
pub(crate) fn method<'s>(path: &str, name: &str, arguments: &[Object<'s>]) -> Option<Object<'s>> {
    match (name, arguments) {
        ("joinpath", parts) => {
            let joined = parts.iter().try_fold(path.to_owned(), |joined, part| child(&joined, part));
            joined.map(Object::Path)
        }
        ("as_posix" | "__str__", []) => Some(Object::Text(path.to_owned())),
        ("with_suffix", [suffix]) => {
            let (suffix, (folder, last)) = (text_of(suffix)?, split(path));
            let fits = suffix.is_empty() || (suffix.starts_with('.') && suffix.len() > 1 && !suffix.contains('/'));
            let renamed = format!("{}{suffix}", stem_and_suffix(last).0);
            (fits && !last.is_empty()).then(|| Object::Path(normal(&join(folder, &renamed))))
        }
        _ => None,
    }
}
