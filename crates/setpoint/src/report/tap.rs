//! Findings and outcomes in the Test Anything Protocol, version 14 (<https://testanything.org/tap-version-14-specification.html>):
//! a test point for each finding, for each rule without one, and for each check, with what is known of it as YAML.
//!
//! What a waiver accepts fails with the directive `TODO`, which is the protocol's word for that; a check that was not run
//! passes with `SKIP`.

use crate::report::verdict::Verdict;
use crate::terminal::visible;
use serde_json::Value as Json;
use setpoint_model::{Conclusion, Failure, Finding, Outcome, Place, Problem, Severity};
use std::fmt::Write as _;

/// The document.
pub(crate) fn report(verdict: &Verdict<'_>) -> String {
    let mut points = Points::default();
    for rule in &verdict.rules {
        let mut findings = verdict.findings.iter().filter(|finding| finding.code == rule.code).peekable();
        if findings.peek().is_none() {
            points.add(true, &format!("{} {}", rule.code, rule.name), None, &Yaml::default());
        }
        findings.for_each(|finding| points.finding(finding));
    }
    verdict.outcomes.iter().for_each(|outcome| points.outcome(outcome));
    if let Some(sentence) = verdict.not_run_in_words() {
        points.add(true, "checks of the register", Some(("SKIP", &sentence)), &Yaml::default());
    }
    if let Some(not_asked) = &verdict.not_asked {
        let what = format!("rules {}", not_asked.rules.join(", "));
        points.add(true, &what, Some(("SKIP", &not_asked.sentence())), &Yaml::default());
    }
    verdict.problems.iter().for_each(|problem| points.problem(verdict, problem));
    format!("TAP version 14\n1..{}\n{}", points.number, points.text)
}

/// The test points so far.
#[derive(Default)]
struct Points {
    number: usize,
    text: String,
}

impl Points {
    fn add(&mut self, passed: bool, what: &str, directive: Option<(&str, &str)>, diagnostic: &Yaml) {
        self.number += 1;
        let word = if passed { "ok" } else { "not ok" };
        let _ = write!(self.text, "{word} {} - {}", self.number, escaped(what));
        if let Some((directive, because)) = directive {
            let _ = write!(self.text, " # {directive} {}", escaped(because));
        }
        self.text.push('\n');
        if !diagnostic.0.is_empty() {
            let _ = write!(self.text, "  ---\n{}  ...\n", diagnostic.0);
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let subject = finding.subject.as_ref().map(|subject| format!(": {subject}")).unwrap_or_default();
        let process = finding.process.as_ref().map(|process| format!(" ({process})")).unwrap_or_default();
        let mut yaml = Yaml::default();
        yaml.text("severity", &finding.severity.to_string());
        yaml.text("message", &finding.message);
        yaml.text("expected", &finding.expected);
        finding.hint.iter().for_each(|hint| yaml.text("hint", hint));
        yaml.places(&finding.places);
        let waived = finding.waived.as_deref().map(|reason| ("TODO", reason));
        let passed = finding.severity == Severity::Note && waived.is_none();
        self.add(passed, &format!("{} {}{subject}{process}", finding.code, finding.name), waived, &yaml);
    }

    fn outcome(&mut self, outcome: &Outcome) {
        let name = format!("check {}", outcome.check);
        let mut yaml = Yaml::default();
        yaml.text("kind", outcome.kind);
        yaml.text("subject", &outcome.subject);
        if outcome.tries > 0 {
            // The key that the specification names for it.
            yaml.line("duration_ms", &format!("{:.3}", outcome.took.as_secs_f64() * 1000.0));
            yaml.line("tries", &outcome.tries.to_string());
        }
        match &outcome.conclusion {
            Conclusion::Passed => self.add(true, &name, None, &yaml),
            Conclusion::Skipped { because } => self.add(true, &name, Some(("SKIP", because)), &yaml),
            Conclusion::Failed { failures } => {
                yaml.failures(failures);
                if !outcome.evidence.is_empty() {
                    yaml.0.push_str("  evidence:\n");
                }
                for evidence in &outcome.evidence {
                    yaml.item("of", evidence.of);
                    yaml.inner("text", &evidence.text);
                }
                yaml.places(std::slice::from_ref(&outcome.place));
                let waived = outcome.waived.as_deref().map(|reason| ("TODO", reason));
                self.add(false, &name, waived, &yaml);
            }
        }
    }

    /// What could not be read; it fails where the run does because of it.
    fn problem(&mut self, verdict: &Verdict<'_>, problem: &Problem) {
        let mut yaml = Yaml::default();
        yaml.text("message", &problem.what);
        yaml.text("expected", &problem.expected);
        yaml.text("retry", problem.retry.sentence());
        problem.hint.iter().for_each(|hint| yaml.text("hint", hint));
        yaml.places(problem.place.as_slice());
        let place = problem.place.as_ref().map_or_else(|| "the site".to_owned(), |place| place.file.clone());
        self.add(!verdict.hides_a_setting(problem), &format!("read {place}"), None, &yaml);
    }
}

/// The lines of a diagnostic. Texts stand in double quotes as JSON writes them, which every reader of YAML takes.
#[derive(Default)]
struct Yaml(String);

impl Yaml {
    fn line(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.0, "  {key}: {value}");
    }

