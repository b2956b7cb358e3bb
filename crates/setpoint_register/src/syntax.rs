//! From text to a table of TOML, with every place, past what is no TOML.

use crate::node::bytes;
use crate::report::Report;
use toml::de::DeTable;

/// The file's table. What is no TOML is reported, and the rest is in the table.
pub(crate) fn parse<'t>(text: &'t str, report: &mut Report) -> DeTable<'t> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let message = error.message();
        let span = bytes(error.span().unwrap_or(0..0));
        let source = text.get(span.start..span.end).unwrap_or_default().trim();
        let (what, expected) = match message.split_once(", expected ") {
            Some((what, expected)) => (what, expected.to_owned()),
            None if message == "duplicate key" => (message, "each key and each table once".to_owned()),
            None => (message, "TOML (https://toml.io/en/v1.1.0)".to_owned()),
        };
        let quoted = if source.is_empty() || source.contains('\n') { String::new() } else { format!(": `{source}`") };
        report.broken(span, format!("this is not TOML: {what}{quoted}"), expected);
    }
    table.into_inner()
}
