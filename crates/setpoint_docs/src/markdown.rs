use crate::prose::{Piece, cut, one_line, pieces};
use crate::request_path::{Hop, LimitValue, request_path};
use crate::sheet::{self, Entry, Group, Sheet, Wins};
use crate::{MARK, Pages};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Characters of a value in a table; its own section shows it whole.
const SHORT: usize = 60;
/// Characters of a description in a table.
const MEANING: usize = 120;

/// One Markdown page (GitHub Flavored Markdown): the request path, the findings, and the defaults in tables, each
/// with a section of its own where there is more to say than a table's line holds.
pub fn markdown(pages: Pages<'_>) -> String {
    let sheet = Sheet::of(pages);
    let mut text = format!("<!-- {MARK} from the code and the register; edit those, then run it again. -->\n\n");
    let _ = writeln!(text, "# {}", words(&sheet.title()));
    write_path(&mut text, &sheet, pages);
    write_findings(&mut text, &sheet);
    let mut section = None;
    for group in &sheet.groups {
        if section.replace(group.section) != Some(group.section) {
            let _ = writeln!(text, "\n## {}", group.section.title());
        }
        write_group(&mut text, group);
    }
    text
}

fn write_path(text: &mut String, sheet: &Sheet<'_>, pages: Pages<'_>) {
    let anchors: BTreeMap<&str, &str> = sheet
        .entries()
        .filter(|entry| has_section(entry))
        .map(|entry| (entry.default.name.as_str(), entry.anchor.as_str()))
        .collect();
    let path = request_path(pages.snapshot, pages.findings);
    let titles = |hops: &[Hop]| hops.iter().map(|hop| words(&hop.title)).collect::<Vec<_>>();
    let _ = writeln!(text, "\n## Request path\n\n{}", titles(&path.hops).join(" → "));
    if !path.outbound.is_empty() {
        let others = match path.outbound_left_out {
            0 => String::new(),
            others => format!(", and {others} more"),
        };
        let _ = writeln!(text, "\nThe application calls: {}{others}", titles(&path.outbound).join(", "));
    }
    text.push_str("\n| hop | limit | value |\n|---|---|---|\n");
    for hop in path.hops.iter().chain(&path.outbound) {
        for block in &hop.blocks {
            for limit in &block.limits {
                let name = code(&limit.label);
                let anchor = limit.default.as_deref().and_then(|default| anchors.get(default));
                let name = anchor.map_or(name.clone(), |anchor| format!("[{name}](#{anchor})"));
                let value = match &limit.value {
                    LimitValue::Set(value) => code(&cut(value, SHORT)),
                    LimitValue::BuiltIn(value) => format!("{} (its own default)", code(&cut(value, SHORT))),
                    LimitValue::Unknown => "*unknown*".to_owned(),
                };
                let hop = block.title.as_deref().unwrap_or(&hop.title);
                let alarm = limit.alarm.as_ref().map(|alarm| format!(", **{}** {}", alarm.severity, code(alarm.code)));
                let _ = writeln!(text, "| {} | {name} | {value}{} |", words(hop), alarm.unwrap_or_default());
            }
        }
    }
}

fn write_findings(text: &mut String, sheet: &Sheet<'_>) {
    let rules = sheet.findings();
    text.push_str(if rules.is_empty() { "" } else { "\n## Findings\n" });
    for rule in rules {
        let accepted = if rule.waived { ", accepted for now" } else { "" };
        let _ = write!(text, "\n**{}** {} {}{accepted}.", rule.severity, code(rule.code), words(rule.name));
        text.push_str(&rule.expected.map(|expected| format!(" Expected: {}.", prose(expected))).unwrap_or_default());
        text.push_str("\n\n");
        for (finding, entry) in rule.findings {
            let _ = write!(text, "- {}", prose(&finding.message));
            if let Some(process) = &finding.process {
                let _ = write!(text, " in {}", code(process));
            }
            if rule.expected.is_none() {
                let _ = write!(text, ". Expected: {}", prose(&finding.expected));
            }
            if let Some(reason) = &finding.waived {
                let _ = write!(text, ". Accepted for now: {}", prose(reason));
            }
            if let Some(entry) = entry {
                let _ = write!(text, " ([{}](#{}))", code(&entry.default.name), entry.anchor);
            }
            text.push('\n');
        }
    }
}

fn write_group(text: &mut String, group: &Group<'_>) {
    if let Some(file) = &group.file {
        let _ = writeln!(text, "\n### {}", code(file));
    }
    text.push_str("\n| default | effective | set by | meaning |\n|---|---|---|---|\n");
    for entry in &group.entries {
        let name = code(&entry.default.name);
        let name = if has_section(entry) { format!("[{name}](#{})", entry.anchor) } else { name };
        let meaning = entry.default.description.as_deref().map(|description| prose(&cut(description, MEANING)));
        let meaning = meaning.unwrap_or_default();
        let set_by = set_by(entry, group);
        let _ = writeln!(text, "| {name} | {} | {set_by} | {meaning} |", code(&cut(&entry.effective(), SHORT)));
    }
    group.entries.iter().filter(|entry| has_section(entry)).for_each(|entry| write_entry(text, entry));
}

