use super::configuration::{Configuration, Node};
use super::location::Case;
use super::request::Request;
use super::tree::Body;

impl Configuration {
    /// The servers of HTTP, in their order.
    pub fn servers(&self) -> impl Iterator<Item = Node> {
        self.nodes().filter(|node| {
            let directive = self.directive(*node);
            let is_of_http = self.parent(*node).is_none_or(|block| self.directive(block).name.is("http"));
            matches!(directive.body, Body::Block(_)) && directive.name.is("server") && is_of_http
        })
    }

    /// The names of a server, as they are written.
    pub fn server_names(&self, server: Node) -> Vec<String> {
        self.words(server, "server_name").into_iter().flatten().collect()
    }

    /// The server that answers a request for a host: of those that listen on its port the one with that name; with the
    /// longest `*.name`; with the longest `name.*`; with the first pattern; the default one; the first
    /// (`ngx_http_find_virtual_server`, and "How nginx processes a request" of its documentation). Servers that listen on
    /// one port of different addresses are not told apart.
    pub fn server_of(&self, request: &Request) -> Option<Node> {
        let host = request.host.as_deref()?;
        let here: Vec<Node> = self.servers().filter(|server| self.listens(*server, request.port)).collect();
        let named_by =
            |server: Node| self.server_names(server).into_iter().map(move |name| (server, name.to_ascii_lowercase()));
        let named: Vec<(Node, String)> = here.iter().copied().flat_map(named_by).collect();
        let below = |end: &str| host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1);
        let exact = || named.iter().find(|(_, name)| name.strip_prefix('.').unwrap_or(name) == host);
        let leading = || {
            let end = |name: &'_ str| name.strip_prefix("*.").or(name.strip_prefix('.')).map(str::to_owned);
            let fitting = named.iter().filter(|(_, name)| end(name).is_some_and(|end| below(&end)));
            fitting.rev().max_by_key(|(_, name)| name.len())
        };
        let trailing = || {
            let is_fitting = |name: &str| {
                name.strip_suffix('*').is_some_and(|start| start.ends_with('.') && host.starts_with(start))
            };
            named.iter().filter(|(_, name)| is_fitting(name)).rev().max_by_key(|(_, name)| name.len())
        };
        let pattern = || {
            let is_match = |server: Node, name: &str| {
                let pattern = name.strip_prefix('~');
                pattern.is_some_and(|it| self.is_match(server, it.as_bytes(), Case::Ignored, host).unwrap_or(false))
            };
            named.iter().find(|(server, name)| is_match(*server, name))
        };
        let chosen = exact().or_else(leading).or_else(trailing).or_else(pattern).map(|(server, _)| *server);
        let is_default = |server: &&Node| {
            let listens = self.words(**server, "listen");
            listens.iter().flatten().any(|word| word == "default_server" || word == "default")
        };
        chosen.or_else(|| here.iter().find(is_default).or(here.first()).copied())
    }

    /// The request as one for this server, where its address names no host.
    pub fn sent_to(&self, server: Node, mut request: Request) -> Request {
        if request.host.is_some() {
            return request;
        }
        let listens = self.words(server, "listen");
        let is_tls = listens.iter().flatten().any(|word| word == "ssl");
        let is_name = |name: &String| !name.starts_with(['~', '*', '.', '_', '$']) && !name.ends_with('*');
        request.scheme = Some(if is_tls { "https" } else { "http" }.to_owned());
        request.host =
            Some(self.server_names(server).into_iter().find(is_name).unwrap_or_else(|| "localhost".to_owned()));
        request.port = Some(listens.first().and_then(|listen| listen.first()).map_or(80, |address| port(address)));
        request
    }

    fn listens(&self, server: Node, wanted: Option<u16>) -> bool {
        let listens = self.words(server, "listen");
        let mut addresses = listens.iter().filter_map(|listen| listen.first());
        wanted.is_none_or(|wanted| {
            (listens.is_empty() && wanted == 80) || addresses.any(|address| port(address) == wanted)
        })
    }

    /// The arguments of each directive of that name in the block.
    fn words(&self, block: Node, name: &str) -> Vec<Vec<String>> {
        let directives = self.children(Some(block)).map(|node| self.directive(node));
        let named = directives.filter(|directive| directive.name.is(name));
        named.map(|directive| directive.arguments.iter().map(|word| word.text().into_owned()).collect()).collect()
    }
}

/// The port of a `listen`: `8080`, `127.0.0.1:8080`, `[::]:8080`; 80 where it names none.
fn port(address: &str) -> u16 {
    let after = address.rsplit_once(':').map_or(address, |(_, port)| port);
    after.parse().unwrap_or(80)
}
