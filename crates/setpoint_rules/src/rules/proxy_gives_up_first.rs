//! ## What it finds
//!
//! A proxy that waits less long for an answer than a request may take behind it: than gunicorn lets a `sync` worker
//! work on one (`timeout`), or than one call of another service by the application may last. nginx waits for
//! `proxy_read_timeout`; Caddy for ever, unless the transport of its `reverse_proxy` has a `response_header_timeout` or
//! a `read_timeout`.
//!
//! ## Why it hurts
//!
//! The visitor gets a 504, tries again, and the first request is still going on: it charges the card, sends the mail
//! and commits, and then does it a second time. nginx's error log says `upstream timed out (110: Connection timed
//! out) while reading response header from upstream`, Caddy's log `timeout awaiting response headers` or `i/o timeout`;
//! the application's log shows a success.
//!
//! ## Example
//!
//! ```nginx
//! location / {
//!     proxy_pass http://127.0.0.1:8000;     # gunicorn --timeout 120
//!     proxy_read_timeout 30s;
//! }
//! ```
//!
//! ## What to do
//!
//! Let patience shrink on the way in: the proxy waits longest, the worker less, and each call that the application
//! makes least of all. What takes longer than a person waits belongs into a job.
//!
//! gunicorn's `timeout` ends a request under `sync` workers only. Under `gthread`, `gevent`, `tornado`, `asgi` and
//! uvicorn's workers it asks whether the worker is alive at all, and nothing is said of it here. A timeout of httpx
//! and requests that is one number holds for connecting and again for the answer.
//!
//! Sources: nginx.org, `ngx_http_proxy_module`, `proxy_read_timeout`; caddyserver.com, `reverse_proxy`, "Transports";
//! `gunicorn/config.py`, `Timeout`, and `gunicorn/workers/sync.py`; httpx, "Timeouts"; requests, "Timeouts".

use crate::outbound::{Patience, patience};
use crate::server::Server;
use crate::setting::{Setting, shown_seconds};
use crate::{Facts, Report, Rule};
use setpoint_model::Severity;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        if let Some((worker, seconds)) = server.request_limit() {
            for (proxy, of_proxy) in server.patience() {
                // One path alone, such as that of a health check, is given less time on purpose.
                if of_proxy < seconds && !proxy.is_of_single_path() {
                    report.proxy_before_worker(rule, server, proxy, worker, seconds);
                }
            }
        }
        let Some((proxy, of_proxy)) = server.main_patience() else { continue };
        for patience in patience(facts, server.process) {
            if of_proxy < patience.in_all() {
                report.proxy_before_call(rule, server, proxy, &patience);
            }
        }
    }
}

impl Report {
    fn proxy_before_worker(
        &mut self,
        rule: &Rule,
        server: Server<'_>,
        proxy: Setting<'_>,
        worker: Setting<'_>,
        seconds: f64,
    ) {
        let waits = shown_seconds(proxy.seconds().unwrap_or_default());
        let works = if seconds.is_finite() {
            format!("may take {}", shown_seconds(seconds))
        } else {
            "has no limit".to_owned()
        };
        let message = format!(
            "{} waits {waits} for an answer (`{}`), and `{}` goes on with the request: its worker {works} \
             (`{}`)",
            proxy.of_proxy(),
            proxy.name,
            server.name(),
            worker.name
        );
        self.add(rule, message, format!("`{}` above what a worker may take", proxy.name))
            .about(proxy.name)
            .in_process(Some(server.name()))
            .at(server.place_to_set(proxy))
            .at(proxy.place)
            .at(worker.place)
            .hint(format!("set `{}` below {waits}, or `{}` above it", worker.name, proxy.name));
    }

