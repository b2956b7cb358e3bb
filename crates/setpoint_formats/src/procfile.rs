//! Procfiles, as foreman and honcho read them: `NAME: COMMAND`, one process type a line.

use crate::{Complaint, Traced, lossy};
use setpoint_model::ByteSpan;

/// A process type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessType {
    /// `web`
    pub name: String,
    /// What it runs, for a shell.
    pub command: Traced,
}

/// Reads every line. What is no process type is ignored by those who run the file; a line that is no comment either is
/// a complaint.
pub fn parse(bytes: &[u8]) -> (Vec<ProcessType>, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let bad_byte = bad_byte.map(|span| Complaint::new("a byte is not UTF-8", "UTF-8 text", span));
    let mut complaints = Vec::from_iter(bad_byte);
    let mut types = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let written = line.trim_end();
        let command = written.split_once(':').filter(|(name, command)| is_name(name) && !command.trim().is_empty());
        match command {
            Some((name, _)) => {
                let command = Traced::verbatim(&written[name.len() + 1..], start + name.len() + 1).trimmed();
                types.push(ProcessType { name: name.to_owned(), command });
            }
            None if written.is_empty() || written.trim_start().starts_with('#') => {}
            None => {
                let span = ByteSpan { start, end: start + written.len() };
                complaints.push(Complaint::new("a line is no process type, and is ignored", "`NAME: COMMAND`", span));
            }
        }
        start += line.len();
    }
    (types, complaints)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn lines_are_process_types_comments_or_complaints() {
        let text = "# processes\nweb: gunicorn -b :$PORT shop:app\r\n\nno name\nworker:celery -A shop worker\nempty:\n";
        let (types, complaints) = parse(text.as_bytes());
        let read: Vec<_> = types.iter().map(|one| (one.name.as_str(), one.command.as_str())).collect();
        assert_eq!(read, [("web", "gunicorn -b :$PORT shop:app"), ("worker", "celery -A shop worker")]);
        let span = types[1].command.span().unwrap();
        assert_eq!(&text[span.start..span.end], "celery -A shop worker");
        let about: Vec<_> = complaints.iter().map(|one| &text[one.span.start..one.span.end]).collect();
        assert_eq!(about, ["no name", "empty:"]);
    }
}
