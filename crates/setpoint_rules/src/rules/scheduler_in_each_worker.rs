//! ## What it finds
//!
//! An APScheduler that is started inside a web process with more than one worker: each worker starts one of its own.
//!
//! ## Why it hurts
//!
//! Every job runs once per worker: invoices go out three times, the import runs against itself, and `database is
//! locked` or a unique constraint is the first that anybody sees. On a laptop there is one worker, and all is well.
//! The log has each of APScheduler's lines, `Running job "send_invoices (trigger: cron…)"`, as often as there are
//! workers, in the same second.
//!
//! ## Example
//!
//! ```python
//! scheduler = BackgroundScheduler()      # imported by shop.main, served with --workers 3
//! scheduler.add_job(send_invoices, "cron", hour=3)
//! scheduler.start()
//! ```
//!
//! ## What to do
//!
//! Give the jobs a process of their own: a unit with `BlockingScheduler`, or better a systemd timer, which also logs
//! and does not run twice. A job store that the workers share does not help: each scheduler takes the job from it.
//!
//! Only a `start()` that every import or start-up of the application reaches is found: one that stands at the top of
//! a module or straight in the body of a function, not behind an `if`. With gunicorn's `preload_app` the module is
//! imported once, and nothing is said.
//!
//! Sources: apscheduler.readthedocs.io, "How do I share a single job store among one or more worker processes?";
//! docs.gunicorn.org, `preload_app`.

use crate::server::{Server, Starter};
use crate::setting::Setting;
use crate::{Facts, Report, Rule};
use setpoint_model::LibraryCall;

const FUNCTIONS: [&str; 5] = [
    "apscheduler.schedulers.background.BackgroundScheduler.start",
    "apscheduler.schedulers.asyncio.AsyncIOScheduler.start",
    "apscheduler.schedulers.gevent.GeventScheduler.start",
    "apscheduler.schedulers.tornado.TornadoScheduler.start",
    "flask_apscheduler.APScheduler.start",
];

/// Columns per level of a block.
const INDENT: usize = 4;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        let Some(workers) = server.workers().filter(|workers| *workers > 1.0) else { continue };
        if server.gunicorn("preload_app").and_then(Setting::switch) == Some(true) {
            continue;
        }
        let starts = facts.calls_of(&FUNCTIONS).filter(|call| call.imported_by.iter().any(|by| by == server.name()));
        for call in starts.filter(|call| is_unconditional(call)) {
            report.scheduler_in_each_worker(rule, server, call, workers);
        }
    }
}

/// True if the statement stands straight in the body of its module or function, not behind an `if` or in a `with`.
fn is_unconditional(call: &LibraryCall) -> bool {
    let depth = call.symbol.as_deref().map_or(0, |symbol| symbol.split('.').count());
    usize::try_from(call.place.column).is_ok_and(|column| column == 1 + INDENT * depth)
}

impl Report {
    fn scheduler_in_each_worker(&mut self, rule: &Rule, server: Server<'_>, call: &LibraryCall, workers: f64) {
        let scheduler = call.function.rsplit('.').nth(1).unwrap_or(&call.function);
        let draft = self
            .add(
                rule,
                format!(
                    "each of the {workers} workers of `{}` starts a `{scheduler}`, so that every job runs {workers} times",
                    server.name()
                ),
                "one process that schedules",
            )
            .about(&call.function)
            .in_process(Some(server.name()))
            .at(&call.place);
        let draft = match server.either("workers", "workers") {
            Some(setting) => draft.at(setting.place),
            None => draft,
        };
        draft.hint(match server.starter() {
            Starter::Unit => "start it in a unit of its own, or run the jobs from systemd timers",
            Starter::Container => "start it in a service of its own in the compose file, with one container",
            Starter::Other => "start it in a process of its own, of which there is one",
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const THREE: &str = "
        process shop.service program=gunicorn app=shop.main:app
        gunicorn.workers gunicorn
          command-line  3  shop.service:9  shop.service
    ";

    #[test]
    fn three_workers_three_schedulers() {
        assert_snapshot!(findings("scheduler-in-each-worker", &format!("{THREE}
            call apscheduler.schedulers.background.BackgroundScheduler.start shop/jobs.py:9 by=shop.service
        ")), @"
        error: each of the 3 workers of `shop.service` starts a `BackgroundScheduler`, so that every job runs 3 times
          --> shop/jobs.py:9
          --> shop.service:9
          expected: one process that schedules
          hint: start it in a unit of its own, or run the jobs from systemd timers
        ");
    }

    #[test]
    fn silent_with_one_worker_elsewhere_and_with_preload() {
        assert_snapshot!(findings("scheduler-in-each-worker", &format!("{}
            call apscheduler.schedulers.background.BackgroundScheduler.start shop/jobs.py:9 by=shop.service
        ", THREE.replace("  3  ", "  1  "))), @"");
        assert_snapshot!(findings("scheduler-in-each-worker", &format!("{THREE}
            call apscheduler.schedulers.background.BackgroundScheduler.start shop/jobs.py:9 by=shop-jobs.service
            gunicorn.preload_app gunicorn
              command-line  true  shop.service:9  shop.service
            call apscheduler.schedulers.background.BackgroundScheduler.start shop/jobs.py:10 by=shop.service
        ")), @"");
    }
}
