//! One default or rule at length, for `explain`.

use crate::report::columns::wrapped;
use crate::report::defaults::BUILT_OF_FIELDS;
use crate::report::readings;
use crate::report::unread;
use crate::survey::Survey;
use crate::terminal::{FAINT, NOTE, STRONG, Ui, WARNING, severity_style, styled, visible};
use anstyle::Style;
use serde::Serialize;
use setpoint_model::register::{Documentation, Register};
use setpoint_model::{Finding, Held, NamedDefault, Place, Severity, Value};
use setpoint_rules::Rule;
use std::fmt::Write as _;

/// The JSON form of an explanation: the default, its entry of the register, and the findings about it.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation<'a> {
    default: &'a NamedDefault,
    register: Option<Documented<'a>>,
    findings: Vec<&'a Finding>,
}

/// An entry of the register; the value of a secret stays where it is.
#[derive(Debug, Serialize)]
struct Documented<'a> {
    value: Option<&'a Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    per_process: Vec<&'a (String, Value)>,
    owner: Option<&'a str>,
    why: Option<&'a str>,
    expect: Option<&'a str>,
    rollback: Option<&'a str>,
    /// The environment whose override says the value.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    #[serde(flatten)]
    place: &'a Place,
}

impl<'a> Explanation<'a> {
    /// All that is known of one default.
    pub(crate) fn of(survey: &'a Survey, default: &'a NamedDefault, findings: &'a [Finding]) -> Self {
        let register = survey.register.as_ref();
        let register = register
            .and_then(|register| Documented::of(register, default, survey.snapshot.site.environment.as_deref()));
        let about = |finding: &&Finding| finding.subject.as_ref().is_some_and(|subject| default.is_called(subject));
        Self { default, register, findings: findings.iter().filter(about).collect() }
    }
}

impl<'a> Documented<'a> {
    /// What is written of the default for an environment; an override says the value alone, and the service's owner
    /// answers for it where there is no entry.
    fn of(register: &'a Register, default: &NamedDefault, environment: Option<&str>) -> Option<Self> {
        let entry = register.entry_of(default);
        let value = register.documented_value(default, environment);
        let said = |of: fn(&Documentation) -> Option<&String>| entry.and_then(|entry| of(&entry.documentation));
        let owner = register.service.as_ref().and_then(|service| service.owner.as_ref());
        let value_place = value.map(|value| value.place);
        Some(Self {
            value: value.and_then(|value| value.general).filter(|_| !default.secret),
            per_process: value.into_iter().flat_map(|value| value.per_process).filter(|_| !default.secret).collect(),
            owner: said(|documentation| documentation.owner.as_ref()).or(owner).map(String::as_str),
            why: said(|documentation| documentation.why.as_ref()).map(String::as_str),
            expect: said(|documentation| documentation.expect.as_ref()).map(String::as_str),
            rollback: said(|documentation| documentation.rollback.as_ref()).map(String::as_str),
            environment: value.and_then(|value| value.environment),
            place: entry.map(|entry| &entry.place).or(value_place)?,
        })
    }
}

/// The JSON form of a rule.
#[derive(Debug, Serialize)]
pub(crate) struct RulePage {
    code: &'static str,
    name: &'static str,
    severity: Severity,
    /// Markdown.
    page: String,
}

impl RulePage {
    /// All that is written about one rule.
    pub(crate) fn of(rule: &Rule) -> Self {
        Self { code: rule.code, name: rule.name, severity: rule.severity, page: rule.page() }
    }
}

/// One default as text.
pub(crate) fn text(ui: &Ui<'_>, survey: &Survey, default: &NamedDefault, findings: &[Finding]) -> String {
    let explanation = Explanation::of(survey, default, findings);
    let mut text = head(ui, survey, default) + &unread::sentence(ui, &survey.snapshot);
    text.push_str(&readings::text(ui, survey, default));
    register(ui, survey, &explanation, &mut text);
    for finding in &explanation.findings {
        let word = finding.severity.to_string();
        let said = format!("{} ({} {})", visible(&finding.message), finding.code, finding.name);
        let style = severity_style(finding.severity);
        let _ = writeln!(text, "\n{}", led(ui, style, &word, &said));
        if let Some(hint) = &finding.hint {
            let _ = writeln!(text, "{}", led(ui, NOTE, "hint", &visible(hint)));
        }
    }
    text
}

