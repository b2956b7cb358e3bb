//! ## What it finds
//!
//! A waiver for a rule that holds and accepts nothing, since the rule finds nothing there.
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
use setpoint_model::Finding;
use setpoint_model::register::Waiver;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, findings: &[Finding], report: &mut Report) {
    for waiver in waivers::waivers(facts).filter(|waiver| waivers::holds(waiver, facts)) {
        // A check's waiver is used or unused when the check runs.
        if find(&waiver.name).is_some() && !findings.iter().any(|finding| waivers::covers(waiver, finding)) {
            report.unused_waiver(rule, waiver);
        }
    }
}

impl Report {
    fn unused_waiver(&mut self, rule: &Rule, waiver: &Waiver) {
        let Waiver { name, where_, .. } = waiver;
        let limit = where_.as_ref().map(|limit| format!(" at `{limit}`")).unwrap_or_default();
        self.add(rule, format!("the waiver of `{name}`{limit} accepts nothing"), "a finding that it accepts")
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
