//! ## What it finds
//!
//! A unit that systemd starts again so soon (`RestartSec`, 100 ms where it is not set) that it uses up the starts which
//! are allowed (`StartLimitBurst`, 5) within the time in which they are counted (`StartLimitIntervalSec`, 10 s).
//!
//! ## Why it hurts
//!
//! The database is restarted and takes ten seconds; the service fails five times in a second, and systemd gives up for
//! good. The journal says `Start request repeated too quickly.` and `Failed with result 'start-limit-hit'`, and the
//! service is down until a person comes, although everything that it needs is back.
//!
//! ## Example
//!
//! ```ini
//! [Service]
//! ExecStart=/srv/shop/.venv/bin/gunicorn shop.main:app
//! Restart=always
//! ```
//!
//! ## What to do
//!
//! `RestartSec=5` is enough with systemd's own limits: five starts then take longer than the ten seconds. Or switch the
//! limit off with `StartLimitIntervalSec=0` in `[Unit]`. A unit that tells somebody when it gives up (`OnFailure=`),
//! and one that waits longer each time (`RestartSteps=`), is not reported.
//!
//! Sources: systemd.service(5), `RestartSec=`, `RestartSteps=`; systemd.unit(5), `StartLimitIntervalSec=`.

use crate::setting::{Setting, shown_seconds};
use crate::{Facts, Report, Rule};
use setpoint_model::Severity;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for process in facts.long_running_units() {
        let unit = |property: &str| facts.setting(&format!("systemd.{property}"), &process.name);
        let restarts = unit("Restart").is_some_and(|restart| restart.text() != "no");
        if !restarts || unit("OnFailure").is_some() || unit("RestartSteps").is_some() {
            continue;
        }
        let (Some(pause), Some(burst), Some(interval)) =
            (unit("RestartSec"), unit("StartLimitBurst"), unit("StartLimitIntervalSec"))
        else {
            continue;
        };
        let (Some(seconds), Some(starts), Some(counted)) = (pause.seconds(), burst.number(), interval.seconds()) else {
            continue;
        };
        // Either of the two is switched off by 0.
        if starts > 0.0 && counted > 0.0 && seconds * starts < counted {
            report.restart_gives_up(rule, facts, &process.name, pause, [burst, interval]);
        }
    }
}

impl Report {
    fn restart_gives_up(
        &mut self,
        rule: &Rule,
        facts: Facts<'_>,
        unit: &str,
        pause: Setting<'_>,
        [burst, interval]: [Setting<'_>; 2],
    ) {
        let (seconds, starts) = (pause.seconds().unwrap_or_default(), burst.number().unwrap_or_default());
        let counted = interval.seconds().unwrap_or_default();
        let message = format!(
            "if `{unit}` cannot start, systemd tries {starts} times, {} apart (`{}`), and then leaves it down for good: \
             more is not allowed within {} (`{}`)",
            shown_seconds(seconds),
            pause.name,
            shown_seconds(counted),
            interval.name
        );
        // Who set the limit wants it to give up.
        let is_decided = !burst.is_built_in() || !interval.is_built_in();
        let expected = format!("`RestartSec` of {} or more", shown_seconds((counted / starts).ceil()));
        self.add(rule, message, expected)
            .about(pause.name)
            .in_process(Some(unit))
            .at(facts.place_to_set(pause, unit))
            .at(pause.place)
            .at(burst.place)
            .at(interval.place)
            .severity(if is_decided { Severity::Note } else { rule.severity })
            .hint(format!("set `RestartSec={}`", (counted / starts).ceil() + 3.0));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn systemds_own_values() {
        assert_snapshot!(findings("restart-gives-up", "
            process shop.service program=gunicorn app=shop.wsgi
            systemd.Restart systemd
              unit     always  shop.service:9  shop.service
            systemd.RestartSec systemd
              library  100ms   systemd:1
            systemd.StartLimitBurst systemd
              library  5       systemd:2
            systemd.StartLimitIntervalSec systemd
              library  10s     systemd:3
        "), @"
        warning: if `shop.service` cannot start, systemd tries 5 times, 0.1 s apart (`systemd.RestartSec`), and then leaves it down for good: more is not allowed within 10 s (`systemd.StartLimitIntervalSec`)
          --> systemd:1
          --> systemd:2
          --> systemd:3
          expected: `RestartSec` of 2 s or more
          hint: set `RestartSec=5`
        ");
    }

    #[test]
    fn a_limit_that_somebody_set() {
        assert_snapshot!(findings("restart-gives-up", "
            process shop.service program=uvicorn app=shop.main:app
            systemd.Restart systemd
              unit     always  shop.service:9   shop.service
            systemd.RestartSec systemd
              unit     10      shop.service:10  shop.service
            systemd.StartLimitBurst systemd
              unit     3       shop.service:3   shop.service
            systemd.StartLimitIntervalSec systemd
              unit     5min    shop.service:4   shop.service
        "), @"
        note: if `shop.service` cannot start, systemd tries 3 times, 10 s apart (`systemd.RestartSec`), and then leaves it down for good: more is not allowed within 5 min (`systemd.StartLimitIntervalSec`)
          --> shop.service:10
          --> shop.service:3
          --> shop.service:4
          expected: `RestartSec` of 100 s or more
          hint: set `RestartSec=103`
        ");
    }

    #[test]
    fn silent_where_it_goes_on_or_tells_somebody() {
        for written in ["RestartSec systemd\n unit 2", "StartLimitIntervalSec systemd\n unit 0", "OnFailure systemd\n unit mail@%n.service", "Restart systemd\n unit no"] {
            assert_eq!(findings("restart-gives-up", &format!("
                process shop.service program=gunicorn app=shop.wsgi
                systemd.{written}  shop.service:9  shop.service
                systemd.Restart systemd
                  unit     always  shop.service:8  shop.service
                systemd.RestartSec systemd
                  library  100ms   systemd:1
                systemd.StartLimitBurst systemd
                  library  5       systemd:2
                systemd.StartLimitIntervalSec systemd
                  library  10s     systemd:3
            ")), "", "{written}");
        }
    }
}
