//! ## What it finds
//!
//! A waiver that holds and accepts nothing, since its rule finds nothing there, or since its check was run and passed;
//! of a cache rule, in every stage.
//!
//! ## Why it hurts
//!
//! It lies in wait: the fault that it once accepted may come back, for another reason, and nobody will be told.
//!
//! ## Example
//!
//! ```toml
//! [waiver.SP005]
//! reason = "the worker restarts on Sunday"      # it did
//! until  = 2027-03-01
//! ```
//!
//! ## What to do
//!
//! Delete it. Where it is for another environment than the one looked at, it may stay; this is a note and fails no
//! check.

use crate::{Facts, Report, Rule, find, waivers};
use setpoint_model::{Finding, Outcome};
use setpoint_model::register::Waiver;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, findings: &[Finding], report: &mut Report) {
    for waiver in waivers::waivers(facts).filter(|waiver| waivers::holds(waiver, facts)) {
        let outcomes = waivers::outcomes_of(waiver, facts);
        let accepts = |outcome: &&Outcome| waivers::has_failed(outcome);
        if findings.iter().any(|finding| waivers::covers(waiver, finding)) || outcomes.iter().any(accepts) {
            continue;
        }
        // Of a check that was not run nobody knows whether it would fail.
        if waivers::has_passed(waiver, facts) {
            report.unused_waiver(rule, waiver, "a failure of the check that it accepts");
        } else if find(&waiver.name).is_some() {
            report.unused_waiver(rule, waiver, "a finding that it accepts");
        }
    }
}

impl Report {
    fn unused_waiver(&mut self, rule: &Rule, waiver: &Waiver, expected: &str) {
        let Waiver { name, where_, .. } = waiver;
        let limit = where_.as_ref().map(|limit| format!(" at `{limit}`")).unwrap_or_default();
        self.add(rule, format!("the waiver of `{name}`{limit} accepts nothing"), expected)
            .about(name)
            .at(&waiver.place)
            .hint("delete it, unless it is for another environment");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn of_a_check_that_passed_in_the_environment_that_the_waiver_is_for() {
        assert_snapshot!(findings("unused-waiver", "
            today 2026-11-01
            environment staging
            looked-at staging
            check  health failed
            check  orders passed
            check  stock  skipped
            check  pages  passed
            check  pages  failed
            check  drafts passed
            check  drafts skipped
            check  prices passed
            check  prices passed
            waiver pages  until 2027-01-01
            waiver drafts until 2027-01-01
            waiver prices until 2027-01-01
            waiver health until 2027-01-01
            waiver orders until 2027-01-01
            waiver stock  until 2027-01-01
            waiver mail   until 2027-01-01
            waiver orders where production until 2027-01-01
            waiver orders where staging    until 2027-01-01
        "), @"
        note: the waiver of `prices` accepts nothing
          --> setpoint.toml:4
          expected: a failure of the check that it accepts
          hint: delete it, unless it is for another environment
        note: the waiver of `orders` accepts nothing
          --> setpoint.toml:6
          expected: a failure of the check that it accepts
          hint: delete it, unless it is for another environment
        note: the waiver of `orders` at `staging` accepts nothing
          --> setpoint.toml:10
          expected: a failure of the check that it accepts
          hint: delete it, unless it is for another environment
        ");
    }

    #[test]
    fn a_waiver_for_a_fault_that_is_gone() {
        assert_snapshot!(findings("unused-waiver", "
            today 2026-11-01
            SHOP_POOL_SIZE  pydantic-settings int
              environment-file  ten  deploy/shop.env:3
            waiver SP007 where SHOP_POOL_SIZE until 2027-01-01
            waiver SP007 where SHOP_TIMEOUT   until 2027-01-01
            waiver health                     until 2027-01-01
        "), @"
        note: the waiver of `SP007` at `SHOP_TIMEOUT` accepts nothing
          --> setpoint.toml:2
          expected: a finding that it accepts
          hint: delete it, unless it is for another environment
        ");
    }
}
