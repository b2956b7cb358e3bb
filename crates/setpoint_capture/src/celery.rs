//! Celery's settings on the command line of its worker and of its beat, which win over the application's own.

use crate::Assignment;
use crate::launch::Standing;
use crate::options::{Abbreviations, ServerOption, flag, number, text, used};
use setpoint_formats::Word;
use setpoint_model::Mechanism;

/// The options of `celery/bin/celery.py`, `worker.py` and `beat.py`, by the settings that they set where there is one,
/// else by their own names. `-s` is the same for both programs.
const OPTIONS: [ServerOption; 34] = [
    text("app", &["-A", "--app"]),
    text("broker_url", &["-b", "--broker"]),
    text("result_backend", &["--result-backend"]),
    text("loader", &["--loader"]),
    text("config", &["--config"]),
    text("workdir", &["--workdir"]),
    text("hostname", &["-n", "--hostname"]),
    flag("detach", &["-D", "--detach"]),
    text("worker_state_db", &["-S", "--statedb"]),
    text("loglevel", &["-l", "--loglevel"]),
    text("optimization", &["-O", "--optimization"]),
    number("worker_prefetch_multiplier", &["--prefetch-multiplier"]),
    flag("worker_disable_prefetch", &["--disable-prefetch"]),
    number("worker_concurrency", &["-c", "--concurrency"]),
    text("worker_pool", &["-P", "--pool"]),
    flag("worker_send_task_events", &["-E", "--task-events", "--events"]),
    number("task_time_limit", &["--time-limit"]),
    number("task_soft_time_limit", &["--soft-time-limit"]),
    number("worker_max_tasks_per_child", &["--max-tasks-per-child"]),
    number("worker_max_memory_per_child", &["--max-memory-per-child"]),
    text("worker_pool_start_method", &["--pool-start-method"]),
    flag("purge", &["--purge", "--discard"]),
    text("queues", &["-Q", "--queues"]),
    text("exclude_queues", &["-X", "--exclude-queues"]),
    text("include", &["-I", "--include"]),
    flag("without_gossip", &["--without-gossip"]),
    flag("without_mingle", &["--without-mingle"]),
    flag("without_heartbeat", &["--without-heartbeat"]),
    number("heartbeat_interval", &["--heartbeat-interval"]),
    text("autoscale", &["--autoscale"]),
    flag("beat", &["-B", "--beat"]),
    text("beat_schedule_filename", &["-s", "--schedule-filename", "--schedule"]),
    text("beat_scheduler", &["--scheduler"]),
    number("beat_max_loop_interval", &["--max-interval"]),
];

/// The options among the words behind `celery`, if these start what runs on.
pub(crate) fn read(arguments: &[Word], standing: Standing<'_>) -> Vec<Assignment> {
    if !arguments.iter().any(|word| matches!(word.as_str(), "worker" | "beat")) {
        return Vec::new();
    }
    let used = used(arguments, &OPTIONS, Abbreviations::Refused).into_iter();
    used.map(|used| standing.option(Mechanism::Celery, used)).collect()
}
