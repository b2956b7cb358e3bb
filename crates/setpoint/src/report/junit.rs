//! Findings and outcomes as JUnit's XML, which every CI system shows: a failing test case for each finding and each check
//! that failed, a skipped one for each that is waived or was not run, and a passing one for each rule that found nothing and
//! each check that passed.
//!
//! There is no standard; the form is the one that Jenkins' xunit plugin accepts (`junit-10.xsd`).

use crate::report::verdict::{Verdict, in_full, outcome_in_full, problem_in_full};
use setpoint_model::{Conclusion, Finding, Outcome, Severity};
use std::fmt::Write as _;
use std::time::Duration;

/// The document.
pub(crate) fn report(verdict: &Verdict<'_>) -> String {
    let mut cases = String::new();
    let (mut tests, mut failures) = (0, 0);
    for rule in &verdict.rules {
        let findings: Vec<&Finding> = verdict.findings.iter().filter(|finding| finding.code == rule.code).collect();
        tests += findings.len().max(1);
        failures += findings.iter().filter(|finding| fails(finding)).count();
        if findings.is_empty() {
            let _ = writeln!(cases, "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"/>", rule.code, rule.name);
        }
        findings.iter().for_each(|finding| case(finding, &mut cases));
    }
    let mut skipped = verdict.summary.waived;
    for outcome in &verdict.outcomes {
        tests += 1;
        failures += usize::from(outcome.fails());
        skipped += usize::from(!outcome.fails() && outcome.conclusion != Conclusion::Passed);
        check(outcome, &mut cases);
    }
    if let Some(sentence) = verdict.not_run_in_words() {
        tests += 1;
        skipped += 1;
        let _ = writeln!(
            cases,
            "    <testcase classname=\"check\" name=\"checks of the register\" time=\"0\">\n      <skipped message=\"{}\"/>\n    </testcase>",
            escaped(&sentence)
        );
    }
    let time = verdict.outcomes.iter().map(|outcome| outcome.took).sum::<Duration>().as_secs_f64();
    let errors = verdict.problems.len();
    for problem in &verdict.problems {
        let place = problem.place.as_ref().map_or_else(|| "the site".to_owned(), ToString::to_string);
        let _ = writeln!(
            cases,
            "    <testcase classname=\"problem\" name=\"{}\" time=\"0\">\n      <error message=\"{}\">{}</error>\n    </testcase>",
            escaped(&place),
            escaped(&problem.what),
            element(&problem_in_full(problem))
        );
    }
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\"", tests + errors);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"setpoint\" {counts} time=\"{time:.3}\">\n  <testsuite name=\"setpoint check\" {counts} skipped=\"{skipped}\" time=\"{time:.3}\">\n{cases}  </testsuite>\n</testsuites>\n"
    )
}

fn fails(finding: &Finding) -> bool {
    finding.waived.is_none() && finding.severity > Severity::Note
}

fn case(finding: &Finding, cases: &mut String) {
    let subject = finding.subject.as_ref().map(|subject| format!(": {subject}")).unwrap_or_default();
    let process = finding.process.as_ref().map(|process| format!(" ({process})")).unwrap_or_default();
    let name = escaped(&format!("{}{subject}{process}", finding.name));
    let place = finding.places.first().filter(|place| place.has_lines());
    let place = place.map(|place| format!(" file=\"{}\" line=\"{}\"", escaped(&place.file), place.line));
    let place = place.unwrap_or_default();
    let _ = writeln!(cases, "    <testcase classname=\"{}\" name=\"{name}\"{place} time=\"0\">", finding.code);
    let places: Vec<String> = finding.places.iter().map(|place| format!("\n{place}")).collect();
    let full = element(&format!("{}{}", in_full(finding), places.concat()));
    let _ = match (&finding.waived, fails(finding)) {
        (Some(reason), _) => writeln!(cases, "      <skipped message=\"{}\"/>", escaped(reason)),
        (None, true) => {
            let (message, severity) = (escaped(&finding.message), finding.severity);
            writeln!(cases, "      <failure type=\"{severity}\" message=\"{message}\">{full}</failure>")
        }
        (None, false) => writeln!(cases, "      <system-out>{full}</system-out>"),
    };
    cases.push_str("    </testcase>\n");
}

