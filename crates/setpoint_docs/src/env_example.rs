use crate::prose::one_line;
use crate::sheet::{Entry, Sheet, reading_shown};
use crate::variable::{is_variable_name, text_of, variable};
use crate::{MARK, Pages};
use setpoint_model::{Held, NamedDefault, hide_url_password};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Characters in a line of a comment.
const WIDTH: usize = 100;

/// `.env.example`: every environment variable that the code reads, with its type, its default and its meaning.
/// What is required stands first and uncommented; a variable with a default is commented out; a secret is empty.
/// Values are written so that python-dotenv and systemd's `EnvironmentFile=` (systemd.exec(5)) read the same text.
pub fn env_example(pages: Pages<'_>) -> String {
    let sheet = Sheet::of(pages);
    let mut seen = BTreeMap::new();
    for (group, entry) in sheet.groups.iter().flat_map(|group| group.entries.iter().map(move |entry| (group, entry))) {
        // A group of fields is set by setting them, each of which is a variable of its own.
        if let Some(name) = variable(entry.default).filter(|_| !entry.is_group) {
            // Two declarations of one variable are one line: the stricter one's.
            let kept = seen.entry(name).or_insert((group, entry));
            if entry.default.required && !kept.1.default.required {
                *kept = (group, entry);
            }
        }
    }
    let environment = sheet.environment.unwrap_or("production");
    let mut sections: BTreeMap<Option<&str>, String> = BTreeMap::new();
    for (name, (group, entry)) in &seen {
        let heading = if entry.default.required { None } else { Some(group.file.as_deref().unwrap_or_default()) };
        write_variable(sections.entry(heading).or_default(), name, entry, environment);
    }
    let mut text = String::new();
    comment(&mut text, &format!("{MARK} from the code and the register; edit those, then run it again."));
    comment(
        &mut text,
        "A variable that is commented out has the default shown. python-dotenv and systemd read it alike.",
    );
    for (heading, variables) in sections {
        let heading = heading.map_or_else(|| "required".to_owned(), one_line);
        let rule = "-".repeat(WIDTH.saturating_sub(heading.chars().count() + 6).max(3));
        let _ = write!(text, "\n# -- {heading} {rule}\n{variables}");
    }
    text
}

fn write_variable(text: &mut String, name: &str, entry: &Entry<'_>, environment: &str) {
    let default = entry.default;
    text.push('\n');
    default.description.iter().for_each(|description| comment(text, description));
    decision(entry, environment).iter().for_each(|decision| comment(text, decision));
    let example = example(default);
    comment(text, &[facts(default), example.said].concat());
    let others: Vec<&str> = default
        .aliases
        .iter()
        .chain([&default.name])
        .map(String::as_str)
        .filter(|other| *other != name && is_variable_name(other))
        .collect();
    if !others.is_empty() {
        comment(text, &format!("also read as {}", others.join(", ")));
    }
    let line = format!("{name}={}", example.value);
    // A value of several lines is commented out line by line.
    let mark = if default.required { "" } else { "#" };
    line.split('\n').for_each(|line| text.extend([mark, line, "\n"]));
}

/// `production: 48, fewer clicks during the sale`: the reason is that of the documented value, and not of the default
/// that stands below it. A secret's value is nobody's business here.
fn decision(entry: &Entry<'_>, environment: &str) -> Option<String> {
    let why = entry.documentation().and_then(|documentation| documentation.why.as_deref());
    let value = entry.documented_value.as_deref().filter(|_| !entry.default.secret);
    match (value, why) {
        (Some(value), Some(why)) => Some(format!("{environment}: {value}, {why}")),
        (Some(value), None) => Some(format!("{environment}: {value}")),
        (None, Some(why)) => Some(format!("why: {why}")),
        (None, None) => None,
    }
}

