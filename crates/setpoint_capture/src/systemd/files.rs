use setpoint_formats::Lines;
use setpoint_formats::unit::{self, Directive};
use setpoint_host::{Host, Kind, Refusal};
use setpoint_model::{ByteSpan, Place, Problem};
use std::path::{Path, PathBuf};

/// The files of one unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitFiles<'a> {
    /// `shop.service`
    pub(crate) name: &'a str,
    /// The unit file.
    pub(crate) fragment: &'a Path,
    /// The drop-ins, in the order in which systemd reads them.
    pub(crate) drop_ins: &'a [PathBuf],
}

/// The text of one of a unit's files.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) shown: String,
    pub(super) bytes: Vec<u8>,
    pub(super) lines: Lines,
    directives: Vec<Directive>,
}

/// A directive with the file that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located<'t> {
    pub(super) text: &'t Text,
    pub(super) directive: &'t Directive,
}

/// More than a unit file has; systemd itself reads lines of 1 MiB.
const LONGEST: u64 = 4 << 20;

/// The texts of a unit's files, in order.
pub(super) fn load(
    host: &dyn Host,
    files: &UnitFiles<'_>,
    shown: &dyn Fn(&Path) -> String,
    problems: &mut Vec<Problem>,
) -> Vec<Text> {
    let mut texts = Vec::new();
    for path in std::iter::once(files.fragment).chain(files.drop_ins.iter().map(PathBuf::as_path)) {
        let shown = shown(path);
        // A link to /dev/null takes the place of a file of the same name and says nothing (systemd.unit(5)).
        if host.resolve(path).is_ok_and(|target| target == Path::new("/dev/null")) {
            continue;
        }
        match host.read(path, LONGEST) {
            Ok(bytes) => {
                let (directives, complaints) = unit::parse(&bytes);
                problems.extend(complaints.into_iter().map(|complaint| complaint.problem(&shown, &bytes)));
                texts.push(Text { shown, lines: Lines::of(&bytes), bytes, directives });
            }
            Err(refusal) => problems.push(Problem { place: Some(Place::file(shown)), ..refusal.problem() }),
        }
    }
    texts
}

/// Every directive, in the order in which systemd reads them.
pub(super) fn directives(texts: &[Text]) -> impl Iterator<Item = Located<'_>> {
    texts.iter().flat_map(|text| text.directives.iter().map(move |directive| Located { text, directive }))
}

impl Text {
    /// The text at these bytes.
    pub(super) fn slice(&self, span: ByteSpan) -> String {
        String::from_utf8_lossy(self.bytes.get(span.start..span.end).unwrap_or_default()).into_owned()
    }
}

/// The files that an `EnvironmentFile=` names: the path itself, or what a pattern in its last part matches (glob(7)),
/// sorted. An error where its folder is there and may not be looked into.
pub(super) fn matching(host: &dyn Host, path: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let (Some(folder), Some(pattern)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(vec![path.to_owned()]);
    };
    if !pattern.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let listed = match host.list(folder) {
        Ok(listed) => listed,
        Err(refusal) if refusal.is_missing() => Vec::new(),
        Err(refusal) => return Err(refusal),
    };
    let listed = listed.into_iter().filter(|listed| {
        let is_file = matches!(listed.kind, Kind::File | Kind::Link);
        is_file && listed.name.to_str().is_some_and(|name| matches(pattern, name))
    });
    Ok(listed.map(|listed| folder.join(listed.name)).collect())
}

/// glob(7) for one name: `*`, `?` and `[…]`; a leading dot must be matched by a dot.
fn matches(pattern: &str, name: &str) -> bool {
    let hidden = name.starts_with('.') && !pattern.starts_with('.');
    !hidden && matches_tail(pattern, name)
}

fn matches_tail(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    let Some(first) = rest.next() else { return name.is_empty() };
    if first == '*' {
        let rest = rest.as_str();
        let mut tails = name.char_indices().map(|(at, _)| &name[at..]).chain([""]);
        return tails.any(|tail| matches_tail(rest, tail));
    }
    let mut letters = name.chars();
    let Some(letter) = letters.next() else { return false };
    let (accepted, rest) = match first {
        '?' => (true, rest.as_str()),
        '[' => match class(rest.as_str(), letter) {
            Some(matched) => matched,
            None => (letter == '[', rest.as_str()),
        },
        '\\' => {
            let escaped = rest.next();
            (escaped == Some(letter), rest.as_str())
        }
        first => (letter == first, rest.as_str()),
    };
    accepted && matches_tail(rest, letters.as_str())
}

/// Whether the class after a `[` holds the letter, and the pattern behind it; `None` if it is not closed.
fn class(pattern: &str, letter: char) -> Option<(bool, &str)> {
    let negated = pattern.starts_with(['!', '^']);
    let start = usize::from(negated);
    let end = start + 1 + pattern.get(start + 1..)?.find(']')?;
    let members: Vec<char> = pattern.get(start..end)?.chars().collect();
    let mut held = false;
    let mut at = 0;
    while let Some(low) = members.get(at) {
        if let Some(['-', high]) = members.get(at + 1..at + 3) {
            held |= (*low..=*high).contains(&letter);
            at += 3;
        } else {
            held |= *low == letter;
            at += 1;
        }
    }
    Some((held != negated, &pattern[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("*.env", "shop.env", true),
            ("*.env", ".env", false),
            (".*", ".env", true),
            ("shop-?.env", "shop-1.env", true),
            ("shop-[0-4x].env", "shop-3.env", true),
            ("shop-[!0-4].env", "shop-3.env", false),
            ("[", "[", true),
            ("**a*", "bab", true),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
