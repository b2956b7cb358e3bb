//! ## What it finds
//!
//! A program that the environment's units start, or the interpreter of their virtual environment, is not on this
//! machine. The lock knows which package brought it to the machine on which `setpoint capture --environment NAME
//! --write` was run.
//!
//! It is asked by `setpoint check --environment NAME` without `--url`.
//!
//! ## Why it hurts
//!
//! The unit fails when it is started, with `status=203/EXEC`, and nginx that is not there answers nobody.
//!
//! ## Example
//!
//! ```console
//! $ setpoint check --environment production
//! error: the package `nginx` is missing, which brings `/usr/sbin/nginx`
//! ```
//!
//! ## What to do
//!
//! Install it. Another package that brings the same program serves as well.

use crate::report::names;
use crate::{Facts, Report, Rule, shell_word};
use setpoint_model::{Needed, Standing};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for Standing { need, here } in facts.machine {
        if let (Needed::Package { files }, None) = (&need.what, here) {
            report.missing_package(rule, &need.name, files);
        }
    }
}

impl Report {
    fn missing_package(&mut self, rule: &Rule, package: &str, files: &[String]) {
        let files = names(files.iter().map(String::as_str));
        let message = format!("the package `{package}` is missing, which brings {files}");
        self.add(rule, message, "what the units start")
            .about(package)
            .hint(format!("sudo apt-get install {}", shell_word(package)));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_program_that_units_start() {
        assert_snapshot!(findings("missing-package", "
            need package nginx /usr/sbin/nginx
            need package procps /bin/kill here /bin/kill
        "), @"
        error: the package `nginx` is missing, which brings `/usr/sbin/nginx`
          expected: what the units start
          hint: sudo apt-get install nginx
        ");
    }
}
