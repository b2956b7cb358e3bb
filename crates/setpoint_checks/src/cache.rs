//! The register's cache rules: judged on paper, each against the examples that people wrote beside
//! them, against the configuration of the nginx that is to keep to them, and against the live server.
//!
//! Nothing here reads a file, and `live` and `explain` alone send requests.

mod configuration;
mod explain;
mod live;
mod nginx;
mod paper;
mod pattern;
mod semantics;

pub use configuration::configuration;
pub use explain::{Said, explain};
pub use live::live;
pub use nginx::in_nginx;
pub use paper::on_paper;

use setpoint_formats::nginx::Request;
use setpoint_model::register::{Bypass, CacheRule};
use setpoint_model::{Conclusion, Evidence, Failure, Outcome};

/// The word for what is judged in an outcome.
pub const KIND: &str = "cache";

/// The rule that decides about a request, by its number: the first whose `match` covers the path.
fn deciding(rules: &[CacheRule], request: &Request) -> Option<usize> {
    rules.iter().position(|rule| pattern::covers(&rule.pattern, &request.path))
}

/// True if the condition holds for the request.
fn applies(bypass: &Bypass, request: &Request) -> bool {
    match bypass {
        Bypass::Cookie(name) => request.cookie(name).is_some(),
        Bypass::Header(name) => request.header(name).is_some(),
        Bypass::Query(name) => request.has_argument(name),
        Bypass::Method(name) => request.method == *name,
        Bypass::Path(path) => pattern::covers(path, &request.path),
    }
}

/// A page that is cached, asked for so that the bypass holds, and what it then has. Nothing for what an example shows, or
/// only an example could.
fn exercise(rule: &CacheRule, request: &Request, bypass: &Bypass) -> Option<(Request, String)> {
    let request = request.clone();
    match bypass {
        Bypass::Cookie(name) => Some((request.with_cookie(name, "1"), format!("the cookie `{name}`"))),
        Bypass::Header(name) => Some((request.with_header(name, "1"), format!("the header `{name}`"))),
        Bypass::Method(method) => Some((request.with_method(method), format!("the method `{method}`"))),
        Bypass::Query(name) => {
            let is_shown = rule.not_cached.iter().any(|written| Request::get(written).has_argument(name));
            (!is_shown).then(|| (request.with_argument(name, "1"), format!("`{name}=1` in the query")))
        }
        // Only an example knows a path of that pattern that there is.
        Bypass::Path(_) => None,
    }
}

/// What is wrong with one rule, and what about it could not be known.
#[derive(Debug, Default)]
struct Judged {
    failures: Vec<Failure>,
    unknown: Vec<String>,
    /// What was left out, and why. It makes nothing less certain than the outcome says.
    not_probed: Vec<String>,
    /// What is neither right nor wrong, and of use to whoever reads it.
    seen: Vec<String>,
}

impl Judged {
    /// As the outcome of a rule. What cannot be known fails nothing: a rule of which nothing else is wrong is skipped.
    fn outcome(mut self, rule: &CacheRule, stage: &str) -> Outcome {
        // Two probes may find the same.
        self.failures.dedup();
        self.unknown.sort();
        self.unknown.dedup();
        self.seen.dedup();
        let unknown = self.unknown.join("; ");
        let mut evidence: Vec<Evidence> = self.seen.into_iter().map(|text| Evidence { of: "seen", text }).collect();
        let not_probed = self.not_probed.join("; ");
        evidence.extend((!not_probed.is_empty()).then_some(Evidence { of: "not probed", text: not_probed }));
        let conclusion = if self.failures.is_empty() && unknown.is_empty() {
            Conclusion::Passed
        } else if self.failures.is_empty() {
            Conclusion::Skipped { because: unknown }
        } else {
            evidence.extend((!unknown.is_empty()).then_some(Evidence { of: "not known", text: unknown }));
            Conclusion::Failed { failures: self.failures }
        };
        let subject = format!("{} {stage}", rule.pattern);
        Outcome { evidence, ..Outcome::untried(rule.name.as_str(), KIND, subject, conclusion, rule.place.clone()) }
    }
}

#[cfg(test)]
mod testing {
    use setpoint_model::register::CacheRule;
    use setpoint_model::{Conclusion, Outcome};
    use std::fmt::Write as _;

    /// The cache rules of a register that is sound.
    pub(super) fn rules(register: &str) -> Vec<CacheRule> {
        let text = format!("[service]\nname = \"shop\"\nowner = \"platform team\"\n{register}");
        let (register, problems) = setpoint_register::load("setpoint.toml", &text);
        assert_eq!(problems, []);
        register.caches
    }

    /// A line for each outcome, and one for each thing that is wrong.
    pub(super) fn picture(outcomes: &[Outcome]) -> String {
        let mut picture = String::new();
        for outcome in outcomes {
            let word = match &outcome.conclusion {
                Conclusion::Passed => "passed".to_owned(),
                Conclusion::Skipped { because } => format!("skipped, {because}"),
                Conclusion::Failed { .. } => "failed".to_owned(),
            };
            let _ = writeln!(picture, "{} ({}): {word}", outcome.check, outcome.subject);
            for failure in outcome.failures() {
                let _ = writeln!(picture, "  {}: {}", failure.reason.as_str(), failure.message);
                let _ = writeln!(picture, "    expected {}", failure.expected);
                if let Some(hint) = &failure.hint {
                    let _ = writeln!(picture, "    hint: {hint}");
                }
            }
            for evidence in &outcome.evidence {
                let _ = writeln!(picture, "  {}: {}", evidence.of, evidence.text);
            }
        }
        picture
    }
}
