//! ## What it finds
//!
//! A server behind nginx or Caddy that does not learn who its client is.
//!
//! - uvicorn with `--no-proxy-headers`;
//! - uvicorn, also as gunicorn's worker, on a Unix socket, where a connection has no address and only
//!   `--forwarded-allow-ips '*'` believes it;
//! - a `--forwarded-allow-ips` without the address from which the proxy connects;
//! - an nginx that sets none of `Host` and the `X-Forwarded-` headers. Caddy sets them by itself.
//!
//! ## Why it hurts
//!
//! Every visitor has the address 127.0.0.1, or none: the first who fails to log in locks all out. Links and redirects
//! say `http://` where the page came by `https://`, which ends in `ERR_TOO_MANY_REDIRECTS`; or they lead to
//! `http://127.0.0.1:8000/`, since without `proxy_set_header Host` nginx sends the name of the upstream (Django then
//! answers 400, `DisallowedHost`).
//!
//! ## Example
//!
//! ```ini
//! ExecStart=/srv/shop/.venv/bin/uvicorn shop.main:app --uds /run/shop/shop.sock
//! # uvicorn believes 127.0.0.1, and a Unix socket has no address
//! ```
//!
//! ## What to do
//!
//! In nginx: `proxy_set_header Host $host;`, `proxy_set_header X-Forwarded-For $remote_addr;`, `proxy_set_header
//! X-Forwarded-Proto $scheme;`. In the server, behind either proxy: `--forwarded-allow-ips 127.0.0.1`, and `'*'` on a
//! Unix socket that only the proxy may open.
//!
//! gunicorn's workers for WSGI believe every Unix socket; they read the headers that say `https`, and leave
//! `X-Forwarded-For` to the application.
//!
//! Sources: `uvicorn/middleware/proxy_headers.py` and `get_remote_addr` in `uvicorn/protocols/utils.py`;
//! `gunicorn/config.py`, `ForwardedAllowIPS`; nginx.org, `ngx_http_proxy_module`, `proxy_set_header`;
//! caddyserver.com, `reverse_proxy`, "Defaults".

use crate::proxy::Proxy;
use crate::server::{Reach, Server};
use crate::setting::Setting;
use crate::{Facts, Report, Rule};
use std::net::IpAddr;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for (server, proxy) in facts.servers().filter_map(|server| Some((server, server.proxies().next()?))) {
        if let Some(setting) = server.uvicorn("proxy_headers").filter(|setting| setting.switch() == Some(false)) {
            report.told_not_to_read(rule, server, proxy, setting);
            continue;
        }
        if let Some((trust, from)) = server.trusted()
            && !from.iter().any(|from| from == "*")
        {
            let listens = server.listens();
            let is_unix = |reach: &Reach| matches!(reach, Reach::Unix(_));
            if !listens.is_empty() && listens.iter().all(|(_, reach)| is_unix(reach)) {
                if server.reads_forwarded_for() {
                    report.socket_without_address(rule, server, proxy, trust);
                }
            } else if let Some((listen, _)) = listens.iter().find(|(_, reach)| *reach == Reach::Loopback)
                && listens.iter().all(|(_, reach)| *reach == Reach::Loopback)
                && !includes_peer(&from, listen)
            {
                report.proxy_not_believed(rule, server, proxy, trust, listen);
            }
        }
        let is_silent = !server.proxy_tells_of_the_client() && !server.proxy_is_incomplete();
        if let Some(pass) = server.main_proxy("proxy_pass").filter(|_| is_silent) {
            report.nothing_said_of_the_client(rule, server, pass);
        }
    }
}

/// True if one of these includes the address from which a proxy connects to a socket of this machine, or cannot be
/// read.
fn includes_peer(from: &[String], listen: &str) -> bool {
    let loopback: &[&str] = if listen.starts_with("127.") {
        &["127.0.0.1"]
    } else if listen.starts_with("[::1]") {
        &["::1"]
    } else {
        &["127.0.0.1", "::1"]
    };
    loopback.iter().any(|peer| peer.parse().is_ok_and(|peer| from.iter().any(|from| includes(from, peer))))
}

