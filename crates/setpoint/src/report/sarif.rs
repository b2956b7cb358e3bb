//! Findings and failed checks as SARIF 2.1.0 (OASIS, 27 March 2020), which code hosts and editors show beside the lines.

use crate::command_error::CommandError;
use crate::report::json_text;
use crate::report::verdict::{Verdict, failure_in_full, in_full, problem_in_full};
use serde_json::{Value as Json, json};
use setpoint_model::{Failure, Finding, Outcome, Place, Problem, Reason, Severity};
use setpoint_rules::Rule;
use std::collections::HashMap;
use std::fmt::Write as _;

/// The log file: one run with its rules, its results, and what could not be looked at as notifications.
pub(crate) fn report(verdict: &Verdict<'_>) -> Result<String, CommandError> {
    let mut seen = HashMap::new();
    let mut results: Vec<Json> = verdict.findings.iter().map(|finding| result(verdict, finding, &mut seen)).collect();
    let mut rules: Vec<Json> = verdict.rules.iter().map(|rule| descriptor(rule)).collect();
    let reasons = reasons(&verdict.outcomes);
    for outcome in &verdict.outcomes {
        for failure in outcome.failures() {
            let index = reasons.iter().position(|reason| *reason == failure.reason).map(|at| rules.len() + at);
            results.push(failed(outcome, failure, index, &mut seen));
        }
    }
    rules.extend(reasons.into_iter().map(descriptor_of_reason));
    let mut notifications: Vec<Json> = verdict.problems.iter().map(|problem| notification(problem)).collect();
    notifications.extend(verdict.not_asked.as_ref().map(|not_asked| {
        json!({ "level": "note", "message": { "text": format!("{}\nhint: {}", not_asked.sentence(), not_asked.hint) } })
    }));
    let not_run = verdict.not_run_in_words();
    notifications.extend(not_run.map(|text| json!({ "level": "note", "message": { "text": text } })));
    json_text(&json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "setpoint",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "ROOT": { "uri": format!("file://{}/", percent_encoded(verdict.root.trim_end_matches('/'))) } },
            "invocations": [{
                "executionSuccessful": verdict.problems.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    }))
}

