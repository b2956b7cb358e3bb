//! Findings for a person: what is wrong, where, what was expected, what to do.

use crate::report::columns::{Cell, Fit, Layout, labelled, wrapped};
use crate::report::defaults::counted;
use crate::report::excerpt;
use crate::report::hidden::Secrets;
use crate::report::verdict::Verdict;
use crate::report::{outcomes, unread};
use crate::survey::Survey;
use crate::terminal::{FAINT, NOTE, STRONG, Ui, severity_style, styled, visible};
use anstyle::Style;
use setpoint_model::{Finding, Place, Severity};
use std::fmt::Write as _;
use std::path::Path;

/// Of more findings of one rule than this, what they have in common is said once.
const APART: usize = 3;
/// No more places of one finding than this are quoted.
const QUOTED: usize = 2;

/// The whole report.
pub(crate) fn report(ui: &Ui<'_>, survey: &Survey, verdict: &Verdict<'_>) -> String {
    let mut text = findings(ui, survey, verdict);
    text.push_str(&outcomes::section(ui, &verdict.outcomes, survey.register.as_ref()));
    if !verdict.outcomes.is_empty() {
        text.push('\n');
    }
    text.push_str(&unread::sentence(ui, &survey.snapshot));
    if let Some(not_asked) = &verdict.not_asked {
        text.push_str(&not_asked.paragraph(ui));
    }
    text.push_str(&summary(ui, verdict));
    text
}

/// What the rules found, those of it that nobody has accepted first.
pub(crate) fn findings(ui: &Ui<'_>, survey: &Survey, verdict: &Verdict<'_>) -> String {
    let secrets = survey.secrets();
    let open: Vec<&Finding> = verdict.open().collect();
    let mut text = String::new();
    for group in open.chunk_by(|one, two| (one.severity, one.code) == (two.severity, two.code)) {
        if group.len() > APART {
            together(ui, group, &mut text);
        } else {
            group.iter().for_each(|finding| apart(ui, survey, &secrets, finding, &mut text));
        }
    }
    for finding in verdict.findings.iter().filter(|finding| finding.waived.is_some()) {
        waived(ui, finding, &mut text);
    }
    if verdict.summary.waived > 0 {
        text.push('\n');
    }
    text
}

/// One finding with the lines it is about.
fn apart(ui: &Ui<'_>, survey: &Survey, secrets: &Secrets<'_>, finding: &Finding, text: &mut String) {
    text.push_str(&headed(ui, finding, &visible(&finding.message)));
    for (number, place) in finding.places.iter().enumerate() {
        let quoted = (number < QUOTED).then(|| quoted(ui, survey, secrets, finding, place)).flatten();
        let _ = writeln!(text, "{}", quoted.unwrap_or_else(|| format!("  --> {}", visible(&place.to_string()))));
    }
    advice(ui, "", Some(&finding.expected), finding.hint.as_ref(), text);
    text.push('\n');
}

/// Many findings of one rule: what they have in common is said once.
fn together(ui: &Ui<'_>, group: &[&Finding], text: &mut String) {
    let first = group[0];
    text.push_str(&headed(ui, first, &counted(group.len(), "finding")));
    let common = |of: fn(&Finding) -> &str| {
        let said = general(of(first), first);
        group.iter().all(|finding| general(of(finding), finding) == said).then_some(said)
    };
    let expected = common(|finding| &finding.expected);
    let hint = common(|finding| finding.hint.as_deref().unwrap_or_default());
    let mut kinds: Vec<(String, Vec<&Finding>)> = Vec::new();
    for finding in group {
        let kind = general(&finding.message, finding);
        let is_alike = |known: &str| known == kind && expected.is_some() && hint.is_some();
        match kinds.iter_mut().find(|(known, _)| is_alike(known)) {
            Some((_, alike)) => alike.push(finding),
            None => kinds.push((kind, vec![finding])),
        }
    }
    for (kind, alike) in kinds {
        if let [finding] = alike.as_slice() {
            let _ = writeln!(text, "  {}", wrapped(&visible(&finding.message), ui.width, 4));
            for place in &finding.places {
                let _ = writeln!(text, "    {}", styled(FAINT, format_args!("--> {}", visible(&place.to_string()))));
            }
            let (own_expected, own_hint) = (expected.is_none().then_some(&finding.expected), finding.hint.as_ref());
            advice(ui, "    ", own_expected, own_hint.filter(|_| hint.is_none()), text);
        } else {
            let _ = writeln!(text, "  {}", wrapped(&visible(&kind), ui.width, 4));
            text.push_str(&rows(ui, &alike));
        }
    }
    advice(ui, "", expected.as_ref(), hint.as_ref().filter(|hint| !hint.is_empty()), text);
    text.push('\n');
}

