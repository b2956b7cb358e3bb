//! ## What it finds
//!
//! An app server that closes an idle connection before nginx does, while nginx keeps idle connections to it
//! (`keepalive` in the `upstream` block).
//!
//! ## Why it hurts
//!
//! A 502 now and then, in quiet hours more than in busy ones, that nobody can repeat: nginx sends a request into a
//! connection that the app server closes at that moment. nginx's error log says `upstream prematurely closed
//! connection while reading response header` or `recv() failed (104: Connection reset by peer)`. A `POST` is not
//! tried again on another connection, since nobody knows whether it was carried out.
//!
//! ## Example
//!
//! ```nginx
//! upstream shop {
//!     server 127.0.0.1:8000;      # uvicorn closes idle connections after 5 s,
//!     keepalive 16;               # nginx keeps them for 60 s
//! }
//! ```
//!
//! ## What to do
//!
//! Let nginx be the one that closes: set the app server's keep-alive a few seconds above nginx's
//! `keepalive_timeout` of the `upstream` block (60 s where it is not set), with `--timeout-keep-alive 75` for uvicorn,
//! `--keep-alive 75` for gunicorn. Or leave `keepalive` out: a connection for each request costs little on one machine.
//! gunicorn's sync workers keep no connection at all, so that nothing can race there.
//!
//! Sources: nginx.org, `ngx_http_upstream_module`, `keepalive_timeout`; `gunicorn/config.py`, `Keepalive`;
//! `uvicorn/config.py`, `timeout_keep_alive`.

use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let keeps = facts.proxy_settings("upstream.keepalive").into_iter().any(|it| it.number().is_some_and(|it| it > 0.0));
    let Some(proxy) = facts.proxy_settings("upstream.keepalive_timeout").into_iter().next().filter(|_| keeps) else {
        return;
    };
    for process in facts.processes_of(&["uvicorn", "gunicorn"]) {
        let Some(server) = keep_alive(facts, &process.name, process.program.as_deref()) else { continue };
        if let (Some(of_server), Some(of_proxy)) = (server.seconds(), proxy.seconds())
            && of_server <= of_proxy
        {
            report.keepalive_race(rule, &process.name, server, proxy);
        }
    }
}

/// How long the server keeps an idle connection; `None` where it keeps none.
fn keep_alive<'a>(facts: Facts<'a>, process: &str, program: Option<&str>) -> Option<Setting<'a>> {
    if program == Some("uvicorn") {
        return facts.setting("uvicorn.timeout_keep_alive", process);
    }
    let class = facts.setting("gunicorn.worker_class", process)?.text();
    let threads = facts.setting("gunicorn.threads", process).and_then(Setting::number).unwrap_or(1.0);
    // Sync workers close after each answer; with threads they become `gthread` (gunicorn/config.py, `worker_class`).
    if class == "sync" && threads <= 1.0 { None } else { facts.setting("gunicorn.keepalive", process) }
}

impl Report {
    fn keepalive_race(&mut self, rule: &Rule, process: &str, server: Setting<'_>, proxy: Setting<'_>) {
        let message = format!(
            "`{process}` closes an idle connection after {} s (`{}`), nginx keeps it for {} s (`{}`) and may send the next \
             request into it",
            server.seconds().unwrap_or_default(),
            server.name,
            proxy.seconds().unwrap_or_default(),
            proxy.name
        );
        let expected = format!("`{}` above {} s", server.name, proxy.seconds().unwrap_or_default());
        self.add(rule, message, expected)
            .about(server.name)
            .in_process(Some(process))
            .at(server.place)
            .at(proxy.place)
            .hint(format!("set `{}` to {} s", server.name, proxy.seconds().unwrap_or_default() + 15.0));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn uvicorns_five_seconds_under_nginxs_sixty() {
        assert_snapshot!(findings("keepalive-race", "
            process shop.service program=uvicorn app=shop.main:app
            uvicorn.timeout_keep_alive uvicorn
              library  5    .venv/uvicorn/config.py:40
            nginx.upstream.keepalive nginx
              proxy    16   /etc/nginx/sites-enabled/shop:4
            nginx.upstream.keepalive_timeout nginx
              library  60s  https://nginx.org/upstream:1
        "), @"
        error: `shop.service` closes an idle connection after 5 s (`uvicorn.timeout_keep_alive`), nginx keeps it for 60 s (`nginx.upstream.keepalive_timeout`) and may send the next request into it
          --> .venv/uvicorn/config.py:40
          --> https://nginx.org/upstream:1
          expected: `uvicorn.timeout_keep_alive` above 60 s
          hint: set `uvicorn.timeout_keep_alive` to 75 s
        ");
    }

    #[test]
    fn silent_where_nginx_closes_first_or_nobody_keeps() {
        assert_snapshot!(findings("keepalive-race", "
            process shop.service program=uvicorn app=shop.main:app
            uvicorn.timeout_keep_alive uvicorn
              command-line  75  shop.service:8  shop.service
            nginx.upstream.keepalive nginx
              proxy    16   /etc/nginx/sites-enabled/shop:4
            nginx.upstream.keepalive_timeout nginx
              library  60s  https://nginx.org/upstream:1
        "), @"");
        assert_snapshot!(findings("keepalive-race", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.worker_class gunicorn
              library  sync  gunicorn/config.py:1
            gunicorn.keepalive gunicorn
              library  2     gunicorn/config.py:2
            nginx.upstream.keepalive nginx
              proxy    16   /etc/nginx/sites-enabled/shop:4
            nginx.upstream.keepalive_timeout nginx
              library  60s  https://nginx.org/upstream:1
        "), @"");
    }
}
