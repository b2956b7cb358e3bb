//! ## What it finds
//!
//! A unit's server that listens on every address of the machine (`0.0.0.0`, `::`), while an nginx or a Caddy on the
//! same machine passes requests to it over `127.0.0.1`.
//!
//! ## Why it hurts
//!
//! Unless a firewall stops it, `http://shop.example:8000/` answers too: without TLS, past the proxy's limits of bodies
//! and rates, past its access log, and with whatever `X-Forwarded-For` the visitor writes. Scanners find such a port
//! within hours, and the log fills with `Invalid HTTP request received.`
//!
//! ## Example
//!
//! ```ini
//! ExecStart=/srv/shop/.venv/bin/uvicorn shop.main:app --host 0.0.0.0 --port 8000
//! # nginx: proxy_pass http://127.0.0.1:8000;
//! ```
//!
//! ## What to do
//!
//! Listen on `127.0.0.1`, or on a Unix socket. In a container `0.0.0.0` is right, and what is published decides;
//! containers are not reported, nor units with an `IPAddressDeny=`.
//!
//! Sources: `gunicorn/config.py`, `Bind`; `uvicorn/main.py`, `--host`; systemd.resource-control(5), `IPAddressDeny=`.

use crate::proxy::Proxy;
use crate::server::{Reach, Server};
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers().filter(|server| server.is_unit()) {
        let open = server.listens().into_iter().find(|(_, reach)| *reach == Reach::Everywhere);
        let Some((listen, _)) = open.filter(|_| server.unit("IPAddressDeny").is_none()) else { continue };
        let directives = ["proxy_pass", "upstream.server", "reverse_proxy"];
        let passes = directives.into_iter().flat_map(|directive| server.proxy(directive));
        if let Some(pass) = passes.into_iter().find(|pass| is_this_machine(*pass)) {
            report.listens_on_every_interface(rule, server, listen, pass);
        }
    }
}

fn is_this_machine(pass: Setting<'_>) -> bool {
    let texts = pass.texts();
    // Caddy has several upstreams behind one directive, and leaves the host out for this machine.
    texts.iter().flat_map(|text| text.split_whitespace()).any(|text| {
        let address = text.split_once("://").map_or(text, |(_, address)| address);
        let is_bare_port = pass.proxy() == Some(Proxy::Caddy) && address.starts_with(':');
        is_bare_port || ["127.", "localhost", "[::1]"].iter().any(|start| address.starts_with(start))
    })
}

impl Report {
    fn listens_on_every_interface(&mut self, rule: &Rule, server: Server<'_>, listen: &str, pass: Setting<'_>) {
        let message = format!(
            "`{}` listens on `{listen}`, for everybody who reaches this machine, and {} needs it on this machine alone \
             (`{}`)",
            server.name(),
            pass.of_proxy(),
            pass.name
        );
        let bind = server.bind();
        self.add(rule, message, "`127.0.0.1`, or a Unix socket")
            .about(bind.map_or(pass.name, |bind| bind.name))
            .in_process(Some(server.name()))
            .at_each(bind.map(|bind| bind.place))
            .at(pass.place)
            .hint("let it listen on `127.0.0.1`");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn open_beside_nginx() {
        assert_snapshot!(findings("listens-on-every-interface", "
            process shop.service program=uvicorn app=shop.main:app listens=0.0.0.0:8000
            uvicorn.host uvicorn
              command-line  0.0.0.0  shop.service:7  shop.service
            nginx.proxy_pass nginx
              proxy  http://shop  /etc/nginx/sites-enabled/shop:9
            nginx.upstream.server nginx
              proxy  127.0.0.1:8000  /etc/nginx/sites-enabled/shop:2
        "), @"
        warning: `shop.service` listens on `0.0.0.0:8000`, for everybody who reaches this machine, and nginx needs it on this machine alone (`nginx.upstream.server`)
          --> shop.service:7
          --> /etc/nginx/sites-enabled/shop:2
          expected: `127.0.0.1`, or a Unix socket
          hint: let it listen on `127.0.0.1`
        ");
    }

    #[test]
    fn silent_for_containers_other_machines_and_closed_sockets() {
        for process in [
            "web program=uvicorn listens=0.0.0.0:8000",
            "shop.service program=uvicorn listens=127.0.0.1:8000",
            "shop.service program=uvicorn listens=unix:/run/shop.sock",
            "shop.service program=uvicorn",
        ] {
            assert_eq!(findings("listens-on-every-interface", &format!("
                process {process}
                nginx.proxy_pass nginx
                  proxy  http://127.0.0.1:8000  /etc/nginx/sites-enabled/shop:9
            ")), "", "{process}");
        }
        assert_snapshot!(findings("listens-on-every-interface", "
            process shop.service program=uvicorn app=shop.main:app listens=0.0.0.0:8000
            nginx.proxy_pass nginx
              proxy  http://10.0.0.7:8000  /etc/nginx/sites-enabled/shop:9
        "), @"");
        assert_snapshot!(findings("listens-on-every-interface", "
            process shop.service program=uvicorn app=shop.main:app listens=0.0.0.0:8000
        "), @"");
    }

    #[test]
    fn open_beside_caddy() {
        assert_snapshot!(findings("listens-on-every-interface", "
            process shop.service program=uvicorn app=shop.main:app listens=0.0.0.0:8000
            uvicorn.host uvicorn
              command-line  0.0.0.0  shop.service:7  shop.service
            caddy.reverse_proxy caddy
              proxy  10.0.0.7:8000·:8000  /etc/caddy/Caddyfile:3
        "), @"
        warning: `shop.service` listens on `0.0.0.0:8000`, for everybody who reaches this machine, and Caddy needs it on this machine alone (`caddy.reverse_proxy`)
          --> shop.service:7
          --> /etc/caddy/Caddyfile:3
          expected: `127.0.0.1`, or a Unix socket
          hint: let it listen on `127.0.0.1`
        ");
        assert_snapshot!(findings("listens-on-every-interface", "
            process shop.service program=uvicorn app=shop.main:app listens=0.0.0.0:8000
            caddy.reverse_proxy caddy
              proxy  10.0.0.7:8000  /etc/caddy/Caddyfile:3
        "), @"");
    }
}
