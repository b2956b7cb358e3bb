//! Findings and outcomes as a plugin of Nagios, Icinga, Naemon, Checkmk or Sensu says them: one line with a state, and an
//! exit code that is the state (the Monitoring Plugins Development Guidelines,
//! <https://www.monitoring-plugins.org/doc/guidelines.html>, "Plugin Output" and "Performance data").

use crate::report::defaults::counted;
use crate::report::verdict::Verdict;
use crate::terminal::visible;
use setpoint_model::{Failure, Finding, Outcome, Problem, Reason, Severity};
use std::fmt::Write as _;

/// What Nagios reads of a plugin at most, in bytes.
const LONGEST: usize = 4096;
/// Of it, what is for people and not for graphs.
const LONGEST_TEXT: usize = 1024;

/// The states, in the order in which the worse one is told: what is surely wrong comes before what nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Ok,
    Unknown,
    Warning,
    Critical,
}

impl State {
    /// Of all that was found.
    fn of(verdict: &Verdict<'_>) -> Self {
        let found = verdict.open().map(|finding| match finding.severity {
            Severity::Error => State::Critical,
            Severity::Warning => State::Warning,
            Severity::Note => State::Ok,
        });
        let failed = verdict.outcomes.iter().filter(|outcome| outcome.fails()).map(state_of);
        // What nobody could look at, and what nobody said where to look at, is not fine.
        let unread = verdict.problems.iter().filter(|problem| verdict.hides_a_setting(problem)).map(|_| State::Unknown);
        let not_run = (verdict.not_run > 0).then_some(State::Unknown);
        found.chain(failed).chain(unread).chain(not_run).max().unwrap_or(State::Ok)
    }

    /// The exit code ("Plugin Return Codes").
    pub(crate) fn code(self) -> u8 {
        match self {
            State::Ok => 0,
            State::Warning => 1,
            State::Critical => 2,
            State::Unknown => 3,
        }
    }

    fn word(self) -> &'static str {
        match self {
            State::Ok => "OK",
            State::Warning => "WARNING",
            State::Critical => "CRITICAL",
            State::Unknown => "UNKNOWN",
        }
    }
}

/// Of a check that failed. One that was not run says nothing of the service.
fn state_of(outcome: &Outcome) -> State {
    let is_known = |failure: &Failure| !matches!(failure.reason, Reason::WrongEntry | Reason::OwnFault);
    if outcome.failures().iter().any(is_known) { State::Critical } else { State::Unknown }
}

/// The line, and the state with which to end.
pub(crate) fn report(verdict: &Verdict<'_>) -> (String, State) {
    let state = State::of(verdict);
    let (data, left_out) = performance(&verdict.outcomes, LONGEST - LONGEST_TEXT);
    let mut said = Vec::new();
    let failed: Vec<&Outcome> = verdict.outcomes.iter().filter(|outcome| outcome.fails()).collect();
    if !failed.is_empty() {
        said.push(format!(
            "{} of {} failed: {}",
            failed.len(),
            checks(verdict),
            listed(&failed, |outcome| in_words(outcome))
        ));
    }
    for severity in [Severity::Error, Severity::Warning] {
        let found: Vec<&Finding> = verdict.open().filter(|finding| finding.severity == severity).collect();
        if !found.is_empty() {
            let many = counted(found.len(), &severity.to_string());
            said.push(format!("{many}: {}", listed(&found, |finding| finding_in_words(finding))));
        }
    }
    said.extend(verdict.not_run_in_words());
    let unread: Vec<&&Problem> = verdict.problems.iter().filter(|problem| verdict.hides_a_setting(problem)).collect();
    if !unread.is_empty() {
        said.push(format!("{}: {}", counted(unread.len(), "problem"), listed(&unread, |problem| problem.what.clone())));
    }
    if said.is_empty() {
        let passed = match verdict.outcomes.len() {
            0 => String::new(),
            1 => "1 check holds, ".to_owned(),
            many => format!("{many} checks hold, "),
        };
        said.push(format!("{passed}{} asked and nothing found", counted(verdict.rules.len(), "rule")));
    }
    if left_out > 0 {
        said.push(format!("no room for the times of {}", counted(left_out, "check")));
    }
    (line(state, &said.join("; "), &data), state)
}

/// The line where nothing could be looked at.
pub(crate) fn stopped(problems: &[Problem]) -> (String, State) {
    let problems: Vec<String> =
        problems.iter().map(|problem| format!("{}; expected: {}", problem.what, problem.expected)).collect();
    (line(State::Unknown, &problems.join("; "), ""), State::Unknown)
}

fn checks(verdict: &Verdict<'_>) -> String {
    counted(verdict.outcomes.len(), "check")
}

