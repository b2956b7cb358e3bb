//! `docs/rules.md`: a table of every rule, then the page of each, as `setpoint explain RULE` prints it.

use std::fmt::Write as _;

/// The page.
pub(crate) fn text() -> String {
    let mut text = "# The rules\n\n\
        Made from the rules' own files by `cargo run -p xtask -- generate`. `setpoint explain RULE` prints one of \
        these pages.\n\n\
        | code | name | severity | what it finds |\n|---|---|---|---|\n"
        .to_owned();
    for rule in setpoint_rules::catalogue() {
        let summary = rule.summary().replace('|', "\\|");
        let (code, name) = (rule.code, rule.name);
        let anchor = format!("{}-{name}", code.to_lowercase());
        let _ = writeln!(text, "| [{code}](#{anchor}) | `{name}` | {} | {summary} |", rule.severity);
    }
    for rule in setpoint_rules::catalogue() {
        let _ = write!(text, "\n{}", one_deeper(&rule.page()));
    }
    text
}

/// Headings one level further down, since the page has a title of its own; code blocks as they are.
fn one_deeper(page: &str) -> String {
    let mut in_code = false;
    let mut deeper = String::new();
    for line in page.trim_end().lines() {
        in_code ^= line.starts_with("```");
        if line.starts_with('#') && !in_code {
            deeper.push('#');
        }
        deeper.push_str(line);
        deeper.push('\n');
    }
    deeper
}
