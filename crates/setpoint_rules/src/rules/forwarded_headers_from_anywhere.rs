//! ## What it finds
//!
//! A server that believes what a request says of its own client, although anybody may have written it.
//!
//! - `--forwarded-allow-ips '*'` on a socket that more than this machine reaches;
//! - `'*'` with uvicorn, which then takes the first address in `X-Forwarded-For`, behind an nginx that only adds to
//!   what the client sent (`$proxy_add_x_forwarded_for`);
//! - an nginx that passes the client's own `X-Forwarded-For` on, also by setting other headers and not this one, with a
//!   uvicorn that believes nginx;
//! - a Caddy whose `header_up X-Forwarded-For` puts the client's own text back in place of what Caddy itself says;
//! - Django's `SECURE_PROXY_SSL_HEADER` on a header that the proxy does not set, and so passes on as it came.
//!
//! ## Why it hurts
//!
//! Nothing is seen until it is used. Then a limit of attempts per address counts for nothing, a list of allowed
//! addresses lets everybody in, and the access log shows addresses that the attacker chose.
//!
//! ## Example
//!
//! ```sh
//! uvicorn shop.main:app --uds /run/shop/shop.sock --forwarded-allow-ips '*'
//! # nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
//! curl -H 'X-Forwarded-For: 10.0.0.1' https://shop.example/   # is 10.0.0.1 for the application
//! ```
//!
//! ## What to do
//!
//! Let nginx overwrite the headers (`proxy_set_header X-Forwarded-For $remote_addr;`, `proxy_set_header
//! X-Forwarded-Proto $scheme;`), and let the server listen on `127.0.0.1` or a Unix socket and believe that alone.
//! Over a Unix socket uvicorn believes nobody but `'*'`, which is right there if nginx overwrites. Caddy overwrites
//! `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host` by itself since 2.5, so that no `header_up` is needed.
//!
//! Sources: `uvicorn/middleware/proxy_headers.py`; `gunicorn/config.py`, `ForwardedAllowIPS`; nginx.org,
//! `ngx_http_proxy_module`, `proxy_set_header`; caddyserver.com, `reverse_proxy`, "Defaults"; Django, "Settings",
//! `SECURE_PROXY_SSL_HEADER`.

use crate::proxy::Proxy;
use crate::server::{Reach, Server};
use crate::setting::Setting;
use crate::{Facts, Report, Rule};

const FORWARDED_FOR: &str = "proxy_set_header.X-Forwarded-For";
/// The same of Caddy, and its placeholder for what the client sent, which has a shorter form.
const HEADER_UP: &str = "reverse_proxy.header_up.X-Forwarded-For";
const SENT_BY_CLIENT: [&str; 2] = ["{header.x-forwarded-for}", "{http.request.header.x-forwarded-for}"];
/// What makes a proxy believe another one before it, whose word is then worth passing on. Caddy has it for one
/// `reverse_proxy` and for a whole listener (caddyserver.com, `reverse_proxy`, "Defaults", and "Global options").
const BELIEVES_ANOTHER: [&str; 3] =
    ["set_real_ip_from", "reverse_proxy.trusted_proxies", "options.servers.trusted_proxies"];
/// What Caddy sets by itself (`addForwardedHeaders` in `modules/caddyhttp/reverseproxy/reverseproxy.go` upstream).
const SET_BY_CADDY: [&str; 3] = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"];

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        if let Some((trust, from)) = server.trusted() {
            let everybody = from.iter().any(|from| from == "*");
            let is_open = |reach: &Reach| matches!(reach, Reach::Address | Reach::Everywhere);
            let open = server.listens().into_iter().find(|(_, reach)| is_open(reach));
            if everybody && let Some((listen, _)) = open {
                report.believes_everybody(rule, server, trust, listen);
            } else if server.reads_forwarded_for() && believes_proxy(&from) {
                judge_forwarded_for(rule, server, trust, everybody, report);
            }
        }
        judge_django(rule, facts, server, report);
    }
}

/// The proxy on this machine; another address may be that of anything.
fn believes_proxy(from: &[String]) -> bool {
    from.iter().any(|from| ["*", "127.0.0.1", "::1"].contains(&from.as_str()))
}

