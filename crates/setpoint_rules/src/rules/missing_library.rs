//! ## What it finds
//!
//! A virtual environment that the environment's units run in is not on this machine, was made with another Python,
//! or has not the distributions that it had.
//!
//! It is asked by `setpoint check --environment NAME` without `--url`.
//!
//! ## Why it hurts
//!
//! The service does not start, or starts with defaults and faults of versions that nobody has tried together.
//!
//! ## Example
//!
//! ```console
//! $ setpoint check --environment production
//! error: the virtual environment `/srv/shop/.venv` is missing
//! ```
//!
//! ## What to do
//!
//! Make it, and install what was installed. Where the versions were changed on purpose, write the lock anew with
//! `setpoint capture --environment NAME --write`.

use crate::report::names;
use crate::{Facts, Report, Rule, shell_word};
use setpoint_model::{Needed, Severity, Standing};
use std::collections::BTreeMap;

/// How many distributions a sentence names.
const NAMED: usize = 3;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for Standing { need, here } in facts.machine {
        let folder = need.name.as_str();
        match (&need.what, here) {
            (Needed::Python { interpreter }, None) => {
                report.missing_environment(rule, folder, interpreter, &pins(facts, folder));
            }
            (Needed::Python { interpreter }, Some(Needed::Python { interpreter: found }))
                if program(interpreter) != program(found) =>
            {
                report.other_interpreter(rule, folder, [interpreter, found], &pins(facts, folder));
            }
            (Needed::Distributions { pins }, Some(Needed::Distributions { pins: found })) => {
                let lacks = pins.iter().filter(|(name, pin)| found.get(*name) != Some(*pin));
                let lacks: BTreeMap<&str, &str> = lacks.map(|(name, pin)| (name.as_str(), pin.as_str())).collect();
                if !lacks.is_empty() {
                    let is_missing = lacks.keys().any(|name| !found.contains_key(*name));
                    let severity = if is_missing { Severity::Error } else { Severity::Warning };
                    report.missing_distributions(rule, folder, &lacks, severity);
                }
            }
            _ => {}
        }
    }
}

/// What was installed in an environment, for pip.
fn pins<'f>(facts: Facts<'f>, folder: &str) -> Vec<&'f str> {
    let of_folder = facts.machine.iter().filter(|standing| standing.need.name == folder);
    let pins = of_folder.filter_map(|standing| match &standing.need.what {
        Needed::Distributions { pins } => Some(pins.values()),
        _ => None,
    });
    pins.flatten().map(String::as_str).collect()
}

/// `python3.11`
fn program(interpreter: &str) -> &str {
    interpreter.rsplit('/').next().unwrap_or(interpreter)
}

fn install(folder: &str, pins: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let pins: Vec<String> = pins.into_iter().map(|pin| shell_word(pin.as_ref())).collect();
    format!("sudo {}/bin/pip install --no-deps {}", shell_word(folder), pins.join(" "))
}

impl Report {
    fn missing_environment(&mut self, rule: &Rule, folder: &str, interpreter: &str, pins: &[&str]) {
        let python = program(interpreter);
        let made = format!("sudo {} -m venv {}", shell_word(python), shell_word(folder));
        let message = format!("the virtual environment `{folder}` is missing");
        self.add(rule, message, format!("one of {python}, with what was installed"))
            .about(folder)
            .hint(format!("{made} && {}", install(folder, pins)));
    }

    fn other_interpreter(&mut self, rule: &Rule, folder: &str, [wanted, found]: [&str; 2], pins: &[&str]) {
        let (wanted, found) = (program(wanted), program(found));
        let made = format!("sudo {} -m venv --clear {}", shell_word(wanted), shell_word(folder));
        self.add(rule, format!("the virtual environment `{folder}` is of {found}"), format!("one of {wanted}"))
            .about(folder)
            .severity(Severity::Warning)
            .hint(format!("{made} && {}", install(folder, pins)));
    }

    fn missing_distributions(
        &mut self,
        rule: &Rule,
        folder: &str,
        lacks: &BTreeMap<&str, &str>,
        severity: Severity,
    ) {
        let others = lacks.len().saturating_sub(NAMED);
        let more = if others == 0 { String::new() } else { format!(", {others} more beside") };
        let named = names(lacks.keys().copied().take(NAMED));
        let what = if severity == Severity::Error { "lacks" } else { "has another version of" };
        self.add(rule, format!("`{folder}` {what} {named}{more}"), "the versions of the lock")
            .about(folder)
            .severity(severity)
            .hint(install(folder, lacks.values()));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn no_environment() {
        assert_snapshot!(findings("missing-library", "
            need python /srv/shop/.venv /usr/bin/python3.11
            need distributions /srv/shop/.venv fastapi==0.115.0 --editable=/srv/shop
        "), @"
        error: the virtual environment `/srv/shop/.venv` is missing
          expected: one of python3.11, with what was installed
          hint: sudo python3.11 -m venv /srv/shop/.venv && sudo /srv/shop/.venv/bin/pip install --no-deps --editable=/srv/shop fastapi==0.115.0
        ");
    }

    #[test]
    fn another_python() {
        assert_snapshot!(findings("missing-library", "
            need python /srv/shop/.venv /usr/bin/python3.11 here /usr/bin/python3.13
            need distributions /srv/shop/.venv fastapi==0.115.0 here fastapi==0.115.0
            need python /srv/blog/.venv /usr/bin/python3.11 here /usr/local/bin/python3.11
        "), @"
        warning: the virtual environment `/srv/shop/.venv` is of python3.13
          expected: one of python3.11
          hint: sudo python3.11 -m venv --clear /srv/shop/.venv && sudo /srv/shop/.venv/bin/pip install --no-deps fastapi==0.115.0
        ");
    }

    #[test]
    fn what_is_installed() {
        assert_snapshot!(findings("missing-library", "
            need distributions /srv/shop/.venv a==1 b==1 c==1 d==1 e==1 here e==1 f==2
            need distributions /srv/blog/.venv a==1 b==1 here a==2 b==1
        "), @"
        error: `/srv/shop/.venv` lacks `a`, `b` and `c`, 1 more beside
          expected: the versions of the lock
          hint: sudo /srv/shop/.venv/bin/pip install --no-deps a==1 b==1 c==1 d==1
        warning: `/srv/blog/.venv` has another version of `a`
          expected: the versions of the lock
          hint: sudo /srv/blog/.venv/bin/pip install --no-deps a==1
        ");
    }
}
