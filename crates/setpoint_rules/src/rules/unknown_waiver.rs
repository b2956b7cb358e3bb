//! ## What it finds
//!
//! A waiver whose name is neither a rule's code or name nor a check or cache rule of the register.
//!
//! ## Why it hurts
//!
//! It accepts nothing, and what it was meant to accept fails the check although somebody has decided about it.
//!
//! ## Example
//!
//! ```toml
//! [waiver.shadowd]
//! reason = "until the new env file is rolled out"
//! until  = 2027-03-01
//! ```
//!
//! ## What to do
//!
//! Correct the name. `setpoint explain NAME` prints a rule's page.

use crate::{Facts, Report, Rule, catalogue, find, waivers};
use setpoint_model::{Finding, nearest};
use setpoint_model::register::Waiver;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, _findings: &[Finding], report: &mut Report) {
    let Some(register) = facts.register else { return };
    let unsound = || register.unsound_checks.iter().map(|check| &check.name);
    let checks = || {
        let checks = register.checks.iter().map(|check| &check.name);
        checks.chain(unsound()).chain(register.caches.iter().map(|cache| &cache.name))
    };
    for waiver in waivers::waivers(facts) {
        if find(&waiver.name).is_none() && !checks().any(|name| *name == waiver.name) {
            let rules = catalogue().iter().flat_map(|rule| [rule.name, rule.code]);
            report.unknown_waiver(rule, waiver, nearest(&waiver.name, rules.chain(checks().map(String::as_str))));
        }
    }
}

impl Report {
    fn unknown_waiver(&mut self, rule: &Rule, waiver: &Waiver, near: Option<&str>) {
        let name = &waiver.name;
        let draft = self
            .add(
                rule,
                format!("there is no rule or check `{name}` to waive"),
                "a rule's code or name, or a check's name",
            )
            .about(name)
            .at(&waiver.place);
        match near {
            Some(near) => draft.hint(format!("did you mean `{near}`?")),
            None => draft.hint("every finding shows its rule's code and name"),
        };
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_mistyped_rule_and_a_check() {
        assert_snapshot!(findings("unknown-waiver", "
            waiver shadowd until 2027-01-01
            waiver health  until 2027-01-01
            waiver pages   until 2027-01-01
            waiver sp007   until 2027-01-01
            cache pages owner expect rollback
        "), @"
        warning: there is no rule or check `shadowd` to waive
          --> setpoint.toml:1
          expected: a rule's code or name, or a check's name
          hint: did you mean `shadowed`?
        warning: there is no rule or check `health` to waive
          --> setpoint.toml:2
          expected: a rule's code or name, or a check's name
          hint: every finding shows its rule's code and name
        ");
    }
}
