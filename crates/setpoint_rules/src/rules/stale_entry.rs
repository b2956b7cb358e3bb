//! ## What it finds
//!
//! An entry of the register for a default that is nowhere in the site: no code declares it, and nothing sets it. And
//! an exception of an entry, in `per_process`, for a process that neither the site nor an environment of the register
//! has.
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
//! A setting of a database beside the service, such as `postgresql.max_connections`, may be documented though it is not
//! captured.
//!
//! Rename the entry if the default was renamed, or delete it if the default was removed. The same goes for the name of
//! a process.

use crate::backends::is_of_a_backend;
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
        if facts.snapshot.find(&entry.name).is_none() && !is_of_a_backend(&entry.name) {
            report.stale_entry(rule, entry, nearest(&entry.name, names()));
        }
    }
    stale_exceptions(rule, facts, report);
}

/// A process may run in another environment than the one that is looked at; where no process was found at all, nobody
/// can say which there are.
fn stale_exceptions(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let Some(register) = facts.register.filter(|_| !facts.snapshot.site.processes.is_empty()) else { return };
    let running = facts.snapshot.site.processes.iter().map(|process| process.name.as_str());
    let named = register.environments.iter().flat_map(|environment| &environment.units).map(String::as_str);
    let processes: Vec<&str> = running.chain(named).collect();
    for entry in &register.defaults {
        for (process, _) in entry.per_process.iter().filter(|(process, _)| !processes.contains(&process.as_str())) {
            report.stale_exception(rule, entry, process, nearest_process(process, &processes));
        }
    }
}

/// Every unit's name ends in the same way, and so that tells nothing of which was meant.
fn nearest_process<'a>(name: &str, processes: &[&'a str]) -> Option<&'a str> {
    let stem = |name: &'a str| name.strip_suffix(".service").unwrap_or(name);
    let near = nearest(name.strip_suffix(".service").unwrap_or(name), processes.iter().copied().map(stem))?;
    processes.iter().copied().find(|process| stem(process) == near)
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

    fn stale_exception(&mut self, rule: &Rule, entry: &DefaultEntry, process: &str, near: Option<&str>) {
        let name = &entry.name;
        let message = format!("`{name}` is documented for `{process}`, which the site does not have");
        let draft = self.add(rule, message, "a process of the site").about(name).at(&entry.place);
        match near {
            Some(near) => draft.hint(format!("did you mean `{near}`?")),
            None => draft.hint(format!("delete `{process}` from `per_process`")),
        };
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn silent_on_what_people_document_of_a_database() {
        assert_snapshot!(findings("stale-entry", "
            entry postgresql.max_connections = 100 owner expect rollback
        "), @"");
    }

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
    fn an_exception_for_a_process_that_is_not_there() {
        assert_snapshot!(findings("stale-entry", "
            SHOP_POOL_SIZE  environ int
              code  5  shop/settings.py:12
            process shop.service
            process shop-worker.service
            environment staging unit=shop-staging.service
            entry SHOP_POOL_SIZE = 5 shop-wroker.service=2 owner expect rollback
            entry SHOP_POOL_SIZE = 5 cron.service=2 owner expect rollback
            entry SHOP_POOL_SIZE = 5 shop-staging.service=2 owner expect rollback
        "), @"
        warning: `SHOP_POOL_SIZE` is documented for `shop-wroker.service`, which the site does not have
          --> setpoint.toml:2
          expected: a process of the site
          hint: did you mean `shop-worker.service`?
        warning: `SHOP_POOL_SIZE` is documented for `cron.service`, which the site does not have
          --> setpoint.toml:3
          expected: a process of the site
          hint: delete `cron.service` from `per_process`
        ");
    }

    #[test]
    fn silent_where_a_file_could_not_be_read_or_is_not_here() {
        assert_snapshot!(findings("stale-entry", &format!("{SITE}\nunreadable /etc/shop/shop.env")), @"");
        assert_snapshot!(findings("stale-entry", &format!("{SITE}\nabsent /etc/shop/shop.env")), @"");
    }
}
