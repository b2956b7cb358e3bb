//! Which bytes of a file are not shown when a line of it is quoted.
//!
//! The places of captured secrets are known, and the secrets themselves are found wherever else a line repeats them.
//! A line may hold others that nobody captured, so what looks like one is hidden too: it is better to hide a harmless
//! word than to show a password.

use setpoint_capture::Scrubber;
use setpoint_model::{ByteSpan, Held, Place, Snapshot, Value, Written, is_secret_name, secrets_in};
use std::ops::Range;

/// The places of every secret that was captured, and what finds it elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Secrets<'a> {
    places: Vec<&'a Place>,
    /// `None` where nothing was captured.
    scrubber: Option<&'a Scrubber>,
}

impl<'a> Secrets<'a> {
    /// Those of one capture.
    pub(crate) fn of(snapshot: &'a Snapshot, scrubber: &'a Scrubber) -> Self {
        let readings = snapshot.defaults.iter().flat_map(|default| {
            // Of a list, only the items may be hidden that hold a secret.
            default.readings.iter().filter(|reading| default.secret || reading.text.contains("***"))
        });
        let set = readings.filter(|reading| reading.value != Held::Nothing);
        Self { places: set.map(|reading| &reading.place).collect(), scrubber: Some(scrubber) }
    }

    /// What must be hidden in `lines`, a range of whole lines of the file. Sorted, without overlaps.
    pub(crate) fn ranges(&self, file: &str, text: &[u8], lines: Range<usize>) -> Vec<Range<usize>> {
        let here = self.places.iter().filter(|place| place.file == file);
        let mut hidden: Vec<Range<usize>> = here.map(|place| secret_range(place, text)).collect();
        let mut start = lines.start;
        for line in text[lines.clone()].split_inclusive(|byte| *byte == b'\n') {
            hidden.extend(
                suspects(line, is_python(file)).into_iter().map(|range| start + range.start..start + range.end),
            );
            start += line.len();
        }
        if let Some(scrubber) = self.scrubber {
            let repeated = in_text(&text[lines.clone()], |text| scrubber.ranges(text)).into_iter();
            hidden.extend(repeated.map(|range| lines.start + range.start..lines.start + range.end));
        }
        if is_python(file) && hidden.iter().any(|range| range.start < lines.end && lines.start < range.end) {
            // A default of a secret is hidden by its place; what else the line says in quotes may belong to it.
            hidden.extend(quoted(&text[lines.clone()], lines.start));
        }
        merged(hidden, &lines)
    }
}

/// What must be hidden in lines of the register: the values of entries whose names are those of secrets.
pub(crate) fn of_register(text: &[u8], lines: Range<usize>, secrets: &Secrets<'_>) -> Vec<Range<usize>> {
    let mut hidden = secrets.ranges("setpoint.toml", text, lines.clone());
    let mut above =
        text[..lines.end].split(|byte| *byte == b'\n').filter(|line| line.trim_ascii_start().starts_with(b"["));
    let header = above.next_back().map(|line| String::from_utf8_lossy(line).into_owned()).unwrap_or_default();
    if is_secret_name(header.trim_end().trim_end_matches([']', '"', '\''])) {
        let equals = text[lines.clone()].iter().position(|byte| *byte == b'=');
        hidden.extend(equals.map(|at| lines.start + at + 1..lines.end));
    }
    merged(hidden, &lines)
}

/// The strings of Python lines that no parser understood: any of them may be a secret.
pub(crate) fn quoted(text: &[u8], offset: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].iter().position(|byte| matches!(byte, b'"' | b'\'')).map(|start| at + start) {
        let end = end_of_quoted(text, start);
        let inner = start + 1..end.saturating_sub(1).max(start + 1);
        if !is_secret_name(&String::from_utf8_lossy(&text[inner.clone()])) {
            found.push(offset + inner.start..offset + inner.end);
        }
        at = end;
    }
    found.retain(|range| !range.is_empty());
    found
}

fn is_python(file: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, extension)| matches!(extension, "py" | "pyi"))
}

