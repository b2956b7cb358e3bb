//! Findings and failed checks as workflow commands of GitHub Actions, which shows them beside the lines of a pull request.
//!
//! The form and its escapes: <https://docs.github.com/actions/reference/workflow-commands-for-github-actions> and
//! `packages/core/src/command.ts` of actions/toolkit.

use crate::report::verdict::{Verdict, in_full, outcome_in_full, problem_in_full};
use crate::terminal::visible;
use setpoint_model::{Outcome, Place, Severity};
use std::fmt::Write as _;
use std::path::Path;

/// The commands, one a line. `workspace` is the folder of the checkout (`GITHUB_WORKSPACE`), to which GitHub takes
/// files to be relative. What a waiver accepts is left out.
pub(crate) fn report(verdict: &Verdict<'_>, workspace: Option<&Path>) -> String {
    let mut text = String::new();
    for finding in verdict.open() {
        let title = format!("{} {}", finding.code, finding.name);
        command(
            finding.severity,
            &title,
            finding.places.first(),
            &in_full(finding),
            verdict.root,
            workspace,
            &mut text,
        );
    }
    for outcome in verdict.outcomes.iter().filter(|outcome| outcome.fails()) {
        let Outcome { check, place, .. } = outcome;
        let title = format!("check {check}");
        let message = outcome_in_full(outcome);
        command(Severity::Error, &title, Some(place), &message, verdict.root, workspace, &mut text);
    }
    if let Some(sentence) = verdict.not_run_in_words() {
        command(Severity::Note, "checks", None, &sentence, verdict.root, workspace, &mut text);
    }
    for problem in &verdict.problems {
        let place = problem.place.as_ref();
        command(Severity::Warning, "not read", place, &problem_in_full(problem), verdict.root, workspace, &mut text);
    }
    if let Some(not_asked) = &verdict.not_asked {
        let message = format!("{}\nhint: {}", not_asked.sentence(), not_asked.hint);
        command(Severity::Note, "not installed", None, &message, verdict.root, workspace, &mut text);
    }
    text
}

fn command(
    severity: Severity,
    title: &str,
    place: Option<&Place>,
    message: &str,
    root: &str,
    workspace: Option<&Path>,
    text: &mut String,
) {
    let command = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let _ = write!(text, "::{command} ");
    if let Some(place) = place.filter(|place| place.has_lines()) {
        let file = property(&in_workspace(&place.file, root, workspace));
        let _ = write!(text, "file={file},line={},col={},", place.line, place.column);
    }
    let _ = writeln!(text, "title={}::{}", property(title), data(message));
}

/// The file's name relative to the checkout, where it lies below it.
fn in_workspace(file: &str, root: &str, workspace: Option<&Path>) -> String {
    let path = Path::new(root).join(file);
    match workspace.and_then(|workspace| path.strip_prefix(workspace).ok()) {
        Some(relative) => relative.display().to_string(),
        None => file.to_owned(),
    }
}

/// A line's end is written as GitHub wants it, every other control character as an escape of Rust, since the log
/// shows colours.
fn data(text: &str) -> String {
    let lines = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    visible(&lines)
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::report;
    use crate::report::verdict::tests::{sample, with_outcomes};
    use insta::assert_snapshot;
    use setpoint_model::{Problem, Retry};
    use std::path::Path;

    #[test]
    fn a_check_that_failed_is_shown_beside_its_entry() {
        let mut verdict = with_outcomes(sample(&[]));
        verdict.findings.clear();
        verdict.not_run = 1;
        assert_snapshot!(report(&verdict, Some(Path::new("/srv"))), @r#"
        ::error file=shop/setpoint.toml,line=7,col=1,title=check the shop's orders #1::http GET http://127.0.0.1:8000/%0Awrong-status: the status is 500\u{1b}[0m%0Aexpected: `200`%0Aretry: safe once this is mended; nothing was changed%0Ahint: look into its log%0Abody: <h1>100 %25 | "no"</h1>
        ::notice title=checks::1 check of the register was not run: `--environment NAME` says where
        "#);
    }

    #[test]
    fn escapes_and_paths_below_the_checkout() {
        let problems = [Problem::input("a line\r\nis 100% wrong", "none", Retry::Safe)];
        assert_snapshot!(report(&sample(&problems), Some(Path::new("/srv"))), @r#"
        ::error file=shop/deploy/shop%2C 100%25.env,line=31,col=12,title=SP007 wrong-type::`SHOP_BATCH` is `1,000\u{1b}[31m <&>"`, which is no `int`%0Aexpected: a whole number: `1000`%0Ahint: correct the value
        ::notice title=SP013 unused-waiver::the waiver of `SP001` accepts nothing%0Aexpected: a whole number: `1000`
        ::warning title=not read::a line%0D%0Ais 100%25 wrong%0Aexpected: none%0Aretry: safe, nothing was changed
        "#);
    }
}