/// `int, required, secret`
fn facts(default: &NamedDefault) -> String {
    let type_name = default.type_name.as_deref().unwrap_or("text");
    let required = if default.required { ", required" } else { "" };
    let secret = if default.secret { ", secret" } else { "" };
    format!("{type_name}{required}{secret}")
}

/// What is written after `=`, and what the comment says of it.
struct Example {
    value: String,
    said: String,
}

fn example(default: &NamedDefault) -> Example {
    let said = |said: &str| Example { value: String::new(), said: said.to_owned() };
    if default.required {
        return said("");
    }
    if default.secret {
        return said(match &default.value {
            Held::Nothing => ", no default",
            Held::Constant(value) if value.is_harmless() => ", empty by default",
            Held::Constant(_) | Held::Secret(_) => ", a default is in the code",
            Held::Dynamic => ", its default is computed when the code runs",
        });
    }
    match &default.value {
        Held::Nothing => said(", no default"),
        Held::Secret(_) => said(", a default is in the code"),
        Held::Dynamic => {
            let source = default.readings.iter().find(|reading| reading.layer == default.layer);
            let source = source.map(|reading| reading_shown(default, reading)).unwrap_or_default();
            said(&format!(", its default is computed when the code runs: {source}"))
        }
        Held::Constant(value) => match text_of(value, default) {
            None => said(", no value by default"),
            Some(text) if text.is_empty() => said(", empty by default"),
            Some(text) => match quoted(&hide_url_password(&text)) {
                Some(value) => Example { said: remark(&text).to_owned(), value },
                None => said(", its default has control characters that an env file cannot hold"),
            },
        },
    }
}

/// python-dotenv expands `${NAME}` even between single quotes, and systemd expands nothing: no spelling of such a
/// value means the same to both.
fn remark(text: &str) -> &'static str {
    if text.contains("${") { " (python-dotenv expands ${...} in it, systemd does not)" } else { "" }
}

/// The value so that both readers give it back: bare where it has nothing that either treats specially, else between
/// double quotes, in which both know `\"` and `\\`, and both keep a line break. `None` for other control characters,
/// which one of them cannot hold.
fn quoted(text: &str) -> Option<String> {
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
        return None;
    }
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "_./:,@%+=-".contains(letter);
    if text.chars().all(is_bare) {
        return Some(text.to_owned());
    }
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// Comment lines of at most [`WIDTH`] characters.
fn comment(text: &mut String, said: &str) {
    let mut line = String::from("#");
    let said = one_line(said);
    for word in said.split(' ') {
        if line.len() > 1 && line.chars().count() + 1 + word.chars().count() > WIDTH {
            push_comment(text, &line);
            line = String::from("#");
        }
        line.extend([" ", word]);
    }
    push_comment(text, &line);
}

/// systemd takes a backslash at a comment's end as a continuation, and would swallow the variable after it.
fn push_comment(text: &mut String, line: &str) {
    text.push_str(line);
    text.push_str(if line.ends_with('\\') { " .\n" } else { "\n" });
}

#[cfg(test)]
mod tests {
    use super::{comment, quoted};

    #[test]
    fn values_are_quoted_only_where_needed() {
        for bare in ["5", "sqlite:////var/lib/shop.db", "a,b"] {
            assert_eq!(quoted(bare).unwrap(), bare);
        }
        assert_eq!(quoted(r#"a "b" \c #d"#).unwrap(), r#""a \"b\" \\c #d""#);
        assert_eq!(quoted("$HOME").unwrap(), "\"$HOME\"");
        assert_eq!(quoted("\u{1b}[0m"), None);
    }

    #[test]
    fn a_comment_is_wrapped_and_swallows_nothing() {
        let mut text = String::new();
        comment(&mut text, &format!("{} C:\\", "long ".repeat(25)));
        assert!(text.lines().all(|line| line.starts_with("# ") && line.chars().count() <= 102), "{text}");
        assert!(text.ends_with("\\ .\n"), "{text}");
    }
}