/// `word: sentence`, broken to the line. The word gets its style afterwards, since a style has no width.
fn led(ui: &Ui<'_>, style: Style, word: &str, sentence: &str) -> String {
    let broken = wrapped(&format!("{word}: {sentence}"), ui.width, 2);
    broken.replacen(&format!("{word}:"), &styled(style, format_args!("{word}:")), 1)
}

fn head(ui: &Ui<'_>, survey: &Survey, default: &NamedDefault) -> String {
    let general = default.effective.as_ref().map_or(Held::Nothing, |effective| effective.value.clone());
    let exceptions = default.exceptions().map(|(process, own)| format!("; {} in {process}", own.value.shown()));
    let value = if survey.snapshot.is_built_of_fields(default) {
        BUILT_OF_FIELDS.to_owned()
    } else {
        general.shown() + &exceptions.collect::<String>()
    };
    let mut text = format!("{} = {}\n", styled(STRONG, visible(&default.name)), visible(&value));
    let type_name = default.type_name.as_deref().map(|type_name| format!("type {type_name}"));
    let marks = [
        type_name,
        Some(format!("declared with {}", default.mechanism)),
        Some(if default.required { "required" } else { "not required" }.to_owned()),
        default.secret.then(|| "secret".to_owned()),
        (!default.aliases.is_empty()).then(|| format!("also called {}", default.aliases.join(", "))),
    ];
    let marks: Vec<String> = marks.into_iter().flatten().collect();
    let _ = writeln!(text, "{}", styled(FAINT, wrapped(&visible(&marks.join(", ")), ui.width, 0)));
    if let Some(description) = &default.description {
        let words = description.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "{}", wrapped(&visible(&words), ui.width, 0));
    }
    text
}

/// The entry of the register, line by line; what is missing is said, since it is to be written.
fn register(ui: &Ui<'_>, survey: &Survey, explanation: &Explanation<'_>, text: &mut String) {
    let Some(entry) = &explanation.register else {
        // The register's own problems follow; what could not be read of it may document this.
        if survey.register.is_none() && !survey.register_problems.is_empty() {
            return;
        }
        let said = if survey.snapshot.is_set_by_fields(explanation.default) {
            "not documented; the register documents its fields".to_owned()
        } else {
            let command = setpoint_rules::command_that_documents(&explanation.default.name);
            format!("not documented; `{}` adds it to the register", visible(&command))
        };
        let _ = writeln!(text, "\n{}", wrapped(&said, ui.width, 2));
        return;
    };
    let place = visible(&entry.place.to_string());
    let place = match entry.environment {
        Some(environment) => format!("{place}, the value in `override` of [environment.{}]", visible(environment)),
        None => place,
    };
    let _ = writeln!(text, "\n{} {place}", styled(STRONG, "documented in"));
    let exceptions = entry.per_process.iter().map(|(process, value)| format!("{value} in {process}"));
    let values: Vec<String> = entry.value.map(ToString::to_string).into_iter().chain(exceptions).collect();
    let value = (!values.is_empty()).then(|| values.join("; "));
    let lines = [
        ("value", value.as_deref()),
        ("owner", entry.owner),
        ("why", entry.why),
        ("expect", entry.expect),
        ("rollback", entry.rollback),
    ];
    for (word, said) in lines {
        let said = match said.filter(|said| !said.is_empty()) {
            Some(said) => wrapped(&visible(said), ui.width, 12),
            None if word == "value" => continue,
            None => styled(WARNING, "(not written down)"),
        };
        let _ = writeln!(text, "  {word:<8}  {said}");
    }
}
