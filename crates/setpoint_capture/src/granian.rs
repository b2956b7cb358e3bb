//! granian's settings: options on its command line, and the variables `GRANIAN_*` that click reads for those that are
//! not on it.

use crate::Assignment;
use crate::launch::Standing;
use crate::options::{Abbreviations, ServerOption, flag, no, number, several, text, used};
use setpoint_formats::Word;
use setpoint_model::Mechanism;

/// The options of `granian/cli.py`, by their parameters' names.
pub(crate) const OPTIONS: [ServerOption; 82] = [
    text("host", &["--host"]),
    number("port", &["--port"]),
    text("uds", &["--uds"]),
    text("uds_permissions", &["--uds-permissions"]),
    number("interface", &["--interface"]),
    text("http", &["--http"]),
    flag("websockets", &["--ws"]),
    no("websockets", &["--no-ws"]),
    number("workers", &["--workers"]),
    number("blocking_threads", &["--blocking-threads"]),
    number("blocking_threads_idle_timeout", &["--blocking-threads-idle-timeout"]),
    number("runtime_threads", &["--runtime-threads"]),
    number("runtime_blocking_threads", &["--runtime-blocking-threads"]),
    text("runtime_mode", &["--runtime-mode"]),
    text("loop", &["--loop"]),
    text("task_impl", &["--task-impl"]),
    number("backlog", &["--backlog"]),
    number("backpressure", &["--backpressure"]),
    number("http1_buffer_size", &["--http1-buffer-size"]),
    number("http1_header_read_timeout", &["--http1-header-read-timeout"]),
    flag("http1_keep_alive", &["--http1-keep-alive"]),
    no("http1_keep_alive", &["--no-http1-keep-alive"]),
    flag("http1_pipeline_flush", &["--http1-pipeline-flush"]),
    no("http1_pipeline_flush", &["--no-http1-pipeline-flush"]),
    flag("http2_adaptive_window", &["--http2-adaptive-window"]),
    no("http2_adaptive_window", &["--no-http2-adaptive-window"]),
    number("http2_initial_connection_window_size", &["--http2-initial-connection-window-size"]),
    number("http2_initial_stream_window_size", &["--http2-initial-stream-window-size"]),
    number("http2_keep_alive_interval", &["--http2-keep-alive-interval"]),
    number("http2_keep_alive_timeout", &["--http2-keep-alive-timeout"]),
    number("http2_max_concurrent_streams", &["--http2-max-concurrent-streams"]),
    number("http2_max_frame_size", &["--http2-max-frame-size"]),
    number("http2_max_headers_size", &["--http2-max-headers-size"]),
    number("http2_max_send_buffer_size", &["--http2-max-send-buffer-size"]),
    flag("log_enabled", &["--log"]),
    no("log_enabled", &["--no-log"]),
    text("log_level", &["--log-level"]),
    text("log_config", &["--log-config"]),
    flag("log_access_enabled", &["--access-log"]),
    no("log_access_enabled", &["--no-access-log"]),
    text("log_access_fmt", &["--access-log-fmt"]),
    text("ssl_certificate", &["--ssl-certificate"]),
    text("ssl_keyfile", &["--ssl-keyfile"]),
    text("ssl_keyfile_password", &["--ssl-keyfile-password"]),
    text("ssl_protocol_min", &["--ssl-protocol-min"]),
    text("ssl_ca", &["--ssl-ca"]),
    several("ssl_crl", &["--ssl-crl"]),
    flag("ssl_client_verify", &["--ssl-client-verify"]),
    no("ssl_client_verify", &["--no-ssl-client-verify"]),
    text("url_path_prefix", &["--url-path-prefix"]),
    flag("respawn_failed_workers", &["--respawn-failed-workers"]),
    no("respawn_failed_workers", &["--no-respawn-failed-workers"]),
    text("respawn_interval", &["--respawn-interval"]),
    number("rss_sample_interval", &["--rss-sample-interval"]),
    number("rss_samples", &["--rss-samples"]),
    number("workers_lifetime", &["--workers-lifetime"]),
    number("workers_max_rss", &["--workers-max-rss"]),
    number("workers_kill_timeout", &["--workers-kill-timeout"]),
    flag("factory", &["--factory"]),
    no("factory", &["--no-factory"]),
    text("working_dir", &["--working-dir"]),
    several("env_files", &["--env-files"]),
    several("static_path_route", &["--static-path-route"]),
    several("static_path_mount", &["--static-path-mount"]),
    text("static_path_dir_to_file", &["--static-path-dir-to-file"]),
    number("static_path_expires", &["--static-path-expires"]),
    flag("metrics_enabled", &["--metrics"]),
    no("metrics_enabled", &["--no-metrics"]),
    number("metrics_scrape_interval", &["--metrics-scrape-interval"]),
    text("metrics_address", &["--metrics-address"]),
    number("metrics_port", &["--metrics-port"]),
    flag("reload", &["--reload"]),
    no("reload", &["--no-reload"]),
    several("reload_paths", &["--reload-paths"]),
    several("reload_ignore_dirs", &["--reload-ignore-dirs"]),
    several("reload_ignore_patterns", &["--reload-ignore-patterns"]),
    several("reload_ignore_paths", &["--reload-ignore-paths"]),
    number("reload_tick", &["--reload-tick"]),
    flag("reload_ignore_worker_failure", &["--reload-ignore-worker-failure"]),
    no("reload_ignore_worker_failure", &["--no-reload-ignore-worker-failure"]),
    text("process_name", &["--process-name"]),
    text("pid_file", &["--pid-file"]),
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
