//! ## What it finds
//!
//! A request that is written down twice: by nginx into its `access_log`, and by the server behind it (gunicorn's
//! `accesslog`, uvicorn's `access_log`, which is on where nothing is said).
//!
//! ## Why it hurts
//!
//! A little: twice the disk, and a journal that reaches half as far back, since what the server says on its output
//! goes there. Whoever counts requests counts the health checks of one and not of the other, and the server's line has
//! nginx's address where the visitor's should be.
//!
//! ## Example
//!
//! ```nginx
//! access_log /var/log/nginx/shop.access.log;    # and uvicorn shop.main:app writes `GET /cart HTTP/1.1" 200` too
//! ```
//!
//! ## What to do
//!
//! Keep nginx's, which also has the requests that never reached the server: `--no-access-log` for uvicorn, no
//! `--access-logfile` for gunicorn. Keep both if the server's has what nginx cannot know, and waive this.
//!
//! Sources: nginx.org, `ngx_http_log_module`, `access_log`; `gunicorn/config.py`, `AccessLog`; `uvicorn/config.py`,
//! `access_log` and `configure_logging`.

use crate::access_log::{of_nginx, of_server};
use crate::server::Server;
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        if let (Some((nginx, true)), Some((setting, true))) = (of_nginx(server), of_server(server)) {
            report.access_log_twice(rule, server, setting, nginx);
        }
    }
}

impl Report {
    fn access_log_twice(&mut self, rule: &Rule, server: Server<'_>, setting: Setting<'_>, nginx: Setting<'_>) {
        let message = format!(
            "nginx and `{}` each write down the same requests (`{}`, `{}`)",
            server.name(),
            nginx.name,
            setting.name
        );
        self.add(rule, message, "one access log, nginx's")
            .about(setting.name)
            .in_process(Some(server.name()))
            .at(server.place_to_set(setting))
            .at(setting.place)
            .at(nginx.place)
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
          --> uvicorn/config.py:1
          --> /etc/nginx/sites-enabled/shop:6
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
}
