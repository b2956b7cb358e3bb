//! ## What it finds
//!
//! A request that is written down twice: by nginx into its `access_log` or by Caddy's `log`, and by the server behind
//! it (gunicorn's `accesslog`, uvicorn's `access_log`, which is on where nothing is said).
//!
//! ## Why it hurts
//!
//! A little: twice the disk, and a journal that reaches half as far back, since what the server says on its output
//! goes there. Whoever counts requests counts the health checks of one and not of the other, and the server's line has
//! the proxy's address where the visitor's should be.
//!
//! ## Example
//!
//! ```nginx
//! access_log /var/log/nginx/shop.access.log;    # and uvicorn shop.main:app writes `GET /cart HTTP/1.1" 200` too
//! ```
//!
//! ## What to do
//!
//! Keep the proxy's, which also has the requests that never reached the server: `--no-access-log` for uvicorn, no
//! `--access-logfile` for gunicorn. Keep both if the server's has what the proxy cannot know, and waive this.
//!
//! Sources: nginx.org, `ngx_http_log_module`, `access_log`; caddyserver.com, `log`; `gunicorn/config.py`, `AccessLog`;
//! `uvicorn/config.py`, `access_log` and `configure_logging`.

use crate::access_log::{of_proxies, of_server};
use crate::proxy::Proxy;
use crate::server::Server;
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        let Some((setting, true)) = of_server(server) else { continue };
        for (proxy, of_proxy, writes) in of_proxies(server) {
            if writes {
                report.access_log_twice(rule, server, setting, (proxy, of_proxy));
            }
        }
    }
}

impl Report {
    fn access_log_twice(&mut self, rule: &Rule, server: Server<'_>, setting: Setting<'_>, (proxy, of_proxy): (Proxy, Setting<'_>)) {
        let message = format!(
            "{proxy} and `{}` each write down the same requests (`{}`, `{}`)",
            server.name(),
            of_proxy.name,
            setting.name
        );
        self.add(rule, message, format!("one access log, {proxy}'s"))
            .about(setting.name)
            .in_process(Some(server.name()))
            .at(server.place_to_set(setting))
            .at(setting.place)
            .at(of_proxy.place)
            .hint("switch the server's off");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn nginx_and_uvicorn() {
        assert_snapshot!(findings("access-log-twice", "
            process shop.service program=uvicorn app=shop.main:app
            uvicorn.access_log uvicorn
              library  true  uvicorn/config.py:1
            nginx.access_log nginx
              proxy    /var/log/nginx/shop.access.log  /etc/nginx/sites-enabled/shop:6
        "), @"
        note: nginx and `shop.service` each write down the same requests (`nginx.access_log`, `uvicorn.access_log`)
          --> /etc/nginx/sites-enabled/shop:6
          --> uvicorn/config.py:1
          expected: one access log, nginx's
          hint: switch the server's off
        ");
    }

    #[test]
    fn silent_where_one_writes_or_it_is_not_known() {
        for (server, nginx) in [
            ("uvicorn.access_log uvicorn\n library false", "/var/log/nginx/access.log"),
            ("uvicorn.access_log uvicorn\n library true", "off"),
            ("uvicorn.log_level uvicorn\n command-line warning", "/var/log/nginx/access.log"),
            ("uvicorn.log_config uvicorn\n command-line logging.yaml", "/var/log/nginx/access.log"),
        ] {
            assert_eq!(findings("access-log-twice", &format!("
                process shop.service program=uvicorn app=shop.main:app
                {server}  shop.service:7
                uvicorn.access_log uvicorn
                  library  true  uvicorn/config.py:1
                nginx.access_log nginx
                  proxy  {nginx}  /etc/nginx/sites-enabled/shop:6
            ")), "", "{server} {nginx}");
        }
    }

    #[test]
    fn caddy_and_gunicorn() {
        assert_snapshot!(findings("access-log-twice", r#"
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.accesslog gunicorn
              library  "-"  gunicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy    127.0.0.1:8000  /etc/caddy/Caddyfile:6
            caddy.log.output caddy
              proxy    file·/var/log/caddy/shop.log  /etc/caddy/Caddyfile:8
        "#), @"
        note: Caddy and `shop.service` each write down the same requests (`caddy.log.output`, `gunicorn.accesslog`)
          --> /etc/caddy/Caddyfile:8
          --> gunicorn/config.py:1
          expected: one access log, Caddy's
          hint: switch the server's off
        ");
        assert_snapshot!(findings("access-log-twice", r#"
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.accesslog gunicorn
              library  "-"  gunicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy    127.0.0.1:8000  /etc/caddy/Caddyfile:6
            caddy.log caddy
              proxy    true  /etc/caddy/Caddyfile:8
            caddy.log.level caddy
              proxy    ERROR  /etc/caddy/Caddyfile:9
        "#), @"");
        assert_snapshot!(findings("access-log-twice", r#"
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.accesslog gunicorn
              library  "-"  gunicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy    127.0.0.1:8000  /etc/caddy/Caddyfile:6
        "#), @"");
    }
}
