//! granian's settings: options on its command line, and the variables `GRANIAN_*` that click reads for those that are
//! not on it.

use crate::Assignment;
use crate::launch::Standing;
use crate::options::{Abbreviations, CommandOption, used};
use setpoint_formats::Word;
use setpoint_model::Mechanism;

/// The options of `granian/cli.py`, by their parameters' names.
pub(crate) const OPTIONS: [CommandOption<'static>; 82] = [
    CommandOption::text("host", &["--host"]),
    CommandOption::number("port", &["--port"]),
    CommandOption::text("uds", &["--uds"]),
    CommandOption::text("uds_permissions", &["--uds-permissions"]),
    CommandOption::text("interface", &["--interface"]),
    CommandOption::text("http", &["--http"]),
    CommandOption::flag("websockets", &["--ws"]),
    CommandOption::no("websockets", &["--no-ws"]),
    CommandOption::number("workers", &["--workers"]),
    CommandOption::number("blocking_threads", &["--blocking-threads"]),
    CommandOption::number("blocking_threads_idle_timeout", &["--blocking-threads-idle-timeout"]),
    CommandOption::number("runtime_threads", &["--runtime-threads"]),
    CommandOption::number("runtime_blocking_threads", &["--runtime-blocking-threads"]),
    CommandOption::text("runtime_mode", &["--runtime-mode"]),
    CommandOption::text("loop", &["--loop"]),
    CommandOption::text("task_impl", &["--task-impl"]),
    CommandOption::number("backlog", &["--backlog"]),
    CommandOption::number("backpressure", &["--backpressure"]),
    CommandOption::number("http1_buffer_size", &["--http1-buffer-size"]),
    CommandOption::number("http1_header_read_timeout", &["--http1-header-read-timeout"]),
    CommandOption::flag("http1_keep_alive", &["--http1-keep-alive"]),
    CommandOption::no("http1_keep_alive", &["--no-http1-keep-alive"]),
    CommandOption::flag("http1_pipeline_flush", &["--http1-pipeline-flush"]),
    CommandOption::no("http1_pipeline_flush", &["--no-http1-pipeline-flush"]),
    CommandOption::flag("http2_adaptive_window", &["--http2-adaptive-window"]),
    CommandOption::no("http2_adaptive_window", &["--no-http2-adaptive-window"]),
    CommandOption::number("http2_initial_connection_window_size", &["--http2-initial-connection-window-size"]),
    CommandOption::number("http2_initial_stream_window_size", &["--http2-initial-stream-window-size"]),
    CommandOption::number("http2_keep_alive_interval", &["--http2-keep-alive-interval"]),
    CommandOption::number("http2_keep_alive_timeout", &["--http2-keep-alive-timeout"]),
    CommandOption::number("http2_max_concurrent_streams", &["--http2-max-concurrent-streams"]),
    CommandOption::number("http2_max_frame_size", &["--http2-max-frame-size"]),
    CommandOption::number("http2_max_headers_size", &["--http2-max-headers-size"]),
    CommandOption::number("http2_max_send_buffer_size", &["--http2-max-send-buffer-size"]),
    CommandOption::flag("log_enabled", &["--log"]),
    CommandOption::no("log_enabled", &["--no-log"]),
    CommandOption::text("log_level", &["--log-level"]),
    CommandOption::text("log_config", &["--log-config"]),
    CommandOption::flag("log_access_enabled", &["--access-log"]),
    CommandOption::no("log_access_enabled", &["--no-access-log"]),
    CommandOption::text("log_access_fmt", &["--access-log-fmt"]),
    CommandOption::text("ssl_certificate", &["--ssl-certificate"]),
    CommandOption::text("ssl_keyfile", &["--ssl-keyfile"]),
    CommandOption::text("ssl_keyfile_password", &["--ssl-keyfile-password"]),
    CommandOption::text("ssl_protocol_min", &["--ssl-protocol-min"]),
    CommandOption::text("ssl_ca", &["--ssl-ca"]),
    CommandOption::several("ssl_crl", &["--ssl-crl"]),
    CommandOption::flag("ssl_client_verify", &["--ssl-client-verify"]),
    CommandOption::no("ssl_client_verify", &["--no-ssl-client-verify"]),
    CommandOption::text("url_path_prefix", &["--url-path-prefix"]),
    CommandOption::flag("respawn_failed_workers", &["--respawn-failed-workers"]),
    CommandOption::no("respawn_failed_workers", &["--no-respawn-failed-workers"]),
    CommandOption::text("respawn_interval", &["--respawn-interval"]),
    CommandOption::number("rss_sample_interval", &["--rss-sample-interval"]),
    CommandOption::number("rss_samples", &["--rss-samples"]),
    CommandOption::number("workers_lifetime", &["--workers-lifetime"]),
    CommandOption::number("workers_max_rss", &["--workers-max-rss"]),
    CommandOption::number("workers_kill_timeout", &["--workers-kill-timeout"]),
    CommandOption::flag("factory", &["--factory"]),
    CommandOption::no("factory", &["--no-factory"]),
    CommandOption::text("working_dir", &["--working-dir"]),
    CommandOption::several("env_files", &["--env-files"]),
    CommandOption::several("static_path_route", &["--static-path-route"]),
    CommandOption::several("static_path_mount", &["--static-path-mount"]),
    CommandOption::text("static_path_dir_to_file", &["--static-path-dir-to-file"]),
    CommandOption::number("static_path_expires", &["--static-path-expires"]),
    CommandOption::flag("metrics_enabled", &["--metrics"]),
    CommandOption::no("metrics_enabled", &["--no-metrics"]),
    CommandOption::number("metrics_scrape_interval", &["--metrics-scrape-interval"]),
    CommandOption::text("metrics_address", &["--metrics-address"]),
    CommandOption::number("metrics_port", &["--metrics-port"]),
    CommandOption::flag("reload", &["--reload"]),
    CommandOption::no("reload", &["--no-reload"]),
    CommandOption::several("reload_paths", &["--reload-paths"]),
    CommandOption::several("reload_ignore_dirs", &["--reload-ignore-dirs"]),
    CommandOption::several("reload_ignore_patterns", &["--reload-ignore-patterns"]),
    CommandOption::several("reload_ignore_paths", &["--reload-ignore-paths"]),
    CommandOption::number("reload_tick", &["--reload-tick"]),
    CommandOption::flag("reload_ignore_worker_failure", &["--reload-ignore-worker-failure"]),
    CommandOption::no("reload_ignore_worker_failure", &["--no-reload-ignore-worker-failure"]),
    CommandOption::text("process_name", &["--process-name"]),
    CommandOption::text("pid_file", &["--pid-file"]),
];

/// The options among the words behind `granian`.
pub(crate) fn read(arguments: &[Word], standing: Standing<'_>) -> Vec<Assignment> {
    let used = used(arguments, &OPTIONS, Abbreviations::Refused).into_iter();
    used.map(|used| standing.option(Mechanism::Granian, used)).collect()
}

/// The variable from which granian reads a setting: click makes a name of each parameter's
/// (`auto_envvar_prefix='GRANIAN'`).
pub(crate) fn variable(setting: &str) -> String {
    format!("GRANIAN_{}", setting.to_uppercase())
}
