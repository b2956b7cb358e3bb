//! ## What it finds
//!
//! A default that is decided in production and has no entry in the register: a deployment layer sets it (an env
//! file, a unit, a command line, the proxy), or the service does not start without it.
//!
//! What the proxy and the unit's own properties say (`nginx.listen`, `systemd.RestartSec`), and variables that others
//! than the service's code read (`PYTHONUNBUFFERED`), is a note and fails no check, since much of it is anybody's.
//! The service's own settings are warnings.
//!
//! ## Why it hurts
//!
//! Somebody chose the value, and the reason is in that person's head. The next one to look at it cannot tell a
//! measured limit from a leftover, does not know whom to ask, and has no way back.
//!
//! ## Example
//!
//! ```ini
//! # deploy/shop.env
//! SHOP_POOL_SIZE=20
//! ```
//!
//! and no `[default.SHOP_POOL_SIZE]` in `setpoint.toml`.
//!
//! ## What to do
//!
//! Run `setpoint capture --write SHOP_POOL_SIZE`, and fill in owner, why, expect and rollback. Where the value is
//! the same as the code's own default, delete the line that sets it instead.

use crate::report::command_that_documents;
use crate::{Facts, Report, Rule, unread::unread};
use setpoint_model::{Layer, Mechanism, NamedDefault, Reading, Severity};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    if facts.register.is_none() {
        return;
    }
    for default in &facts.snapshot.defaults {
        // What nothing reads is to be deleted or corrected, and a group is documented by its fields.
        let is_asked_of_others = unread(facts, default).is_some() || facts.snapshot.is_set_by_fields(default);
        // The override of an environment says what the value is; what else is to be said is asked for by another rule.
        let is_documented = facts.entry(default).is_some() || facts.documented(default).is_some();
        if default.is_decision() && !is_documented && !is_asked_of_others {
            report.undocumented(rule, default);
        }
    }
}

impl Report {
    fn undocumented(&mut self, rule: &Rule, default: &NamedDefault) {
        let name = &default.name;
        let set = default.readings.iter().rfind(|reading| reading.layer.is_deployment());
        let message = match set {
            Some(Reading { place, .. }) => format!("`{name}` is set in `{}` and not documented", place.file),
            None => format!("`{name}` is required and not documented"),
        };
        let is_foreign = matches!(default.mechanism, Mechanism::Dotenv | Mechanism::UnitEnvironment);
        let severity = match set.map(|reading| reading.layer) {
            Some(Layer::Proxy | Layer::Unit) if !default.required => Severity::Note,
            Some(_) if is_foreign => Severity::Note,
            Some(_) | None => rule.severity,
        };
        let reading = set.or(default.readings.first());
        self.add(rule, message, "an entry in the register with owner, expect and rollback")
            .about(name)
            .at_each(reading.map(|reading| &reading.place))
            .severity(severity)
            .hint(format!("`{}` adds the entry for you to fill in", command_that_documents(name)));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn what_the_deployment_sets_and_what_is_required() {
        assert_snapshot!(findings("undocumented", "
            SHOP_POOL_SIZE   environ int
              code              5     shop/settings.py:12
              environment-file  20    deploy/shop.env:3
            SHOP_PORT        environ int
              environment-file  8000  deploy/shop.env:4
            SHOP_TIMEOUT     environ int
              code              5     shop/settings.py:14
            SHOP_GATEWAY_URL environ required
              code              -     shop/settings.py:15
            nginx.listen     nginx
              proxy             80    /etc/nginx/sites-enabled/shop:9
            PYTHONUNBUFFERED unit-environment
              unit-environment  1     deploy/shop.service:7
            process.nofile   process
              process           1024  /proc/17/limits:8
            entry SHOP_PORT owner expect rollback
        "), @"
        warning: `SHOP_POOL_SIZE` is set in `deploy/shop.env` and not documented
          --> deploy/shop.env:3
          expected: an entry in the register with owner, expect and rollback
          hint: `setpoint capture --write SHOP_POOL_SIZE` adds the entry for you to fill in
        warning: `SHOP_GATEWAY_URL` is required and not documented
          --> shop/settings.py:15
          expected: an entry in the register with owner, expect and rollback
          hint: `setpoint capture --write SHOP_GATEWAY_URL` adds the entry for you to fill in
        note: `nginx.listen` is set in `/etc/nginx/sites-enabled/shop` and not documented
          --> /etc/nginx/sites-enabled/shop:9
          expected: an entry in the register with owner, expect and rollback
          hint: `setpoint capture --write nginx.listen` adds the entry for you to fill in
        note: `PYTHONUNBUFFERED` is set in `deploy/shop.service` and not documented
          --> deploy/shop.service:7
          expected: an entry in the register with owner, expect and rollback
          hint: `setpoint capture --write PYTHONUNBUFFERED` adds the entry for you to fill in
        ");
    }

    #[test]
    fn without_a_register_nobody_is_asked_to_document() {
        assert_snapshot!(findings("undocumented", "
            SHOP_PORT        environ int
              environment-file  8000  deploy/shop.env:4
        "), @"");
    }
}