fn judge_forwarded_for(rule: &Rule, server: Server<'_>, trust: Setting<'_>, everybody: bool, report: &mut Report) {
    if BELIEVES_ANOTHER.iter().any(|directive| server.proxy_says(directive)) {
        return;
    }
    for header in server.proxy(HEADER_UP) {
        let text = header.text().to_lowercase();
        if SENT_BY_CLIENT.iter().any(|placeholder| text.contains(placeholder)) {
            report.takes_what_the_client_sent(rule, server, header, trust);
        }
    }
    for header in server.proxy(FORWARDED_FOR) {
        let text = header.text();
        if text.contains("$http_x_forwarded_for") || (everybody && text.contains("$proxy_add_x_forwarded_for")) {
            report.takes_what_the_client_sent(rule, server, header, trust);
        }
    }
    // A header that nginx does not set goes through as it came. One that sets none at all is said to tell nothing of
    // the client (`forwarded-headers-ignored`).
    let sets_others = server.proxy_tells_of_the_client() && server.proxy(FORWARDED_FOR).is_empty();
    let is_left = sets_others && !server.proxy_is_incomplete();
    if let Some(pass) = server.main_proxy("proxy_pass").filter(|_| is_left) {
        report.takes_what_nginx_leaves(rule, server, pass, trust);
    }
}

fn judge_django(rule: &Rule, facts: Facts<'_>, server: Server<'_>, report: &mut Report) {
    let Some(setting) = facts.setting("SECURE_PROXY_SSL_HEADER", server.name()) else { return };
    let Some(header) = setting.texts().first().and_then(|name| header(name)) else { return };
    for proxy in server.proxies() {
        let pass = server.main_proxy(proxy.pass()).filter(|_| !server.proxy_is_incomplete());
        if let Some(pass) = pass.filter(|_| !is_set(server, proxy, &header)) {
            report.django_takes_https_from_the_client(rule, server, setting, (proxy, pass), &header);
        }
    }
}

/// True if the application does not get the header as the client sent it.
fn is_set(server: Server<'_>, proxy: Proxy, header: &str) -> bool {
    let says = |directive: &str| !server.proxy(&format!("{directive}.{header}")).is_empty();
    match proxy {
        Proxy::Nginx => says(proxy.header()),
        Proxy::Caddy => {
            // `-` takes it away; both directives may do so.
            let forms = [proxy.header(), "request_header"].map(|directive| [directive.to_owned(), format!("{directive}.-")]);
            let is_own = SET_BY_CADDY.iter().any(|own| own.eq_ignore_ascii_case(header));
            let takes_away = |form: &String| !server.proxy(&format!("{form}{header}")).is_empty();
            is_own || forms.iter().any(|[sets, takes]| says(sets) || takes_away(takes))
        }
    }
}

/// `X-Forwarded-Proto` of WSGI's `HTTP_X_FORWARDED_PROTO`.
fn header(variable: &str) -> Option<String> {
    let words = variable.strip_prefix("HTTP_")?.split('_').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{first}{}", rest.to_lowercase())
    });
    Some(words.collect::<Vec<_>>().join("-"))
}

impl Report {
    fn believes_everybody(&mut self, rule: &Rule, server: Server<'_>, trust: Setting<'_>, listen: &str) {
        let message = format!(
            "`{}` believes what any request says of its client (`{}` is `*`), and listens on `{listen}`, which more \
             than this machine reaches",
            server.name(),
            trust.name
        );
        self.add(rule, message, "a server that believes the proxy alone, on `127.0.0.1` or a Unix socket")
            .about(trust.name)
            .in_process(Some(server.name()))
            .at(trust.place)
            .at_each(server.bind().map(|bind| bind.place))
            .hint("listen on `127.0.0.1` or a Unix socket, or name the proxy's address instead of `*`");
    }

