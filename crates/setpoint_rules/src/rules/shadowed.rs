//! ## What it finds
//!
//! A value that the deployment sets in one place and another place silently overrides with a different value for
//! the same process: a line of a unit's `Environment=` below an `EnvironmentFile=`, a `.env` file below the unit's
//! environment, `gunicorn.conf.py` below the command line, or one variable twice in one file.
//!
//! Where a place speaks to every process of the site, as a `.env` file does, it has an effect as long as one process
//! takes its value from it: a worker that sets another for itself is an exception, and no fault.
//!
//! A deployment that overrides the code's own default is what deployments are for, and so is a drop-in that
//! overrides its unit; neither is reported.
//!
//! ## Why it hurts
//!
//! Somebody edits the place that has no effect, restarts, and concludes that the setting does nothing. systemd's
//! order surprises most often: a variable of an `EnvironmentFile=` wins over `Environment=`, wherever the lines
//! stand, also over one in a drop-in (systemd.exec(5)).
//!
//! ## Example
//!
//! ```ini
//! # shop.service.d/override.conf
//! [Service]
//! Environment=SHOP_POOL_SIZE=20
//! # /etc/shop/shop.env, which shop.service names in EnvironmentFile=
//! SHOP_POOL_SIZE=10
//! ```
//!
//! ## What to do
//!
//! Decide which place is to hold the value and delete the other.

use crate::{Facts, Report, Rule};
use setpoint_model::{Layer, NamedDefault, Reading, Severity, SiteProcesses};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let processes = SiteProcesses::of_files(&facts.snapshot.site);
    for default in facts.snapshot.defaults.iter().filter(|default| !default.is_passed_on()) {
        let set: Vec<&Reading> = default.readings.iter().filter(|reading| can_shadow(reading.layer)).collect();
        let concerned = processes.concerned(&default.readings);
        for (position, weaker) in set.iter().enumerate() {
            if let Some(winner) = winner(weaker, &set[position + 1..], &concerned)
                && (winner.layer != weaker.layer || winner.place.file == weaker.place.file)
                && !default.agree(&winner.value, &weaker.value)
            {
                report.shadowed(rule, default, weaker, winner);
            }
        }
    }
}

/// The strongest of the readings above one, in the first process that it concerns; `None` if it is itself the
/// strongest in any of them.
fn winner<'r>(weaker: &Reading, above: &[&'r Reading], processes: &[&str]) -> Option<&'r Reading> {
    let strongest = |process: Option<&str>| above.iter().rfind(|reading| reading.concerns(process)).copied();
    if processes.is_empty() {
        return strongest(None);
    }
    let concerned = processes.iter().filter(|process| weaker.concerns(Some(process)));
    let winners: Option<Vec<&Reading>> = concerned.map(|process| strongest(Some(process))).collect();
    winners?.first().copied()
}

/// True for the places where an operator writes a value in order to set it. An image's `ENV` is there to be
/// overridden; a live process shows what won.
fn can_shadow(layer: Layer) -> bool {
    match layer {
        Layer::ConfigurationFile
        | Layer::Dotenv
        | Layer::UnitEnvironment
        | Layer::EnvironmentFile
        | Layer::CommandLine => true,
        Layer::Library | Layer::Code | Layer::Image | Layer::Unit | Layer::Proxy | Layer::Host | Layer::Process => {
            false
        }
    }
}

impl Report {
    fn shadowed(&mut self, rule: &Rule, default: &NamedDefault, weaker: &Reading, winner: &Reading) {
        let name = &default.name;
        let by = if winner.place.file == weaker.place.file {
            format!("line {} of the same file", winner.place.line)
        } else {
            format!("`{}`", winner.place.file)
        };
        let message = if default.secret {
            format!("`{name}`, a secret, has no effect in `{}`: {by} overrides it with another", weaker.place.file)
        } else {
            format!(
                "`{name}` = `{}` in `{}` has no effect: {by} overrides it with `{}`",
                weaker.value.shown(),
                weaker.place.file,
                winner.value.shown()
            )
        };
        // A `.env` file is often the developer's own, and production is meant to override it.
        let severity = if weaker.layer == Layer::Dotenv { Severity::Note } else { rule.severity };
        self.add(rule, message, "one place that sets it")
            .about(name)
            .in_process(weaker.process.as_deref().or(winner.process.as_deref()))
            .at(&weaker.place)
            .at(&winner.place)
            .severity(severity)
            .hint(format!("delete one of the two; `setpoint explain {name}` shows the order"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn an_edit_without_effect() {
        assert_snapshot!(findings("shadowed", "
            SHOP_POOL_SIZE  environ int
              code              5     shop/settings.py:12
              dotenv            7     .env:1
              unit-environment  20    shop.service.d/override.conf:2  shop.service
              environment-file  10    /etc/shop/shop.env:3            shop.service
            SHOP_TIMEOUT    environ float
              environment-file  3     /etc/shop/shop.env:8
              environment-file  5     /etc/shop/shop.env:40
        "), @"
        warning: `SHOP_TIMEOUT` = `3` in `/etc/shop/shop.env` has no effect: line 40 of the same file overrides it with `5`
          --> /etc/shop/shop.env:8
          --> /etc/shop/shop.env:40
          expected: one place that sets it
          hint: delete one of the two; `setpoint explain SHOP_TIMEOUT` shows the order
        warning: `SHOP_POOL_SIZE` = `20` in `shop.service.d/override.conf` has no effect: `/etc/shop/shop.env` overrides it with `10`
          --> shop.service.d/override.conf:2
          --> /etc/shop/shop.env:3
          expected: one place that sets it
          hint: delete one of the two; `setpoint explain SHOP_POOL_SIZE` shows the order
        note: `SHOP_POOL_SIZE` = `7` in `.env` has no effect: `/etc/shop/shop.env` overrides it with `10`
          --> .env:1
          --> /etc/shop/shop.env:3
          expected: one place that sets it
          hint: delete one of the two; `setpoint explain SHOP_POOL_SIZE` shows the order
        ");
    }

    #[test]
    fn silent_for_drop_ins_other_processes_and_the_same_value() {
        assert_snapshot!(findings("shadowed", "
            SHOP_POOL_SIZE  environ int
              unit-environment  10    shop.service:9                  shop.service
              unit-environment  20    shop.service.d/override.conf:2  shop.service
            SHOP_PORT       environ int
              unit-environment  8000  shop.service:10                 shop.service
              environment-file  8001  /etc/shop/worker.env:1          worker.service
            SHOP_MAIL       environ
              dotenv            a     .env:3
              unit-environment  b     worker.service:4                worker.service
            process shop.service
            process worker.service
            SHOP_DEBUG      environ bool
              dotenv            false .env:2
              environment-file  False /etc/shop/shop.env:4
        "), @"");
    }
}
