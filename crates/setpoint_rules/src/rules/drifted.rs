//! ## What it finds
//!
//! A default whose effective value is not the one that the register documents for the environment that is looked
//! at. Where the entry has `per_process`, each process that it names is held to its own value, and every other one to
//! the general value.
//!
//! ## Why it hurts
//!
//! Either production was changed and nobody wrote down why, or the decision that was written down never arrived.
//! Whoever trusts the register under pressure acts on a value that is not there.
//!
//! ## Example
//!
//! ```toml
//! [default."uvicorn.timeout_keep_alive"]
//! value = 75
//! ```
//!
//! while the unit starts `uvicorn --timeout-keep-alive 5`.
//!
//! ## What to do
//!
//! `setpoint explain NAME` shows which place wins. Set that place back to the documented value, or, where the new
//! value is right, change the entry together with its why. For a value that one process is meant to hold alone, write
//! `per_process = { "shop-worker.service" = 2 }`. For a difference that is meant for a while, write a waiver with a
//! date.

use crate::{Facts, Report, Rule};
use setpoint_model::register::DocumentedValue;
use setpoint_model::{Comparison, Effective, Held, NamedDefault, Place, SiteProcesses, Value, holds_secret};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for default in facts.snapshot.defaults.iter().filter(|default| !default.secret) {
        let Some(documented) = facts.documented(default) else { continue };
        for (process, value, effective) in meant(facts, default, documented) {
            let known = effective.is_some() || !facts.is_incomplete();
            if known && !holds_secret(&default.name, value) && !agrees(default, value, effective) {
                report.drifted(rule, default, (value, documented.place), process, effective);
            }
        }
    }
}

/// Each value that is documented, with what is effective where it is meant to hold: once for all processes, as far as
/// they agree and the register has no exception for them.
fn meant<'a>(
    facts: Facts<'a>,
    default: &'a NamedDefault,
    documented: DocumentedValue<'a>,
) -> Vec<(Option<&'a str>, &'a Value, Option<&'a Effective>)> {
    let processes = SiteProcesses::of_files(&facts.snapshot.site).concerned(&default.readings);
    let is_exception = |process: &&str| documented.exception(process).is_some();
    let (excepted, ordinary): (Vec<&str>, Vec<&str>) = processes.iter().partition(|process| is_exception(process));
    let mut meant = Vec::new();
    if let Some(value) = documented.general {
        let named = default.per_process.iter().filter(|(process, _)| !is_exception(&process.as_str()));
        meant.extend(named.map(|(process, effective)| (Some(process.as_str()), value, Some(effective))));
        if default.per_process.is_empty() && (!ordinary.is_empty() || excepted.is_empty()) {
            meant.push((None, value, default.effective.as_ref()));
        }
    }
    for process in excepted {
        let value = documented.exception(process);
        meant.extend(value.map(|value| (Some(process), value, default.effective_in(process))));
    }
    meant
}

/// True unless the effective value is known to be another one.
fn agrees(default: &NamedDefault, documented: &Value, effective: Option<&Effective>) -> bool {
    match effective.map(|effective| &effective.value) {
        None | Some(Held::Nothing) => *documented == Value::Null,
        Some(Held::Dynamic | Held::Secret(_)) => true,
        Some(Held::Constant(value)) => default.comparison().is_same(documented, value) || same_items(documented, value),
    }
}

/// A list that is documented as such and set as text with commas between the items.
fn same_items(documented: &Value, value: &Value) -> bool {
    let (Value::List(items), Some(text)) = (documented, value.as_text()) else { return false };
    let parts: Vec<&str> = text.split(',').collect();
    let is_same = |item: &Value, part: &str| Comparison::AsWritten.is_same(item, &Value::from(part.trim()));
    parts.len() == items.len() && items.iter().zip(parts).all(|(item, part)| is_same(item, part))
}

