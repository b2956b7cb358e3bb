//! Who writes down the requests.

use crate::server::{Program, Server};
use crate::setting::Setting;

/// Whether nginx does for most requests that it passes to the server.
pub(crate) fn of_nginx(server: Server<'_>) -> Option<(Setting<'_>, bool)> {
    let setting = server.main_proxy("access_log")?;
    // `access_log off`; any other first word is a file or a server for logs.
    Some((setting, setting.texts().first()?.split_whitespace().next()? != "off"))
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
