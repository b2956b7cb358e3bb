//! ## What it finds
//!
//! An app server that closes an idle connection before the proxy does, while that keeps idle connections to it: nginx
//! with `keepalive` in the `upstream` block, Caddy always, unless its transport says `keepalive off`.
//!
//! ## Why it hurts
//!
//! A 502 now and then, in quiet hours more than in busy ones, that nobody can repeat: nginx sends a request into a
//! connection that the app server closes at that moment. nginx's error log says `upstream prematurely closed
//! connection while reading response header` or `recv() failed (104: Connection reset by peer)`. A `POST` is not
//! tried again on another connection, since nobody knows whether it was carried out. With Caddy it is the same: it
//! tries a `GET` again and answers a `POST` with 502, and its log says `EOF` or `connection reset by peer`.
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
//! Caddy keeps connections for 2 minutes. There it is as good to set `keepalive 4s` in `transport http` of the
//! `reverse_proxy`, below the app server's own.
//!
//! Sources: nginx.org, `ngx_http_upstream_module`, `keepalive_timeout`; caddyserver.com, `reverse_proxy`, `keepalive`;
//! `gunicorn/config.py`, `Keepalive`; `uvicorn/config.py`, `timeout_keep_alive`.

use crate::proxy::Proxy;
use crate::server::Server;
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    judge_nginx(rule, facts, report);
    for server in facts.servers() {
        let of_server = keep_alive(facts, server.name(), server.process.program.as_deref());
        if let Some((of_server, seconds)) = of_server.and_then(|setting| Some((setting, setting.seconds()?)))
            && let Some(proxy) = kept_by_caddy(server).into_iter().find(|(_, kept)| *kept >= seconds)
        {
            report.keepalive_race(rule, facts, server.name(), of_server, proxy);
        }
    }
}

fn judge_nginx(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let keeps = facts.proxy_settings("upstream.keepalive").into_iter().any(|it| it.number().is_some_and(|it| it > 0.0));
    let Some(proxy) = facts.proxy_settings("upstream.keepalive_timeout").into_iter().next().filter(|_| keeps) else {
        return;
    };
    for process in facts.processes_of(&["uvicorn", "gunicorn"]) {
        let Some(server) = keep_alive(facts, &process.name, process.program.as_deref()) else { continue };
        if let (Some(of_server), Some(of_proxy)) = (server.seconds(), proxy.seconds())
            && of_server <= of_proxy
        {
            report.keepalive_race(rule, facts, &process.name, server, (proxy, of_proxy));
        }
    }
}

