//! ## What it finds
//!
//! A default whose effective value is not the one that the register documents for the environment that is looked
//! at.
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
//! value is right, change the entry together with its why. For a difference that is meant for a while, write a
//! waiver with a date.

use crate::facts::Documented;
use crate::{Facts, Report, Rule};
use setpoint_model::{Comparison, Effective, Held, NamedDefault, Value, holds_secret};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for default in facts.snapshot.defaults.iter().filter(|default| !default.secret) {
        let Some(documented) = facts.documented(default).filter(|documented| !holds_secret(&default.name, documented.value)) else {
            continue;
        };
        let per_process = default.per_process.iter().map(|(unit, effective)| (Some(unit.as_str()), Some(effective)));
        let everywhere = default.per_process.is_empty().then_some((None, default.effective.as_ref()));
        for (process, effective) in per_process.chain(everywhere) {
            let known = effective.is_some() || !facts.is_incomplete();
            if known && !agrees(default, documented.value, effective) {
                report.drifted(rule, default, documented, process, effective);
            }
        }
    }
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
        documented: Documented<'_>,
        process: Option<&str>,
        effective: Option<&Effective>,
    ) {
        let name = &default.name;
        let value = documented.value;
        let actual = effective.map_or(Held::Nothing, |effective| effective.value.clone());
        let is = match &actual {
            Held::Nothing => "is not set".to_owned(),
            Held::Constant(_) | Held::Dynamic | Held::Secret(_) => format!("is `{}`", actual.shown()),
        };
        let where_ = process.map(|unit| format!(" in {unit}")).unwrap_or_default();
        self.add(rule, format!("`{name}` {is}{where_} and documented as `{value}`"), format!("`{value}`"))
            .about(name)
            .in_process(process)
            .at_each(effective.map(|effective| &effective.place))
            .at(documented.place)
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
