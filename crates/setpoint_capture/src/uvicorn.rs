//! uvicorn's settings: options on its command line, and the variables `UVICORN_*` that click reads for those that are
//! not on it.

use crate::Assignment;
use crate::launch::Standing;
use crate::options::{Abbreviations, ServerOption, flag, no, number, several, text, used};
use setpoint_formats::Word;
use setpoint_model::Mechanism;

/// The options of `uvicorn/main.py`, by their parameters' names.
pub(crate) const OPTIONS: [ServerOption; 55] = [
    text("host", &["--host"]),
    number("port", &["--port"]),
    text("uds", &["--uds"]),
    number("fd", &["--fd"]),
    flag("reload", &["--reload"]),
    several("reload_dirs", &["--reload-dir"]),
    several("reload_includes", &["--reload-include"]),
    several("reload_excludes", &["--reload-exclude"]),
    number("reload_delay", &["--reload-delay"]),
    number("workers", &["--workers"]),
    text("loop", &["--loop"]),
    text("http", &["--http"]),
    flag("http2", &["--http2"]),
    text("ws", &["--ws"]),
    number("ws_max_size", &["--ws-max-size"]),
    number("ws_max_queue", &["--ws-max-queue"]),
    number("ws_ping_interval", &["--ws-ping-interval"]),
    number("ws_ping_timeout", &["--ws-ping-timeout"]),
    text("ws_per_message_deflate", &["--ws-per-message-deflate"]),
    text("lifespan", &["--lifespan"]),
    text("interface", &["--interface"]),
    text("env_file", &["--env-file"]),
    text("log_config", &["--log-config"]),
    text("log_level", &["--log-level"]),
    flag("access_log", &["--access-log"]),
    no("access_log", &["--no-access-log"]),
    flag("use_colors", &["--use-colors"]),
    no("use_colors", &["--no-use-colors"]),
    flag("proxy_headers", &["--proxy-headers"]),
    no("proxy_headers", &["--no-proxy-headers"]),
    flag("server_header", &["--server-header"]),
    no("server_header", &["--no-server-header"]),
    flag("date_header", &["--date-header"]),
    no("date_header", &["--no-date-header"]),
    text("forwarded_allow_ips", &["--forwarded-allow-ips"]),
    text("root_path", &["--root-path"]),
    number("limit_concurrency", &["--limit-concurrency"]),
    number("backlog", &["--backlog"]),
    number("limit_max_requests", &["--limit-max-requests"]),
    number("limit_max_requests_jitter", &["--limit-max-requests-jitter"]),
    number("timeout_keep_alive", &["--timeout-keep-alive"]),
    number("timeout_graceful_shutdown", &["--timeout-graceful-shutdown"]),
    number("timeout_worker_healthcheck", &["--timeout-worker-healthcheck"]),
    text("ssl_keyfile", &["--ssl-keyfile"]),
    text("ssl_certfile", &["--ssl-certfile"]),
    text("ssl_keyfile_password", &["--ssl-keyfile-password"]),
    number("ssl_version", &["--ssl-version"]),
    number("ssl_cert_reqs", &["--ssl-cert-reqs"]),
    text("ssl_ca_certs", &["--ssl-ca-certs"]),
    text("ssl_ciphers", &["--ssl-ciphers"]),
    several("headers", &["--header"]),
    text("app_dir", &["--app-dir"]),
    number("h11_max_incomplete_event_size", &["--h11-max-incomplete-event-size"]),
    flag("reset_contextvars", &["--reset-contextvars"]),
    flag("factory", &["--factory"]),
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
