use crate::options::{ServerOption, Takes};

/// The settings of `gunicorn/config.py` that its command line knows, by their names in the configuration file.
pub(super) const OPTIONS: [ServerOption; 95] = [
    text("config", &["-c", "--config"]),
    several("bind", &["-b", "--bind"]),
    number("backlog", &["--backlog"]),
    number("workers", &["-w", "--workers"]),
    text("worker_class", &["-k", "--worker-class"]),
    number("threads", &["--threads"]),
    number("worker_connections", &["--worker-connections"]),
    number("max_requests", &["--max-requests"]),
    number("max_requests_jitter", &["--max-requests-jitter"]),
    number("timeout", &["-t", "--timeout"]),
    number("graceful_timeout", &["--graceful-timeout"]),
    number("keepalive", &["--keep-alive"]),
    number("limit_request_line", &["--limit-request-line"]),
    number("limit_request_fields", &["--limit-request-fields"]),
    number("limit_request_field_size", &["--limit-request-field_size"]),
    flag("reload", &["--reload"]),
    text("reload_engine", &["--reload-engine"]),
    several("reload_extra_files", &["--reload-extra-file"]),
    flag("spew", &["--spew"]),
    flag("check_config", &["--check-config"]),
    flag("print_config", &["--print-config"]),
    flag("preload_app", &["--preload"]),
    no("sendfile", &["--no-sendfile"]),
    flag("reuse_port", &["--reuse-port"]),
    text("chdir", &["--chdir"]),
    flag("daemon", &["-D", "--daemon"]),
    several("raw_env", &["-e", "--env"]),
    text("pidfile", &["-p", "--pid"]),
    text("worker_tmp_dir", &["--worker-tmp-dir"]),
    text("user", &["-u", "--user"]),
    text("group", &["-g", "--group"]),
    text("umask", &["-m", "--umask"]),
    flag("initgroups", &["--initgroups"]),
    text("forwarded_allow_ips", &["--forwarded-allow-ips"]),
    text("accesslog", &["--access-logfile"]),
    flag("disable_redirect_access_to_syslog", &["--disable-redirect-access-to-syslog"]),
    text("access_log_format", &["--access-logformat"]),
    text("errorlog", &["--error-logfile", "--log-file"]),
    text("loglevel", &["--log-level"]),
    flag("capture_output", &["--capture-output"]),
    text("logger_class", &["--logger-class"]),
    text("logconfig", &["--log-config"]),
    text("logconfig_json", &["--log-config-json"]),
    text("syslog_addr", &["--log-syslog-to"]),
    flag("syslog", &["--log-syslog"]),
    text("syslog_prefix", &["--log-syslog-prefix"]),
    text("syslog_facility", &["--log-syslog-facility"]),
    flag("enable_stdio_inheritance", &["-R", "--enable-stdio-inheritance"]),
    text("statsd_host", &["--statsd-host"]),
    text("dogstatsd_tags", &["--dogstatsd-tags"]),
    text("statsd_prefix", &["--statsd-prefix"]),
    flag("enable_backlog_metric", &["--enable-backlog-metric"]),
    text("proc_name", &["-n", "--name"]),
    text("pythonpath", &["--pythonpath"]),
    text("paste", &["--paste", "--paster"]),
    perhaps("proxy_protocol", &["--proxy-protocol"]),
    text("proxy_allow_ips", &["--proxy-allow-from"]),
    text("protocol", &["--protocol"]),
    text("uwsgi_allow_ips", &["--uwsgi-allow-from"]),
    text("keyfile", &["--keyfile"]),
    text("certfile", &["--certfile"]),
    text("ssl_version", &["--ssl-version"]),
    text("cert_reqs", &["--cert-reqs"]),
    text("ca_certs", &["--ca-certs"]),
    flag("suppress_ragged_eofs", &["--suppress-ragged-eofs"]),
    flag("do_handshake_on_connect", &["--do-handshake-on-connect"]),
    text("ciphers", &["--ciphers"]),
    text("http_protocols", &["--http-protocols"]),
    text("http2_cleartext", &["--http2-cleartext"]),
    number("http2_max_concurrent_streams", &["--http2-max-concurrent-streams"]),
    number("http2_initial_window_size", &["--http2-initial-window-size"]),
    number("http2_max_frame_size", &["--http2-max-frame-size"]),
    number("http2_max_header_list_size", &["--http2-max-header-list-size"]),
    several("raw_paste_global_conf", &["--paste-global"]),
    flag("permit_obsolete_folding", &["--permit-obsolete-folding"]),
    flag("strip_header_spaces", &["--strip-header-spaces"]),
    flag("permit_unconventional_http_method", &["--permit-unconventional-http-method"]),
    flag("permit_unconventional_http_version", &["--permit-unconventional-http-version"]),
    flag("casefold_http_method", &["--casefold-http-method"]),
    text("forwarder_headers", &["--forwarder-headers"]),
    text("header_map", &["--header-map"]),
    text("asgi_loop", &["--asgi-loop"]),
    text("asgi_lifespan", &["--asgi-lifespan"]),
    number("asgi_disconnect_grace_period", &["--asgi-disconnect-grace-period"]),
    number("websocket_max_message_size", &["--websocket-max-message-size"]),
    text("http_parser", &["--http-parser"]),
    text("root_path", &["--root-path"]),
    several("dirty_apps", &["--dirty-app"]),
    number("dirty_workers", &["--dirty-workers"]),
    number("dirty_timeout", &["--dirty-timeout"]),
    number("dirty_threads", &["--dirty-threads"]),
    number("dirty_graceful_timeout", &["--dirty-graceful-timeout"]),
    text("control_socket", &["--control-socket"]),
    text("control_socket_mode", &["--control-socket-mode"]),
    flag("control_socket_disable", &["--no-control-socket"]),
];

/// Settings that only the configuration file can give. What it defines beside settings, such as hooks and helpers,
/// is no value.
pub(super) const ONLY_IN_THE_FILE: [&str; 5] =
    ["wsgi_app", "tmp_upload_dir", "secure_scheme_headers", "logconfig_dict", "default_proc_name"];

const fn option(setting: &'static str, spellings: &'static [&'static str], takes: Takes) -> ServerOption {
    ServerOption { setting, spellings, takes }
}
const fn text(setting: &'static str, spellings: &'static [&'static str]) -> ServerOption {
    option(setting, spellings, Takes::Text)
}
const fn number(setting: &'static str, spellings: &'static [&'static str]) -> ServerOption {
    option(setting, spellings, Takes::Number)
}
const fn several(setting: &'static str, spellings: &'static [&'static str]) -> ServerOption {
    option(setting, spellings, Takes::Several)
}
const fn flag(setting: &'static str, spellings: &'static [&'static str]) -> ServerOption {
    option(setting, spellings, Takes::Nothing(true))
}
const fn no(setting: &'static str, spellings: &'static [&'static str]) -> ServerOption {
    option(setting, spellings, Takes::Nothing(false))
}
const fn perhaps(setting: &'static str, spellings: &'static [&'static str]) -> ServerOption {
    option(setting, spellings, Takes::PerhapsText("auto"))
}
