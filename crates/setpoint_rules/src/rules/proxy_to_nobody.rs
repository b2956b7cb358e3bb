//! ## What it finds
//!
//! An nginx or a Caddy that passes requests to an address of this machine on which nobody listens, while the service
//! listens elsewhere: another port, or another Unix socket.
//!
//! ## Why it hurts
//!
//! Every request is answered with `502 Bad Gateway`, although the service runs and its own log shows nothing. nginx
//! writes `connect() failed (111: Connection refused) while connecting to upstream`, or for a socket `connect() to
//! unix:/run/shop.sock failed (2: No such file or directory)`, Caddy
//! `dial tcp 127.0.0.1:8000: connect: connection refused`. It shows after the restart that brings the new port.
//!
//! ## Example
//!
//! ```nginx
//! proxy_pass http://127.0.0.1:8000;   # uvicorn shop.main:app --port 8001
//! ```
//!
//! ## What to do
//!
//! Write one address in both places. Nothing is reported where one way of the proxy reaches the service, or where an
//! address of either is not known: behind a name, in a container, from systemd's own sockets.
//!
//! Sources: `ngx_http_proxy_module`, `proxy_pass`; `ngx_event_connect.c`; caddyserver.com, `reverse_proxy`; connect(2),
//! `ECONNREFUSED`.

use crate::report::names;
use crate::proxy::Proxy;
use crate::server::Server;
use crate::{Facts, Report, Rule};
use setpoint_model::Unanswered;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for unanswered in &facts.snapshot.site.unanswered {
        report.proxy_to_nobody(rule, facts, unanswered);
    }
}

impl Report {
    fn proxy_to_nobody(&mut self, rule: &Rule, facts: Facts<'_>, unanswered: &Unanswered) {
        let listens: Vec<&str> =
            facts.servers().flat_map(|server| &server.process.listens).map(String::as_str).collect();
        let proxy = Proxy::of(unanswered.proxy).unwrap_or(Proxy::Nginx);
        let message = format!(
            "{proxy} passes requests to `{}`, where nobody listens; the service listens on {}",
            unanswered.address,
            names(listens)
        );
        self.add(rule, message, format!("one address in {proxy} and in the server behind it"))
            .about(&format!("{}.{}", unanswered.proxy.as_str(), proxy.pass()))
            .at(&unanswered.place)
            .at_each(facts.servers().filter_map(Server::address).map(|setting| setting.place))
            .hint(match proxy {
                Proxy::Nginx => "pass requests to the address on which the service listens, then `nginx -t` and reload nginx",
                Proxy::Caddy => {
                    "pass requests to the address on which the service listens, then `caddy validate` and reload Caddy"
                }
            });
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn nginx_and_the_service_do_not_meet() {
        assert_snapshot!(findings("proxy-to-nobody", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8001
            uvicorn.host uvicorn
              command-line  127.0.0.1  shop.service:7  shop.service
            uvicorn.port uvicorn
              command-line  8001  shop.service:8  shop.service
            unanswered 127.0.0.1:8000 deploy/nginx/shop.conf:9
        "), @"
        error: nginx passes requests to `127.0.0.1:8000`, where nobody listens; the service listens on `127.0.0.1:8001`
          --> deploy/nginx/shop.conf:9
          --> shop.service:8
          expected: one address in nginx and in the server behind it
          hint: pass requests to the address on which the service listens, then `nginx -t` and reload nginx
        ");
    }

    #[test]
    fn silent_where_capture_saw_nothing_unanswered() {
        assert_snapshot!(findings("proxy-to-nobody", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8001
        "), @"");
    }

    #[test]
    fn caddy_and_the_service_do_not_meet() {
        assert_snapshot!(findings("proxy-to-nobody", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8001
            unanswered 127.0.0.1:8000 deploy/Caddyfile:9
        "), @"
        error: Caddy passes requests to `127.0.0.1:8000`, where nobody listens; the service listens on `127.0.0.1:8001`
          --> deploy/Caddyfile:9
          expected: one address in Caddy and in the server behind it
          hint: pass requests to the address on which the service listens, then `caddy validate` and reload Caddy
        ");
    }
}
