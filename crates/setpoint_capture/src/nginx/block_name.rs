use setpoint_formats::nginx::{Configuration, Node};
use std::collections::BTreeMap;

/// Calls blocks by names that people know them by.
pub(super) struct BlockNames<'a> {
    configuration: &'a Configuration,
    /// How many servers are called so; two are most often one for http and one for https.
    servers: BTreeMap<String, usize>,
}

impl<'a> BlockNames<'a> {
    pub(super) fn of(configuration: &'a Configuration) -> Self {
        let mut servers = BTreeMap::new();
        for node in configuration.nodes().filter(|node| configuration.directive(*node).name.is("server")) {
            *servers.entry(server_name(configuration, node)).or_default() += 1;
        }
        Self { configuration, servers }
    }

    /// The blocks from the outermost one: `server shop.example/location /api`; `http` where there is no other around.
    /// `None` at the top of a file.
    pub(super) fn long(&self, block: Option<Node>) -> Option<String> {
        let block = block?;
        let mut titles: Vec<_> = [block].into_iter().chain(self.configuration.around(block)).collect();
        titles.reverse();
        if titles.len() > 1 && self.configuration.directive(titles[0]).name.is("http") {
            titles.remove(0);
        }
        let titles: Vec<_> = titles.into_iter().map(|block| self.title(block)).collect();
        Some(titles.join("/"))
    }

    /// `shop.example/api`, `shop.example = /health`, `upstream shop`, `http`; `main` at the top of a file.
    pub(super) fn short(&self, block: Option<Node>) -> String {
        let Some(block) = block else { return "main".to_owned() };
        let is = |name: &str| self.configuration.directive(block).name.is(name);
        if is("server") {
            return self.server(block);
        }
        if !is("location") && !is("if") && !is("limit_except") {
            return self.title(block);
        }
        let mut around = self.configuration.around(block);
        let server = around.find(|around| self.configuration.directive(*around).name.is("server"));
        let server = server.map_or_else(String::new, |server| self.server(server));
        let title = self.title(block);
        match title.strip_prefix("location ") {
            Some(path) if path.starts_with('/') => format!("{server}{path}"),
            Some(location) => format!("{server} {location}").trim_start().to_owned(),
            None => format!("{server} {title}").trim_start().to_owned(),
        }
    }

    fn title(&self, block: Node) -> String {
        let directive = self.configuration.directive(block);
        if directive.name.is("server") {
            return format!("server {}", self.server(block)).trim_end().to_owned();
        }
        let words: Vec<_> = [&directive.name].into_iter().chain(&directive.arguments).map(|word| word.text()).collect();
        words.join(" ")
    }

    /// The server's name, with its port where another server has the same name.
    fn server(&self, server: Node) -> String {
        let name = server_name(self.configuration, server);
        if self.servers.get(&name).is_none_or(|count| *count < 2) {
            return name;
        }
        match argument(self.configuration, server, "listen") {
            Some(listen) => format!("{name}:{}", listen.rsplit(':').next().unwrap_or(&listen)),
            None => name,
        }
    }
}

/// The first of the server's names; nothing for a server that takes every name.
fn server_name(configuration: &Configuration, server: Node) -> String {
    argument(configuration, server, "server_name").filter(|name| name != "_").unwrap_or_default()
}

fn argument(configuration: &Configuration, block: Node, name: &str) -> Option<String> {
    let directive = configuration.children(Some(block)).map(|node| configuration.directive(node));
    let first = directive.filter(|directive| directive.name.is(name)).find_map(|directive| directive.arguments.first());
    first.map(|word| word.text().into_owned())
}
