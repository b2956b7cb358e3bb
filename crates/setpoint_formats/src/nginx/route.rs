use super::configuration::{Configuration, Node};
use super::tree::Body;
use super::variable::Variables;
use crate::Address;
use std::collections::BTreeMap;

/// One place that passes requests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The `proxy_pass`, `uwsgi_pass`, … itself.
    pub pass: Node,
    /// The block that it stands in: a location, an `if` or `limit_except` in one, or a server of `stream`.
    pub block: Option<Node>,
    /// The location around it.
    pub location: Option<Node>,
    /// The server around it; `None` in a fragment that is included in one.
    pub server: Option<Node>,
    /// Where it passes requests to, as far as the configuration says so.
    pub destinations: Vec<Destination>,
}

/// An address that a route passes requests to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The address.
    pub address: Address,
    /// The `upstream` block that names it; `None` where the route itself does.
    pub upstream: Option<Node>,
}

/// The directives that pass a request to another server.
const PASSES: [&str; 7] =
    ["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass", "tunnel_pass"];

impl Configuration {
    /// Every place that passes requests on, in the order in which nginx reads them. Names of `upstream` blocks and
    /// variables with known values are resolved; host names are not.
    pub fn routes(&self) -> Vec<Route> {
        let variables = Variables::of(self);
        let upstreams = self.upstreams();
        let passes = self.nodes().filter(|node| {
            let directive = self.directive(*node);
            directive.body == Body::Nothing && PASSES.iter().any(|pass| directive.name.is(pass))
        });
        passes
            .filter_map(|pass| {
                let target = self.directive(pass).arguments.first()?.text();
                let around = |name: &str| self.around(pass).find(|block| self.directive(*block).name.is(name));
                let mut destinations = Vec::new();
                for text in variables.texts(self, pass, &target) {
                    self.resolve(&text, &upstreams, &mut destinations);
                }
                let (block, location, server) = (self.parent(pass), around("location"), around("server"));
                Some(Route { pass, block, location, server, destinations })
            })
            .collect()
    }

    /// By name, in lower case as nginx compares them.
    fn upstreams(&self) -> BTreeMap<String, Node> {
        let blocks = self.nodes().filter_map(|node| {
            let directive = self.directive(node);
            match (directive.body, directive.arguments.as_slice()) {
                (Body::Block(_), [name]) if directive.name.is("upstream") => {
                    Some((name.text().to_ascii_lowercase(), node))
                }
                (Body::Nothing | Body::Block(_) | Body::Lua(_), _) => None,
            }
        });
        blocks.collect()
    }

    fn resolve(&self, target: &str, upstreams: &BTreeMap<String, Node>, destinations: &mut Vec<Destination>) {
        let (scheme, rest) = target.split_once("://").unwrap_or(("", target));
        // `http://unix:/run/shop.sock:/path`: the second colon ends the socket's path.
        let authority = match rest.strip_prefix("unix:") {
            Some(path) => &rest[.."unix:".len() + path.find(':').unwrap_or(path.len())],
            None => &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())],
        };
        let mut add = |address: Option<Address>, upstream: Option<Node>| {
            let destination = address.map(|address| Destination { address, upstream });
            destinations.extend(destination.filter(|new| !destinations.contains(new)));
        };
        if let Some(upstream) = upstreams.get(&authority.to_ascii_lowercase()) {
            for server in self.children(Some(*upstream)).map(|node| self.directive(node)) {
                if let (true, Some(address)) = (server.name.is("server"), server.arguments.first()) {
                    add(Address::read(&address.text(), Some(80)), Some(*upstream));
                }
            }
            return;
        }
        let default_port = match scheme {
            "http" | "grpc" => Some(80),
            "https" | "grpcs" => Some(443),
            _ => None,
        };
        add(Address::read(authority, default_port), None);
    }
}

#[cfg(test)]
mod tests {
    use crate::nginx::configuration::tests::{read, written};

    /// A line for each route: its location, what it passes to, and the upstream that names that.
    fn routes(text: &str) -> Vec<String> {
        let (configuration, problems) = read(&[("nginx.conf", text)]);
        assert_eq!(problems, []);
        let line = |route: super::Route| {
            let location = route.location.map(|node| written(&configuration, node)).unwrap_or_default();
            let to = route.destinations.iter().map(|destination| match destination.upstream {
                Some(upstream) => format!(" {} by {}", destination.address, written(&configuration, upstream)),
                None => format!(" {}", destination.address),
            });
            format!("{location}:{}", to.collect::<String>())
        };
        configuration.routes().into_iter().map(line).collect()
    }

    #[test]
    fn an_upstream_stands_for_its_servers() {
        let text = "http {
            upstream Shop { server 127.0.0.1:8000 weight=2; server unix:/run/shop.sock backup; server b; keepalive 8; }
            server { listen 80;
                location / { proxy_pass http://shop; }
                location /api/ { proxy_pass http://shop/v1/; }
                location /ws { if ($http_upgrade) { uwsgi_pass shop; } }
                location /b { proxy_pass https://backend.internal; }
                location /u { proxy_pass http://unix:/run/other.sock:/path/; }
                location /g { grpc_pass grpc://[::1]:50051; }
                location /f { fastcgi_pass localhost:9000; }
                location /s { try_files $uri =404; }
            } }";
        let shop = " 127.0.0.1:8000 by upstream Shop unix:/run/shop.sock by upstream Shop b:80 by upstream Shop";
        let expected = [
            format!("location /:{shop}"),
            format!("location /api/:{shop}"),
            format!("location /ws:{shop}"),
            "location /b: backend.internal:443".to_owned(),
            "location /u: unix:/run/other.sock".to_owned(),
            "location /g: [::1]:50051".to_owned(),
            "location /f: localhost:9000".to_owned(),
        ];
        assert_eq!(routes(text), expected);
    }

    #[test]
    fn a_variable_stands_for_each_of_its_values() {
        let text = "
            map $cookie_beta $pool { hostnames; default blue; yes green; }
            upstream blue { server 127.0.0.1:8001; }
            upstream green { server 127.0.0.1:8002; }
            server {
                set $port 8003;
                location / { proxy_pass http://$pool$request_uri; }
                location /p { if ($arg_x) { set $port 8004; } proxy_pass http://127.0.0.1:${port}; }
                location /q { set $elsewhere 127.0.0.1:1; }
                location /r { proxy_pass http://$elsewhere; }
                location /s { set $a $b; set $b $a$a; proxy_pass http://$a; }
            }";
        let expected = ["location /:", "location /p: 127.0.0.1:8003 127.0.0.1:8004", "location /r:", "location /s:"];
        assert_eq!(routes(text), expected);
    }
}
