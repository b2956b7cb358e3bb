//! ## What it finds
//!
//! A line of a unit that systemd ignores: its key is one of another section, as `StartLimitIntervalSec=` below
//! `[Service]` or `WantedBy=` below `[Unit]`, or is misspelt.
//!
//! ## Why it hurts
//!
//! systemd starts the unit all the same. That the line sets nothing stands in the journal alone, once for each time
//! that the units are read: `Unknown key name 'StartLimitIntervalSec' in section 'Service', ignoring.` Who reads the
//! file believes that the service may fail as often as it likes, is told of failures, or is started after a reboot.
//!
//! ## Example
//!
//! ```ini
//! [Service]
//! Restart=always
//! StartLimitIntervalSec=0     # belongs to [Unit]: after five failures in ten seconds it stays down
//! ```
//!
//! ## What to do
//!
//! Move the line or mend its name; `systemd-analyze verify shop.service` then says nothing of it. Keys that begin with
//! `X-` are for others than systemd and are left alone. So is a key that looks like none that is known: it may be
//! newer than version 262, whose keys are known here. Older names that systemd still takes are no fault.
//!
//! Sources: systemd.unit(5), systemd.service(5), systemd.exec(5); `src/core/load-fragment-gperf.gperf.in`;
//! `src/shared/conf-parser.c`, `next_assignment`.

use crate::{Facts, Report, Rule};
use setpoint_model::IgnoredKey;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for ignored in &facts.snapshot.site.ignored_keys {
        report.ignored_key(rule, ignored);
    }
}

impl Report {
    fn ignored_key(&mut self, rule: &Rule, ignored: &IgnoredKey) {
        let IgnoredKey { place, unit, section, key, belongs_to, known_as } = ignored;
        let (expected, hint) = if section == belongs_to {
            (format!("a key of `[{section}]`, such as `{known_as}=`"), format!("write `{known_as}=`"))
        } else {
            (format!("`{known_as}=` below `[{belongs_to}]`"), format!("move the line to `[{belongs_to}]`"))
        };
        self.add(rule, format!("systemd ignores `{key}=`, which it does not know in `[{section}]`"), expected)
            .about(key)
            .in_process(Some(unit))
            .at(place)
            .hint(hint);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn one_in_the_wrong_section_and_one_misspelt() {
        assert_snapshot!(findings("ignored-key", "
            process shop.service program=gunicorn
            ignored shop.service:9 shop.service Service.StartLimitIntervalSec Unit.StartLimitIntervalSec
            ignored shop.service:10 shop.service Service.EnviromentFile Service.EnvironmentFile
        "), @"
        warning: systemd ignores `StartLimitIntervalSec=`, which it does not know in `[Service]`
          --> shop.service:9
          expected: `StartLimitIntervalSec=` below `[Unit]`
          hint: move the line to `[Unit]`
        warning: systemd ignores `EnviromentFile=`, which it does not know in `[Service]`
          --> shop.service:10
          expected: a key of `[Service]`, such as `EnvironmentFile=`
          hint: write `EnvironmentFile=`
        ");
    }

    #[test]
    fn silent_where_systemd_takes_every_line() {
        assert_snapshot!(findings("ignored-key", "
            process shop.service program=gunicorn
            systemd.Restart systemd
              unit  always  shop.service:9  shop.service
        "), @"");
    }
}