    fn takes_what_the_client_sent(&mut self, rule: &Rule, server: Server<'_>, header: Setting<'_>, trust: Setting<'_>) {
        let message = format!(
            "the client chooses the address that `{}` sees: {} passes on what it sent in `X-Forwarded-For` (`{}`), \
             and `{}` says to believe it",
            server.name(),
            header.of_proxy(),
            header.text(),
            trust.name
        );
        let (expected, hint) = match header.proxy() {
            Some(Proxy::Caddy) => ("what Caddy says of the client by itself", "take the `header_up` out"),
            Some(Proxy::Nginx) | None => {
                ("`proxy_set_header X-Forwarded-For $remote_addr;`", "let nginx overwrite the header with `$remote_addr`")
            }
        };
        self.add(rule, message, expected)
            .about(header.name)
            .in_process(Some(server.name()))
            .at(header.place)
            .at(trust.place)
            .hint(hint);
    }

    fn takes_what_nginx_leaves(&mut self, rule: &Rule, server: Server<'_>, pass: Setting<'_>, trust: Setting<'_>) {
        let message = format!(
            "the client chooses the address that `{}` sees: nginx does not set `X-Forwarded-For` and passes on what the \
             client sent, and `{}` says to believe it",
            server.name(),
            trust.name
        );
        self.add(rule, message, "`proxy_set_header X-Forwarded-For $remote_addr;`")
            .about(pass.name)
            .in_process(Some(server.name()))
            .at(pass.place)
            .at(trust.place)
            .hint("add `proxy_set_header X-Forwarded-For $remote_addr;` where nginx passes the requests on");
    }

