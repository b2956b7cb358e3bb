//! From text to a table of TOML, with every place, past what is no TOML.

use crate::node::bytes;
use crate::report::Report;
use toml::de::DeTable;

/// The file's table. What is no TOML is reported, and the rest is in the table.
pub(crate) fn parse<'t>(text: &'t str, report: &mut Report) -> DeTable<'t> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut repeated_until = 0;
    for error in errors {
        let span = bytes(error.span().unwrap_or(0..0));
        let source = text.get(span.start..span.end).unwrap_or_default().trim();
        if error.message() == "duplicate key" {
            // A table that stands twice repeats its keys, which says nothing new.
            if span.start >= repeated_until {
                let what = format!("`{source}` stands here for the second time");
                report.broken(span, what, "each table and each key once");
                repeated_until = end_of_repeated_table(text, span.start);
            }
            continue;
        }
        let (what, expected) =
            error.message().split_once(", expected ").unwrap_or((error.message(), "TOML (https://toml.io/en/v1.1.0)"));
        let quoted = if source.is_empty() || source.contains('\n') || what.contains(source) {
            String::new()
        } else {
            format!(": `{source}`")
        };
        report.broken(span, format!("this is not TOML: {what}{quoted}"), expected);
    }
    table.into_inner()
}

/// Where the table of the header around `at` ends; `at` itself if it is in no header.
fn end_of_repeated_table(text: &str, at: usize) -> usize {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    if !text[line..].trim_start().starts_with('[') {
        return at;
    }
    text[at..].find("\n[").map_or(text.len(), |next| at + next)
}
