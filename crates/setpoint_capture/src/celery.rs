//! Celery's settings on the command line of its worker and of its beat, which win over the application's own.

use crate::Assignment;
use crate::launch::Standing;
use crate::options::{Abbreviations, CommandOption, used};
use setpoint_formats::Word;
use setpoint_model::Mechanism;

/// The options of `celery/bin/celery.py`, `worker.py` and `beat.py`, by the settings that they set where there is one,
/// else by their own names. `-s` is the same for both programs.
pub(crate) const OPTIONS: [CommandOption<'static>; 34] = [
    CommandOption::text("app", &["-A", "--app"]),
    CommandOption::text("broker_url", &["-b", "--broker"]),
    CommandOption::text("result_backend", &["--result-backend"]),
    CommandOption::text("loader", &["--loader"]),
    CommandOption::text("config", &["--config"]),
    CommandOption::text("workdir", &["--workdir"]),
    CommandOption::text("hostname", &["-n", "--hostname"]),
    CommandOption::flag("detach", &["-D", "--detach"]),
    CommandOption::text("worker_state_db", &["-S", "--statedb"]),
    CommandOption::text("loglevel", &["-l", "--loglevel"]),
    CommandOption::text("optimization", &["-O", "--optimization"]),
    CommandOption::number("worker_prefetch_multiplier", &["--prefetch-multiplier"]),
    CommandOption::flag("worker_disable_prefetch", &["--disable-prefetch"]),
    CommandOption::number("worker_concurrency", &["-c", "--concurrency"]),
    CommandOption::text("worker_pool", &["-P", "--pool"]),
    CommandOption::flag("worker_send_task_events", &["-E", "--task-events", "--events"]),
    CommandOption::number("task_time_limit", &["--time-limit"]),
    CommandOption::number("task_soft_time_limit", &["--soft-time-limit"]),
    CommandOption::number("worker_max_tasks_per_child", &["--max-tasks-per-child"]),
    CommandOption::number("worker_max_memory_per_child", &["--max-memory-per-child"]),
    CommandOption::text("worker_pool_start_method", &["--pool-start-method"]),
    CommandOption::flag("purge", &["--purge", "--discard"]),
    CommandOption::text("queues", &["-Q", "--queues"]),
    CommandOption::text("exclude_queues", &["-X", "--exclude-queues"]),
    CommandOption::text("include", &["-I", "--include"]),
    CommandOption::flag("without_gossip", &["--without-gossip"]),
    CommandOption::flag("without_mingle", &["--without-mingle"]),
    CommandOption::flag("without_heartbeat", &["--without-heartbeat"]),
    CommandOption::number("heartbeat_interval", &["--heartbeat-interval"]),
    CommandOption::text("autoscale", &["--autoscale"]),
    CommandOption::flag("beat", &["-B", "--beat"]),
    CommandOption::text("beat_schedule_filename", &["-s", "--schedule-filename", "--schedule"]),
    CommandOption::text("beat_scheduler", &["--scheduler"]),
    CommandOption::number("beat_max_loop_interval", &["--max-interval"]),
];

/// The options among the words behind `celery`, if these start what runs on.
pub(crate) fn read(arguments: &[Word], standing: Standing<'_>) -> Vec<Assignment> {
    if !arguments.iter().any(|word| matches!(word.as_str(), "worker" | "beat")) {
        return Vec::new();
    }
    let used = used(arguments, &OPTIONS, Abbreviations::Refused).into_iter();
    used.map(|used| standing.option(Mechanism::Celery, used)).collect()
}
