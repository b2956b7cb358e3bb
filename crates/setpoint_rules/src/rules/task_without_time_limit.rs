//! ## What it finds
//!
//! A celery worker whose tasks may run for ever: neither `task_time_limit` nor `task_soft_time_limit` is set, on the
//! command line, in the configuration or for any task.
//!
//! ## Why it hurts
//!
//! A task that waits for something that never comes keeps its child process for good. After as many of them as there
//! are children the worker takes no task any more: it is `active (running)`, its log ends in the middle of the night
//! with `Task … received`, the queue grows, and mails go out a week later, all at once, after somebody restarted it.
//!
//! ## Example
//!
//! ```ini
//! ExecStart=/srv/shop/.venv/bin/celery -A shop worker --concurrency 4
//! ```
//!
//! ## What to do
//!
//! `task_time_limit` well above what the longest task takes, and `task_soft_time_limit` a little below it, which
//! raises `SoftTimeLimitExceeded` inside the task so that it can clean up. A task that takes longer has its own
//! `time_limit`.
//!
//! Nothing is said where any task has a limit of its own, nor where Celery's installed version was not read. Limits
//! work in the `prefork` pool, and the hard one in `gevent`; of a worker with another pool nothing is said.
//!
//! Sources: docs.celeryq.dev, `task_time_limit`, and "Workers Guide", "Time Limits"; `celery/app/defaults.py`,
//! `task`.

use crate::setting::Setting;
use crate::{Facts, Report, Rule};

const TASKS: [&str; 2] = ["celery.shared_task", "celery.Celery.task"];

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let limits = ["time_limit", "soft_time_limit"];
    if facts.calls_of(&TASKS).any(|call| limits.iter().any(|limit| !call.lacks(limit))) {
        return;
    }
    let celery = facts.long_running_units().filter(|process| process.program.as_deref() == Some("celery"));
    for process in celery.filter(|process| facts.command(&process.name).iter().any(|word| word == "worker")) {
        let of = |limit: &str| facts.setting(&format!("celery.task_{limit}"), &process.name);
        let [Some(hard), Some(soft)] = limits.map(of) else { continue };
        let pool = facts.setting("celery.worker_pool", &process.name);
        let has_limits = pool.is_none_or(|pool| ["prefork", "processes", "gevent"].contains(&pool.text().as_str()));
        if hard.is_none() && soft.is_none() && has_limits {
            report.task_without_time_limit(rule, &process.name, hard, facts.setting("systemd.ExecStart", &process.name));
        }
    }
}

impl Report {
    fn task_without_time_limit(
        &mut self,
        rule: &Rule,
        process: &str,
        limit: Setting<'_>,
        command: Option<Setting<'_>>,
    ) {
        self.add(
            rule,
            format!("a task of `{process}` may run for ever (`{}` is not set), and keeps one of its children", limit.name),
            "a limit for each task",
        )
        .about(limit.name)
        .in_process(Some(process))
        .at_each(command.map(|command| command.place))
        .at(limit.place)
        .hint("set `task_time_limit` above what the longest task takes, or `--time-limit` on the command line");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const WORKER: &str = "
        process worker.service program=celery app=shop
        systemd.ExecStart systemd
          unit  celery·-A·shop·worker  worker.service:2  worker.service
        celery.task_soft_time_limit celery
          library  null  celery/app/defaults.py:321
    ";

    #[test]
    fn a_worker_that_nothing_limits() {
        assert_snapshot!(findings("task-without-time-limit", &format!("{WORKER}
            celery.task_time_limit celery
              library  null  celery/app/defaults.py:324
        ")), @"
        warning: a task of `worker.service` may run for ever (`celery.task_time_limit` is not set), and keeps one of its children
          --> worker.service:2
          --> celery/app/defaults.py:324
          expected: a limit for each task
          hint: set `task_time_limit` above what the longest task takes, or `--time-limit` on the command line
        ");
    }

    #[test]
    fn silent_with_a_limit_for_all_or_for_one_and_where_celery_was_not_read() {
        assert_snapshot!(findings("task-without-time-limit", WORKER), @"");
        assert_snapshot!(findings("task-without-time-limit", &format!("{WORKER}
            celery.task_time_limit celery
              library  null  celery/app/defaults.py:324
              code  600  shop/celery.py:9
        ")), @"");
        assert_snapshot!(findings("task-without-time-limit", &format!("{WORKER}
            celery.task_time_limit celery
              library  null  celery/app/defaults.py:324
            call celery.shared_task shop/tasks.py:9 time_limit=60
        ")), @"");
    }
}
