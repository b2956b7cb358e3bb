//! ## What it finds
//!
//! A unit's server that listens on every address of the machine (`0.0.0.0`, `::`), or a container that is published
//! there (`ports: ["8000:8000"]`), while an nginx or a Caddy on the same machine passes requests to it over
//! `127.0.0.1`, or over the network of the compose file.
//!
//! ## Why it hurts
//!
//! Unless a firewall stops it (and Docker opens a port that it publishes in front of `ufw`),
//! `http://shop.example:8000/` answers too: without TLS, past the proxy's limits of bodies and rates, past its
//! access log, and with whatever `X-Forwarded-For` the visitor writes. Scanners find such a port within hours, and
//! the log fills with `Invalid HTTP request received.`
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
//! Listen on `127.0.0.1`, or on a Unix socket. In a container `0.0.0.0` is right, and what is published decides:
//! publish `127.0.0.1:8000:8000`, or nothing where the proxy is in the same compose file. Units with an
//! `IPAddressDeny=` are not reported.
//!
//! Sources: `gunicorn/config.py`, `Bind`; `uvicorn/main.py`, `--host`; systemd.resource-control(5), `IPAddressDeny=`;
//! Compose specification, `ports`; docs.docker.com, "Packet filtering and firewalls".

use crate::proxy::Proxy;
use crate::server::{Reach, Server, Starter};
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        let published = server.container("publish");
        match server.starter() {
            Starter::Unit if server.unit("IPAddressDeny").is_none() => {}
            Starter::Container if published.is_some() => {}
            Starter::Unit | Starter::Container | Starter::Other => continue,
        }
        let open = server.listens().into_iter().find(|(_, reach)| *reach == Reach::Everywhere);
        let Some((listen, _)) = open else { continue };
        let directives = ["proxy_pass", "upstream.server", "reverse_proxy"];
        let passes = directives.into_iter().flat_map(|directive| server.proxy(directive));
        if let Some(pass) = passes.into_iter().find(|pass| is_beside(*pass, published.map(|_| server.name()))) {
            report.listens_on_every_interface(rule, server, listen, pass);
        }
    }
}

/// True for a pass to this machine, or to a container by the name that its service has in the compose file's network.
fn is_beside(pass: Setting<'_>, service: Option<&str>) -> bool {
    let texts = pass.texts();
    // Caddy has several upstreams behind one directive, and leaves the host out for this machine.
    texts.iter().flat_map(|text| text.split_whitespace()).any(|text| {
        let address = text.split_once("://").map_or(text, |(_, address)| address);
        let is_bare_port = pass.proxy() == Some(Proxy::Caddy) && address.starts_with(':');
        let is_service = address.split([':', '/']).next().is_some_and(|host| Some(host) == service);
        is_bare_port || is_service || ["127.", "localhost", "[::1]"].iter().any(|start| address.starts_with(start))
    })
}

impl Report {
    fn listens_on_every_interface(&mut self, rule: &Rule, server: Server<'_>, listen: &str, pass: Setting<'_>) {
        let (published, container) = (server.container("publish"), server.starter() == Starter::Container);
        let message = format!(
            "`{}` {} on `{listen}`, for everybody who reaches this machine, and {} needs it on this machine alone \
             (`{}`)",
            server.name(),
            if container { "is published" } else { "listens" },
            pass.of_proxy(),
            pass.name
        );
        let bind = if container { published } else { server.bind() };
        let (expected, hint) = if container {
            ("a port of `127.0.0.1`, or none", "write `127.0.0.1:` in front of the port in `ports`")
        } else {
            ("`127.0.0.1`, or a Unix socket", "let it listen on `127.0.0.1`")
        };
        self.add(rule, message, expected)
            .about(bind.map_or(pass.name, |bind| bind.name))
            .in_process(Some(server.name()))
            .at_each(bind.map(|bind| bind.place))
            .at(pass.place)
            .hint(hint);
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
    fn containers_that_are_published_to_everybody() {
        for (published, pass) in [
            ("0.0.0.0:8000", "http://127.0.0.1:8000"),
            ("0.0.0.0:8000", "http://web:8000"),
            ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ] {
            let said = findings("listens-on-every-interface", &format!("
                process web program=uvicorn app=shop.main:app listens={published}
                container.publish container
                  unit  {published}  compose.yaml:5  web
                nginx.proxy_pass nginx
                  proxy  {pass}  nginx/shop.conf:9
            "));
            assert_eq!(said.contains("published"), published.starts_with("0."), "{pass}");
            if pass.contains("web") {
                assert_snapshot!(said, @"
                warning: `web` is published on `0.0.0.0:8000`, for everybody who reaches this machine, and nginx needs it on this machine alone (`nginx.proxy_pass`)
                  --> compose.yaml:5
                  --> nginx/shop.conf:9
                  expected: a port of `127.0.0.1`, or none
                  hint: write `127.0.0.1:` in front of the port in `ports`
                ");
            }
        }
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