    fn proxy_before_call(&mut self, rule: &Rule, server: Server<'_>, proxy: Setting<'_>, patience: &Patience<'_>) {
        let waits = shown_seconds(proxy.seconds().unwrap_or_default());
        let (call, each) = (patience.call, shown_seconds(patience.seconds));
        let message = format!(
            "{} waits {waits} for an answer (`{}`), and `{}` may wait {each} for a connection and {each} for the \
             answer of another service",
            proxy.of_proxy(),
            proxy.name,
            call.function
        );
        self.add(rule, message, format!("`{}` above what one call may last", proxy.name))
            .about(proxy.name)
            .in_process(Some(server.name()))
            .at(server.place_to_set(proxy))
            .at(proxy.place)
            .at(&call.place)
            .severity(Severity::Warning)
            .hint(match patience.from {
                Some(name) => format!("set `{name}` below half of {}'s {waits}", proxy.of_proxy()),
                None => format!("give the call a timeout below half of {}'s {waits}", proxy.of_proxy()),
            });
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_sync_worker_that_may_go_on() {
        assert_snapshot!(findings("proxy-gives-up-first", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.worker_class gunicorn
              library  sync  gunicorn/config.py:1
            gunicorn.threads gunicorn
              library  1     gunicorn/config.py:2
            gunicorn.timeout gunicorn
              library       30   gunicorn/config.py:3
              command-line  120  shop.service:8  shop.service
            nginx.proxy_read_timeout nginx
              library  60s  https://nginx.org/proxy
            nginx[shop.example/report].proxy_read_timeout nginx
              proxy    5m   /etc/nginx/sites-enabled/shop:9
            nginx[shop.example/search].proxy_read_timeout nginx
              proxy    10s  /etc/nginx/sites-enabled/shop:14
            nginx[shop.example·=·/health].proxy_read_timeout nginx
              proxy    2s   /etc/nginx/sites-enabled/shop:19
        "), @"
        error: nginx waits 10 s for an answer (`nginx[shop.example/search].proxy_read_timeout`), and `shop.service` goes on with the request: its worker may take 2 min (`gunicorn.timeout`)
          --> /etc/nginx/sites-enabled/shop:14
          --> shop.service:8
          expected: `nginx[shop.example/search].proxy_read_timeout` above what a worker may take
          hint: set `gunicorn.timeout` below 10 s, or `nginx[shop.example/search].proxy_read_timeout` above it
        error: nginx waits 60 s for an answer (`nginx.proxy_read_timeout`), and `shop.service` goes on with the request: its worker may take 2 min (`gunicorn.timeout`)
          --> shop.service:8
          --> https://nginx.org/proxy
          expected: `nginx.proxy_read_timeout` above what a worker may take
          hint: set `gunicorn.timeout` below 60 s, or `nginx.proxy_read_timeout` above it
        ");
    }

    #[test]
    fn a_worker_without_limit() {
        assert_snapshot!(findings("proxy-gives-up-first", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.worker_class gunicorn
              library  sync  gunicorn/config.py:1
            gunicorn.threads gunicorn
              library  1     gunicorn/config.py:2
            gunicorn.timeout gunicorn
              configuration-file  0  gunicorn.conf.py:3  shop.service
            nginx.proxy_read_timeout nginx
              proxy    90   /etc/nginx/sites-enabled/shop:4
        "), @"
        error: nginx waits 90 s for an answer (`nginx.proxy_read_timeout`), and `shop.service` goes on with the request: its worker has no limit (`gunicorn.timeout`)
          --> /etc/nginx/sites-enabled/shop:4
          --> gunicorn.conf.py:3
          expected: `nginx.proxy_read_timeout` above what a worker may take
          hint: set `gunicorn.timeout` below 90 s, or `nginx.proxy_read_timeout` above it
        ");
    }

    #[test]
    fn a_call_that_may_last_longer() {
        assert_snapshot!(findings("proxy-gives-up-first", "
            process shop.service program=uvicorn app=shop.main:app
            process shop-import.service program=python app=shop.import_prices
            systemd.Type systemd
              unit  oneshot  shop-import.service:4  shop-import.service
            call httpx.Client shop/payments.py:25 timeout=20.0
            call httpx.get shop/import_prices.py:22 timeout=300
            call httpx.get shop/stock.py:9 timeout=?
            call requests.get shop/rates.py:7 timeout=60 to=answer
            nginx.proxy_read_timeout nginx
              proxy    30s   /etc/nginx/sites-enabled/shop:4
        "), @"
        warning: nginx waits 30 s for an answer (`nginx.proxy_read_timeout`), and `httpx.Client` may wait 20 s for a connection and 20 s for the answer of another service
          --> /etc/nginx/sites-enabled/shop:4
          --> shop/payments.py:25
          expected: `nginx.proxy_read_timeout` above what one call may last
          hint: give the call a timeout below half of nginx's 30 s
        warning: nginx waits 30 s for an answer (`nginx.proxy_read_timeout`), and `requests.get` may wait 60 s for a connection and 60 s for the answer of another service
          --> /etc/nginx/sites-enabled/shop:4
          --> shop/rates.py:7
          expected: `nginx.proxy_read_timeout` above what one call may last
          hint: give the call a timeout below half of nginx's 30 s
        ");
    }

    #[test]
    fn silent_where_the_timeout_is_a_heartbeat_or_nginx_waits_longest() {
        assert_snapshot!(findings("proxy-gives-up-first", "
            process shop.service program=gunicorn app=shop.main:app
            gunicorn.worker_class gunicorn
              configuration-file  uvicorn.workers.UvicornWorker  gunicorn.conf.py:1  shop.service
            gunicorn.timeout gunicorn
              command-line  120  shop.service:8  shop.service
            call httpx.Client shop/payments.py:25 timeout=8
            nginx.proxy_read_timeout nginx
              proxy    30s   /etc/nginx/sites-enabled/shop:4
        "), @"");
        assert_snapshot!(findings("proxy-gives-up-first", "
            process shop.service program=gunicorn app=shop.wsgi
            gunicorn.worker_class gunicorn
              library  sync  gunicorn/config.py:1
            gunicorn.threads gunicorn
              command-line  4  shop.service:8  shop.service
            gunicorn.timeout gunicorn
              command-line  120  shop.service:8  shop.service
            nginx.proxy_read_timeout nginx
              proxy    30s   /etc/nginx/sites-enabled/shop:4
        "), @"");
    }

    /// What the code says when nobody sets the setting does not count where somebody does.
    #[test]
    fn the_timeout_is_what_the_process_has_of_the_setting() {
        let site = |set: &str| {
            let site = "
            process shop.service program=uvicorn app=shop.main:app
            call httpx.Client shop/payments.py:25 timeout=@SHOP_TIMEOUT
            SHOP_TIMEOUT pydantic-settings
              code              20  shop/settings.py:5
              environment-file  SET  shop.env:3  shop.service
            nginx.proxy_read_timeout nginx
              proxy    30s   /etc/nginx/sites-enabled/shop:4
            ";
            findings("proxy-gives-up-first", &site.replace("SET", set))
        };
        assert_snapshot!(site("8"), @"");
        assert_snapshot!(site("40"), @"
        warning: nginx waits 30 s for an answer (`nginx.proxy_read_timeout`), and `httpx.Client` may wait 40 s for a connection and 40 s for the answer of another service
          --> /etc/nginx/sites-enabled/shop:4
          --> shop/payments.py:25
          expected: `nginx.proxy_read_timeout` above what one call may last
          hint: set `SHOP_TIMEOUT` below half of nginx's 30 s
        ");
    }

    #[test]
    fn silent_where_a_worker_of_jobs_may_make_the_call() {
        assert_snapshot!(findings("proxy-gives-up-first", "
            process shop.service program=uvicorn app=shop.main:app
            process worker.service program=celery app=shop.tasks
            call httpx.Client shop/payments.py:25 timeout=120
            nginx.proxy_read_timeout nginx
              proxy    30s   /etc/nginx/sites-enabled/shop:4
        "), @"");
    }

    #[test]
    fn a_caddy_that_was_given_a_limit() {
        assert_snapshot!(findings("proxy-gives-up-first", "
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
              proxy    10s   /etc/caddy/Caddyfile:5
            caddy[shop.example/health].reverse_proxy.transport.read_timeout caddy
              proxy    1s    /etc/caddy/Caddyfile:9
            caddy[shop.example/search*].reverse_proxy.transport.response_header_timeout caddy
              proxy    5s    /etc/caddy/Caddyfile:12
            call requests.get shop/rates.py:7 timeout=8 to=answer
        "), @"
        error: Caddy waits 10 s for an answer (`caddy.reverse_proxy.transport.read_timeout`), and `shop.service` goes on with the request: its worker may take 30 s (`gunicorn.timeout`)
          --> /etc/caddy/Caddyfile:5
          --> gunicorn/config.py:3
          expected: `caddy.reverse_proxy.transport.read_timeout` above what a worker may take
          hint: set `gunicorn.timeout` below 10 s, or `caddy.reverse_proxy.transport.read_timeout` above it
        error: Caddy waits 5 s for an answer (`caddy[shop.example/search*].reverse_proxy.transport.response_header_timeout`), and `shop.service` goes on with the request: its worker may take 30 s (`gunicorn.timeout`)
          --> /etc/caddy/Caddyfile:12
          --> gunicorn/config.py:3
          expected: `caddy[shop.example/search*].reverse_proxy.transport.response_header_timeout` above what a worker may take
          hint: set `gunicorn.timeout` below 5 s, or `caddy[shop.example/search*].reverse_proxy.transport.response_header_timeout` above it
        warning: Caddy waits 10 s for an answer (`caddy.reverse_proxy.transport.read_timeout`), and `requests.get` may wait 8 s for a connection and 8 s for the answer of another service
          --> /etc/caddy/Caddyfile:5
          --> shop/rates.py:7
          expected: `caddy.reverse_proxy.transport.read_timeout` above what one call may last
          hint: give the call a timeout below half of Caddy's 10 s
        ");
    }

    #[test]
    fn silent_where_caddy_waits_for_ever() {
        assert_snapshot!(findings("proxy-gives-up-first", "
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
            call requests.get shop/rates.py:7 timeout=600 to=answer
        "), @"");
    }
}
