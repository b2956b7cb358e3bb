//! ## What it finds
//!
//! A unit of the environment, a timer that starts one, or the server in front of them or behind is not on this
//! machine, or is not started with it.
//!
//! It is asked by `setpoint check --environment NAME` without `--url`.
//!
//! ## Why it hurts
//!
//! Nothing answers; or it answers until the machine is started again, which is found at night.
//!
//! ## Example
//!
//! ```console
//! $ setpoint check --environment production
//! error: the unit `shop.service` is missing
//! ```
//!
//! ## What to do
//!
//! Bring its file and what it needs first, as the other findings say; then start it.

use crate::{Facts, Report, Rule, shell_word};
use setpoint_model::{Needed, Severity, Standing};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for Standing { need, here } in facts.machine {
        match (&need.what, here) {
            (Needed::Unit { enabled: true }, None) => report.missing_unit(rule, &need.name),
            (Needed::Unit { enabled: false }, None) => report.missing_part(rule, &need.name),
            (Needed::Unit { enabled: true }, Some(Needed::Unit { enabled: false })) => {
                report.unit_not_enabled(rule, &need.name);
            }
            _ => {}
        }
    }
}

impl Report {
    fn missing_unit(&mut self, rule: &Rule, unit: &str) {
        let started = format!("sudo systemctl enable --now {}", shell_word(unit));
        self.add(rule, format!("the unit `{unit}` is missing"), "a unit that is started with the machine")
            .about(unit)
            .hint(format!("sudo systemctl daemon-reload && {started}"));
    }

    /// Something else starts it.
    fn missing_part(&mut self, rule: &Rule, unit: &str) {
        self.add(rule, format!("the unit `{unit}` is missing"), "a unit of that name")
            .about(unit)
            .hint("sudo systemctl daemon-reload");
    }

    fn unit_not_enabled(&mut self, rule: &Rule, unit: &str) {
        self.add(rule, format!("the unit `{unit}` is not started with the machine"), "a unit that is")
            .about(unit)
            .severity(Severity::Warning)
            .hint(format!("sudo systemctl enable --now {}", shell_word(unit)));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn units_and_what_starts_them() {
        assert_snapshot!(findings("missing-unit", "
            need unit shop.service enabled
            need unit shop-import.service static
            need unit shop-import.timer enabled here static
            need unit nginx.service enabled here enabled
        "), @"
        error: the unit `shop-import.service` is missing
          expected: a unit of that name
          hint: sudo systemctl daemon-reload
        error: the unit `shop.service` is missing
          expected: a unit that is started with the machine
          hint: sudo systemctl daemon-reload && sudo systemctl enable --now shop.service
        warning: the unit `shop-import.timer` is not started with the machine
          expected: a unit that is
          hint: sudo systemctl enable --now shop-import.timer
        ");
    }
}