impl Report {
    fn drifted(
        &mut self,
        rule: &Rule,
        default: &NamedDefault,
        (value, written): (&Value, &Place),
        process: Option<&str>,
        effective: Option<&Effective>,
    ) {
        let name = &default.name;
        let actual = effective.map_or(Held::Nothing, |effective| effective.value.clone());
        let is = match &actual {
            Held::Nothing => "is not set".to_owned(),
            Held::Constant(_) | Held::Dynamic | Held::Secret(_) => format!("is `{}`", actual.shown()),
        };
        let value = Held::Constant(value.clone()).shown();
        let where_ = process.map(|unit| format!(" in {unit}")).unwrap_or_default();
        self.add(rule, format!("`{name}` {is}{where_} and documented as `{value}`"), format!("`{value}`"))
            .about(name)
            .in_process(process)
            .at_each(effective.map(|effective| &effective.place))
            .at(written)
            .hint("set it back, or, where the new value is right, change the entry and its why");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn another_value_and_no_value() {
        assert_snapshot!(findings("drifted", "
            uvicorn.timeout_keep_alive  uvicorn int
              library       5     uvicorn/config.py:212
              command-line  5     deploy/shop.service:14
            SHOP_HOSTS  environ
              environment-file  a.example,b.example  deploy/shop.env:2
            SHOP_TIMEOUT    environ
              environment-file  48     deploy/shop.env:3
            SHOP_DEBUG      environ str
              environment-file  False  deploy/shop.env:4
            SHOP_LOG_LEVEL  environ
              code              \"info\" shop/settings.py:9
              environment-file  INFO   deploy/shop.env:5
            SHOP_RELEASE    environ str
              environment-file  1.10   deploy/shop.env:6
            SHOP_POOL_SIZE  environ int
            SHOP_WORKERS    environ int
              code          ?     shop/settings.py:9
            entry uvicorn.timeout_keep_alive = 75 owner expect rollback
            entry SHOP_HOSTS = [\"a.example\",\"b.example\"] owner expect rollback
            entry SHOP_TIMEOUT = 48 owner expect rollback
            entry SHOP_DEBUG = false owner expect rollback
            entry SHOP_LOG_LEVEL = info owner expect rollback
            entry SHOP_RELEASE = 1.1 owner expect rollback
            entry SHOP_POOL_SIZE = 10 owner expect rollback
            entry SHOP_WORKERS = 4 owner expect rollback
        "), @"
        error: `SHOP_LOG_LEVEL` is `INFO` and documented as `info`
          --> deploy/shop.env:5
          --> setpoint.toml:5
          expected: `info`
          hint: set it back, or, where the new value is right, change the entry and its why
        error: `SHOP_RELEASE` is `1.10` and documented as `1.1`
          --> deploy/shop.env:6
          --> setpoint.toml:6
          expected: `1.1`
          hint: set it back, or, where the new value is right, change the entry and its why
        error: `uvicorn.timeout_keep_alive` is `5` and documented as `75`
          --> deploy/shop.service:14
          --> setpoint.toml:1
          expected: `75`
          hint: set it back, or, where the new value is right, change the entry and its why
        error: `SHOP_POOL_SIZE` is not set and documented as `10`
          --> setpoint.toml:7
          expected: `10`
          hint: set it back, or, where the new value is right, change the entry and its why
        ");
    }

    #[test]
    fn every_process_is_held_to_its_own_value() {
        let site = "
            SHOP_POOL_SIZE  environ int
              code              5     shop/settings.py:12
              environment-file  10    deploy/shop.env:3        shop.service
              unit-environment  2     deploy/worker.service:9  worker.service
        ";
        let entry = |value: &str| format!("{site}\nentry SHOP_POOL_SIZE {value} owner expect rollback");
        assert_snapshot!(findings("drifted", &entry("= 10 worker.service=2")), @"");
        assert_snapshot!(findings("drifted", &entry("worker.service=2")), @"");
        assert_snapshot!(findings("drifted", &entry("= 10")), @"
        error: `SHOP_POOL_SIZE` is `2` in worker.service and documented as `10`
          --> deploy/worker.service:9
          --> setpoint.toml:1
          expected: `10`
          hint: set it back, or, where the new value is right, change the entry and its why
        ");
        assert_snapshot!(findings("drifted", &entry("= 10 shop.service=2 worker.service=20")), @"
        error: `SHOP_POOL_SIZE` is `10` in shop.service and documented as `2`
          --> deploy/shop.env:3
          --> setpoint.toml:1
          expected: `2`
          hint: set it back, or, where the new value is right, change the entry and its why
        error: `SHOP_POOL_SIZE` is `2` in worker.service and documented as `20`
          --> deploy/worker.service:9
          --> setpoint.toml:1
          expected: `20`
          hint: set it back, or, where the new value is right, change the entry and its why
        ");
    }

    #[test]
    fn an_exception_that_the_site_does_not_make() {
        assert_snapshot!(findings("drifted", "
            SHOP_POOL_SIZE  environ int
              code              5     shop/settings.py:12
              environment-file  10    deploy/shop.env:3
            systemd.Type    systemd
              unit              notify  deploy/shop.service:7    shop.service
            process worker.service
            entry SHOP_POOL_SIZE = 10 worker.service=2 owner expect rollback
            entry systemd.Type = notify worker.service=oneshot owner expect rollback
        "), @"
        error: `SHOP_POOL_SIZE` is `10` in worker.service and documented as `2`
          --> deploy/shop.env:3
          --> setpoint.toml:1
          expected: `2`
          hint: set it back, or, where the new value is right, change the entry and its why
        error: `systemd.Type` is not set in worker.service and documented as `oneshot`
          --> setpoint.toml:2
          expected: `oneshot`
          hint: set it back, or, where the new value is right, change the entry and its why
        ");
    }

    #[test]
    fn a_length_of_time_is_not_its_spelling() {
        let site = "
            systemd.TimeoutStopSec  systemd
              unit     20s        deploy/shop.service:12  shop.service
              library  1min·30s   systemd:1               import.service
        ";
        let entry = |value: &str| format!("{site}\nentry systemd.TimeoutStopSec {value} owner expect rollback");
        assert_snapshot!(findings("drifted", &entry("= 20 import.service=90s")), @"");
        assert_snapshot!(findings("drifted", &entry("= 20 import.service=91s")), @"
        error: `systemd.TimeoutStopSec` is `1min 30s` in import.service and documented as `91s`
          --> setpoint.toml:1
          --> systemd:1
          expected: `91s`
          hint: set it back, or, where the new value is right, change the entry and its why
        ");
    }

    #[test]
    fn an_environment_overrides_what_is_documented() {
        let site = "
            SHOP_PORT  environ int
              environment-file  8001  deploy/staging.env:2
            entry SHOP_PORT = 8000 owner expect rollback
            environment production
            environment staging from=production SHOP_PORT=8001
            environment preview from=staging
        ";
        assert_snapshot!(findings("drifted", &format!("{site}\nlooked-at preview")), @"");
        assert_snapshot!(findings("drifted", &format!("{site}\nlooked-at production")), @"
        error: `SHOP_PORT` is `8001` and documented as `8000`
          --> deploy/staging.env:2
          --> setpoint.toml:1
          expected: `8000`
          hint: set it back, or, where the new value is right, change the entry and its why
        ");
    }
}
