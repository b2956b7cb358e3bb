mod answer;

use base64::Engine as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use setpoint_formats::hurl::{self, Body, Section, Status, pair};
use setpoint_model::register::{Check, CheckKind, Documentation, HttpCheck};
use setpoint_model::{Conclusion, Failure, Outcome, Place, Reason};
use std::time::Duration;

/// What is not reserved (RFC 3986, 2.3) stays as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// hurl follows so many redirects where it follows any (`--max-redirs`).
const REDIRECTS: u8 = 50;

/// An entry of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A check that says all that the entry says.
    Check(Box<Check>),
    /// The outcome of one that is not run: it says what a check cannot say, or stands behind one that does.
    NotRun(Box<Outcome>),
}

impl Entry {
    /// The name under which it is reported: the file's and its number.
    pub fn name(&self) -> &str {
        match self {
            Self::Check(check) => &check.name,
            Self::NotRun(outcome) => &outcome.check,
        }
    }
}

/// How variables of a process begin whose rest is the name of a variable of a hurl file, as hurl itself has them.
pub const HURL_VARIABLES: [&str; 2] = ["HURL_VARIABLE_", "HURL_"];

/// The entries of a file, each needing the one before, as hurl stops at the first that fails; their names begin with `stem`.
/// `variable` has the values of templates. Of a file that is no hurl nothing is run.
pub fn read(file: &str, stem: &str, text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Vec<Entry> {
    let (entries, unread) = hurl::parse(text);
    let mut read: Vec<Entry> = Vec::new();
    for line in &unread {
        let failures = vec![not_said(&line.text)];
        let name = format!("{stem} line {}", line.line);
        read.push(not_run(&name, file.to_owned(), Conclusion::Failed { failures }, at(file, line.line)));
    }
    let mut stopped = unread.first().map(|line| format!("line {} of `{file}` is not understood", line.line));
    let mut before: Option<String> = None;
    for (number, entry) in entries.iter().enumerate() {
        let name = format!("{stem}:{}", number + 1);
        let place = at(file, entry.line);
        let subject = format!("{} {}", entry.method, entry.url);
        let said = check(entry, variable);
        read.push(match (&stopped, said) {
            (Some(because), _) => not_run(&name, subject, Conclusion::Skipped { because: because.clone() }, place),
            (None, Err(failure)) => {
                stopped = Some(format!("it needs `{name}`, which did not pass"));
                not_run(&name, subject, Conclusion::Failed { failures: vec![failure] }, place)
            }
            (None, Ok(said)) => Entry::Check(Box::new(Check {
                name: name.clone(),
                kind: CheckKind::Http(said.http),
                timeout: said.timeout.unwrap_or(Check::TIMEOUT),
                retries: said.retries,
                wait: said.wait.unwrap_or(Check::WAIT),
                tags: Vec::new(),
                environments: Vec::new(),
                needs: before.take().into_iter().collect(),
                documentation: Documentation::default(),
                place,
            })),
        });
        before = Some(name);
    }
    read
}

fn at(file: &str, line: usize) -> Place {
    Place { line: u32::try_from(line).unwrap_or(u32::MAX), ..Place::file(file) }
}

fn not_run(check: &str, subject: String, conclusion: Conclusion, place: Place) -> Entry {
    Entry::NotRun(Box::new(Outcome::untried(check, "http", subject, conclusion, place)))
}

fn not_said(what: &str) -> Failure {
    let expected = "what a check of kind `http` can say: status, headers, JSON values, text and a duration";
    Failure::new(
        Reason::NotUnderstood,
        format!("`{}` is nothing that a check can say", crate::expect::quoted(what)),
        expected,
    )
}

/// What an entry says.
struct Said {
    http: HttpCheck,
    retries: u32,
    wait: Option<Duration>,
    timeout: Option<Duration>,
    /// Whether redirects are followed, and how many then.
    follows: bool,
    redirects: u8,
}

fn check(entry: &hurl::Entry, variable: &dyn Fn(&str) -> Option<String>) -> Result<Said, Failure> {
    let fill = |text: &str| filled(text, variable);
    let http = HttpCheck::new(entry.method.as_str(), fill(&entry.url)?);
    let mut said = Said { http, retries: 0, wait: None, timeout: None, follows: false, redirects: REDIRECTS };
    for (name, value) in &entry.request.headers {
        said.http.headers.push((fill(name)?, fill(value)?));
    }
    for section in &entry.request.sections {
        request_section(section, &mut said, &fill)?;
    }
    said.http.redirects = if said.follows { said.redirects } else { 0 };
    match &entry.request.body {
        None => {}
        Some(Body::Text(text)) => said.http.body = Some(fill(text)?),
        Some(Body::Quoted(line)) => said.http.body = Some(unquoted(line, variable)?),
        Some(Body::Other(first)) => return Err(not_said(first)),
    }
    let Some((status, part)) = &entry.response else {
        // Without a word on the answer hurl takes every answer.
        said.http.status = any_status();
        return Ok(said);
    };
    said.http.status = match status {
        Status::Exactly(status) => vec![*status],
        Status::Any => any_status(),
        Status::OfVersion => return Err(not_said("a version of HTTP")),
    };
    answer::response(part, &mut said.http, variable)?;
    Ok(said)
}

fn any_status() -> Vec<u16> {
    (100..600).collect()
}

/// The text with the values of its templates.
fn filled(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, Failure> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        let value = variable(name.trim()).ok_or_else(|| {
            let message = format!("`{{{{{}}}}}` has no value", name.trim());
            Failure::new(
                Reason::NotKnown,
                message,
                format!("`url` of the environment, or a variable `HURL_VARIABLE_{}` of this process", name.trim()),
            )
        })?;
        filled = filled + before + &value;
        rest = after;
    }
    Ok(filled + rest)
}

