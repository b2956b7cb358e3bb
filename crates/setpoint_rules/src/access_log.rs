//! Who writes down the requests.

use crate::proxy::Proxy;
use crate::server::{Program, Server};
use crate::setting::Setting;

/// Whether each proxy does for most requests that it passes to the server, and what says so.
pub(crate) fn of_proxies(server: Server<'_>) -> impl Iterator<Item = (Proxy, Setting<'_>, bool)> {
    server.proxies().filter_map(move |proxy| {
        let (setting, writes) = match proxy {
            Proxy::Nginx => of_nginx(server)?,
            Proxy::Caddy => of_caddy(server)?,
        };
        Some((proxy, setting, writes))
    })
}

fn of_nginx(server: Server<'_>) -> Option<(Setting<'_>, bool)> {
    let setting = server.main_proxy("access_log")?;
    // `access_log off`; any other first word is a file or a server for logs.
    Some((setting, setting.texts().first()?.split_whitespace().next()? != "off"))
}

/// Caddy writes none unless the site says `log`, which has no text of its own where its block says more. It may be
/// `discard`ed, or written only from a level on that is above that of requests; then what it does is not said.
fn of_caddy(server: Server<'_>) -> Option<(Setting<'_>, bool)> {
    const PARTS: [&str; 4] = ["log", "log.output", "log.format", "log.level"];
    let parts = PARTS.map(|part| server.proxy(part));
    if let Some(elsewhere) = parts.iter().flatten().next() {
        let main = parts.iter().flatten().find(|part| part.location().is_none());
        let is_plain = elsewhere.location().is_none() && server.proxy("log.level").is_empty();
        let output = server.main_proxy("log.output").map(Setting::text).unwrap_or_default();
        return main.copied().filter(|_| is_plain).map(|part| (part, output != "discard"));
    }
    // Other parts of a block of `log`, and of files that are not here, may say more.
    server.main_proxy(Proxy::Caddy.pass()).filter(|_| !server.proxy_is_incomplete()).map(|pass| (pass, false))
}

/// Whether the server does; `None` where a logging configuration decides, which is not read.
pub(crate) fn of_server(server: Server<'_>) -> Option<(Setting<'_>, bool)> {
    match server.program {
        // uvicorn's worker writes by gunicorn's handlers (`UvicornWorker.__init__`), and so nothing without this.
        Program::Gunicorn => {
            let configured = ["logconfig", "logconfig_dict", "logconfig_json", "syslog", "logger_class"];
            let is_own = |name: &&str| server.gunicorn(name).is_some_and(|setting| !setting.is_built_in());
            let setting = server.gunicorn("accesslog").filter(|_| !configured.iter().any(is_own))?;
            Some((setting, !setting.is_none()))
        }
        Program::Uvicorn => {
            let setting = server.uvicorn("access_log")?;
            if server.uvicorn("log_config").is_some_and(|config| !config.is_built_in()) {
                return None;
            }
            // It writes at the level `info` (`configure_logging` sets that of its logger).
            let level = server.uvicorn("log_level").map(Setting::text).unwrap_or_default().to_lowercase();
            let is_quiet = ["warning", "error", "critical"].contains(&level.as_str());
            Some((setting, setting.switch()? && !is_quiet))
        }
    }
}
