//! hypercorn's settings on its command line.

use crate::Assignment;
use crate::launch::Standing;
use crate::options::{Abbreviations, CommandOption, used};
use setpoint_formats::Word;
use setpoint_model::Mechanism;

/// The options of `hypercorn/__main__.py`, by the attributes of its `Config` that they set.
pub(crate) const OPTIONS: [CommandOption<'static>; 38] = [
    CommandOption::text("accesslog", &["--access-log"]),
    CommandOption::text("accesslog", &["--access-logfile"]),
    CommandOption::text("access_log_format", &["--access-logformat"]),
    CommandOption::number("backlog", &["--backlog"]),
    CommandOption::several("bind", &["-b", "--bind"]),
    CommandOption::text("ca_certs", &["--ca-certs"]),
    CommandOption::text("certfile", &["--certfile"]),
    CommandOption::number("cert_reqs", &["--cert-reqs"]),
    CommandOption::text("ciphers", &["--ciphers"]),
    CommandOption::text("config", &["-c", "--config"]),
    CommandOption::flag("daemon", &["-D", "--daemon"]),
    CommandOption::flag("debug", &["--debug"]),
    CommandOption::text("errorlog", &["--error-log"]),
    CommandOption::text("errorlog", &["--error-logfile", "--log-file"]),
    CommandOption::number("graceful_timeout", &["--graceful-timeout"]),
    CommandOption::number("read_timeout", &["--read-timeout"]),
    CommandOption::number("max_requests", &["--max-requests"]),
    CommandOption::number("max_requests_jitter", &["--max-requests-jitter"]),
    CommandOption::number("group", &["-g", "--group"]),
    CommandOption::text("worker_class", &["-k", "--worker-class"]),
    CommandOption::number("keep_alive_timeout", &["--keep-alive"]),
    CommandOption::text("keyfile", &["--keyfile"]),
    CommandOption::text("keyfile_password", &["--keyfile-password"]),
    CommandOption::several("insecure_bind", &["--insecure-bind"]),
    CommandOption::text("logconfig", &["--log-config"]),
    CommandOption::text("loglevel", &["--log-level"]),
    CommandOption::text("pid_path", &["-p", "--pid"]),
    CommandOption::several("quic_bind", &["--quic-bind"]),
    CommandOption::flag("use_reloader", &["--reload"]),
    CommandOption::text("root_path", &["--root-path"]),
    CommandOption::several("server_names", &["--server-name"]),
    CommandOption::text("statsd_host", &["--statsd-host"]),
    CommandOption::text("statsd_prefix", &["--statsd-prefix"]),
    CommandOption::number("umask", &["-m", "--umask"]),
    CommandOption::number("user", &["-u", "--user"]),
    CommandOption::text("verify_mode", &["--verify-mode"]),
    CommandOption::number("websocket_ping_interval", &["--websocket-ping-interval"]),
    CommandOption::number("workers", &["-w", "--workers"]),
];

/// The options among the words behind `hypercorn`.
pub(crate) fn read(arguments: &[Word], standing: Standing<'_>) -> Vec<Assignment> {
    let used = used(arguments, &OPTIONS, Abbreviations::Allowed).into_iter();
    used.map(|used| standing.option(Mechanism::Hypercorn, used)).collect()
}