fn descriptor(rule: &Rule) -> Json {
    let page = rule.page();
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": rule.name.replace('-', " ") },
        "fullDescription": { "text": rule.summary() },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

/// The reasons for which checks failed. They are closed and have a meaning of their own, which makes them the rules that
/// checks are judged by.
fn reasons(outcomes: &[Outcome]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = outcomes.iter().flat_map(Outcome::failures).map(|failure| failure.reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

fn descriptor_of_reason(reason: Reason) -> Json {
    let meaning = reason.meaning().trim();
    json!({
        "id": format!("check/{}", reason.as_str()),
        "name": reason.as_str(),
        "shortDescription": { "text": meaning },
        "fullDescription": { "text": meaning },
        "defaultConfiguration": { "level": "error" },
    })
}

fn failed(outcome: &Outcome, failure: &Failure, index: Option<usize>, seen: &mut HashMap<String, usize>) -> Json {
    let Outcome { check, kind, subject, place, waived, .. } = outcome;
    let id = format!("check/{}", failure.reason.as_str());
    let mut result = json!({
        "ruleId": id,
        "ruleIndex": index,
        "level": "error",
        "message": { "text": format!("check `{check}`: {kind} {subject}\n{}", failure_in_full(failure)) },
        "locations": [location(place)],
        "partialFingerprints": { "setpoint/v1": numbered(&format!("{id}:{check}::{}", place.file), seen) },
    });
    suppress(&mut result, waived.as_ref());
    result
}

fn suppress(result: &mut Json, reason: Option<&String>) {
    if let Some(reason) = reason {
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": reason }]);
    }
}

fn result(verdict: &Verdict<'_>, finding: &Finding, seen: &mut HashMap<String, usize>) -> Json {
    let mut result = json!({
        "ruleId": finding.code,
        "ruleIndex": verdict.rules.iter().position(|rule| rule.code == finding.code),
        "level": level(finding.severity),
        "message": { "text": in_full(finding) },
        "partialFingerprints": { "setpoint/v1": fingerprint(finding, seen) },
    });
    let mut locations = finding.places.iter().map(location);
    if let Some(first) = locations.next() {
        result["locations"] = json!([first]);
    }
    let related: Vec<Json> = locations.collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    suppress(&mut result, finding.waived.as_ref());
    result
}

/// What stays the same when lines move: the rule, what it is about, the file; numbered where that is not enough.
fn fingerprint(finding: &Finding, seen: &mut HashMap<String, usize>) -> String {
    let subject = finding.subject.as_deref().unwrap_or_default();
    let process = finding.process.as_deref().unwrap_or_default();
    let file = finding.places.first().map_or("", |place| place.file.as_str());
    numbered(&format!("{}:{subject}:{process}:{file}", finding.code), seen)
}

fn numbered(base: &str, seen: &mut HashMap<String, usize>) -> String {
    let number = seen.entry(base.to_owned()).and_modify(|number| *number += 1).or_insert(1);
    format!("{base}:{number}")
}

fn notification(problem: &Problem) -> Json {
    let mut notification = json!({ "level": "warning", "message": { "text": problem_in_full(problem) } });
    if let Some(place) = &problem.place {
        notification["locations"] = json!([location(place)]);
    }
    notification
}

fn location(place: &Place) -> Json {
    if !place.has_lines() {
        return json!({ "message": { "text": place.file } });
    }
    let artifact = match place.file.strip_prefix('/') {
        Some(_) => json!({ "uri": format!("file://{}", percent_encoded(&place.file)) }),
        None => json!({ "uri": percent_encoded(&place.file), "uriBaseId": "ROOT" }),
    };
    json!({ "physicalLocation": {
        "artifactLocation": artifact,
        "region": { "startLine": place.line, "startColumn": place.column },
    }})
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A path as RFC 3986 writes it (section 2.3), its slashes left alone.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::report;
    use crate::report::verdict::tests::{sample, with_outcomes};
    use serde_json::Value as Json;
    use setpoint_model::{Place, Problem, Retry};

    fn log() -> Json {
        let problem = Problem::machine("cannot read", "access", Retry::Safe).at(Place::file("/etc/shop/shop.env"));
        serde_json::from_str(&report(&with_outcomes(sample(&[problem]))).unwrap()).unwrap()
    }

    #[test]
    fn has_what_the_schema_requires() {
        let log = log();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["name"], "setpoint");
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for rule in rules {
            assert!(rule["id"].is_string() && rule["shortDescription"]["text"].as_str().unwrap().len() > 5, "{rule}");
        }
        for result in run["results"].as_array().unwrap() {
            assert!(result["message"]["text"].is_string(), "{result}");
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        }
    }

    #[test]
    fn places_are_uris_and_waived_findings_suppressed() {
        let log = log();
        let results = &log["runs"][0]["results"];
        let uri = |location: &Json| location["physicalLocation"]["artifactLocation"]["uri"].clone();
        assert_eq!(uri(&results[0]["locations"][0]), "deploy/shop%2C%20100%25.env");
        assert_eq!(uri(&results[0]["relatedLocations"][0]), "file:///etc/shop/shop.env");
        assert_eq!(results[1]["suppressions"][0]["justification"], "until the env file is \"rolled out\"");
        assert_eq!(results[0]["partialFingerprints"]["setpoint/v1"], "SP007:SHOP_BATCH::deploy/shop, 100%.env:1");
        assert!(results[2].get("locations").is_none());
    }

    #[test]
    fn a_check_fails_by_its_reason_at_its_entry() {
        let log = log();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let checks: Vec<&Json> = results.iter().skip(3).collect();
        assert_eq!(checks.len(), 2);
        assert_eq!(
            (&checks[0]["ruleId"], &checks[1]["ruleId"]),
            (&"check/wrong-status".into(), &"check/too-slow".into())
        );
        assert_eq!(checks[0]["locations"][0]["physicalLocation"]["region"]["startLine"], 7);
        assert!(checks[0].get("suppressions").is_none());
        assert_eq!(checks[1]["suppressions"][0]["justification"], "until the new disk is there");
        assert_eq!(
            checks[0]["partialFingerprints"]["setpoint/v1"],
            "check/wrong-status:the shop's orders #1::setpoint.toml:1"
        );
    }
}