/// The same of a text in quotes, where a value must not end them.
fn filled_in_quotes(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, Failure> {
    let escaped = |letter: char| if matches!(letter, '\\' | '"' | '`') { vec!['\\', letter] } else { vec![letter] };
    filled(text, &|name| Some(variable(name)?.chars().flat_map(escaped).collect()))
}

fn unquoted(line: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, Failure> {
    hurl::quoted(&filled_in_quotes(line, variable)?).ok_or_else(|| not_said(line))
}

fn request_section(
    section: &Section,
    said: &mut Said,
    fill: &dyn Fn(&str) -> Result<String, Failure>,
) -> Result<(), Failure> {
    let mut pairs = Vec::new();
    for (_, line) in &section.lines {
        let (name, value) = pair(line).ok_or_else(|| not_said(&format!("[{}]", section.name)))?;
        pairs.push((fill(&name)?, fill(&value)?));
    }
    let encoded = |(name, value): &(String, String)| {
        format!("{}={}", utf8_percent_encode(name, RESERVED), utf8_percent_encode(value, RESERVED))
    };
    let joined = pairs.iter().map(encoded).collect::<Vec<_>>().join("&");
    let http = &mut said.http;
    match &*section.name {
        "Query" | "QueryStringParams" => {
            http.http.push(if http.http.contains('?') { '&' } else { '?' });
            http.http.push_str(&joined);
        }
        "Form" | "FormParams" => {
            http.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
            http.body = Some(joined);
        }
        "Cookies" => {
            let cookies: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
            http.headers.push(("cookie".to_owned(), cookies.join("; ")));
        }
        "BasicAuth" if pairs.len() == 1 => {
            for (user, password) in &pairs {
                let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
                http.headers.push(("authorization".to_owned(), format!("Basic {encoded}")));
            }
        }
        "Options" => {
            for (name, value) in &pairs {
                // A value may be a secret, and so the option alone is named.
                option(name, value, said).ok_or_else(|| not_said(name))?;
            }
        }
        other => return Err(not_said(&format!("[{other}]"))),
    }
    Ok(())
}

fn option(name: &str, value: &str, said: &mut Said) -> Option<()> {
    match (name, value) {
        ("location", follows) => said.follows = follows.parse().ok()?,
        ("max-redirs", number) => said.redirects = number.parse().ok()?,
        ("retry", number) => said.retries = number.parse().ok()?,
        ("retry-interval", time) => said.wait = Some(duration(time, "ms")?),
        ("max-time", time) => said.timeout = Some(duration(time, "s")?),
        // What hurl prints is no part of a check.
        ("verbose" | "very-verbose" | "compressed", "false") | ("verbose" | "very-verbose", "true") => {}
        _ => return None,
    }
    Some(())
}

/// `500ms`, `2s`, `1m`; a number without a unit has the option's own.
fn duration(text: &str, own: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    match if digits.len() == text.len() { own } else { &text[digits.len()..] } {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}