    fn text(&mut self, key: &str, text: &str) {
        self.line(key, &quoted(text));
    }

    /// The first key of an item of a list.
    fn item(&mut self, key: &str, text: &str) {
        let _ = writeln!(self.0, "    - {key}: {}", quoted(text));
    }

    /// A further key of an item.
    fn inner(&mut self, key: &str, text: &str) {
        let _ = writeln!(self.0, "      {key}: {}", quoted(text));
    }

    fn failures(&mut self, failures: &[Failure]) {
        self.0.push_str("  failures:\n");
        for Failure { reason, message, expected, retry, hint } in failures {
            self.item("reason", reason.as_str());
            self.inner("message", message);
            self.inner("expected", expected);
            self.inner("retry", retry.sentence());
            hint.iter().for_each(|hint| self.inner("hint", hint));
        }
    }

    fn places(&mut self, places: &[Place]) {
        if places.is_empty() {
            return;
        }
        self.0.push_str("  places:\n");
        for place in places {
            let _ = writeln!(self.0, "    - {}", quoted(&place.to_string()));
        }
    }
}

/// A text as JSON, but for its ends of lines without control characters, of which JSON leaves some as they are.
fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(visible).collect();
    Json::from(lines.join("\n")).to_string()
}

/// A description or a reason: on one line, and without what would begin a directive ("Escaping" in the specification).
fn escaped(text: &str) -> String {
    let line = text.lines().collect::<Vec<_>>().join(" ");
    visible(&line.replace('\\', "\\\\").replace('#', "\\#"))
}

#[cfg(test)]
mod tests {
    use super::report;
    use crate::report::verdict::tests::{sample, with_outcomes};
    use insta::assert_snapshot;
    use setpoint_model::{Place, Problem, Retry};
    use setpoint_testkit::tool_is_here;
    use std::process::Command;