/// The winning layer, its file where the group's heading does not say it, and the symbol.
fn set_by(entry: &Entry<'_>, group: &Group<'_>) -> String {
    let mut set_by = entry.layer().to_string();
    if let Some(reading) = entry.winner().or(entry.default.readings.first()) {
        let (file, symbol) = sheet::place(reading);
        let elsewhere = group.file.as_deref() != Some(&file);
        for part in elsewhere.then_some(file.as_str()).into_iter().chain(symbol) {
            let _ = write!(set_by, " {}", code(part));
        }
    }
    set_by
}

/// A default has a section where a line of a table cannot hold all that is known.
fn has_section(entry: &Entry<'_>) -> bool {
    entry.documented.is_some()
        || !entry.findings.is_empty()
        || entry.default.readings.len() > 1
        || entry.default.description.as_ref().is_some_and(|description| description.chars().count() > MEANING)
        || entry.effective().chars().count() > SHORT
}

fn write_entry(text: &mut String, entry: &Entry<'_>) {
    let default = entry.default;
    let _ = writeln!(text, "\n#### <a id=\"{}\"></a>{}\n", entry.anchor, code(&default.name));
    let mut facts: Vec<String> = default.type_name.as_deref().map(code).into_iter().collect();
    facts.push(default.mechanism.to_string());
    facts.extend(default.required.then(|| "required".to_owned()));
    facts.extend(default.secret.then(|| "secret".to_owned()));
    facts.extend(default.aliases.iter().map(|alias| format!("also {}", code(alias))));
    let _ = writeln!(text, "{}", facts.join(", "));
    if let Some(description) = &default.description {
        let _ = writeln!(text, "\n{}", prose(description));
    }
    let mut answers: Vec<(&str, String)> = Vec::new();
    if let Some(documentation) = entry.documentation() {
        answers.push(("owner", entry.owner.map_or_else(|| "nobody".to_owned(), prose)));
        answers.extend(entry.documented_value.as_deref().map(|value| ("documented", code(value))));
        let written =
            [("why", &documentation.why), ("expect", &documentation.expect), ("rollback", &documentation.rollback)];
        answers.extend(written.iter().filter_map(|(word, answer)| Some((*word, prose(answer.as_deref()?)))));
    }
    for finding in &entry.findings {
        let said = format!("{}. Expected: {}", prose(&finding.message), prose(&finding.expected));
        answers.push((finding.code, said));
    }
    text.push_str(if answers.is_empty() { "" } else { "\n" });
    for (word, answer) in answers {
        let _ = writeln!(text, "- **{word}**: {answer}");
    }
    text.push_str("\n| layer, weakest first | value | place | |\n|---|---|---|---|\n");
    for reading in &default.readings {
        let (file, symbol) = sheet::place(reading);
        let symbol = symbol.map(|symbol| format!(" {}", code(symbol))).unwrap_or_default();
        let process = reading.process.as_deref().map(|process| format!(" in {}", code(process))).unwrap_or_default();
        let wins = match entry.wins(reading) {
            Wins::Everywhere => " **effective**".to_owned(),
            Wins::In(processes) => format!(" **effective** in {}", code(&processes.join(", "))),
            Wins::Nowhere => String::new(),
        };
        let value = code(&sheet::reading_shown(default, reading));
        let _ = writeln!(text, "| {} | {value} | {}{symbol}{process} |{wins} |", reading.layer, code(&file));
    }
}

/// A code span that holds any text, in a table too: a fence longer than any run of backticks in it, and pipes escaped
/// (GitHub Flavored Markdown, section 4.10; `CommonMark`, section 6.1).
fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

/// What a person wrote: `code` stays code, everything else is plain words.
fn prose(text: &str) -> String {
    let text = one_line(text);
    pieces(&text)
        .iter()
        .map(|piece| match piece {
            Piece::Words(plain) => words(plain),
            Piece::Code(inner) => code(inner),
        })
        .collect()
}

/// Plain words, with everything escaped that Markdown or HTML would read as markup (`CommonMark`, section 2.4).
fn words(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if r"\`*_{}[]<>#|~&".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{code, prose};

    #[test]
    fn code_holds_backticks_and_pipes() {
        assert_eq!(code("a|b"), r"`a\|b`");
        assert_eq!(code("`x`"), "`` `x` ``");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code(" \n "), "");
    }

    #[test]
    fn prose_keeps_its_code_and_loses_its_markup() {
        assert_eq!(prose("drop `--a|b` <b>now</b> *"), r"drop `--a\|b` \<b\>now\</b\> \*");
    }
}
