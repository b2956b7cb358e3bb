//! ## What it finds
//!
//! A celery task on Redis or Amazon SQS that is acknowledged when it ends (`acks_late`) and may run longer than the
//! broker waits for that (`visibility_timeout`, one hour for Redis and half an hour for SQS where nobody sets it).
//!
//! ## Why it hurts
//!
//! After that time the broker takes the worker for dead and gives the task to another one, while the first still
//! works on it: the long export, the one that charges customers, runs twice at the same time, and a third time an
//! hour later. The log shows `Task shop.export[…] received` again with the same id.
//!
//! ## Example
//!
//! ```python
//! CELERY_TASK_ACKS_LATE = True
//! CELERY_TASK_TIME_LIMIT = 2 * 60 * 60     # the broker waits for 3600 s
//! ```
//!
//! ## What to do
//!
//! Set `broker_transport_options = {"visibility_timeout": …}` above the longest time limit and the longest
//! `countdown`, or give the task a limit below it. Without any time limit nothing is said, since nothing is known of
//! how long it takes.
//!
//! The configuration is read from wherever Celery is given it: its settings module, `app.conf`, Django's settings, the
//! arguments of `@shared_task` and `@app.task`.
//!
//! Sources: docs.celeryq.dev, "Using Redis", "Visibility timeout" and "Caveats"; `kombu/transport/redis.py`,
//! `Channel.visibility_timeout`; `kombu/transport/SQS`, `default_visibility_timeout`.

use crate::calls::caller;
use crate::setting::{Setting, shown_seconds};
use crate::{Facts, Report, Rule};
use setpoint_model::{Backend, Held, Place, Value};

const TASKS: [&str; 3] = ["celery.shared_task", "celery.app.shared_task", "celery.Celery.task"];

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let Some((seconds, place)) = visibility(facts) else { return };
    let late = facts.general("celery.task_acks_late");
    let limit = facts.general("celery.task_time_limit");
    let is_late = late.and_then(Setting::switch) == Some(true);
    if let Some(limit) = limit.filter(|limit| is_late && limit.seconds().is_some_and(|it| it > seconds)) {
        report.visibility_timeout_too_short(rule, limit.name, limit, seconds, [Some(limit.place), place]);
    }
    for call in facts.calls_of(&TASKS) {
        let given = |name| facts.given(call, &[name], caller(call));
        let own = given("acks_late").known().and_then(Setting::switch);
        let limit = given("time_limit").known();
        if let Some(limit) = limit.filter(|limit| limit.seconds().is_some_and(|it| it > seconds))
            && (own == Some(true) || (is_late && call.lacks("acks_late")))
        {
            report.visibility_timeout_too_short(rule, "time_limit", limit, seconds, [Some(&call.place), place]);
        }
    }
}

/// How long the broker waits, and where that is said.
fn visibility(facts: Facts<'_>) -> Option<(f64, Option<&Place>)> {
    let (_, broker) = facts.effective(facts.snapshot.find("celery.broker_url")?)?;
    let own = match broker.value.backend()? {
        Backend::Redis => facts.built_in("kombu.redis.visibility_timeout").and_then(Setting::number).unwrap_or(3600.0),
        Backend::Sqs => 1800.0,
        Backend::PostgreSql | Backend::MySql | Backend::Sqlite | Backend::Amqp => return None,
    };
    let Some(options) = facts.snapshot.find("celery.broker_transport_options") else { return Some((own, None)) };
    let effective = options.effective.as_ref()?;
    let Held::Constant(Value::Map(pairs)) = &effective.value else { return None };
    match pairs.iter().find(|(name, _)| name == "visibility_timeout") {
        None => Some((own, None)),
        Some((_, value)) => Some((value.to_string().parse().ok()?, Some(&effective.place))),
    }
}

impl Report {
    fn visibility_timeout_too_short(
        &mut self,
        rule: &Rule,
        subject: &str,
        limit: Setting<'_>,
        seconds: f64,
        places: [Option<&Place>; 2],
    ) {
        let (runs, waits) = (shown_seconds(limit.seconds().unwrap_or_default()), shown_seconds(seconds));
        self.add(
            rule,
            format!(
                "a task may run for {runs} (`{subject}`) and is acknowledged only then, and the broker gives it to another \
                 worker after {waits} (`visibility_timeout`)"
            ),
            format!("a `visibility_timeout` above {runs}"),
        )
        .about(subject)
        .at_each(places.into_iter().flatten())
        .hint(format!("set `visibility_timeout` in `broker_transport_options` above {runs}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const BROKER: &str = "
        celery.broker_url celery secret
          code  ***redis://1  shop/settings.py:40
    ";

    #[test]
    fn two_hours_of_work_and_one_of_patience() {
        assert_snapshot!(findings("visibility-timeout-too-short", &format!("{BROKER}
            celery.task_acks_late celery
              code  true  shop/settings.py:41
            celery.task_time_limit celery
              code  7200  shop/settings.py:42
            call celery.shared_task shop/tasks.py:9 time_limit=5400
        ")), @"
        error: a task may run for 120 min (`celery.task_time_limit`) and is acknowledged only then, and the broker gives it to another worker after 60 min (`visibility_timeout`)
          --> shop/settings.py:42
          expected: a `visibility_timeout` above 120 min
          hint: set `visibility_timeout` in `broker_transport_options` above 120 min
        error: a task may run for 90 min (`time_limit`) and is acknowledged only then, and the broker gives it to another worker after 60 min (`visibility_timeout`)
          --> shop/tasks.py:9
          expected: a `visibility_timeout` above 90 min
          hint: set `visibility_timeout` in `broker_transport_options` above 90 min
        ");
    }

    #[test]
    fn silent_where_it_is_acknowledged_first_where_the_broker_waits_longer_and_on_rabbitmq() {
        assert_snapshot!(findings("visibility-timeout-too-short", &format!("{BROKER}
            celery.task_time_limit celery
              code  7200  shop/settings.py:42
            call celery.shared_task shop/tasks.py:9 time_limit=5400 acks_late=false
        ")), @"");
        assert_snapshot!(findings("visibility-timeout-too-short", &format!("{BROKER}
            celery.broker_transport_options celery
              code  {{\"visibility_timeout\":43200}}  shop/settings.py:43
            call celery.shared_task shop/tasks.py:9 time_limit=5400 acks_late=true
        ")), @"");
        assert_snapshot!(findings("visibility-timeout-too-short", &format!("{}
            call celery.shared_task shop/tasks.py:9 time_limit=5400 acks_late=true
        ", BROKER.replace("redis", "amqp"))), @"");
    }
}