/// `from` is an address or a network.
fn includes(from: &str, peer: IpAddr) -> bool {
    let Some((network, length)) = from.split_once('/') else {
        return from.parse::<IpAddr>().is_ok_and(|address| address == peer);
    };
    match (network.parse::<IpAddr>(), length.parse::<u32>(), peer) {
        (Ok(IpAddr::V4(network)), Ok(length), IpAddr::V4(peer)) => {
            let shift = 32_u32.saturating_sub(length);
            (u64::from(network.to_bits()) >> shift) == (u64::from(peer.to_bits()) >> shift)
        }
        (Ok(IpAddr::V6(network)), Ok(length), IpAddr::V6(peer)) => {
            let shift = 128_u32.saturating_sub(length);
            network.to_bits().checked_shr(shift) == peer.to_bits().checked_shr(shift)
        }
        (Ok(_), Ok(_), _) => false,
        (Err(_), _, _) | (_, Err(_), _) => true,
    }
}

impl Report {
    fn told_not_to_read(&mut self, rule: &Rule, server: Server<'_>, proxy: Proxy, setting: Setting<'_>) {
        let message = format!(
            "`{}` is told not to read what {proxy} says of the client (`{}`): every request seems to come from {proxy}, \
             by `http`",
            server.name(),
            setting.name
        );
        self.add(rule, message, "a server that reads `X-Forwarded-For` and `X-Forwarded-Proto`")
            .about(setting.name)
            .in_process(Some(server.name()))
            .at(setting.place)
            .hint("take `--no-proxy-headers` out");
    }

    fn socket_without_address(&mut self, rule: &Rule, server: Server<'_>, proxy: Proxy, trust: Setting<'_>) {
        let message = format!(
            "`{}` listens on a Unix socket, where {proxy} has no address, and believes only addresses (`{}` is `{}`): \
             what {proxy} says of the client is ignored",
            server.name(),
            trust.name,
            shown(trust)
        );
        let hint = match proxy {
            Proxy::Nginx => {
                "set `--forwarded-allow-ips '*'`, and let nginx overwrite `X-Forwarded-For` with `$remote_addr`"
            }
            Proxy::Caddy => "set `--forwarded-allow-ips '*'`; Caddy overwrites `X-Forwarded-For` by itself",
        };
        self.add(rule, message, format!("`*`, on a socket that {proxy} alone may open"))
            .about(trust.name)
            .in_process(Some(server.name()))
            .at(server.place_to_set(trust))
            .at(trust.place)
            .at_each(server.bind().map(|bind| bind.place))
            .hint(hint);
    }

    fn proxy_not_believed(
        &mut self,
        rule: &Rule,
        server: Server<'_>,
        proxy: Proxy,
        trust: Setting<'_>,
        listen: &str,
    ) {
        let message = format!(
            "{proxy} connects to `{}` at `{listen}` from this machine, and `{}` is `{}`: what it says of the client is \
             ignored",
            server.name(),
            trust.name,
            shown(trust)
        );
        self.add(rule, message, format!("the address from which {proxy} connects"))
            .about(trust.name)
            .in_process(Some(server.name()))
            .at(server.place_to_set(trust))
            .at(trust.place)
            .hint("set `--forwarded-allow-ips 127.0.0.1`");
    }

    fn nothing_said_of_the_client(&mut self, rule: &Rule, server: Server<'_>, pass: Setting<'_>) {
        let message = format!(
            "nginx tells `{}` nothing of the client: it sets neither `Host` nor any `X-Forwarded-` header, and passes \
             on those that the client made up",
            server.name()
        );
        self.add(rule, message, "`Host`, `X-Forwarded-For` and `X-Forwarded-Proto` set by nginx")
            .about(pass.name)
            .in_process(Some(server.name()))
            .at(pass.place)
            .hint(
                "add `proxy_set_header Host $host;`, `proxy_set_header X-Forwarded-For $remote_addr;` and \
                 `proxy_set_header X-Forwarded-Proto $scheme;`",
            );
    }
}

