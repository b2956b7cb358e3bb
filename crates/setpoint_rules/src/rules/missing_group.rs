//! ## What it finds
//!
//! A group that the environment's units run with, or whose their files are, is not on this machine.
//!
//! It is asked by `setpoint check --environment NAME` without `--url`.
//!
//! ## Why it hurts
//!
//! The unit fails when it is started, with `status=216/GROUP`; files that are brought over become somebody else's.
//!
//! ## Example
//!
//! ```console
//! $ setpoint check --environment production
//! error: the group `shop` is missing
//! ```
//!
//! ## What to do
//!
//! Make it. Its number need not be the one that it had.

use crate::{Facts, Report, Rule, shell_word};
use setpoint_model::{Needed, Standing};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for Standing { need, here } in facts.machine {
        if let (Needed::Group, None) = (&need.what, here) {
            report.missing_group(rule, &need.name);
        }
    }
}

impl Report {
    fn missing_group(&mut self, rule: &Rule, group: &str) {
        self.add(rule, format!("the group `{group}` is missing"), "a group of that name")
            .about(group)
            .hint(format!("sudo groupadd --system {}", shell_word(group)));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_group_that_is_not_there() {
        assert_snapshot!(findings("missing-group", "
            need group shop
            need group web here
        "), @"
        error: the group `shop` is missing
          expected: a group of that name
          hint: sudo groupadd --system shop
        ");
    }
}
