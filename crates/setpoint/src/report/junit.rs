//! Findings as JUnit's XML, which every CI system shows: a failing test case for each finding, a skipped one for
//! each that is waived, and a passing one for each rule that found nothing.
//!
//! There is no standard; the form is the one that Jenkins' xunit plugin accepts (`junit-10.xsd`).

use crate::report::verdict::{Verdict, in_full, problem_in_full};
use setpoint_model::{Finding, Severity};
use std::fmt::Write as _;

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
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{}\" time=\"0\"",
        tests + errors,
        verdict.summary.waived
    );
    let counts_of_all = counts.replace(&format!(" skipped=\"{}\"", verdict.summary.waived), "");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"setpoint\" {counts_of_all}>\n  <testsuite name=\"setpoint check\" {counts}>\n{cases}  </testsuite>\n</testsuites>\n"
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
    use crate::report::verdict::tests::sample;
    use insta::assert_snapshot;
    use setpoint_model::{Problem, Retry};

    #[test]
    fn a_case_for_each_finding_and_for_each_rule_without_one() {
        let problems = [Problem::machine("cannot read `/etc/shop/shop.env`", "access", Retry::SafeOnceMended)];
        assert_snapshot!(report(&sample(&problems)), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="setpoint" tests="5" failures="1" errors="1" time="0">
          <testsuite name="setpoint check" tests="5" failures="1" errors="1" skipped="1" time="0">
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
    fn no_character_that_xml_forbids_is_left() {
        assert_eq!(escaped("\u{0}\u{7f}\u{ffff}\u{85}é<"), "\\u{0}\\u{7f}\\u{ffff}\\u{85}é&lt;");
    }
}
