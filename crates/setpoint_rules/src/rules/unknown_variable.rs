//! ## What it finds
//!
//! A variable that the deployment sets and no code reads, where its name shows that it is meant for this service:
//! it is nearly the name of a variable that the code reads and nobody sets, or it belongs to a family of names
//! (`SHOP_…`) that the code reads several of.
//!
//! It says nothing of variables that the system, the interpreter, a server, a proxy or a cloud SDK reads, nor of names
//! that the code may make when it runs: with `os.environ[f"SHOP_{name}_URL"]` every `SHOP_…_URL` may be read.
//! Installed libraries read variables too, so an unread name that is not evidently the service's own is passed over.
//!
//! ## Why it hurts
//!
//! The line looks as if it set something. A mistyped name leaves the default in effect and nobody notices; a name
//! that the code has stopped reading will be "tuned" by the next person, in vain.
//!
//! ## Example
//!
//! ```ini
//! # deploy/shop.env; the code reads SHOP_POOL_SIZE
//! SHOP_POOL_SZIE=20
//! ```
//!
//! ## What to do
//!
//! Correct the name, or delete the line.

use crate::unread::{Unread, unread};
use crate::{Facts, Report, Rule};
use setpoint_model::NamedDefault;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for default in &facts.snapshot.defaults {
        if let Some(unread) = unread(facts, default) {
            report.unknown_variable(rule, default, unread);
        }
    }
}

impl Report {
    fn unknown_variable(&mut self, rule: &Rule, default: &NamedDefault, unread: Unread<'_>) {
        let name = &default.name;
        let draft = self
            .add(rule, format!("`{name}` is set, and no code reads it"), "a variable that the service's code reads")
            .about(name)
            .at_each(default.readings.iter().map(|reading| &reading.place));
        match unread.meant {
            Some(meant) => draft.hint(format!("did you mean `{meant}`? the code reads it, and nothing sets it")),
            None => draft.hint("delete the line, or find out since when the code does not read it: `git log -S`"),
        };
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        SHOP_POOL_SIZE    pydantic-settings int
          code              5     shop/settings.py:12
        SHOP_TIMEOUT      pydantic-settings float
          environment-file  3     deploy/shop.env:1
        SHOP_LABELS       pydantic-settings dict[str,str]
          code              {}    shop/settings.py:14
        SHOP_POOL_SZIE    unit-environment
          environment-file  20    deploy/shop.env:2
        SHOP_REDIS_URL    unit-environment
          environment-file  r     deploy/shop.env:3
        SHOP_LABELS__AREA unit-environment
          environment-file  eu    deploy/shop.env:4
        PYTHONUNBUFFERED  unit-environment
          environment-file  1     deploy/shop.env:5
        STRIPE_VERSION    unit-environment
          environment-file  2026  deploy/shop.env:6
    ";

    #[test]
    fn a_mistyped_name_and_one_that_is_left_over() {
        assert_snapshot!(findings("unknown-variable", SITE), @"
        warning: `SHOP_POOL_SZIE` is set, and no code reads it
          --> deploy/shop.env:2
          expected: a variable that the service's code reads
          hint: did you mean `SHOP_POOL_SIZE`? the code reads it, and nothing sets it
        warning: `SHOP_REDIS_URL` is set, and no code reads it
          --> deploy/shop.env:3
          expected: a variable that the service's code reads
          hint: delete the line, or find out since when the code does not read it: `git log -S`
        ");
    }

    #[test]
    fn a_name_that_the_code_makes_is_passed_over_alone() {
        let made = "dynamic-read shop/plugins.py:8 SHOP_…_URL\ndynamic-read shop/plugins.py:9 OTHER_…";
        assert_snapshot!(findings("unknown-variable", &format!("{SITE}\n{made}")), @"
        warning: `SHOP_POOL_SZIE` is set, and no code reads it
          --> deploy/shop.env:2
          expected: a variable that the service's code reads
          hint: did you mean `SHOP_POOL_SIZE`? the code reads it, and nothing sets it
        ");
    }

    #[test]
    fn silent_where_the_code_is_not_understood() {
        assert_snapshot!(findings("unknown-variable", &format!("{SITE}\ndynamic-read shop/plugins.py:8")), @"");
        let fitting = "dynamic-read shop/plugins.py:8 SHOP_POOL_…\ndynamic-read shop/plugins.py:9 SHOP_…_URL";
        assert_snapshot!(findings("unknown-variable", &format!("{SITE}\n{fitting}")), @"");
        assert_snapshot!(findings("unknown-variable", &format!("{SITE}\nbroken shop/old.py:8")), @"");
    }
}
