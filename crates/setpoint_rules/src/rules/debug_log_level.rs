//! ## What it finds
//!
//! A unit of production that logs for developers: gunicorn's `loglevel`, uvicorn's `log_level` or a setting of the
//! service that is called `…LOG_LEVEL` at `debug` or `trace`; nginx's `error_log` at `debug`;
//! Caddy's global option `debug`.
//!
//! ## Why it hurts
//!
//! It was switched on for an evening and forgotten. Libraries write whole requests at that level, with cookies and
//! tokens in them, into a log that is kept for weeks and copied to other places. The journal is limited in size, so
//! that the line that explains last night is gone: `journalctl` begins this morning.
//!
//! ## Example
//!
//! ```sh
//! # /etc/shop/shop.env
//! LOG_LEVEL=DEBUG
//! ```
//!
//! ## What to do
//!
//! Set it to `INFO`, and look into what was logged meanwhile for secrets: those that are in it should be replaced.
//!
//! Sources: `gunicorn/config.py`, `Loglevel`; `uvicorn/main.py`, `--log-level`; nginx.org, `ngx_core_module`,
//! `error_log`; journald.conf(5), `SystemMaxUse=`.

use crate::proxy::Proxy;
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for process in facts.production_units() {
        for default in facts.snapshot.defaults.iter().filter(|default| is_level(&default.name)) {
            if let Some(setting) = facts.setting(&default.name, &process.name)
                && ["debug", "trace"].contains(&setting.text().to_lowercase().as_str())
            {
                report.debug_log_level(rule, &process.name, setting);
            }
        }
    }
    for setting in facts.proxy_settings("error_log") {
        if setting.texts().iter().any(|text| text.split_whitespace().skip(1).any(|word| word.starts_with("debug"))) {
            report.proxy_debugs(rule, setting);
        }
    }
    facts.proxy_settings("options.debug").into_iter().for_each(|setting| report.proxy_debugs(rule, setting));
}

/// The settings that are called a level of the log, whoever declares them.
fn is_level(name: &str) -> bool {
    let name = name.to_uppercase();
    ["LOG_LEVEL", "LOGLEVEL", "LOGGING_LEVEL"].iter().any(|ending| name.ends_with(ending))
}

impl Report {
    fn debug_log_level(&mut self, rule: &Rule, unit: &str, setting: Setting<'_>) {
        let message = format!("`{}` is `{}` in `{unit}`", setting.name, setting.text());
        self.add(rule, message, "`info` or less in production")
            .about(setting.name)
            .in_process(Some(unit))
            .at(setting.place)
            .hint("set it to `info`, and look for secrets in what was logged meanwhile");
    }

    fn proxy_debugs(&mut self, rule: &Rule, setting: Setting<'_>) {
        let message = format!("{} logs what it does in every request (`{}`)", setting.of_proxy(), setting.name);
        let expected = match setting.proxy() {
            Some(Proxy::Caddy) => "a level above `debug`",
            Some(Proxy::Nginx) | None => "`error` or `warn`",
        };
        self.add(rule, message, expected)
            .about(setting.name)
            .at(setting.place)
            .hint("take `debug` out");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn levels_for_developers() {
        assert_snapshot!(findings("debug-log-level", "
            process shop.service program=uvicorn app=shop.main:app
            uvicorn.log_level uvicorn
              command-line  debug  shop.service:7  shop.service
            SHOP_LOG_LEVEL pydantic-settings str
              code              \"INFO\"  shop/settings.py:20
              environment-file  DEBUG     /etc/shop/shop.env:4  shop.service
            nginx.error_log nginx
              proxy  /var/log/nginx/error.log·debug  /etc/nginx/nginx.conf:4
        "), @"
        warning: nginx logs what it does in every request (`nginx.error_log`)
          --> /etc/nginx/nginx.conf:4
          expected: `error` or `warn`
          hint: take `debug` out
        warning: `SHOP_LOG_LEVEL` is `DEBUG` in `shop.service`
          --> /etc/shop/shop.env:4
          expected: `info` or less in production
          hint: set it to `info`, and look for secrets in what was logged meanwhile
        warning: `uvicorn.log_level` is `debug` in `shop.service`
          --> shop.service:7
          expected: `info` or less in production
          hint: set it to `info`, and look for secrets in what was logged meanwhile
        ");
    }

    #[test]
    fn silent_for_other_levels_and_other_environments() {
        assert_snapshot!(findings("debug-log-level", "
            process shop.service program=uvicorn app=shop.main:app
            SHOP_LOG_LEVEL pydantic-settings str
              code  \"info\"  shop/settings.py:20
            SHOP_LOG_FORMAT pydantic-settings str
              code  \"debug\"  shop/settings.py:21
            nginx.error_log nginx
              proxy  /var/log/debug/error.log·warn  /etc/nginx/nginx.conf:4
        "), @"");
        assert_snapshot!(findings("debug-log-level", "
            looked-at staging
            process shop.service program=uvicorn app=shop.main:app
            SHOP_LOG_LEVEL pydantic-settings str
              environment-file  DEBUG     /etc/shop/shop.env:4  shop.service
        "), @"");
    }

    #[test]
    fn caddy_s_own() {
        assert_snapshot!(findings("debug-log-level", "
            caddy.options.debug caddy
              proxy  true  /etc/caddy/Caddyfile:2
        "), @"
        warning: Caddy logs what it does in every request (`caddy.options.debug`)
          --> /etc/caddy/Caddyfile:2
          expected: a level above `debug`
          hint: take `debug` out
        ");
    }
}
