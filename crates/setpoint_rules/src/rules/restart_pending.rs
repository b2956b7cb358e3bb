//! ## What it finds
//!
//! A value that a running process still has, or still lacks, although the file or unit it comes from says
//! otherwise by now.
//!
//! ## Why it hurts
//!
//! The change looks done and is not. It takes effect at the next restart, perhaps in weeks, at night, and together
//! with whatever else was edited in between; then nobody remembers it.
//!
//! ## Example
//!
//! ```text
//! /etc/shop/shop.env        SHOP_POOL_SIZE=20
//! /proc/4211/environ        SHOP_POOL_SIZE=10
//! ```
//!
//! ## What to do
//!
//! Restart the unit (`systemctl restart shop.service`; after an edit of a unit or drop-in `systemctl
//! daemon-reload` first), or take the edit back. A reload is not enough: the environment of a running process
//! does not change.

use crate::{Facts, Report, Rule};
use setpoint_model::{Held, Layer, NamedDefault, Reading};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for default in facts.snapshot.defaults.iter().filter(|default| !default.is_passed_on()) {
        for live in default.readings.iter().filter(|reading| reading.layer == Layer::Process) {
            let concerns = |reading: &&Reading| reading.process.is_none() || reading.process == live.process;
            let on_disk = default.readings.iter().filter(|reading| reaches_processes(reading.layer)).rfind(concerns);
            // Without a place on disk it was given by hand or by the service manager: no restart changes that.
            if let Some(on_disk) = on_disk
                && !default.agree(&on_disk.value, &live.value)
            {
                report.restart_pending(rule, default, on_disk, live, &how_to_restart(facts, live));
            }
        }
    }
}

/// The commands that bring what the files say now. systemd goes by the unit as it read it last.
fn how_to_restart(facts: Facts<'_>, live: &Reading) -> String {
    let Some(unit) = &live.process else { return "restart the process".to_owned() };
    if facts.is_container(unit) {
        "make the container anew (`docker compose up --detach`), since a restart keeps what it was made with".to_owned()
    } else if facts.snapshot.site.processes.iter().any(|process| process.name == *unit && process.needs_daemon_reload) {
        format!("`systemctl daemon-reload`, then `systemctl restart {unit}`")
    } else {
        format!("`systemctl restart {unit}`")
    }
}

/// True for what a process is given when it starts. A `.env` file that the code reads, and gunicorn.conf.py, are read
/// by the process itself and leave no trace in `/proc`.
fn reaches_processes(layer: Layer) -> bool {
    match layer {
        Layer::Image | Layer::UnitEnvironment | Layer::EnvironmentFile | Layer::CommandLine | Layer::Unit => true,
        Layer::Library
        | Layer::Code
        | Layer::ConfigurationFile
        | Layer::Dotenv
        | Layer::Proxy
        | Layer::Host
        | Layer::Process => false,
    }
}