/// Python's places are exact; elsewhere a value ends with its line at the latest.
fn secret_range(place: &Place, text: &[u8]) -> Range<usize> {
    let end_of_line = |from: usize| {
        text.get(from..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')).map_or(text.len(), |at| from + at)
    };
    match place.span {
        Some(ByteSpan { start, end }) if is_python(&place.file) => start..end,
        Some(ByteSpan { start, end }) => start..end_of_line(end.max(start)),
        None => {
            let newlines = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
            let start = std::iter::once(0).chain(newlines).nth(place.line as usize - 1).unwrap_or(text.len());
            start..end_of_line(start)
        }
    }
}

/// What can be told to be a secret by its form, and values given to the names of secrets, in one line.
fn suspects(line: &[u8], is_python: bool) -> Vec<Range<usize>> {
    let written = if is_python { Written::Code } else { Written::Deployment };
    let mut found = in_text(line, |text| secrets_in(text, written));
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let mut at = 0;
    while let Some(start) = line[at..].iter().position(in_name).map(|start| at + start) {
        let end = line[start..].iter().position(|byte| !in_name(byte)).map_or(line.len(), |end| start + end);
        at = end;
        if is_secret_name(&String::from_utf8_lossy(&line[start..end]))
            && let Some(value) = value_after(line, end, is_python)
        {
            at = value.end;
            found.push(value);
        }
    }
    found
}

/// The value after `name =`, `name: type =` or `"name": `, unless it is none or harmless.
fn value_after(line: &[u8], mut at: usize, is_python: bool) -> Option<Range<usize>> {
    at += line[at..].iter().position(|byte| !matches!(byte, b'"' | b'\'' | b']' | b' '))?;
    if !matches!(line[at], b'=' | b':') || line[at + 1..].starts_with(b"//") {
        return None;
    }
    let is_annotated = is_python && line[at] == b':';
    at += 1;
    at += line[at..].iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
    if is_annotated && !matches!(line[at], b'"' | b'\'') {
        at += line[at..].iter().position(|byte| *byte == b'=')? + 1;
        at += line[at..].iter().position(|byte| *byte != b' ')?;
    }
    let end = match line[at] {
        b'"' | b'\'' => end_of_quoted(line, at),
        _ => line.len() - usize::from(line.ends_with(b"\n")),
    };
    let value = String::from_utf8_lossy(line.get(at..end)?);
    (!Value::from(value.trim_matches(['"', '\''])).is_harmless()).then_some(at..end)
}

/// One past the quote that closes the one at `start`; the end of the text where none does.
fn end_of_quoted(text: &[u8], start: usize) -> usize {
    let quote = text[start];
    let mut at = start + 1;
    while at < text.len() && text[at] != quote {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

/// What is found in the text of these bytes. Only whole UTF-8 can be looked at; a secret ends at the latest where that
/// ends.
fn in_text(bytes: &[u8], find: impl Fn(&str) -> Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        found.extend(find(chunk.valid()).into_iter().map(|within| at + within.start..at + within.end));
        at += chunk.valid().len() + chunk.invalid().len();
    }
    found
}

/// Sorted, joined where they touch, and cut to the lines.
fn merged(mut ranges: Vec<Range<usize>>, lines: &Range<usize>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        let range = range.start.max(lines.start)..range.end.min(lines.end);
        match merged.last_mut() {
            _ if range.is_empty() => {}
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(file: &str, line: &str) -> String {
        let hidden = Secrets::default().ranges(file, line.as_bytes(), 0..line.len());
        let mut text = line.to_owned();
        hidden.into_iter().rev().for_each(|range| text.replace_range(range, "***"));
        text
    }

    #[test]
    fn what_looks_like_a_secret_is_hidden() {
        for (file, line, expected) in [
            (".env", "A=1 # SECRET_KEY=hunter2 or so", "A=1 # SECRET_KEY=***"),
            (".env", "DB=postgres://u:hunter2@db/x, redis://:hunter2@db", "DB=postgres://u:***@db/x, redis://:***@db"),
            ("shop.service", "Environment=A=1 \"DB_PASSWORD=hunter2\"", "Environment=A=1 \"DB_PASSWORD=***"),
            ("a.toml", "override = { API_KEY = \"hunter2\", PORT = 1 }", "override = { API_KEY = ***, PORT = 1 }"),
            ("a.py", "x = {\"password\": \"hunter2\", \"b\": 1}", "x = {\"password\": ***, \"***\": 1}"),
            ("shop.service", "ExecStart=curl -u shop:hunter2 http://db", "ExecStart=curl -u shop:*** http://db"),
            ("a.py", "run(['curl', '-u', 'shop:hunter2'])", "run(['***', '***', '***'])"),
            (".env", "TOKEN=12345678", "TOKEN=***"),
            ("a.py", "secret_key: str = 'hunter2'", "secret_key: str = ***"),
            ("a.py", "secret_key: SecretStr", "secret_key: SecretStr"),
            ("compose.yaml", "password: hunter2 or so", "password: ***"),
            (".env", "TOKEN=\nDEBUG=true\nPASSWORD=5", "TOKEN=\nDEBUG=true\nPASSWORD=5"),
            ("a.py", "url = 'https://shop.example/a'", "url = 'https://shop.example/a'"),
        ] {
            assert_eq!(shown(file, line), expected);
        }
    }

    #[test]
    fn an_entry_of_the_register_about_a_secret_shows_no_value() {
        let text = "[default.SHOP_SECRET_KEY]\nvalue = 'hunter2'\n";
        assert_eq!(of_register(text.as_bytes(), 26..43, &Secrets::default()), vec![33..43]);
        let text = "[default.SHOP_POOL_SIZE]\nvalue = 'many'\n";
        assert_eq!(of_register(text.as_bytes(), 25..39, &Secrets::default()), Vec::<Range<usize>>::new());
    }
}