/// How long Caddy keeps an idle connection to the server, in seconds, for most requests first. A `read_timeout` ends it
/// too, since it counts while nothing is asked.
fn kept_by_caddy(server: Server<'_>) -> Vec<(Setting<'_>, f64)> {
    let is_http = server.proxy("reverse_proxy.transport").iter().all(|transport| transport.text() == "http");
    let read = server.read_timeouts_of_caddy().into_iter().filter_map(Setting::seconds);
    let ended = read.filter(|seconds| *seconds > 0.0).fold(f64::INFINITY, f64::min);
    // `off` is no time.
    let kept = server.proxy("reverse_proxy.transport.keepalive").into_iter().filter(|_| is_http);
    kept.filter_map(|kept| Some((kept, kept.seconds()?.min(ended)))).collect()
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
    fn keepalive_race(
        &mut self,
        rule: &Rule,
        facts: Facts<'_>,
        process: &str,
        server: Setting<'_>,
        (proxy, keeps): (Setting<'_>, f64),
    ) {
        let closes = server.seconds().unwrap_or_default();
        let of = proxy.proxy().unwrap_or(Proxy::Nginx);
        let message = format!(
            "`{process}` closes an idle connection after {closes} s (`{}`), {of} keeps it for {keeps} s (`{}`) and may \
             send the next request into it",
            server.name, proxy.name
        );
        // Caddy's own time is so long that its end is the better one to change.
        let hint = match of {
            Proxy::Caddy if closes >= 2.0 => format!(
                "set `keepalive {}s` in the transport of Caddy's `reverse_proxy`, or `{}` to {} s",
                closes - 1.0,
                server.name,
                keeps + 15.0
            ),
            Proxy::Nginx | Proxy::Caddy => format!("set `{}` to {} s", server.name, keeps + 15.0),
        };
        let expected = format!("`{}` above {keeps} s", server.name);
        self.add(rule, message, expected)
            .about(server.name)
            .in_process(Some(process))
            .at(facts.place_to_set(server, process))
            .at(server.place)
            .at(facts.place_to_set(proxy, process))
            .at(proxy.place)
            .hint(hint);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn what_only_libraries_say_is_mended_where_the_server_is_started() {
        assert_snapshot!(findings("keepalive-race", "
            process shop.service program=uvicorn app=shop.main:app
            systemd.ExecStart systemd
              unit     uvicorn  deploy/shop.service:7  shop.service
            uvicorn.timeout_keep_alive uvicorn
              library  5    .venv/uvicorn/config.py:40  shop.service
            nginx.upstream.keepalive nginx
              proxy    16   deploy/nginx/shop.conf:4
            nginx.proxy_pass nginx
              proxy    http://shop   deploy/nginx/shop.conf:9
            nginx.upstream.keepalive_timeout nginx
              library  60s  https://nginx.org/upstream:1
        "), @"
        error: `shop.service` closes an idle connection after 5 s (`uvicorn.timeout_keep_alive`), nginx keeps it for 60 s (`nginx.upstream.keepalive_timeout`) and may send the next request into it
          --> deploy/shop.service:7
          --> deploy/nginx/shop.conf:9
          --> .venv/uvicorn/config.py:40
          --> https://nginx.org/upstream
          expected: `uvicorn.timeout_keep_alive` above 60 s
          hint: set `uvicorn.timeout_keep_alive` to 75 s
        ");
    }

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
          --> https://nginx.org/upstream
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

    #[test]
    fn caddy_keeps_connections_where_nothing_is_said() {
        assert_snapshot!(findings("keepalive-race", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.timeout_keep_alive uvicorn
              library  5    uvicorn/config.py:40
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy.reverse_proxy.transport.keepalive caddy
              library  2m   https://caddyserver.com/keepalive:1
        "), @"
        error: `shop.service` closes an idle connection after 5 s (`uvicorn.timeout_keep_alive`), Caddy keeps it for 120 s (`caddy.reverse_proxy.transport.keepalive`) and may send the next request into it
          --> /etc/caddy/Caddyfile:3
          --> uvicorn/config.py:40
          --> https://caddyserver.com/keepalive
          expected: `uvicorn.timeout_keep_alive` above 120 s
          hint: set `keepalive 4s` in the transport of Caddy's `reverse_proxy`, or `uvicorn.timeout_keep_alive` to 135 s
        ");
    }

    #[test]
    fn silent_where_caddy_closes_first_or_keeps_none() {
        assert_snapshot!(findings("keepalive-race", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.timeout_keep_alive uvicorn
              library  5    uvicorn/config.py:40
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy.reverse_proxy.transport.keepalive caddy
              library  2m   https://caddyserver.com/keepalive:1
              proxy    4s   /etc/caddy/Caddyfile:5
        "), @"");
        assert_snapshot!(findings("keepalive-race", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.timeout_keep_alive uvicorn
              library  5    uvicorn/config.py:40
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy.reverse_proxy.transport.keepalive caddy
              library  2m   https://caddyserver.com/keepalive:1
              proxy    off  /etc/caddy/Caddyfile:5
        "), @"");
        assert_snapshot!(findings("keepalive-race", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.timeout_keep_alive uvicorn
              library  5    uvicorn/config.py:40
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy.reverse_proxy.transport.keepalive caddy
              library  2m   https://caddyserver.com/keepalive:1
            caddy.reverse_proxy.transport.read_timeout caddy
              proxy    3s   /etc/caddy/Caddyfile:5
        "), @"");
    }

    #[test]
    fn over_a_unix_socket_caddy_s_read_timeout_ends_nothing() {
        assert_snapshot!(findings("keepalive-race", "
            process shop.service program=uvicorn app=shop.main:app listens=unix:/run/shop.sock
            uvicorn.timeout_keep_alive uvicorn
              command-line  1  shop.service:8  shop.service
            caddy.reverse_proxy caddy
              proxy  unix//run/shop.sock  /etc/caddy/Caddyfile:3
            caddy.reverse_proxy.transport.keepalive caddy
              library  2m   https://caddyserver.com/keepalive:1
            caddy.reverse_proxy.transport.read_timeout caddy
              proxy    900ms  /etc/caddy/Caddyfile:5
        "), @"
        error: `shop.service` closes an idle connection after 1 s (`uvicorn.timeout_keep_alive`), Caddy keeps it for 120 s (`caddy.reverse_proxy.transport.keepalive`) and may send the next request into it
          --> shop.service:8
          --> /etc/caddy/Caddyfile:3
          --> https://caddyserver.com/keepalive
          expected: `uvicorn.timeout_keep_alive` above 120 s
          hint: set `uvicorn.timeout_keep_alive` to 135 s
        ");
    }
}