impl Report {
    fn restart_pending(
        &mut self,
        rule: &Rule,
        default: &NamedDefault,
        on_disk: &Reading,
        live: &Reading,
        how_to_restart: &str,
    ) {
        let name = &default.name;
        let unit = live.process.as_deref();
        let message = match (&on_disk.value, &live.value) {
            (Held::Secret(_), Held::Secret(_)) => {
                format!("`{name}`, a secret, was changed in `{}` after the process had started", on_disk.place.file)
            }
            (wanted, Held::Nothing) => format!(
                "`{name}` is `{}` in `{}`, and the running process does not have it",
                wanted.shown(),
                on_disk.place.file
            ),
            (wanted, running) => format!(
                "`{name}` is `{}` in `{}`, and the running process has `{}`",
                wanted.shown(),
                on_disk.place.file,
                running.shown()
            ),
        };
        self.add(rule, message, "a process that was started with what its files say now")
            .about(name)
            .in_process(unit)
            .at(&on_disk.place)
            .at(&live.place)
            .hint(format!("{how_to_restart}, or take the edit back"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn changed_and_removed_after_the_start() {
        assert_snapshot!(findings("restart-pending", "
            SHOP_POOL_SIZE  environ int
              code              5     shop/settings.py:12
              environment-file  20    /etc/shop/shop.env:3     shop.service
              process           10    /proc/4211/environ:1     shop.service
            SHOP_API_KEY    environ str secret
              environment-file  ***2  /etc/shop/shop.env:4     shop.service
              process           ***1  /proc/4211/environ:1     shop.service
            SHOP_PORT       environ int
              environment-file  8000  /etc/shop/shop.env:5     shop.service
              process           -     /proc/4211/environ:1     shop.service
            SHOP_RELEASE    environ str
              environment-file  1.10  /etc/shop/shop.env:6     shop.service
              process           1.1   /proc/4211/environ:1     shop.service
            SHOP_LOG_LEVEL  environ
              environment-file  INFO  /etc/shop/shop.env:7     shop.service
              process           info  /proc/4211/environ:1     shop.service
        "), @"
        warning: `SHOP_POOL_SIZE` is `20` in `/etc/shop/shop.env`, and the running process has `10`
          --> /etc/shop/shop.env:3
          --> /proc/4211/environ:1
          expected: a process that was started with what its files say now
          hint: `systemctl restart shop.service`, or take the edit back
        warning: `SHOP_API_KEY`, a secret, was changed in `/etc/shop/shop.env` after the process had started
          --> /etc/shop/shop.env:4
          --> /proc/4211/environ:1
          expected: a process that was started with what its files say now
          hint: `systemctl restart shop.service`, or take the edit back
        warning: `SHOP_PORT` is `8000` in `/etc/shop/shop.env`, and the running process does not have it
          --> /etc/shop/shop.env:5
          --> /proc/4211/environ:1
          expected: a process that was started with what its files say now
          hint: `systemctl restart shop.service`, or take the edit back
        warning: `SHOP_RELEASE` is `1.10` in `/etc/shop/shop.env`, and the running process has `1.1`
          --> /etc/shop/shop.env:6
          --> /proc/4211/environ:1
          expected: a process that was started with what its files say now
          hint: `systemctl restart shop.service`, or take the edit back
        warning: `SHOP_LOG_LEVEL` is `INFO` in `/etc/shop/shop.env`, and the running process has `info`
          --> /etc/shop/shop.env:7
          --> /proc/4211/environ:1
          expected: a process that was started with what its files say now
          hint: `systemctl restart shop.service`, or take the edit back
        ");
    }

    #[test]
    fn a_drop_in_that_systemd_has_not_read() {
        assert_snapshot!(findings("restart-pending", "
            live shop.service needs-daemon-reload
            gunicorn.timeout  gunicorn int
              command-line      90    shop.service.d/override.conf:6  shop.service
              process           120   /proc/4211/cmdline:1            shop.service
        "), @"
        warning: `gunicorn.timeout` is `90` in `shop.service.d/override.conf`, and the running process has `120`
          --> shop.service.d/override.conf:6
          --> /proc/4211/cmdline:1
          expected: a process that was started with what its files say now
          hint: `systemctl daemon-reload`, then `systemctl restart shop.service`, or take the edit back
        ");
    }

    #[test]
    fn silent_where_they_agree_or_another_process_is_meant() {
        assert_snapshot!(findings("restart-pending", "
            SHOP_POOL_SIZE  environ int
              environment-file  10    /etc/shop/shop.env:3     shop.service
              environment-file  20    /etc/shop/worker.env:3   worker.service
              process           10.0  /proc/4211/environ:1     shop.service
            SHOP_DEBUG      environ bool
              environment-file  true  /etc/shop/shop.env:4     shop.service
              process           1     /proc/4211/environ:1     shop.service
            SHOP_BY_HAND    environ int
              dotenv            1     .env:3
              process           2     /proc/4211/environ:1     shop.service
        "), @"");
    }
}
