//! ## What it finds
//!
//! An entry of the register for a default that is nowhere in the site: no code declares it, and nothing sets it.
//!
//! ## Why it hurts
//!
//! The documentation of a value that is gone is believed. A name that was mistyped documents nothing, and the
//! real default goes without an owner.
//!
//! ## Example
//!
//! ```toml
//! [default.SHOP_POOL_SIZE]      # the code reads SHOP_DATABASE_POOL_SIZE since the last release
//! value = 10
//! ```
//!
//! ## What to do
//!
//! Rename the entry if the default was renamed, or delete it if the default was removed.

use crate::{Facts, Report, Rule};
use setpoint_model::nearest;
use setpoint_model::register::DefaultEntry;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    // A file that this user may not read may hold the default.
    if facts.is_incomplete() {
        return;
    }
    let names = || facts.snapshot.defaults.iter().map(|default| default.name.as_str());
    for entry in facts.register.map(|register| &register.defaults).into_iter().flatten() {
        if facts.snapshot.find(&entry.name).is_none() {
            report.stale_entry(rule, entry, nearest(&entry.name, names()));
        }
    }
}

impl Report {
    fn stale_entry(&mut self, rule: &Rule, entry: &DefaultEntry, near: Option<&str>) {
        let name = &entry.name;
        let draft = self
            .add(rule, format!("`{name}` is documented and nowhere in the site"), "a default that the site has")
            .about(name)
            .at(&entry.place);
        match near {
            Some(near) => draft.hint(format!("did you mean `{near}`?")),
            None => draft.hint("delete the entry, or look at the site that has it: `--environment`, `--unit`"),
        };
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        SHOP_POOL_SIZE  environ int alias=POOL_SIZE
          code  5  shop/settings.py:12
        entry SHOP_POOL_SZIE owner expect rollback
        entry SHOP_OLD_GATEWAY owner expect rollback
        entry POOL_SIZE owner expect rollback
    ";

    #[test]
    fn a_mistyped_and_a_forgotten_entry() {
        assert_snapshot!(findings("stale-entry", SITE), @"
        warning: `SHOP_POOL_SZIE` is documented and nowhere in the site
          --> setpoint.toml:1
          expected: a default that the site has
          hint: did you mean `SHOP_POOL_SIZE`?
        warning: `SHOP_OLD_GATEWAY` is documented and nowhere in the site
          --> setpoint.toml:2
          expected: a default that the site has
          hint: delete the entry, or look at the site that has it: `--environment`, `--unit`
        ");
    }

    #[test]
    fn silent_where_a_file_could_not_be_read_or_is_not_here() {
        assert_snapshot!(findings("stale-entry", &format!("{SITE}\nunreadable /etc/shop/shop.env")), @"");
        assert_snapshot!(findings("stale-entry", &format!("{SITE}\nabsent /etc/shop/shop.env")), @"");
    }
}
