//! ## What it finds
//!
//! A waiver whose last day has passed. It accepts nothing any more: what it accepted is a finding again, or a check or
//! cache rule that fails.
//!
//! ## Why it hurts
//!
//! A waiver says "for now". Without an end it is a decision that nobody took.
//!
//! ## Example
//!
//! ```toml
//! [waiver.SP008]
//! where  = "SHOP_POOL_SIZE"
//! reason = "until the new env file is rolled out"
//! until  = 2026-03-01
//! ```
//!
//! ## What to do
//!
//! Mend what it accepted and delete it; or decide anew, with a reason that holds today and a new date.

use crate::{Facts, Report, Rule, find, waivers};
use setpoint_model::Finding;
use setpoint_model::register::Waiver;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, findings: &[Finding], report: &mut Report) {
    for waiver in waivers::waivers(facts).filter(|waiver| !waivers::holds(waiver, facts)) {
        let covered = findings.iter().filter(|finding| waivers::covers(waiver, finding)).count();
        report.expired_waiver(rule, waiver, &left_of(waiver, covered, facts));
    }
}

/// What is left of what the waiver accepted. Of a check that was not run nobody knows.
fn left_of(waiver: &Waiver, findings: usize, facts: Facts<'_>) -> String {
    let outcomes = waivers::outcomes_of(waiver, facts);
    match findings {
        0 if outcomes.iter().any(|outcome| waivers::has_failed(outcome)) => "the check fails again".to_owned(),
        0 if waivers::has_passed(waiver, facts) => "the check passes".to_owned(),
        0 if find(&waiver.name).is_none() => "a failure of it counts again".to_owned(),
        0 => "nothing is left of what it accepted".to_owned(),
        1 => "what it accepted is a finding again".to_owned(),
        many => format!("the {many} findings that it accepted count again"),
    }
}

impl Report {
    fn expired_waiver(&mut self, rule: &Rule, waiver: &Waiver, left: &str) {
        let Waiver { name, until, reason, .. } = waiver;
        self.add(rule, format!("the waiver of `{name}` ended on {until}: {left}"), "a last day that has not passed")
            .about(name)
            .at(&waiver.place)
            .hint(format!("mend it and delete the waiver, or decide anew; its reason was: {reason}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn of_checks_that_were_run_and_one_that_was_not() {
        assert_snapshot!(findings("expired-waiver", "
            today 2026-11-01
            check  health failed
            check  orders passed
            check  stock  skipped
            check  pages  passed
            check  pages  failed
            waiver pages  until 2026-10-31
            waiver health until 2026-10-31
            waiver orders until 2026-10-31
            waiver stock  until 2026-10-31
            waiver mail   until 2026-10-31
            waiver health until 2026-11-01
        "), @"
        warning: the waiver of `pages` ended on 2026-10-31: the check fails again
          --> setpoint.toml:1
          expected: a last day that has not passed
          hint: mend it and delete the waiver, or decide anew; its reason was: a reason
        warning: the waiver of `health` ended on 2026-10-31: the check fails again
          --> setpoint.toml:2
          expected: a last day that has not passed
          hint: mend it and delete the waiver, or decide anew; its reason was: a reason
        warning: the waiver of `orders` ended on 2026-10-31: the check passes
          --> setpoint.toml:3
          expected: a last day that has not passed
          hint: mend it and delete the waiver, or decide anew; its reason was: a reason
        warning: the waiver of `stock` ended on 2026-10-31: a failure of it counts again
          --> setpoint.toml:4
          expected: a last day that has not passed
          hint: mend it and delete the waiver, or decide anew; its reason was: a reason
        warning: the waiver of `mail` ended on 2026-10-31: a failure of it counts again
          --> setpoint.toml:5
          expected: a last day that has not passed
          hint: mend it and delete the waiver, or decide anew; its reason was: a reason
        ");
    }

    #[test]
    fn the_day_after_its_last_day() {
        assert_snapshot!(findings("expired-waiver", "
            today 2026-11-01
            SHOP_POOL_SIZE  pydantic-settings int
              environment-file  ten  deploy/shop.env:3
            waiver SP007      until 2026-10-31
            waiver shadowed   until 2026-10-31
            waiver wrong-type until 2026-11-01
        "), @"
        warning: the waiver of `SP007` ended on 2026-10-31: what it accepted is a finding again
          --> setpoint.toml:1
          expected: a last day that has not passed
          hint: mend it and delete the waiver, or decide anew; its reason was: a reason
        warning: the waiver of `shadowed` ended on 2026-10-31: nothing is left of what it accepted
          --> setpoint.toml:2
          expected: a last day that has not passed
          hint: mend it and delete the waiver, or decide anew; its reason was: a reason
        ");
    }
}
