//! What `check` has to say, before it is written in one of its formats.

use crate::assertions::Run;
use crate::command_error::Exit;
use crate::report::defaults::counted;
use crate::report::not_asked::NotAsked;
use crate::survey::Survey;
use crate::terminal::Ui;
use serde::Serialize;
use setpoint_model::{Failure, Finding, Outcome, Place, Problem, ProblemKind, Severity};
use setpoint_rules::Rule;
use std::fmt::Write as _;
use std::path::Path;

/// Findings, what they are about, and what could not be looked at.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict<'a> {
    /// The version of this form; 1.
    pub(crate) version: u32,
    /// The folder of the code, absolute; places below it are relative to it.
    pub(crate) root: &'a str,
    /// The environment that was looked at.
    pub(crate) environment: Option<&'a str>,
    /// False if there is no register, so that nothing was said of documentation.
    pub(crate) register: bool,
    /// How many defaults were judged.
    pub(crate) defaults: usize,
    /// How many findings of each kind there are.
    pub(crate) summary: Summary,
    /// The worst first; those that a waiver accepts among them.
    pub(crate) findings: Vec<Finding>,
    /// What came of the register's checks, in its order.
    pub(crate) outcomes: Vec<Outcome>,
    /// How many checks were not run, since the register has environments and none was named.
    pub(crate) not_run: usize,
    /// What could not be read or understood, in the register and in the site.
    pub(crate) problems: Vec<&'a Problem>,
    /// What could not be asked of all of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_asked: Option<NotAsked<'a>>,
    /// False where a mistake in the register hides some of it, so that nothing was said of documentation.
    #[serde(skip)]
    pub(crate) register_is_whole: bool,
    /// Those of the problems that are about code which a process imports.
    #[serde(skip)]
    pub(crate) imported: Vec<&'a Problem>,
    /// The rules that were asked.
    #[serde(skip)]
    pub(crate) rules: Vec<&'static Rule>,
}

/// How many findings of each kind there are. Those that a waiver accepts are counted as waived alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Summary {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) notes: usize,
    pub(crate) waived: usize,
}

impl<'a> Verdict<'a> {
    /// What those rules say about the site.
    pub(crate) fn of(ui: &Ui<'_>, survey: &'a Survey, rules: Vec<&'static Rule>, checks: Run) -> Self {
        let Run { outcomes, not_run } = checks;
        let mut findings = survey.findings(ui, &outcomes);
        let snapshot = &survey.snapshot;
        let problems_of_imported_code =
            snapshot.problems.iter().filter(|problem| snapshot.is_of_imported_code(problem));
        findings.retain(|finding| rules.iter().any(|rule| rule.code == finding.code));
        let rules: Vec<&'static Rule> = rules.into_iter().filter(|rule| survey.may_ask(rule.code)).collect();
        Self {
            version: 1,
            root: &survey.snapshot.site.root,
            environment: survey.snapshot.site.environment.as_deref(),
            register: survey.register.is_some(),
            defaults: survey.snapshot.defaults.len(),
            summary: Summary::of(&findings),
            findings,
            outcomes,
            not_run,
            problems: survey.register_problems.iter().chain(&survey.snapshot.problems).collect(),
            not_asked: NotAsked::of(ui, survey, &rules),
            register_is_whole: survey.register_problems.is_empty(),
            imported: problems_of_imported_code.collect(),
            rules,
        }
    }

    /// What came of cache rules, for which the rules about waivers alone are asked; the problems are those of the files that they
    /// are about.
    pub(crate) fn of_outcomes(
        survey: &'a Survey,
        outcomes: Vec<Outcome>,
        findings: Vec<Finding>,
        problems: &'a [Problem],
    ) -> Self {
        let asked = |rule: &&'static Rule| findings.iter().any(|finding| finding.code == rule.code);
        let rules = setpoint_rules::catalogue().iter().filter(asked).collect();
        Self {
            version: 1,
            root: &survey.snapshot.site.root,
            environment: survey.snapshot.site.environment.as_deref(),
            register: survey.register.is_some(),
            defaults: 0,
            summary: Summary::of(&findings),
            findings,
            outcomes,
            not_run: 0,
            problems: survey.register_problems.iter().chain(problems).collect(),
            not_asked: None,
            register_is_whole: survey.register_problems.is_empty(),
            imported: Vec::new(),
            rules,
        }
    }

