//! hypercorn's settings on its command line.

use crate::Assignment;
use crate::launch::Standing;
use crate::options::{Abbreviations, ServerOption, flag, number, several, text, used};
use setpoint_formats::Word;
use setpoint_model::Mechanism;

/// The options of `hypercorn/__main__.py`, by the attributes of its `Config` that they set.
const OPTIONS: [ServerOption; 38] = [
    text("accesslog", &["--access-log"]),
    text("accesslog", &["--access-logfile"]),
    text("access_log_format", &["--access-logformat"]),
    number("backlog", &["--backlog"]),
    several("bind", &["-b", "--bind"]),
    text("ca_certs", &["--ca-certs"]),
    text("certfile", &["--certfile"]),
    number("cert_reqs", &["--cert-reqs"]),
    text("ciphers", &["--ciphers"]),
    text("config", &["-c", "--config"]),
    flag("daemon", &["-D", "--daemon"]),
    flag("debug", &["--debug"]),
    text("errorlog", &["--error-log"]),
    text("errorlog", &["--error-logfile", "--log-file"]),
    number("graceful_timeout", &["--graceful-timeout"]),
    number("read_timeout", &["--read-timeout"]),
    number("max_requests", &["--max-requests"]),
    number("max_requests_jitter", &["--max-requests-jitter"]),
    number("group", &["-g", "--group"]),
    text("worker_class", &["-k", "--worker-class"]),
    number("keep_alive_timeout", &["--keep-alive"]),
    text("keyfile", &["--keyfile"]),
    text("keyfile_password", &["--keyfile-password"]),
    several("insecure_bind", &["--insecure-bind"]),
    text("logconfig", &["--log-config"]),
    text("loglevel", &["--log-level"]),
    text("pid_path", &["-p", "--pid"]),
    several("quic_bind", &["--quic-bind"]),
    flag("use_reloader", &["--reload"]),
    text("root_path", &["--root-path"]),
    several("server_names", &["--server-name"]),
    text("statsd_host", &["--statsd-host"]),
    text("statsd_prefix", &["--statsd-prefix"]),
    number("umask", &["-m", "--umask"]),
    number("user", &["-u", "--user"]),
    text("verify_mode", &["--verify-mode"]),
    number("websocket_ping_interval", &["--websocket-ping-interval"]),
    number("workers", &["-w", "--workers"]),
];

/// The options among the words behind `hypercorn`.
pub(crate) fn read(arguments: &[Word], standing: Standing<'_>) -> Vec<Assignment> {
    let used = used(arguments, &OPTIONS, Abbreviations::Allowed).into_iter();
    used.map(|used| standing.option(Mechanism::Hypercorn, used)).collect()
}
