//! The names that an `include` with a pattern means: glob(7) as nginx calls it (`ngx_open_glob`, no flags), sorted
//! by bytes, since nginx does not set a locale.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

/// True for what nginx takes for a pattern (`strpbrk(file, "*?[")`).
pub(super) fn is_pattern(path: &[u8]) -> bool {
    path.iter().any(|byte| b"*?[".contains(byte))
}

/// The paths that match, sorted. `list` gives the names in a folder, none where it cannot be read.
pub(super) fn expand(pattern: &Path, list: &dyn Fn(&Path) -> Vec<OsString>) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::new()];
    for component in pattern.components() {
        let part = component.as_os_str();
        if !matches!(component, Component::Normal(_)) || !is_pattern(part.as_bytes()) {
            paths.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        paths = paths
            .iter()
            .flat_map(|folder| {
                let mut names = list(folder);
                names.retain(|name| matches(part.as_bytes(), name));
                names.sort_unstable();
                names.into_iter().map(|name| folder.join(name)).collect::<Vec<_>>()
            })
            .collect();
    }
    paths
}

fn matches(pattern: &[u8], name: &OsStr) -> bool {
    let name = name.as_bytes();
    // Names with a leading dot are meant only by a pattern with one.
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    let (mut at, mut rest) = (0, pattern);
    // Where to go on if the latest star has to swallow one byte more.
    let mut star: Option<(usize, &[u8])> = None;
    loop {
        if let [b'*', after @ ..] = rest {
            (star, rest) = (Some((at, after)), after);
            continue;
        }
        let Some(byte) = name.get(at) else { return rest.is_empty() };
        match one(rest, *byte) {
            Some(after) => (at, rest) = (at + 1, after),
            None => match star {
                Some((from, after)) => {
                    star = Some((from + 1, after));
                    (at, rest) = (from + 1, after);
                }
                None => return false,
            },
        }
    }
}

/// The pattern after its first element, if that element means `byte`.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern {
        [b'?', after @ ..] => Some(after),
        [b'[', inside @ ..] => match set(inside, byte) {
            Some((found, after)) => found.then_some(after),
            // A `[` without a `]` is a letter.
            None => (byte == b'[').then_some(inside),
        },
        [b'\\', letter, after @ ..] | [letter, after @ ..] => (*letter == byte).then_some(after),
        [] => None,
    }
}

/// Whether `byte` is in the set whose inside begins here, and what follows the set's `]`.
fn set(inside: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let (negated, mut rest) = match inside {
        [b'!' | b'^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut found = false;
    let mut first = true;
    loop {
        rest = match rest {
            [b']', after @ ..] if !first => return Some((found != negated, after)),
            [low, b'-', high, after @ ..] if *high != b']' => {
                found |= (*low..=*high).contains(&byte);
                after
            }
            [letter, after @ ..] => {
                found |= *letter == byte;
                after
            }
            [] => return None,
        };
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::{expand, matches};
    use std::ffi::{OsStr, OsString};
    use std::path::{Path, PathBuf};

    #[test]
    fn patterns_mean_what_glob_7_says() {
        for (pattern, yes, no) in [
            ("*.conf", "shop.conf", "shop.conf.bak"),
            ("*", "default", ".hidden"),
            (".*", ".hidden", "default"),
            ("[0-9][!a-c]*", "10-x", "1a"),
            ("s?op*p", "shop-app", "shop-api"),
            ("[]x]", "]", "y"),
            ("[x", "[x", "x"),
            ("a\\*b", "a*b", "axb"),
        ] {
            assert!(matches(pattern.as_bytes(), OsStr::new(yes)), "{pattern} {yes}");
            assert!(!matches(pattern.as_bytes(), OsStr::new(no)), "{pattern} {no}");
        }
    }

    #[test]
    fn a_pattern_may_stand_in_any_part_and_the_result_is_sorted() {
        let list = |folder: &Path| -> Vec<OsString> {
            match folder.to_str() {
                Some("/etc/sites") => vec!["b".into(), "a".into(), ".git".into()],
                Some("/etc/sites/a/nginx") => vec!["2.conf".into(), "1.conf".into(), "readme".into()],
                _ => Vec::new(),
            }
        };
        let found = expand(Path::new("/etc/sites/*/nginx/*.conf"), &list);
        assert_eq!(found, [PathBuf::from("/etc/sites/a/nginx/1.conf"), "/etc/sites/a/nginx/2.conf".into()]);
    }
}