/// Findings of which the same is said: what each is about, and where.
fn rows(ui: &Ui<'_>, alike: &[&Finding]) -> String {
    const INDENT: &str = "    ";
    let row = |finding: &&Finding| {
        let place = finding.places.first().map(ToString::to_string).unwrap_or_default();
        [Cell::plain(finding.subject.as_deref().unwrap_or_default()), Cell::new(FAINT, &place)]
    };
    let rows: Vec<[Cell; 2]> = alike.iter().map(row).collect();
    let widest = alike.iter().filter_map(|finding| finding.places.first()).map(|place| place.to_string().len()).max();
    // The places stand in line as far as the line has room for them; a longer name pushes its own to the right.
    let room = ui.width.saturating_sub(INDENT.len() + 2 + widest.unwrap_or(0)).min(44);
    let layout = Layout::of(&rows, [Fit::Whole(room), Fit::Whole(80)], ui.width - INDENT.len());
    rows.iter().flat_map(|row| [INDENT.to_owned(), layout.row(row)]).collect()
}

/// What was expected and what to do; of these, what is to be said here.
fn advice(ui: &Ui<'_>, indent: &str, expected: Option<&String>, hint: Option<&String>, text: &mut String) {
    let mut line = |word: &str, style: Style, said: &str| {
        // What is copied into a shell must not have an end in its middle.
        let width = if is_command(said) { usize::MAX } else { ui.width };
        let _ = writeln!(text, "{indent}{}", labelled(style, word, said, width, indent.len() + 2));
    };
    expected.iter().for_each(|expected| line("expected:", Style::new(), expected));
    hint.iter().for_each(|hint| line("hint:", NOTE, hint));
}

/// True for a hint that is a command from end to end: it begins with its program, as no sentence does.
fn is_command(said: &str) -> bool {
    ["sudo ", "scp ", "echo "].iter().any(|program| said.starts_with(program))
}

/// What is said of one subject in one file, as it would be said of any.
fn general(said: &str, finding: &Finding) -> String {
    let quoted = |name: &str| format!("`{name}`");
    let mut general = said.to_owned();
    for place in &finding.places {
        general = general.replace(&quoted(&place.file), "`FILE`");
    }
    match &finding.subject {
        Some(subject) => general.replace(subject.as_str(), "NAME"),
        None => general,
    }
}

/// The rule and a sentence, broken to the line.
fn headed(ui: &Ui<'_>, finding: &Finding, sentence: &str) -> String {
    let plain = format!("{}[{}] {}:", finding.severity, finding.code, finding.name);
    let word = styled(severity_style(finding.severity), format_args!("{}[{}]", finding.severity, finding.code));
    let head = format!("{word} {}", styled(STRONG, format_args!("{}:", finding.name)));
    // The head is styled when the line is broken already, since a style has no width.
    let broken = wrapped(&format!("{plain} {sentence}"), ui.width, 2);
    format!("{head}{}\n", broken.strip_prefix(&plain).unwrap_or(&broken))
}

fn waived(ui: &Ui<'_>, finding: &Finding, text: &mut String) {
    let reason = finding.waived.as_deref().unwrap_or_default();
    let line =
        format!("waived[{}] {}: {} ({})", finding.code, finding.name, visible(&finding.message), visible(reason));
    let _ = writeln!(text, "{}", styled(FAINT, wrapped(&line, ui.width, 2)));
}

/// The lines of a place, without secrets. The register's own lines about a secret are not quoted at all, since an
/// entry may hold the value; nor is the environment of a process, which is one line.
fn quoted(ui: &Ui<'_>, survey: &Survey, secrets: &Secrets<'_>, finding: &Finding, place: &Place) -> Option<String> {
    if Path::new(&place.file).starts_with("/proc") {
        return None;
    }
    if survey.root.join(&place.file) == survey.register_file {
        let about_a_secret = |subject: &String| {
            let default = survey.snapshot.find(subject);
            default.is_some_and(|default| default.secret)
        };
        let is_secret = finding.subject.as_ref().is_some_and(about_a_secret);
        return if is_secret { None } else { excerpt::of_problem(ui, &survey.root, place, secrets) };
    }
    excerpt::of_reading(ui, &survey.root, place, secrets)
}

/// The closing line.
fn summary(ui: &Ui<'_>, verdict: &Verdict<'_>) -> String {
    let counts = verdict.summary;
    let found = [
        (counts.errors, styled(severity_style(Severity::Error), counted(counts.errors, "error"))),
        (counts.warnings, styled(severity_style(Severity::Warning), counted(counts.warnings, "warning"))),
        (counts.notes, styled(severity_style(Severity::Note), counted(counts.notes, "note"))),
        (counts.waived, format!("{} waived", counts.waived)),
        (verdict.not_understood(), counted(verdict.not_understood(), "problem")),
    ];
    let found: Vec<String> = found.into_iter().filter(|(number, _)| *number > 0).map(|(_, words)| words).collect();
    let found = if found.is_empty() { styled(STRONG, "nothing found") } else { found.join(", ") };
    let mut text =
        format!("{} asked about {}", counted(verdict.rules.len(), "rule"), counted(verdict.defaults, "default"));
    if !verdict.register_is_whole {
        text.push_str("; none asked for documentation, since the register could not be read whole");
    } else if !verdict.register {
        text.push_str("; without a register none asked for documentation");
    }
    if let Some(worst) = verdict.open().next() {
        let _ = write!(text, "; `setpoint explain {}` says more about a rule", worst.code);
    }
    let checks = outcomes::summary(&verdict.outcomes).map(|checks| checks + "\n").unwrap_or_default();
    format!("{found}\n{checks}{}\n", wrapped(&text, ui.width, 0))
}
