use super::configuration::{Configuration, Node};
use super::tree::Body;
use std::collections::BTreeMap;

/// The directives of one name that are in force in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The directives' name.
    pub name: String,
    /// The directives, in the order in which nginx reads them. Almost always they stand in one block.
    pub nodes: Vec<Node>,
}

/// What the rewrite module runs one after the other for each request (`ngx_http_rewrite_module.c`): a program, no
/// settings.
const PROGRAM: [&str; 4] = ["set", "rewrite", "return", "break"];

/// What says how one location makes its answer, which a location inside it does not take over. All `*_pass`
/// directives are of this kind as well (`clcf->handler` in upstream's modules).
const HANDLERS: [&str; 10] = [
    "alias",
    "internal",
    "try_files",
    "stub_status",
    "empty_gif",
    "flv",
    "mp4",
    "perl",
    "js_content",
    "memcached_pass",
];

/// Directives that fill one list and so are inherited together or not at all (`ngx_http_access_module.c`).
const TOGETHER: [&str; 2] = ["allow", "deny"];

/// Directives whose inheritance another directive can change since nginx 1.29.3 (`ngx_http_headers_filter_module.c`).
const STEERED: [(&str, &str); 2] = [("add_header", "add_header_inherit"), ("add_trailer", "add_trailer_inherit")];

impl Configuration {
    /// What is in force in a block, its own directives and the inherited ones, sorted by name. A directive is taken
    /// over from the block around only if none of its name stands in the block itself; that holds for directives
    /// with one value and for those that make a list, such as `proxy_set_header`. What stands in `events` is in
    /// force everywhere. `None` is the top of the first file.
    pub fn in_force(&self, block: Option<Node>) -> Vec<Setting> {
        let mut settings = self.by_name(None);
        for events in self.children(None).filter(|node| self.directive(*node).name.is("events")) {
            settings.extend(self.by_name(Some(events)));
        }
        let inside_out: Vec<Node> =
            block.into_iter().chain(block.into_iter().flat_map(|block| self.around(block))).collect();
        for level in inside_out.into_iter().rev() {
            self.enter(level, &mut settings);
        }
        listed(settings)
    }

    /// The settings that stand directly in a block, such as an `upstream`, sorted by name.
    pub fn settings(&self, block: Option<Node>) -> Vec<Setting> {
        listed(self.by_name(block))
    }

    /// Turns what is in force around a block into what is in force in it.
    fn enter(&self, level: Node, settings: &mut BTreeMap<String, Vec<Node>>) {
        settings.retain(|name, _| !name.ends_with("_pass") && !HANDLERS.contains(&name.as_str()));
        let own = self.by_name(Some(level));
        if TOGETHER.iter().any(|name| own.contains_key(*name)) {
            TOGETHER.iter().for_each(|name| drop(settings.remove(*name)));
        }
        let around: Vec<_> = STEERED.iter().map(|(name, _)| settings.remove(*name).unwrap_or_default()).collect();
        settings.extend(own);
        for ((name, inherit), mut inherited) in STEERED.into_iter().zip(around) {
            let how = settings.get(inherit).and_then(|nodes| self.directive(*nodes.last()?).arguments.first());
            let stands_here = settings.contains_key(name);
            if how.is_some_and(|how| how.is("off")) || (stands_here && !how.is_some_and(|how| how.is("merge"))) {
                continue;
            }
            inherited.extend(settings.remove(name).unwrap_or_default());
            if !inherited.is_empty() {
                settings.insert(name.to_owned(), inherited);
            }
        }
    }

    fn by_name(&self, block: Option<Node>) -> BTreeMap<String, Vec<Node>> {
        let mut settings = BTreeMap::<String, Vec<Node>>::new();
        for node in self.children(block) {
            let directive = self.directive(node);
            let name = directive.name.text();
            match directive.body {
                Body::Nothing if name != "include" && !PROGRAM.contains(&name.as_ref()) => {
                    settings.entry(name.into_owned()).or_default().push(node);
                }
                Body::Nothing | Body::Block(_) | Body::Lua(_) => {}
            }
        }
        settings
    }
}

fn listed(settings: BTreeMap<String, Vec<Node>>) -> Vec<Setting> {
    settings.into_iter().map(|(name, nodes)| Setting { name, nodes }).collect()
}

#[cfg(test)]
mod tests {
    use crate::nginx::configuration::tests::{read, written};

    /// What is in force in the block of the directive `block`.
    fn in_force(text: &str, block: &str) -> Vec<String> {
        let (configuration, problems) = read(&[("nginx.conf", text)]);
        assert_eq!(problems, []);
        let block = configuration.nodes().find(|node| written(&configuration, *node) == block);
        let settings = configuration.in_force(block);
        settings.iter().flat_map(|setting| &setting.nodes).map(|node| written(&configuration, *node)).collect()
    }

    #[test]
    fn the_nearest_block_that_has_a_directive_decides() {
        let text = "
            user www-data;
            events { worker_connections 768; }
            http {
                proxy_read_timeout 10s;  proxy_send_timeout 11s;
                proxy_set_header Host $host;  proxy_set_header X-A a;
                limit_req zone=a;
                types { text/html html; }
                server {
                    listen 80;  proxy_send_timeout 12s;  set $x 1;  root /srv;  try_files $uri @app;
                    location / {
                        proxy_set_header X-B b;  limit_req zone=b;  limit_req zone=c;
                        proxy_pass http://shop;
                        if ($x) { add_header X y; }
                    }
                }
            }";
        let expected = [
            "limit_req zone=b",
            "limit_req zone=c",
            "listen 80",
            "proxy_pass http://shop",
            "proxy_read_timeout 10s",
            "proxy_send_timeout 12s",
            "proxy_set_header X-B b",
            "root /srv",
            "user www-data",
            "worker_connections 768",
        ];
        assert_eq!(in_force(text, "location /"), expected);
    }

    #[test]
    fn a_location_inside_takes_over_settings_but_not_the_handler() {
        let text = "location / { proxy_pass http://a; expires 1h; location /b { gzip on; } }";
        assert_eq!(in_force(text, "location /b"), ["expires 1h", "gzip on"]);
    }

    #[test]
    fn allow_and_deny_are_one_list() {
        let text = "server { allow 10.0.0.0/8; deny all; location /a { deny 1.2.3.4; } location /b { gzip on; } }";
        assert_eq!(in_force(text, "location /a"), ["deny 1.2.3.4"]);
        assert_eq!(in_force(text, "location /b"), ["allow 10.0.0.0/8", "deny all", "gzip on"]);
    }

    #[test]
    fn headers_may_be_merged_or_cut_off() {
        let text = "server { add_header A 1; add_header_inherit merge;
            location /a { add_header B 2; }
            location /b { add_header B 2; add_header_inherit on; }
            location /c { add_header_inherit off; } }";
        assert_eq!(in_force(text, "location /a"), ["add_header A 1", "add_header B 2", "add_header_inherit merge"]);
        assert_eq!(in_force(text, "location /b"), ["add_header B 2", "add_header_inherit on"]);
        assert_eq!(in_force(text, "location /c"), ["add_header_inherit off"]);
    }
}