fn in_words(outcome: &Outcome) -> String {
    let reason = outcome.failures().first().map_or("", |failure| failure.reason.as_str());
    format!("{} ({reason})", outcome.check)
}

fn finding_in_words(finding: &Finding) -> String {
    let of = finding.subject.as_ref().map(|subject| format!(" of {subject}")).unwrap_or_default();
    format!("{} {}{of}", finding.code, finding.name)
}

/// The first few.
fn listed<T>(all: &[T], in_words: impl Fn(&T) -> String) -> String {
    const SHOWN: usize = 5;
    let more = all.len().checked_sub(SHOWN).filter(|more| *more > 0);
    let mut words: Vec<String> = all.iter().take(SHOWN).map(in_words).collect();
    words.extend(more.map(|more| format!("{more} more")));
    words.join(", ")
}

fn line(state: State, said: &str, data: &str) -> String {
    // A bar ends the text, and a line's end the output.
    let said = visible(&said.lines().collect::<Vec<_>>().join(" ")).replace('|', "/");
    let mut text = format!("SETPOINT {} - {said}", state.word());
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT - "…".len()));
        text.push('…');
    }
    if !data.is_empty() {
        let _ = write!(text, " |{data}");
    }
    text + "\n"
}

/// How long each check took, as far as there is room, and how many there is none for. The text's own end is counted in.
fn performance(outcomes: &[Outcome], room: usize) -> (String, usize) {
    let mut data = String::new();
    let mut left_out = 0;
    for outcome in outcomes.iter().filter(|outcome| outcome.tries > 0) {
        let value = format!(" {}={:.3}s", label(&outcome.check), outcome.took.as_secs_f64());
        if data.len() + value.len() + " |\n".len() > room {
            left_out += 1;
        } else {
            data.push_str(&value);
        }
    }
    (data, left_out)
}

/// In quotes where it must be; a quote is doubled, and of equals signs a label may have none.
fn label(name: &str) -> String {
    let name = visible(name).replace('=', "_");
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    if name.chars().all(is_plain) { name } else { format!("'{}'", name.replace('\'', "''").replace('|', "/")) }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, State, label, report, stopped};
    use crate::report::verdict::tests::{outcome, sample, with_outcomes};
    use insta::assert_snapshot;
    use setpoint_model::{Conclusion, Problem, Retry};

    #[test]
    fn the_worst_is_told_first() {
        assert_snapshot!(report(&with_outcomes(sample(&[]))).0, @"SETPOINT CRITICAL - 1 of 4 checks failed: the shop's orders #1 (wrong-status); 1 error: SP007 wrong-type of SHOP_BATCH | health=0.012s 'the shop''s orders #1'=0.012s old=0.012s");
        let denied = [Problem::machine("cannot read `/etc/a|b`", "access", Retry::Safe)];
        let mut verdict = sample(&denied);
        verdict.findings.remove(0);
        assert_snapshot!(report(&verdict).0, @"SETPOINT UNKNOWN - 1 problem: cannot read `/etc/a/b`");
        assert_eq!(report(&verdict).1, State::Unknown);
        verdict.problems.clear();
        assert_snapshot!(report(&verdict).0, @"SETPOINT OK - 4 rules asked and nothing found");
        verdict.not_run = 2;
        assert_snapshot!(report(&verdict).0, @"SETPOINT UNKNOWN - 2 checks of the register were not run: `--environment NAME` says where");
        assert_snapshot!(stopped(&denied).0, @"SETPOINT UNKNOWN - cannot read `/etc/a/b`; expected: access");
    }

    #[test]
    fn the_codes_are_those_of_the_guidelines() {
        let codes = [State::Ok, State::Warning, State::Critical, State::Unknown].map(State::code);
        assert_eq!(codes, [0, 1, 2, 3]);
    }

    #[test]
    fn ten_thousand_checks_fit_into_one_line_of_4_kib() {
        let mut verdict = sample(&[]);
        verdict.outcomes =
            (0..10_000).map(|number| outcome(&format!("der Lädt {number}"), Conclusion::Passed)).collect();
        verdict.findings[0].message = "ä".repeat(9000);
        let (line, _) = report(&verdict);
        assert!(line.len() <= LONGEST && line.ends_with("s\n") && line.matches('\n').count() == 1, "{line}");
        let many = vec![Problem::input("ö".repeat(9000), "x", Retry::Safe)];
        assert!(stopped(&many).0.len() <= LONGEST);
    }

    #[test]
    fn a_label_holds_no_equals_sign() {
        assert_eq!(label("health"), "health");
        assert_eq!(label("the shop's a=b|c"), "'the shop''s a_b/c'");
    }
}
