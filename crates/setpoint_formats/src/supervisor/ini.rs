//! Sections and values as Python's `configparser.RawConfigParser` reads them with `inline_comment_prefixes=(";", "#")` and
//! `strict=False`, which is how supervisord makes it.

use crate::{Complaint, Traced};
use setpoint_model::ByteSpan;

/// A section; one that is there twice is one with the keys of both.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    /// `program:web`
    pub(super) name: String,
    /// By the key in lower case; of two the later counts.
    pub(super) values: Vec<(String, Traced)>,
}

impl Section {
    pub(super) fn get(&self, key: &str) -> Option<&Traced> {
        self.values.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

pub(super) fn parse(text: &str, complaints: &mut Vec<Complaint>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    // The section at hand, and the indentation of the key that a deeper line goes on with.
    let mut current: Option<usize> = None;
    let mut open_at: Option<usize> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let here = start;
        start += line.len();
        let code = without_comment(line);
        let indentation = code.len() - code.trim_start().len();
        let written = code.trim();
        if written.is_empty() {
            continue;
        }
        let place = here + indentation;
        let span = ByteSpan { start: place, end: place + written.len() };
        if let (Some(section), Some(key_at)) = (current, open_at)
            && indentation > key_at
            && let Some((_, value)) = sections[section].values.last_mut()
        {
            value.push('\n', ByteSpan { start: place, end: place });
            value.append(&Traced::verbatim(written, place));
            continue;
        }
        if let Some(name) = written.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')).map(|(name, _)| name) {
            let known = sections.iter().position(|section| section.name == name);
            current = Some(known.unwrap_or(sections.len()));
            if known.is_none() {
                sections.push(Section { name: name.to_owned(), values: Vec::new() });
            }
            open_at = None;
            continue;
        }
        let pair = written.find(['=', ':']).map(|at| (&written[..at], &written[at + 1..], at + 1));
        match (current, pair) {
            (Some(section), Some((key, value, behind))) if !key.trim().is_empty() => {
                let value = Traced::verbatim(value, place + behind).trimmed();
                sections[section].values.push((key.trim().to_lowercase(), value));
                open_at = Some(indentation);
            }
            (None, _) => complaints.push(Complaint::new("a line stands in no section", "`[program:NAME]` above", span)),
            (Some(_), _) => complaints.push(Complaint::new("a line sets nothing", "`KEY=VALUE`", span)),
        }
    }
    sections
}

/// The line without a comment: one that begins it, or one behind white space.
fn without_comment(line: &str) -> &str {
    let starts = line.char_indices().filter(|(_, letter)| matches!(letter, ';' | '#'));
    let comment = starts.map(|(at, _)| at).find(|at| *at == 0 || line[..*at].ends_with(char::is_whitespace));
    comment.map_or(line, |at| &line[..at])
}