    /// The findings that nobody has accepted.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.waived.is_none())
    }

    /// How `check` ends: notes fail nothing, and what was not looked at is not fine. What the machine refused to show
    /// counts most, since it may be what the findings are about.
    pub(crate) fn exit(&self) -> Exit {
        if self.problems.iter().any(|problem| problem.kind == ProblemKind::Machine) {
            return Exit::Machine;
        }
        let is_found = self.open().any(|finding| finding.severity > Severity::Note);
        if is_found || self.outcomes.iter().any(Outcome::fails) {
            return Exit::Findings;
        }
        if self.not_understood() > 0 { Exit::Findings } else { Exit::Fine }
    }

    /// That checks were not run, and what would run them; nothing where all were.
    pub(crate) fn not_run_in_words(&self) -> Option<String> {
        let were = if self.not_run == 1 { "was" } else { "were" };
        (self.not_run > 0).then(|| {
            let checks = counted(self.not_run, "check");
            format!("{checks} of the register {were} not run: `--environment NAME` says where")
        })
    }

    /// How many problems may hide a setting, and so fail the check as a finding does.
    pub(crate) fn not_understood(&self) -> usize {
        self.problems.iter().filter(|problem| self.hides_a_setting(problem)).count()
    }

    /// True if this problem may, and so fails the check.
    pub(crate) fn hides_a_setting(&self, problem: &Problem) -> bool {
        hides_settings(problem) || self.imported.contains(&problem)
    }
}

/// True unless the problem is a Python file that could not be understood: a source tree may hold templates and
/// fixtures that no process runs. One that a process imports counts all the same.
fn hides_settings(problem: &Problem) -> bool {
    let is_python = |place: &Place| Path::new(&place.file).extension().is_some_and(|extension| extension == "py");
    !problem.place.as_ref().is_some_and(is_python)
}

impl Summary {
    fn of(findings: &[Finding]) -> Self {
        let mut summary = Self::default();
        for finding in findings {
            let counter = match (&finding.waived, finding.severity) {
                (Some(_), _) => &mut summary.waived,
                (None, Severity::Error) => &mut summary.errors,
                (None, Severity::Warning) => &mut summary.warnings,
                (None, Severity::Note) => &mut summary.notes,
            };
            *counter += 1;
        }
        summary
    }
}

/// What is wrong, expected and to be done as one text. A finding is no step that failed, and so has no retry. For
/// formats that have one field for it.
pub(crate) fn in_full(finding: &Finding) -> String {
    let hint = finding.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{}\nexpected: {}{hint}", finding.message, finding.expected)
}

/// The same of a problem.
pub(crate) fn problem_in_full(problem: &Problem) -> String {
    let hint = problem.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{}\nexpected: {}\nretry: {}{hint}", problem.what, problem.expected, problem.retry.sentence())
}

/// The same of a check that failed.
pub(crate) fn outcome_in_full(outcome: &Outcome) -> String {
    let mut text = format!("{} {}", outcome.kind, outcome.subject);
    for failure in outcome.failures() {
        let _ = write!(text, "\n{}", failure_in_full(failure));
    }
    for evidence in &outcome.evidence {
        let _ = write!(text, "\n{}: {}", evidence.of, evidence.text.trim());
    }
    text
}