    #[test]
    fn a_point_for_each_finding_rule_check_and_problem() {
        let problems = [Problem::machine("cannot read", "access", Retry::Safe).at(Place::file("/etc/shop #1.env"))];
        assert_snapshot!(report(&with_outcomes(sample(&problems))), @r#"
        TAP version 14
        1..9
        ok 1 - SP001 undocumented
        not ok 2 - SP007 wrong-type: SHOP_BATCH
          ---
          severity: "error"
          message: "`SHOP_BATCH` is `1,000\\u{1b}[31m <&>\"`, which is no `int`"
          expected: "a whole number: `1000`"
          hint: "correct the value"
          places:
            - "deploy/shop, 100%.env:31:12"
            - "/etc/shop/shop.env:1:1"
          ...
        not ok 3 - SP008 shadowed: SHOP_BATCH # TODO until the env file is "rolled out"
          ---
          severity: "warning"
          message: "`SHOP_POOL` = `5` has no effect"
          expected: "a whole number: `1000`"
          places:
            - "deploy/shop, 100%.env:31:12"
          ...
        ok 4 - SP013 unused-waiver: SHOP_BATCH
          ---
          severity: "note"
          message: "the waiver of `SP001` accepts nothing"
          expected: "a whole number: `1000`"
          ...
        ok 5 - check health
          ---
          kind: "http"
          subject: "GET http://127.0.0.1:8000/"
          duration_ms: 12.345
          tries: 1
          ...
        not ok 6 - check the shop's orders \#1
          ---
          kind: "http"
          subject: "GET http://127.0.0.1:8000/"
          duration_ms: 12.345
          tries: 1
          failures:
            - reason: "wrong-status"
              message: "the status is 500\\u{1b}[0m"
              expected: "`200`"
              retry: "safe once this is mended; nothing was changed"
              hint: "look into its log"
          evidence:
            - of: "body"
              text: "<h1>100 % | \"no\"</h1>"
          places:
            - "setpoint.toml:7:1"
          ...
        ok 7 - check stock # SKIP it needs `the shop's orders \#1`, which did not pass
          ---
          kind: "http"
          subject: "GET http://127.0.0.1:8000/"
          ...
        not ok 8 - check old # TODO until the new disk is there
          ---
          kind: "http"
          subject: "GET http://127.0.0.1:8000/"
          duration_ms: 12.345
          tries: 1
          failures:
            - reason: "too-slow"
              message: "it took 2 s"
              expected: "`200`"
              retry: "safe, nothing was changed"
              hint: "look into its log"
          places:
            - "setpoint.toml:7:1"
          ...
        not ok 9 - read /etc/shop \#1.env
          ---
          message: "cannot read"
          expected: "access"
          retry: "safe, nothing was changed"
          places:
            - "/etc/shop #1.env:1:1"
          ...
        "#);
    }

    /// The reader that Perl brings with it says what is right.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test asks a program that reads the protocol")]
    fn perls_harness_reads_it() {
        if !tool_is_here("prove") {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let prove = |text: &str| {
            let file = folder.path().join("setpoint.tap");
            // It knows nothing later than 13, and takes a later one for an error. Version 14 came to allow in words what
            // was done before, and nothing that is written here differs ("Changes from TAP 13" of the specification).
            std::fs::write(&file, text.replacen("version 14", "version 13", 1)).unwrap();
            let said = Command::new("prove").args(["--exec", "cat", "--failures"]).arg(&file).output().unwrap();
            let told = String::from_utf8(said.stdout).unwrap();
            let lines = told.lines().filter(|line| !line.starts_with("Files="));
            let kept: Vec<&str> = lines.map(|line| line.rsplit('/').next().unwrap_or(line)).collect();
            format!("{}\n{}", said.status.success(), kept.join("\n"))
        };
        assert_snapshot!(prove(&report(&with_outcomes(sample(&[])))), @r"
        false
        setpoint.tap .. 
        not ok 2 - SP007 wrong-type: SHOP_BATCH
        not ok 6 - check the shop's orders \#1
        8 subtests 
        	(less 1 skipped subtest: 5 okay)

        Test Summary Report
        -------------------
        setpoint.tap (Wstat: 0 Tests: 8 Failed: 2)
          Failed tests:  2, 6
        Result: FAIL
        ");
        let mut fine = with_outcomes(sample(&[]));
        fine.findings.remove(0);
        fine.outcomes.retain(|outcome| !outcome.fails());
        assert_snapshot!(prove(&report(&fine)), @"
        true
        setpoint.tap .. ok
        All tests successful.
        Result: PASS
        ");
    }
}