fn check(outcome: &Outcome, cases: &mut String) {
    let Outcome { kind, place, took, .. } = outcome;
    let (name, file, time) = (escaped(&outcome.check), escaped(&place.file), took.as_secs_f64());
    let _ = write!(
        cases,
        "    <testcase classname=\"check.{kind}\" name=\"{name}\" file=\"{file}\" line=\"{}\" time=\"{time:.3}\"",
        place.line
    );
    let inside = match (&outcome.conclusion, &outcome.waived) {
        (Conclusion::Passed, _) => {
            cases.push_str("/>\n");
            return;
        }
        (Conclusion::Skipped { because: reason }, _) | (Conclusion::Failed { .. }, Some(reason)) => {
            format!("<skipped message=\"{}\"/>", escaped(reason))
        }
        (Conclusion::Failed { failures }, None) => {
            let first = failures.first().map_or(("", ""), |failure| (failure.reason.as_str(), &*failure.message));
            let (reason, message, full) = (first.0, escaped(first.1), element(&outcome_in_full(outcome)));
            format!("<failure type=\"{reason}\" message=\"{message}\">{full}</failure>")
        }
    };
    let _ = writeln!(cases, ">\n      {inside}\n    </testcase>");
}

/// Text between tags, where a line's end may stay one.
fn element(text: &str) -> String {
    escaped(text).replace("&#10;", "\n")
}

/// Text as XML 1.0 may hold it; characters that it may not hold at all (section 2.2) are written as escapes of Rust.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // An attribute's reader would turn a line's end into a space.
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => escaped.extend(letter.escape_unicode()),
            _ if letter.is_control() => escaped.extend(letter.escape_default()),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{escaped, report};
    use crate::report::verdict::tests::{sample, with_outcomes};
    use insta::assert_snapshot;
    use setpoint_model::{Problem, Retry};

    #[test]
    fn a_case_for_each_finding_and_for_each_rule_without_one() {
        let problems = [Problem::machine("cannot read `/etc/shop/shop.env`", "access", Retry::SafeOnceMended)];
        assert_snapshot!(report(&sample(&problems)), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="setpoint" tests="5" failures="1" errors="1" time="0.000">
          <testsuite name="setpoint check" tests="5" failures="1" errors="1" skipped="1" time="0.000">
            <testcase classname="SP001" name="undocumented" time="0"/>
            <testcase classname="SP007" name="wrong-type: SHOP_BATCH" file="deploy/shop, 100%.env" line="31" time="0">
              <failure type="error" message="`SHOP_BATCH` is `1,000\u{1b}[31m &lt;&amp;&gt;&quot;`, which is no `int`">`SHOP_BATCH` is `1,000\u{1b}[31m &lt;&amp;&gt;&quot;`, which is no `int`
        expected: a whole number: `1000`
        hint: correct the value
        deploy/shop, 100%.env:31:12
        /etc/shop/shop.env:1:1</failure>
            </testcase>
            <testcase classname="SP008" name="shadowed: SHOP_BATCH" file="deploy/shop, 100%.env" line="31" time="0">
              <skipped message="until the env file is &quot;rolled out&quot;"/>
            </testcase>
            <testcase classname="SP013" name="unused-waiver: SHOP_BATCH" time="0">
              <system-out>the waiver of `SP001` accepts nothing
        expected: a whole number: `1000`</system-out>
            </testcase>
            <testcase classname="problem" name="the site" time="0">
              <error message="cannot read `/etc/shop/shop.env`">cannot read `/etc/shop/shop.env`
        expected: access
        retry: safe once this is mended; nothing was changed</error>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn a_case_for_each_check() {
        let mut verdict = with_outcomes(sample(&[]));
        verdict.findings.clear();
        verdict.rules.clear();
        assert_snapshot!(report(&verdict), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="setpoint" tests="4" failures="1" errors="0" time="0.049">
          <testsuite name="setpoint check" tests="4" failures="1" errors="0" skipped="3" time="0.049">
            <testcase classname="check.http" name="health" file="setpoint.toml" line="7" time="0.012"/>
            <testcase classname="check.http" name="the shop's orders #1" file="setpoint.toml" line="7" time="0.012">
              <failure type="wrong-status" message="the status is 500\u{1b}[0m">http GET http://127.0.0.1:8000/
        wrong-status: the status is 500\u{1b}[0m
        expected: `200`
        retry: safe once this is mended; nothing was changed
        hint: look into its log
        body: &lt;h1&gt;100 % | &quot;no&quot;&lt;/h1&gt;</failure>
            </testcase>
            <testcase classname="check.http" name="stock" file="setpoint.toml" line="7" time="0.012">
              <skipped message="it needs `the shop's orders #1`, which did not pass"/>
            </testcase>
            <testcase classname="check.http" name="old" file="setpoint.toml" line="7" time="0.012">
              <skipped message="until the new disk is there"/>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn no_character_that_xml_forbids_is_left() {
        assert_eq!(escaped("\u{0}\u{7f}\u{ffff}\u{85}é<"), "\\u{0}\\u{7f}\\u{ffff}\\u{85}é&lt;");
    }
}