/// The same of one thing that a check found wrong.
pub(crate) fn failure_in_full(failure: &Failure) -> String {
    let Failure { reason, message, expected, retry, hint } = failure;
    let hint = hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{}: {message}\nexpected: {expected}\nretry: {}{hint}", reason.as_str(), retry.sentence())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Summary, Verdict};
    use crate::command_error::Exit;
    use setpoint_model::{Conclusion, Evidence, Failure, Finding, Outcome, Place, Problem, Reason, Retry, Severity};
    use std::time::Duration;

    /// The same with a check of every end.
    pub(crate) fn with_outcomes(mut verdict: Verdict<'_>) -> Verdict<'_> {
        let failed = |reason, message: &str| Conclusion::Failed {
            failures: vec![Failure::new(reason, message, "`200`").hint("look into its log")],
        };
        let because = "it needs `the shop's orders #1`, which did not pass".to_owned();
        let mut orders = outcome("the shop's orders #1", failed(Reason::WrongStatus, "the status is 500\u{1b}[0m"));
        orders.evidence = vec![Evidence { of: "body", text: "<h1>100 % | \"no\"</h1>\r\n".to_owned() }];
        let mut old = outcome("old", failed(Reason::TooSlow, "it took 2 s"));
        old.waived = Some("until the new disk is there".to_owned());
        let skipped = Outcome { tries: 0, ..outcome("stock", Conclusion::Skipped { because }) };
        verdict.outcomes = vec![outcome("health", Conclusion::Passed), orders, skipped, old];
        verdict
    }

    pub(crate) fn outcome(check: &str, conclusion: Conclusion) -> Outcome {
        Outcome {
            check: check.to_owned(),
            kind: "http",
            subject: "GET http://127.0.0.1:8000/".to_owned(),
            conclusion,
            waived: None,
            tries: 1,
            took: Duration::from_micros(12_345),
            phases: Vec::new(),
            evidence: Vec::new(),
            place: Place { line: 7, column: 1, ..Place::file("setpoint.toml") },
        }
    }

    /// An error with every field and awkward characters, a warning that is waived, a note without a place.
    pub(crate) fn sample(problems: &[Problem]) -> Verdict<'_> {
        let finding = |code: &'static str, severity, message: &str| Finding {
            code,
            name: setpoint_rules::find(code).unwrap().name,
            severity,
            message: message.to_owned(),
            expected: "a whole number: `1000`".to_owned(),
            subject: Some("SHOP_BATCH".to_owned()),
            process: None,
            places: Vec::new(),
            hint: None,
            waived: None,
            waived_until: None,
        };
        let place = Place { line: 31, column: 12, ..Place::file("deploy/shop, 100%.env") };
        let mut error = finding("SP007", Severity::Error, "`SHOP_BATCH` is `1,000\u{1b}[31m <&>\"`, which is no `int`");
        error.places = vec![place.clone(), Place::file("/etc/shop/shop.env")];
        error.hint = Some("correct the value".to_owned());
        let mut warning = finding("SP008", Severity::Warning, "`SHOP_POOL` = `5` has no effect");
        warning.places = vec![place];
        warning.waived = Some("until the env file is \"rolled out\"".to_owned());
        let note = finding("SP013", Severity::Note, "the waiver of `SP001` accepts nothing");
        let findings = vec![error, warning, note];
        Verdict {
            version: 1,
            root: "/srv/shop",
            environment: None,
            register: true,
            defaults: 3,
            summary: Summary::of(&findings),
            findings,
            outcomes: Vec::new(),
            not_run: 0,
            problems: problems.iter().collect(),
            not_asked: None,
            register_is_whole: true,
            imported: Vec::new(),
            rules: ["SP001", "SP007", "SP008", "SP013"].map(|code| setpoint_rules::find(code).unwrap()).to_vec(),
        }
    }

    #[test]
    fn findings_fail_a_check_and_notes_and_waived_ones_do_not() {
        let mut verdict = sample(&[]);
        assert_eq!(verdict.exit(), Exit::Findings);
        assert_eq!(verdict.summary, Summary { errors: 1, warnings: 0, notes: 1, waived: 1 });
        verdict.findings.remove(0);
        assert_eq!(verdict.exit(), Exit::Fine);
    }

    #[test]
    fn what_could_not_be_looked_at_is_not_fine() {
        let at = |problem: Problem, file| problem.at(Place::file(file));
        let denied = || Problem::machine("denied", "access", Retry::SafeOnceMended);
        let broken = || Problem::input("broken", "no mistakes", Retry::SafeOnceMended);
        let exit = |problem| {
            let problems = [problem];
            let mut verdict = sample(&problems);
            verdict.findings.clear();
            verdict.exit()
        };
        assert_eq!(exit(at(denied(), "/etc/shop/shop.env")), Exit::Machine);
        assert_eq!(exit(at(broken(), "deploy/shop.service")), Exit::Findings);
        assert_eq!(exit(at(broken(), "tests/broken.py")), Exit::Fine);
    }
}
