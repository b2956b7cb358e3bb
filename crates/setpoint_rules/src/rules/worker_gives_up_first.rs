//! ## What it finds
//!
//! An nginx that was told to wait long for an answer (`proxy_read_timeout` above its own 60 s), in front of gunicorn's
//! `sync` workers, which are killed before that (`timeout`, 30 s where it is not set).
//!
//! ## Why it hurts
//!
//! Somebody gave the slow report its time, and it still ends early, now with a 502. gunicorn's log says
//! `[CRITICAL] WORKER TIMEOUT (pid:4211)`, nginx's `upstream prematurely closed connection while reading response
//! header from upstream`. The worker is killed in the middle of what it does: no `finally` runs to its end, and what
//! the worker held in memory is gone.
//!
//! ## Example
//!
//! ```nginx
//! location /report {
//!     proxy_pass http://127.0.0.1:8000;     # gunicorn shop.wsgi, and so --timeout 30
//!     proxy_read_timeout 300s;
//! }
//! ```
//!
//! ## What to do
//!
//! Set `--timeout` a little below what nginx waits for the slowest location; or let what takes minutes be a job.
//!
//! Caddy waits for ever where nothing is said, so that a time set there shortens its patience: of it nothing is said.
//!
//! Only `sync` workers count the time of a request. The others (`gthread`, `gevent`, `tornado`, `asgi`, uvicorn's)
//! answer the master while they work, and `timeout` ends those that hang as a whole.
//!
//! Sources: nginx.org, `ngx_http_proxy_module`, `proxy_read_timeout`; `gunicorn/arbiter.py`, `murder_workers`;
//! `gunicorn/workers/sync.py`, which calls `notify` between requests alone.

use crate::server::Server;
use crate::setting::{Setting, shown_seconds};
use crate::{Facts, Report, Rule};

/// Seconds that nginx waits where nobody raised it. That a worker gives up before those is the right order.
const BUILT_IN: f64 = 60.0;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        let Some((worker, limit)) = server.request_limit() else { continue };
        for proxy in server.proxy("proxy_read_timeout") {
            if !proxy.is_built_in() && proxy.seconds().is_some_and(|waits| waits > BUILT_IN && waits > limit) {
                report.worker_gives_up_first(rule, server, worker, proxy);
            }
        }
    }
}

impl Report {
    fn worker_gives_up_first(&mut self, rule: &Rule, server: Server<'_>, worker: Setting<'_>, proxy: Setting<'_>) {
        let works = shown_seconds(worker.seconds().unwrap_or_default());
        let waits = shown_seconds(proxy.seconds().unwrap_or_default());
        let message = format!(
            "`{}` kills a worker after {works} with one request (`{}`), and nginx was told to wait {waits} for its \
             answer (`{}`)",
            server.name(),
            worker.name,
            proxy.name
        );
        self.add(rule, message, format!("`{}` a little below {waits}", worker.name))
            .about(worker.name)
            .in_process(Some(server.name()))
            .at(server.place_to_set(worker))
            .at(worker.place)
            .at(proxy.place)
            .hint(format!("set `{}` a few seconds below {waits}, or take nginx's patience back", worker.name));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_report_that_was_given_its_time_in_nginx_alone() {
        assert_snapshot!(findings("worker-gives-up-first", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.worker_class gunicorn
              library  sync  gunicorn/config.py:1
            gunicorn.threads gunicorn
              library  1     gunicorn/config.py:2
            gunicorn.timeout gunicorn
              library  30    gunicorn/config.py:3
            nginx.proxy_read_timeout nginx
              library  60s   https://nginx.org/proxy:1
            nginx[shop.example/report].proxy_read_timeout nginx
              proxy    300s  /etc/nginx/sites-enabled/shop:9
        "), @"
        warning: `shop.service` kills a worker after 30 s with one request (`gunicorn.timeout`), and nginx was told to wait 5 min for its answer (`nginx[shop.example/report].proxy_read_timeout`)
          --> /etc/nginx/sites-enabled/shop:9
          --> gunicorn/config.py:3
          expected: `gunicorn.timeout` a little below 5 min
          hint: set `gunicorn.timeout` a few seconds below 5 min, or take nginx's patience back
        ");
    }

    #[test]
    fn silent_for_the_built_in_order_other_workers_and_unknown_ones() {
        assert_snapshot!(findings("worker-gives-up-first", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.worker_class gunicorn
              library  sync  gunicorn/config.py:1
            gunicorn.threads gunicorn
              library  1     gunicorn/config.py:2
            gunicorn.timeout gunicorn
              library  30    gunicorn/config.py:3
            nginx.proxy_read_timeout nginx
              library  60s   https://nginx.org/proxy:1
              proxy    60s   /etc/nginx/sites-enabled/shop:9
        "), @"");
        for class in ["gthread", "gevent", "uvicorn.workers.UvicornWorker", "shop.workers.Patient"] {
            assert_eq!(findings("worker-gives-up-first", &format!("
                process shop.service program=gunicorn app=shop.wsgi
                gunicorn.worker_class gunicorn
                  configuration-file  {class}  gunicorn.conf.py:1
                gunicorn.threads gunicorn
                  library  1     gunicorn/config.py:2
                gunicorn.timeout gunicorn
                  library  30    gunicorn/config.py:3
                nginx.proxy_read_timeout nginx
                  proxy    300s  /etc/nginx/sites-enabled/shop:9
            ")), "");
        }
    }

    #[test]
    fn silent_of_caddy_whose_patience_a_time_only_shortens() {
        assert_snapshot!(findings("worker-gives-up-first", "
            process shop.service program=gunicorn app=shop.wsgi listens=127.0.0.1:8000
            gunicorn.worker_class gunicorn
              library  sync  gunicorn/config.py:1
            gunicorn.threads gunicorn
              library  1     gunicorn/config.py:2
            gunicorn.timeout gunicorn
              library  30    gunicorn/config.py:3
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy.reverse_proxy.transport.response_header_timeout caddy
              library  0     https://caddyserver.com/header:1
            caddy.reverse_proxy.transport.read_timeout caddy
              library  0     https://caddyserver.com/read:1
              proxy    5m    /etc/caddy/Caddyfile:5
        "), @"");
    }
}
