//! ## What it finds
//!
//! Requests that nobody writes down: nginx's `access_log` is `off` where most requests pass, or the site of a Caddyfile
//! has no `log`, and the server behind it has none either (gunicorn's own default, uvicorn's `--no-access-log`).
//!
//! ## Why it hurts
//!
//! "It was slow yesterday at four", and nothing says which requests there were, how long they took, or who sent a
//! thousand of them. After a break-in nothing says what was fetched. There is no message: that is the point.
//!
//! ## Example
//!
//! ```nginx
//! server {
//!     access_log off;               # gunicorn shop.wsgi writes none where nothing is said
//!     location / { proxy_pass http://127.0.0.1:8000; }
//! }
//! ```
//!
//! ## What to do
//!
//! Let nginx write one, with `$request_time` and `$upstream_response_time` in its `log_format`. To leave health checks
//! out switch it off in their location alone. In a Caddyfile `log` in the site's block is enough; it writes to Caddy's
//! journal.
//!
//! Sources: nginx.org, `ngx_http_log_module`, `access_log`; caddyserver.com, `log`; `gunicorn/config.py`, `AccessLog`;
//! `uvicorn/config.py`, `access_log`.

use crate::access_log::{of_proxies, of_server};
use crate::proxy::Proxy;
use crate::server::Server;
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        let Some((setting, false)) = of_server(server) else { continue };
        for (proxy, of_proxy, writes) in of_proxies(server) {
            if !writes {
                report.access_log_nowhere(rule, server, (proxy, of_proxy), setting);
            }
        }
    }
}

impl Report {
    fn access_log_nowhere(&mut self, rule: &Rule, server: Server<'_>, (proxy, of_proxy): (Proxy, Setting<'_>), setting: Setting<'_>) {
        let because = match proxy {
            Proxy::Caddy if of_proxy.name == "caddy.reverse_proxy" => "the site has no `log`".to_owned(),
            Proxy::Nginx | Proxy::Caddy => format!("`{}`", of_proxy.name),
        };
        let message = format!(
            "nobody writes down the requests of `{}`: neither {proxy} ({because}) nor the server (`{}`)",
            server.name(),
            setting.name
        );
        self.add(rule, message, format!("one access log, {proxy}'s"))
            .about(of_proxy.name)
            .in_process(Some(server.name()))
            .at(of_proxy.place)
            .at(setting.place)
            .hint(format!("let {proxy} write one"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn neither_of_the_two() {
        assert_snapshot!(findings("access-log-nowhere", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.accesslog gunicorn
              library  null  gunicorn/config.py:1
            nginx.access_log nginx
              proxy    off   /etc/nginx/sites-enabled/shop:6
        "), @"
        warning: nobody writes down the requests of `shop.service`: neither nginx (`nginx.access_log`) nor the server (`gunicorn.accesslog`)
          --> /etc/nginx/sites-enabled/shop:6
          --> gunicorn/config.py:1
          expected: one access log, nginx's
          hint: let nginx write one
        ");
    }

    #[test]
    fn silent_where_one_writes_or_only_the_health_check_is_left_out() {
        for (server, nginx) in [("null", "nginx[shop.example·=·/health].access_log nginx\n proxy off"), ("-", "nginx.access_log nginx\n proxy off"), ("\"-\"", "nginx.access_log nginx\n proxy off")] {
            assert_eq!(findings("access-log-nowhere", &format!("
                process shop.service program=gunicorn app=shop.wsgi
                gunicorn.accesslog gunicorn
                  library  {server}  gunicorn/config.py:1
                {nginx}  /etc/nginx/sites-enabled/shop:6
            ")), "", "{server} {nginx}");
        }
    }

    #[test]
    fn a_site_of_caddy_without_log() {
        assert_snapshot!(findings("access-log-nowhere", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.accesslog gunicorn
              library  null  gunicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy    127.0.0.1:8000  /etc/caddy/Caddyfile:6
        "), @"
        warning: nobody writes down the requests of `shop.service`: neither Caddy (the site has no `log`) nor the server (`gunicorn.accesslog`)
          --> /etc/caddy/Caddyfile:6
          --> gunicorn/config.py:1
          expected: one access log, Caddy's
          hint: let Caddy write one
        ");
        assert_snapshot!(findings("access-log-nowhere", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.accesslog gunicorn
              library  null  gunicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy    127.0.0.1:8000  /etc/caddy/Caddyfile:6
            caddy.log.output caddy
              proxy    discard  /etc/caddy/Caddyfile:8
        "), @"
        warning: nobody writes down the requests of `shop.service`: neither Caddy (`caddy.log.output`) nor the server (`gunicorn.accesslog`)
          --> /etc/caddy/Caddyfile:8
          --> gunicorn/config.py:1
          expected: one access log, Caddy's
          hint: let Caddy write one
        ");
    }

    #[test]
    fn silent_where_caddy_writes_or_part_of_it_is_not_known() {
        assert_snapshot!(findings("access-log-nowhere", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.accesslog gunicorn
              library  null  gunicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy    127.0.0.1:8000  /etc/caddy/Caddyfile:6
            caddy.log caddy
              proxy    true  /etc/caddy/Caddyfile:8
        "), @"");
        assert_snapshot!(findings("access-log-nowhere", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.accesslog gunicorn
              library  null  gunicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy    127.0.0.1:8000  /etc/caddy/Caddyfile:6
            caddy[shop.example/api*].log.output caddy
              proxy    discard  /etc/caddy/Caddyfile:8
        "), @"");
        assert_snapshot!(findings("access-log-nowhere", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.accesslog gunicorn
              library  null  gunicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy    127.0.0.1:8000  /etc/caddy/Caddyfile:6
            broken /etc/caddy/Caddyfile:2
        "), @"");
        assert_snapshot!(findings("access-log-nowhere", r#"
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.accesslog gunicorn
              library  "-"  gunicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy    127.0.0.1:8000  /etc/caddy/Caddyfile:6
        "#), @"");
    }
}
