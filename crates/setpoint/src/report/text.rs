//! Findings for a person: what is wrong, where, what was expected, whether a retry is safe, what to do.

use crate::report::columns::wrapped;
use crate::report::defaults::counted;
use crate::report::excerpt;
use crate::report::hidden::Secrets;
use crate::report::verdict::Verdict;
use crate::survey::Survey;
use crate::terminal::{FAINT, STRONG, Ui, severity_style, styled, visible};
use setpoint_model::{Finding, Place, Severity};
use std::fmt::Write as _;
use std::path::Path;

/// Of more findings of one rule than this, what they have in common is said once.
const APART: usize = 3;
/// No more places of one finding than this are quoted.
const QUOTED: usize = 2;

/// The whole report.
pub(crate) fn report(ui: &Ui<'_>, survey: &Survey, verdict: &Verdict<'_>) -> String {
    let secrets = Secrets::of(&survey.snapshot);
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
    text.push_str(&summary(ui, verdict));
    text
}

/// One finding with the lines it is about.
fn apart(ui: &Ui<'_>, survey: &Survey, secrets: &Secrets, finding: &Finding, text: &mut String) {
    let message = format!("{} {}", head(finding), visible(&finding.message));
    let _ = writeln!(text, "{}", wrapped(&message, ui.width, 0));
    for (number, place) in finding.places.iter().enumerate() {
        let quoted = (number < QUOTED).then(|| quoted(ui, survey, secrets, finding, place)).flatten();
        let _ = writeln!(text, "{}", quoted.unwrap_or_else(|| format!("  --> {}", visible(&place.to_string()))));
    }
    let _ = writeln!(text, "{}", wrapped(&format!("expected: {}", visible(&finding.expected)), ui.width, 2));
    let _ = writeln!(text, "retry: {}", finding.retry.sentence());
    if let Some(hint) = &finding.hint {
        let _ = writeln!(text, "{}", wrapped(&format!("{} {}", ui.hint_word(), visible(hint)), ui.width, 2));
    }
    text.push('\n');
}

/// Many findings of one rule: a paragraph each, and once what holds for all.
fn together(ui: &Ui<'_>, group: &[&Finding], text: &mut String) {
    let first = group[0];
    let _ = writeln!(text, "{} {}", head(first), styled(STRONG, counted(group.len(), "finding")));
    let common = |of: fn(&Finding) -> &str| {
        let said = general(of(first), first);
        group.iter().all(|finding| general(of(finding), finding) == said).then_some(said)
    };
    let expected = common(|finding| &finding.expected);
    let hint = common(|finding| finding.hint.as_deref().unwrap_or_default()).filter(|hint| !hint.is_empty());
    for finding in group {
        let _ = writeln!(text, "  {}", wrapped(&visible(&finding.message), ui.width, 4));
        let places: Vec<String> = finding.places.iter().map(|place| visible(&place.to_string())).collect();
        if !places.is_empty() {
            let _ = writeln!(text, "    {}", styled(FAINT, format_args!("--> {}", places.join("  "))));
        }
        if expected.is_none() {
            let _ =
                writeln!(text, "    {}", wrapped(&format!("expected: {}", visible(&finding.expected)), ui.width, 6));
        }
        if let (None, Some(own)) = (&hint, &finding.hint) {
            let _ = writeln!(text, "    {}", wrapped(&format!("{} {}", ui.hint_word(), visible(own)), ui.width, 6));
        }
    }
    if let Some(expected) = expected {
        let _ = writeln!(text, "{}", wrapped(&format!("expected: {}", visible(&expected)), ui.width, 2));
    }
    let _ = writeln!(text, "retry: {}", first.retry.sentence());
    if let Some(hint) = hint {
        let _ = writeln!(text, "{}", wrapped(&format!("{} {}", ui.hint_word(), visible(&hint)), ui.width, 2));
    }
    text.push('\n');
}

/// What is said of one subject, as it would be said of any.
fn general(said: &str, finding: &Finding) -> String {
    let of_any = |name: &str, said: String| said.replace(name, "NAME");
    finding.subject.as_deref().map_or_else(|| said.to_owned(), |subject| of_any(subject, said.to_owned()))
}

fn waived(ui: &Ui<'_>, finding: &Finding, text: &mut String) {
    let reason = finding.waived.as_deref().unwrap_or_default();
    let line =
        format!("waived[{}] {}: {} ({})", finding.code, finding.name, visible(&finding.message), visible(reason));
    let _ = writeln!(text, "{}", styled(FAINT, wrapped(&line, ui.width, 2)));
}

fn head(finding: &Finding) -> String {
    let word = styled(severity_style(finding.severity), format_args!("{}[{}]", finding.severity, finding.code));
    format!("{word} {}:", styled(STRONG, finding.name))
}

/// The lines of a place, without secrets. The register's own lines about a secret are not quoted at all, since an
/// entry may hold the value; nor is the environment of a process, which is one line.
fn quoted(ui: &Ui<'_>, survey: &Survey, secrets: &Secrets, finding: &Finding, place: &Place) -> Option<String> {
    if Path::new(&place.file).starts_with("/proc") {
        return None;
    }
    if survey.root.join(&place.file) == survey.register_file {
        let about_a_secret = |subject: &String| {
            let default = survey.snapshot.find(subject);
            default.is_some_and(|default| default.secret)
        };
        let is_secret = finding.subject.as_ref().is_some_and(about_a_secret);
        return if is_secret { None } else { excerpt::of_problem(ui, &survey.root, place) };
    }
    excerpt::of_reading(ui, &survey.root, place, secrets)
}

/// The closing line.
fn summary(ui: &Ui<'_>, verdict: &Verdict<'_>) -> String {
    let counts = verdict.summary;
    let counted_as = |number: usize, severity: Severity, noun| {
        (number > 0).then(|| styled(severity_style(severity), counted(number, noun)))
    };
    let found: Vec<String> = [
        counted_as(counts.errors, Severity::Error, "error"),
        counted_as(counts.warnings, Severity::Warning, "warning"),
        counted_as(counts.notes, Severity::Note, "note"),
        (counts.waived > 0).then(|| format!("{} waived", counts.waived)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
    let rules = counted(verdict.rules.len(), "rule");
    let mut line = format!("{found}: {rules} asked about {}", counted(verdict.defaults, "default"));
    if !verdict.register {
        line.push_str("; without a register none about documentation");
    }
    let mut text = wrapped(&line, ui.width, 0) + "\n";
    if let Some(worst) = verdict.open().next() {
        let _ = writeln!(text, "`setpoint explain {}` says more about a rule", worst.code);
    }
    text
}
