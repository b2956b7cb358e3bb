//! The names that a pattern means: glob(7) without flags, as nginx calls it for an `include` (`ngx_open_glob`) and
//! systemd for an `EnvironmentFile=` (`safe_glob`). Names are bytes, and sorted by them: nginx sets no locale, and
//! systemd's own is `C` as the first program of a machine.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

/// True for what nginx takes for a pattern (`strpbrk(file, "*?[")`).
pub fn is_pattern(path: &[u8]) -> bool {
    path.iter().any(|byte| b"*?[".contains(byte))
}

/// As many paths as one pattern may mean. `*/../*/../*` means each path as often as there are ways to it.
const MOST_PATHS: usize = 10_000;

/// The paths that match, sorted, and at most 10,000 of them. `list` gives the names in a folder, none where it cannot
/// be read.
pub fn expand(pattern: &Path, list: &dyn Fn(&Path) -> Vec<OsString>) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::new()];
    for component in pattern.components() {
        let part = component.as_os_str();
        if !matches!(component, Component::Normal(_)) || !is_pattern(part.as_bytes()) {
            paths.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        let elements = elements(part.as_bytes());
        let named = paths.iter().flat_map(|folder| {
            let mut names = list(folder);
            names.retain(|name| is_meant(&elements, name.as_bytes()));
            names.sort_unstable();
            names.into_iter().map(|name| folder.join(name)).collect::<Vec<_>>()
        });
        paths = named.take(MOST_PATHS).collect();
    }
    paths
}

/// True if one name, without a slash, is meant by one part of a pattern.
pub fn is_name_meant(pattern: &[u8], name: &[u8]) -> bool {
    is_meant(&elements(pattern), name)
}

/// One element of a pattern.
enum Element<'p> {
    /// `*`
    Star,
    /// `?`
    Any,
    /// `[…]`: what stands between the brackets, without the `!`.
    Set { members: &'p [u8], negated: bool },
    /// A byte that means itself.
    Byte(u8),
}

fn elements(pattern: &[u8]) -> Vec<Element<'_>> {
    let mut elements = Vec::new();
    let mut rest = pattern;
    loop {
        let element;
        (element, rest) = match rest {
            [] => return elements,
            [b'*', after @ ..] => (Element::Star, after),
            [b'?', after @ ..] => (Element::Any, after),
            // A `[` without a `]` is a letter.
            [b'[', inside @ ..] => set(inside).unwrap_or((Element::Byte(b'['), inside)),
            [b'\\', byte, after @ ..] | [byte, after @ ..] => (Element::Byte(*byte), after),
        };
        elements.push(element);
    }
}

/// The set whose inside begins here, and what follows its `]`. A `]` that stands first is a member.
fn set(inside: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (negated, inside) = match inside {
        [b'!' | b'^', inside @ ..] => (true, inside),
        inside => (false, inside),
    };
    let end = 1 + inside.get(1..)?.iter().position(|byte| *byte == b']')?;
    Some((Element::Set { members: &inside[..end], negated }, &inside[end + 1..]))
}

impl Element<'_> {
    fn means(&self, byte: u8) -> bool {
        match self {
            Self::Star | Self::Any => true,
            Self::Set { members, negated } => is_member(members, byte) != *negated,
            Self::Byte(own) => *own == byte,
        }
    }
}

fn is_member(mut members: &[u8], byte: u8) -> bool {
    loop {
        let means;
        (means, members) = match members {
            [low, b'-', high, after @ ..] => ((*low..=*high).contains(&byte), after),
            [member, after @ ..] => (*member == byte, after),
            [] => return false,
        };
        if means {
            return true;
        }
    }
}

fn is_meant(elements: &[Element<'_>], name: &[u8]) -> bool {
    // Names with a leading dot are meant only by a pattern with one.
    if name.first() == Some(&b'.') && !matches!(elements.first(), Some(Element::Byte(b'.'))) {
        return false;
    }
    let (mut at, mut next) = (0, 0);
    // Where to go on if the latest star has to swallow one byte more. Those before it never have to, so that the time
    // is bounded by the lengths of the two, multiplied.
    let mut star: Option<(usize, usize)> = None;
    loop {
        match (elements.get(next), name.get(at)) {
            (Some(Element::Star), _) => {
                next += 1;
                star = Some((at, next));
            }
            (None, None) => return true,
            (Some(element), Some(byte)) if element.means(*byte) => (at, next) = (at + 1, next + 1),
            (Some(_), None) => return false,
            (Some(_) | None, Some(_)) => match star {
                Some((from, after)) => {
                    star = Some((from + 1, after));
                    (at, next) = (from + 1, after);
                }
                None => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_PATHS, elements, expand, is_meant};
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

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
            ("**a*", "bab", "bb"),
            ("[", "[", "a"),
            ("[!]a]", "b", "]"),
            ("[a-]", "-", "b"),
            ("a", "a", "ab"),
        ] {
            let elements = elements(pattern.as_bytes());
            assert!(is_meant(&elements, yes.as_bytes()), "{pattern} {yes}");
            assert!(!is_meant(&elements, no.as_bytes()), "{pattern} {no}");
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

    #[test]
    fn no_pattern_takes_for_ever() {
        let name = OsString::from("a".repeat(255));
        let list = |_: &Path| vec![name.clone(); 50];
        let started = Instant::now();
        assert!(expand(Path::new(&format!("/{}b", "*a".repeat(127))), &list).is_empty());
        assert!(expand(Path::new(&format!("/{}b", "*[a".repeat(1000))), &list).is_empty());
        assert_eq!(expand(Path::new(&format!("/{}", "*/../".repeat(20))), &list).len(), MOST_PATHS);
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
}
