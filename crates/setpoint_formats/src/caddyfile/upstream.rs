//! Where a `reverse_proxy` passes requests to, by the forms that Caddy takes (`parseUpstreamDialAddress` in
//! `modules/caddyhttp/reverseproxy/addresses.go` upstream).

use crate::Address;

/// As many ports as one range may name here; Caddy has no limit.
const MOST_PORTS: u16 = 256;

/// The addresses that an upstream stands for; `None` where a request decides, or it is no address.
pub(super) fn addresses(upstream: &str) -> Option<Vec<Address>> {
    if upstream.contains(['{', '}']) {
        return None;
    }
    if let Some((scheme, rest)) = upstream.split_once("://") {
        let port = match scheme {
            "http" | "h2c" => 80,
            "https" => 443,
            _ => return None,
        };
        return of_socket(rest, port);
    }
    match upstream.split_once('/') {
        Some(("unix" | "unix+h2c", path)) => Some(vec![Address::Unix(path.to_owned())]),
        Some(("tcp" | "tcp4" | "tcp6", rest)) => of_socket(rest, 80),
        Some(_) => None,
        None => of_socket(upstream, 80),
    }
}

/// `host:port`, `host:8001-8003`, a host alone, or `:port` of this machine.
fn of_socket(text: &str, default_port: u16) -> Option<Vec<Address>> {
    let (host, port) = match text.rsplit_once(':') {
        // The colons of an address in brackets are its own.
        Some((host, port)) if !port.contains(']') => (host, port),
        Some(_) | None => (text, ""),
    };
    // Go dials this machine where no host is named (`net.Dial`).
    let host = if host.is_empty() { "localhost" } else { host };
    let Some((first, last)) = port.split_once('-') else {
        let text = if port.is_empty() { host.to_owned() } else { format!("{host}:{port}") };
        return Address::read(&text, Some(default_port)).map(|address| vec![address]);
    };
    let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
    let is_short = last.checked_sub(first).is_some_and(|more| more < MOST_PORTS);
    let ports = is_short.then_some(first..=last)?;
    ports.map(|port| Address::read(&format!("{host}:{port}"), None)).collect()
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn an_upstream_is_an_address_in_many_forms() {
        let shown = |upstream: &str| {
            let addresses = addresses(upstream)?;
            Some(addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        for (upstream, expected) in [
            ("127.0.0.1:8000", Some("127.0.0.1:8000")),
            (":8000", Some("localhost:8000")),
            ("shop", Some("shop:80")),
            ("[::1]:8000", Some("[::1]:8000")),
            ("[::1]", Some("[::1]:80")),
            ("http://127.0.0.1:8000", Some("127.0.0.1:8000")),
            ("h2c://shop", Some("shop:80")),
            ("https://shop.example", Some("shop.example:443")),
            ("unix//run/shop.sock", Some("unix:/run/shop.sock")),
            ("unix+h2c//run/shop.sock", Some("unix:/run/shop.sock")),
            ("tcp/shop:8000", Some("shop:8000")),
            ("shop:8001-8003", Some("shop:8001 shop:8002 shop:8003")),
            ("shop:8003-8001", None),
            ("shop:1-65535", None),
            ("{http.vars.backend}", None),
            ("{$BACKEND:127.0.0.1:8000}", None),
            ("udp/shop:53", None),
            ("http://shop/path", None),
        ] {
            assert_eq!(shown(upstream).as_deref(), expected, "{upstream}");
        }
    }
}
