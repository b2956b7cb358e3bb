//! uvicorn's settings: options on its command line, and the variables `UVICORN_*` that click reads for those that are
//! not on it.

use crate::Assignment;
use crate::launch::Standing;
use crate::options::{Abbreviations, CommandOption, used};
use setpoint_formats::Word;
use setpoint_model::Mechanism;

/// The options of `uvicorn/main.py`, by their parameters' names.
pub(crate) const OPTIONS: [CommandOption<'static>; 55] = [
    CommandOption::text("host", &["--host"]),
    CommandOption::number("port", &["--port"]),
    CommandOption::text("uds", &["--uds"]),
    CommandOption::number("fd", &["--fd"]),
    CommandOption::flag("reload", &["--reload"]),
    CommandOption::several("reload_dirs", &["--reload-dir"]),
    CommandOption::several("reload_includes", &["--reload-include"]),
    CommandOption::several("reload_excludes", &["--reload-exclude"]),
    CommandOption::number("reload_delay", &["--reload-delay"]),
    CommandOption::number("workers", &["--workers"]),
    CommandOption::text("loop", &["--loop"]),
    CommandOption::text("http", &["--http"]),
    CommandOption::flag("http2", &["--http2"]),
    CommandOption::text("ws", &["--ws"]),
    CommandOption::number("ws_max_size", &["--ws-max-size"]),
    CommandOption::number("ws_max_queue", &["--ws-max-queue"]),
    CommandOption::number("ws_ping_interval", &["--ws-ping-interval"]),
    CommandOption::number("ws_ping_timeout", &["--ws-ping-timeout"]),
    CommandOption::text("ws_per_message_deflate", &["--ws-per-message-deflate"]),
    CommandOption::text("lifespan", &["--lifespan"]),
    CommandOption::text("interface", &["--interface"]),
    CommandOption::text("env_file", &["--env-file"]),
    CommandOption::text("log_config", &["--log-config"]),
    CommandOption::text("log_level", &["--log-level"]),
    CommandOption::flag("access_log", &["--access-log"]),
    CommandOption::no("access_log", &["--no-access-log"]),
    CommandOption::flag("use_colors", &["--use-colors"]),
    CommandOption::no("use_colors", &["--no-use-colors"]),
    CommandOption::flag("proxy_headers", &["--proxy-headers"]),
    CommandOption::no("proxy_headers", &["--no-proxy-headers"]),
    CommandOption::flag("server_header", &["--server-header"]),
    CommandOption::no("server_header", &["--no-server-header"]),
    CommandOption::flag("date_header", &["--date-header"]),
    CommandOption::no("date_header", &["--no-date-header"]),
    CommandOption::text("forwarded_allow_ips", &["--forwarded-allow-ips"]),
    CommandOption::text("root_path", &["--root-path"]),
    CommandOption::number("limit_concurrency", &["--limit-concurrency"]),
    CommandOption::number("backlog", &["--backlog"]),
    CommandOption::number("limit_max_requests", &["--limit-max-requests"]),
    CommandOption::number("limit_max_requests_jitter", &["--limit-max-requests-jitter"]),
    CommandOption::number("timeout_keep_alive", &["--timeout-keep-alive"]),
    CommandOption::number("timeout_graceful_shutdown", &["--timeout-graceful-shutdown"]),
    CommandOption::number("timeout_worker_healthcheck", &["--timeout-worker-healthcheck"]),
    CommandOption::text("ssl_keyfile", &["--ssl-keyfile"]),
    CommandOption::text("ssl_certfile", &["--ssl-certfile"]),
    CommandOption::text("ssl_keyfile_password", &["--ssl-keyfile-password"]),
    CommandOption::number("ssl_version", &["--ssl-version"]),
    CommandOption::number("ssl_cert_reqs", &["--ssl-cert-reqs"]),
    CommandOption::text("ssl_ca_certs", &["--ssl-ca-certs"]),
    CommandOption::text("ssl_ciphers", &["--ssl-ciphers"]),
    CommandOption::several("headers", &["--header"]),
    CommandOption::text("app_dir", &["--app-dir"]),
    CommandOption::number("h11_max_incomplete_event_size", &["--h11-max-incomplete-event-size"]),
    CommandOption::flag("reset_contextvars", &["--reset-contextvars"]),
    CommandOption::flag("factory", &["--factory"]),
];

/// Variables beside `UVICORN_*` that stand in for a setting which neither the command line nor those give
/// (`uvicorn/config.py`).
pub(crate) const FALLBACKS: [(&str, &str); 2] =
    [("WEB_CONCURRENCY", "workers"), ("FORWARDED_ALLOW_IPS", "forwarded_allow_ips")];

/// The options among the words behind `uvicorn`.
pub(crate) fn read(arguments: &[Word], standing: Standing<'_>) -> Vec<Assignment> {
    let used = used(arguments, &OPTIONS, Abbreviations::Refused).into_iter();
    used.map(|used| standing.option(Mechanism::Uvicorn, used)).collect()
}

/// The variables from which uvicorn reads a setting, the strongest first: click makes a name of each parameter's
/// (`auto_envvar_prefix="UVICORN"`).
pub(crate) fn variables(setting: &str) -> Vec<String> {
    let own = format!("UVICORN_{}", setting.to_uppercase());
    let fallbacks = FALLBACKS.iter().filter(|(_, of)| *of == setting).map(|(name, _)| (*name).to_owned());
    std::iter::once(own).chain(fallbacks).collect()
}