/// What is believed where nothing is said is said by the server's code.
fn shown(trust: Setting<'_>) -> String {
    if trust.is_none() { "127.0.0.1,::1".to_owned() } else { trust.texts().join(",") }
}

#[cfg(test)]
mod tests {
    use super::{includes, includes_peer};
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_unix_socket_and_a_server_that_believes_addresses() {
        assert_snapshot!(findings("forwarded-headers-ignored", "
            process shop.service program=uvicorn app=shop.main:app listens=unix:/run/shop.sock
            uvicorn.forwarded_allow_ips uvicorn
              library  null  uvicorn/config.py:1
            uvicorn.uds uvicorn
              command-line  /run/shop.sock  shop.service:7  shop.service
            nginx.proxy_set_header.Host nginx
              proxy  $host  /etc/nginx/sites-enabled/shop:9
        "), @"
        warning: `shop.service` listens on a Unix socket, where nginx has no address, and believes only addresses (`uvicorn.forwarded_allow_ips` is `127.0.0.1,::1`): what nginx says of the client is ignored
          --> shop.service:7
          --> uvicorn/config.py:1
          expected: `*`, on a socket that nginx alone may open
          hint: set `--forwarded-allow-ips '*'`, and let nginx overwrite `X-Forwarded-For` with `$remote_addr`
        ");
    }

    #[test]
    fn a_proxy_that_is_not_believed_and_one_that_says_nothing() {
        assert_snapshot!(findings("forwarded-headers-ignored", "
            process shop.service program=gunicorn app=shop.wsgi listens=127.0.0.1:8000
            gunicorn.forwarded_allow_ips gunicorn
              configuration-file  10.0.0.0/8,192.168.1.1  gunicorn.conf.py:2  shop.service
            nginx.proxy_pass nginx
              proxy  http://127.0.0.1:8000  /etc/nginx/sites-enabled/shop:9
        "), @"
        warning: nginx tells `shop.service` nothing of the client: it sets neither `Host` nor any `X-Forwarded-` header, and passes on those that the client made up
          --> /etc/nginx/sites-enabled/shop:9
          expected: `Host`, `X-Forwarded-For` and `X-Forwarded-Proto` set by nginx
          hint: add `proxy_set_header Host $host;`, `proxy_set_header X-Forwarded-For $remote_addr;` and `proxy_set_header X-Forwarded-Proto $scheme;`
        warning: nginx connects to `shop.service` at `127.0.0.1:8000` from this machine, and `gunicorn.forwarded_allow_ips` is `10.0.0.0/8,192.168.1.1`: what it says of the client is ignored
          --> gunicorn.conf.py:2
          expected: the address from which nginx connects
          hint: set `--forwarded-allow-ips 127.0.0.1`
        ");
    }

    #[test]
    fn a_server_that_is_told_not_to_read() {
        assert_snapshot!(findings("forwarded-headers-ignored", "
            process shop.service program=uvicorn app=shop.main:app
            uvicorn.proxy_headers uvicorn
              command-line  false  shop.service:7  shop.service
            nginx.proxy_set_header.Host nginx
              proxy  $host  /etc/nginx/sites-enabled/shop:9
        "), @"
        warning: `shop.service` is told not to read what nginx says of the client (`uvicorn.proxy_headers`): every request seems to come from nginx, by `http`
          --> shop.service:7
          expected: a server that reads `X-Forwarded-For` and `X-Forwarded-Proto`
          hint: take `--no-proxy-headers` out
        ");
    }

    #[test]
    fn silent_where_nginx_is_believed_or_part_of_it_is_not_known() {
        assert_snapshot!(findings("forwarded-headers-ignored", "
            process shop.service program=gunicorn app=shop.wsgi listens=unix:/run/shop.sock
            gunicorn.worker_class gunicorn
              library  sync  gunicorn/config.py:1
            gunicorn.threads gunicorn
              library  1     gunicorn/config.py:2
            gunicorn.forwarded_allow_ips gunicorn
              library  127.0.0.1,::1  gunicorn/config.py:3
            nginx.proxy_pass nginx
              proxy  http://unix:/run/shop.sock  /etc/nginx/sites-enabled/shop:9
            broken /etc/nginx/sites-enabled/shop:10
        "), @"");
        assert_snapshot!(findings("forwarded-headers-ignored", "
            process shop.service program=uvicorn app=shop.main:app listens=unix:/run/shop.sock
            uvicorn.forwarded_allow_ips uvicorn
              command-line  *  shop.service:7  shop.service
            uvicorn.proxy_headers uvicorn
              library  true  uvicorn/config.py:1
            nginx.proxy_pass nginx
              proxy  http://unix:/run/shop.sock  /etc/nginx/sites-enabled/shop:9
            nginx[shop.example/x].proxy_set_header.host nginx
              proxy  $host  /etc/nginx/sites-enabled/shop:10
        "), @"");
    }

    #[test]
    fn addresses_and_networks() {
        let trusted = |from: &str| includes_peer(&[from.to_owned()], "127.0.0.1:8000");
        assert!(trusted("127.0.0.1") && trusted("127.0.0.0/8") && trusted("0.0.0.0/0") && trusted("what/ever"));
        assert!(!trusted("10.0.0.0/8") && !trusted("::1") && !trusted("127.0.0.1.example"));
        assert!(includes_peer(&["::1".to_owned()], "localhost:8000"));
        assert!(includes("::/0", "::1".parse().unwrap()) && !includes("fe80::/10", "::1".parse().unwrap()));
    }

    #[test]
    fn caddy_is_not_believed() {
        assert_snapshot!(findings("forwarded-headers-ignored", "
            process shop.service program=uvicorn app=shop.main:app listens=unix:/run/shop.sock
            uvicorn.forwarded_allow_ips uvicorn
              library  null  uvicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy  unix//run/shop.sock  /etc/caddy/Caddyfile:3
        "), @"
        warning: `shop.service` listens on a Unix socket, where Caddy has no address, and believes only addresses (`uvicorn.forwarded_allow_ips` is `127.0.0.1,::1`): what Caddy says of the client is ignored
          --> uvicorn/config.py:1
          expected: `*`, on a socket that Caddy alone may open
          hint: set `--forwarded-allow-ips '*'`; Caddy overwrites `X-Forwarded-For` by itself
        ");
        assert_snapshot!(findings("forwarded-headers-ignored", "
            process shop.service program=gunicorn app=shop.wsgi listens=127.0.0.1:8000
            gunicorn.forwarded_allow_ips gunicorn
              configuration-file  10.0.0.0/8  gunicorn.conf.py:2  shop.service
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
        "), @"
        warning: Caddy connects to `shop.service` at `127.0.0.1:8000` from this machine, and `gunicorn.forwarded_allow_ips` is `10.0.0.0/8`: what it says of the client is ignored
          --> gunicorn.conf.py:2
          expected: the address from which Caddy connects
          hint: set `--forwarded-allow-ips 127.0.0.1`
        ");
        assert_snapshot!(findings("forwarded-headers-ignored", "
            process shop.service program=uvicorn app=shop.main:app
            uvicorn.proxy_headers uvicorn
              command-line  false  shop.service:7  shop.service
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
        "), @"
        warning: `shop.service` is told not to read what Caddy says of the client (`uvicorn.proxy_headers`): every request seems to come from Caddy, by `http`
          --> shop.service:7
          expected: a server that reads `X-Forwarded-For` and `X-Forwarded-Proto`
          hint: take `--no-proxy-headers` out
        ");
    }

    #[test]
    fn silent_where_caddy_is_believed_since_it_sets_the_headers_itself() {
        assert_snapshot!(findings("forwarded-headers-ignored", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.forwarded_allow_ips uvicorn
              library  null  uvicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
        "), @"");
    }
}