    fn django_takes_https_from_the_client(
        &mut self,
        rule: &Rule,
        server: Server<'_>,
        setting: Setting<'_>,
        (proxy, pass): (Proxy, Setting<'_>),
        header: &str,
    ) {
        let set = match proxy {
            Proxy::Nginx => format!("proxy_set_header {header} $scheme;"),
            Proxy::Caddy => format!("header_up {header} {{scheme}}"),
        };
        let message = format!(
            "Django takes a request for `https` if its header `{header}` says so (`{}`), and {proxy} does not set it: it \
             passes on what the client sent",
            setting.name
        );
        self.add(rule, message, format!("`{set}`"))
            .about(setting.name)
            .in_process(Some(server.name()))
            .at(pass.place)
            .at(setting.place)
            .hint(format!("add `{set}` where {proxy} passes the requests on"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_public_socket_that_believes_everybody() {
        assert_snapshot!(findings("forwarded-headers-from-anywhere", "
            process shop.service program=gunicorn app=shop.wsgi listens=0.0.0.0:8000
            gunicorn.forwarded_allow_ips gunicorn
              environment-file  *  /etc/shop/shop.env:3  shop.service
            gunicorn.bind gunicorn
              command-line  0.0.0.0:8000  shop.service:7  shop.service
        "), @"
        error: `shop.service` believes what any request says of its client (`gunicorn.forwarded_allow_ips` is `*`), and listens on `0.0.0.0:8000`, which more than this machine reaches
          --> /etc/shop/shop.env:3
          --> shop.service:7
          expected: a server that believes the proxy alone, on `127.0.0.1` or a Unix socket
          hint: listen on `127.0.0.1` or a Unix socket, or name the proxy's address instead of `*`
        ");
    }

    #[test]
    fn an_address_that_the_client_chooses() {
        for (header, trusted) in [("$proxy_add_x_forwarded_for", "*"), ("$http_x_forwarded_for", "127.0.0.1")] {
            let said = findings("forwarded-headers-from-anywhere", &format!("
                process shop.service program=uvicorn app=shop.main:app listens=unix:/run/shop.sock
                uvicorn.forwarded_allow_ips uvicorn
                  command-line  {trusted}  shop.service:7  shop.service
                nginx.proxy_set_header.X-Forwarded-For nginx
                  proxy  {header}  /etc/nginx/sites-enabled/shop:9
            "));
            assert!(said.starts_with("error: the client chooses the address that `shop.service` sees"), "{said}");
        }
    }

    #[test]
    fn a_header_that_nginx_leaves_as_it_came() {
        assert_snapshot!(findings("forwarded-headers-from-anywhere", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.forwarded_allow_ips uvicorn
              library  null  uvicorn/config.py:1
            nginx.proxy_pass nginx
              proxy  http://127.0.0.1:8000  /etc/nginx/sites-enabled/shop:8
            nginx.proxy_set_header.Host nginx
              proxy  $host  /etc/nginx/sites-enabled/shop:9
        "), @"
        error: the client chooses the address that `shop.service` sees: nginx does not set `X-Forwarded-For` and passes on what the client sent, and `uvicorn.forwarded_allow_ips` says to believe it
          --> /etc/nginx/sites-enabled/shop:8
          --> uvicorn/config.py:1
          expected: `proxy_set_header X-Forwarded-For $remote_addr;`
          hint: add `proxy_set_header X-Forwarded-For $remote_addr;` where nginx passes the requests on
        ");
    }

    #[test]
    fn django_and_a_header_that_nobody_sets() {
        assert_snapshot!(findings("forwarded-headers-from-anywhere", r#"
            process shop.service program=gunicorn app=shop.wsgi listens=127.0.0.1:8000
            SECURE_PROXY_SSL_HEADER django-settings
              code   ["HTTP_X_FORWARDED_PROTO","https"]  shop/settings.py:8
            nginx.proxy_pass nginx
              proxy  http://127.0.0.1:8000  /etc/nginx/sites-enabled/shop:9
        "#), @"
        error: Django takes a request for `https` if its header `X-Forwarded-Proto` says so (`SECURE_PROXY_SSL_HEADER`), and nginx does not set it: it passes on what the client sent
          --> /etc/nginx/sites-enabled/shop:9
          --> shop/settings.py:8
          expected: `proxy_set_header X-Forwarded-Proto $scheme;`
          hint: add `proxy_set_header X-Forwarded-Proto $scheme;` where nginx passes the requests on
        ");
    }

    #[test]
    fn silent_where_nginx_overwrites_or_is_believed_alone_or_tells_nothing() {
        assert_snapshot!(findings("forwarded-headers-from-anywhere", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.forwarded_allow_ips uvicorn
              library  null  uvicorn/config.py:1
            nginx.proxy_pass nginx
              proxy  http://127.0.0.1:8000  /etc/nginx/sites-enabled/shop:8
        "), @"");
        assert_snapshot!(findings("forwarded-headers-from-anywhere", r#"
            process shop.service program=uvicorn app=shop.main:app listens=unix:/run/shop.sock
            uvicorn.forwarded_allow_ips uvicorn
              command-line  *  shop.service:7  shop.service
            SECURE_PROXY_SSL_HEADER django-settings
              code   ["HTTP_X_FORWARDED_PROTO","https"]  shop/settings.py:8
            nginx.proxy_pass nginx
              proxy  http://unix:/run/shop.sock  /etc/nginx/sites-enabled/shop:8
            nginx.proxy_set_header.X-Forwarded-For nginx
              proxy  $remote_addr  /etc/nginx/sites-enabled/shop:9
            nginx.proxy_set_header.x-forwarded-proto nginx
              proxy  $scheme  /etc/nginx/sites-enabled/shop:10
        "#), @"");
        assert_snapshot!(findings("forwarded-headers-from-anywhere", "
            process shop.service program=gunicorn app=shop.wsgi listens=127.0.0.1:8000
            gunicorn.worker_class gunicorn
              configuration-file  uvicorn.workers.UvicornWorker  gunicorn.conf.py:1  shop.service
            gunicorn.forwarded_allow_ips gunicorn
              configuration-file  127.0.0.1  gunicorn.conf.py:2  shop.service
            nginx.proxy_set_header.X-Forwarded-For nginx
              proxy  $proxy_add_x_forwarded_for  /etc/nginx/sites-enabled/shop:9
        "), @"");
        assert_snapshot!(findings("forwarded-headers-from-anywhere", "
            process shop.service program=gunicorn app=shop.wsgi listens=127.0.0.1:8000
            gunicorn.worker_class gunicorn
              library  sync  gunicorn/config.py:1
            gunicorn.threads gunicorn
              library  1     gunicorn/config.py:2
            gunicorn.forwarded_allow_ips gunicorn
              configuration-file  *  gunicorn.conf.py:2  shop.service
            nginx.proxy_set_header.X-Forwarded-For nginx
              proxy  $proxy_add_x_forwarded_for  /etc/nginx/sites-enabled/shop:9
        "), @"");
    }

    #[test]
    fn a_caddy_that_puts_back_what_the_client_sent() {
        assert_snapshot!(findings("forwarded-headers-from-anywhere", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.forwarded_allow_ips uvicorn
              library  null  uvicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy.reverse_proxy.header_up.X-Forwarded-For caddy
              proxy  {header.X-Forwarded-For}  /etc/caddy/Caddyfile:4
        "), @"
        error: the client chooses the address that `shop.service` sees: Caddy passes on what it sent in `X-Forwarded-For` (`{header.X-Forwarded-For}`), and `uvicorn.forwarded_allow_ips` says to believe it
          --> /etc/caddy/Caddyfile:4
          --> uvicorn/config.py:1
          expected: what Caddy says of the client by itself
          hint: take the `header_up` out
        ");
        assert_snapshot!(findings("forwarded-headers-from-anywhere", r#"
            process shop.service program=gunicorn app=shop.wsgi listens=127.0.0.1:8000
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            SECURE_PROXY_SSL_HEADER django-settings
              code   ["HTTP_X_FORWARDED_SSL","https"]  shop/settings.py:8
        "#), @"
        error: Django takes a request for `https` if its header `X-Forwarded-Ssl` says so (`SECURE_PROXY_SSL_HEADER`), and Caddy does not set it: it passes on what the client sent
          --> /etc/caddy/Caddyfile:3
          --> shop/settings.py:8
          expected: `header_up X-Forwarded-Ssl {scheme}`
          hint: add `header_up X-Forwarded-Ssl {scheme}` where Caddy passes the requests on
        ");
    }

    #[test]
    fn silent_where_caddy_believes_a_proxy_before_it() {
        for (name, value) in [
            ("caddy.reverse_proxy.trusted_proxies", "private_ranges"),
            ("caddy.reverse_proxy.trusted_proxies", "?"),
            ("caddy.options.servers.trusted_proxies", "static·10.0.0.0/8"),
            ("caddy[options·servers·:443].options.servers.trusted_proxies", "static·10.0.0.0/8"),
        ] {
            let said = findings("forwarded-headers-from-anywhere", &format!("
                process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
                uvicorn.forwarded_allow_ips uvicorn
                  library  null  uvicorn/config.py:1
                caddy.reverse_proxy caddy
                  proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
                caddy.reverse_proxy.header_up.X-Forwarded-For caddy
                  proxy  {{header.X-Forwarded-For}}  /etc/caddy/Caddyfile:4
                {name} caddy
                  proxy  {value}  /etc/caddy/Caddyfile:5
            "));
            assert_eq!(said, "", "{name} {value}");
        }
    }

    #[test]
    fn silent_where_caddy_says_it_itself_or_takes_it_away() {
        assert_snapshot!(findings("forwarded-headers-from-anywhere", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.forwarded_allow_ips uvicorn
              library  null  uvicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
        "), @"");
        assert_snapshot!(findings("forwarded-headers-from-anywhere", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            uvicorn.forwarded_allow_ips uvicorn
              library  null  uvicorn/config.py:1
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy.reverse_proxy.header_up.X-Forwarded-For caddy
              proxy  {remote_host}  /etc/caddy/Caddyfile:4
        "), @"");
        assert_snapshot!(findings("forwarded-headers-from-anywhere", r#"
            process shop.service program=gunicorn app=shop.wsgi listens=127.0.0.1:8000
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            SECURE_PROXY_SSL_HEADER django-settings
              code   ["HTTP_X_FORWARDED_PROTO","https"]  shop/settings.py:8
        "#), @"");
        assert_snapshot!(findings("forwarded-headers-from-anywhere", r#"
            process shop.service program=gunicorn app=shop.wsgi listens=127.0.0.1:8000
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            SECURE_PROXY_SSL_HEADER django-settings
              code   ["HTTP_X_FORWARDED_SSL","https"]  shop/settings.py:8
            caddy.request_header.-X-Forwarded-Ssl caddy
              proxy  true  /etc/caddy/Caddyfile:4
        "#), @"");
    }
}
