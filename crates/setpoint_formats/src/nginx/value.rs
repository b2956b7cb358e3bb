use super::configuration::{Configuration, Node};
use super::location::Case;
use super::request::Request;
use super::variable::{PARAMETERS, Variables, names};
use std::cell::Cell;
use std::collections::BTreeMap;

/// Steps that the values of one request may take: maps can name each other so that a text doubles with each.
const STEPS: u32 = 10_000;
/// How many maps may stand one behind the other.
const DEPTH: u32 = 32;
/// The bytes of the longest text.
const LENGTH: usize = 64 << 10;

/// What variables hold for one request (<https://nginx.org/en/docs/varindex.html>).
pub(super) struct Values<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) request: &'a Request,
    variables: &'a Variables,
    server: Node,
    /// Where the request is passed to, which gives `$proxy_host`.
    block: Option<Node>,
    sets: BTreeMap<String, Result<String, String>>,
    steps: Cell<u32>,
}

impl<'a> Values<'a> {
    pub(super) fn new(
        configuration: &'a Configuration,
        variables: &'a Variables,
        request: &'a Request,
        server: Node,
    ) -> Self {
        Self { configuration, request, variables, server, block: None, sets: BTreeMap::new(), steps: Cell::new(0) }
    }

    pub(super) fn enter(&mut self, block: Node) {
        self.block = Some(block);
    }

    /// Gives `$name` a value.
    pub(super) fn set(&mut self, name: &str, value: Result<String, String>) {
        self.sets.insert(name.trim_start_matches('$').to_owned(), value);
    }

    /// What the text becomes.
    pub(super) fn text(&self, text: &str) -> Result<String, String> {
        self.replaced(text, DEPTH)
    }

    fn replaced(&self, text: &str, depth: u32) -> Result<String, String> {
        let mut replaced = String::new();
        let mut after = 0;
        for (start, end, name) in names(text) {
            self.steps.set(self.steps.get() + 1);
            if depth == 0 || self.steps.get() > STEPS || replaced.len() > LENGTH {
                return Err(format!("`${name}` leads through too many variables"));
            }
            replaced.push_str(&text[after..start]);
            replaced.push_str(&self.value(&name, depth - 1)?);
            after = end;
        }
        replaced.push_str(&text[after..]);
        Ok(replaced)
    }

    fn value(&self, name: &str, depth: u32) -> Result<String, String> {
        if let Some(set) = self.sets.get(name) {
            return set.clone();
        }
        let written = format!("${name}").into_bytes();
        if let Some(table) = self.variables.tables.get(&written).and_then(|tables| tables.last()) {
            return self.chosen(*table, name, depth);
        }
        if self.variables.sets.contains_key(&written) {
            // `set` makes a variable everywhere, and it is empty where none was run.
            return Ok(String::new());
        }
        let request = self.request;
        let some = |value: Option<&str>| Ok(value.unwrap_or_default().to_owned());
        match name {
            "request_method" => return Ok(request.method.clone()),
            "request_uri" => return Ok(request.target.clone()),
            "uri" | "document_uri" => return Ok(request.path.clone()),
            "args" | "query_string" => return some(request.query.as_deref()),
            "is_args" => {
                return Ok(if request.query.as_deref().is_none_or(str::is_empty) { "" } else { "?" }.to_owned());
            }
            "scheme" => return request.scheme.clone().ok_or_else(|| unknown(name)),
            "host" | "http_host" => return request.host.clone().ok_or_else(|| unknown(name)),
            "https" => return Ok(if request.scheme.as_deref() == Some("https") { "on" } else { "" }.to_owned()),
            "server_port" => return request.port.map(|port| port.to_string()).ok_or_else(|| unknown(name)),
            "server_name" => {
                return some(self.configuration.server_names(self.server).first().map(String::as_str));
            }
            "proxy_host" => return self.proxy_host(depth),
            "request_body" | "content_length" | "content_type" => return Ok(String::new()),
            "upstream_status" | "status" => return Ok("200".to_owned()),
            _ => {}
        }
        let header = |name: &str| name.replace('_', "-");
        if let Some(name) = name.strip_prefix("arg_") {
            some(request.argument(name))
        } else if let Some(name) = name.strip_prefix("cookie_") {
            some(request.cookie(name))
        } else if let Some(name) = name.strip_prefix("upstream_http_") {
            some(request.answer(&header(name)))
        } else if let Some(cookie) = name.strip_prefix("upstream_cookie_") {
            let pair = request.answer("Set-Cookie").and_then(|it| it.split(';').next()?.split_once('='));
            some(pair.filter(|(name, _)| name.eq_ignore_ascii_case(cookie)).map(|(_, value)| value))
        } else if let Some(name) = name.strip_prefix("http_") {
            some(request.header(&header(name)))
        } else {
            Err(unknown(name))
        }
    }

    /// What a `map` chooses (`ngx_http_map_find`, the documentation of `ngx_http_map_module`): a text, whatever the case of its
    /// letters; with `hostnames` the longest `*.name`, then the longest `name.*`; the first pattern; the default.
    fn chosen(&self, table: Node, name: &str, depth: u32) -> Result<String, String> {
        let directive = self.configuration.directive(table);
        let source = match directive.arguments.as_slice() {
            [source, _] if directive.name.is("map") => self.replaced(&source.text(), depth)?,
            _ => return Err(unknown(name)),
        };
        let lower = source.to_ascii_lowercase();
        let has_hostnames = self.configuration.children(Some(table)).any(|row| {
            let row = self.configuration.directive(row);
            row.name.is("hostnames") && row.arguments.is_empty()
        });
        let (mut default, mut exact, mut patterns) = (None, None, Vec::new());
        let (mut leading, mut trailing) = ((0, None), (0, None));
        for row in self.configuration.children(Some(table)) {
            let directive = self.configuration.directive(row);
            let key = directive.name.text();
            let Some(value) = directive.arguments.first() else { continue };
            if key == "default" {
                default = Some(value);
            } else if let Some(pattern) = key.strip_prefix('~') {
                patterns.push((row, pattern.to_owned(), value));
            } else if !PARAMETERS.contains(&key.as_ref()) {
                let key = key.strip_prefix('\\').unwrap_or(&key).to_ascii_lowercase();
                if key == lower {
                    exact = Some(value);
                } else if has_hostnames {
                    let is_below = |end: &str| lower.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
                    let is_above = |start: &str| start.ends_with('.') && lower.starts_with(start);
                    if key.strip_prefix('.') == Some(&lower) {
                        exact = Some(value);
                    } else if key.strip_prefix("*.").or(key.strip_prefix('.')).is_some_and(is_below) {
                        if key.len() > leading.0 {
                            leading = (key.len(), Some(value));
                        }
                    } else if key.strip_suffix('*').is_some_and(is_above) && key.len() > trailing.0 {
                        trailing = (key.len(), Some(value));
                    }
                }
            }
        }
        let mut chosen = exact.or(leading.1).or(trailing.1);
        for (row, pattern, value) in patterns {
            let (pattern, case) =
                pattern.strip_prefix('*').map_or((pattern.as_str(), Case::Matters), |it| (it, Case::Ignored));
            if chosen.is_none() && self.configuration.is_match(row, pattern.as_bytes(), case, &source)? {
                chosen = Some(value);
            }
        }
        match chosen.or(default) {
            Some(value) => self.replaced(&value.text(), depth),
            None => Ok(String::new()),
        }
    }

    /// The host and port of `proxy_pass`, as they are written there.
    fn proxy_host(&self, depth: u32) -> Result<String, String> {
        let in_force = self.block.map(|block| self.configuration.in_force(Some(block))).unwrap_or_default();
        let pass =
            in_force.iter().find(|setting| setting.name == "proxy_pass").and_then(|setting| setting.nodes.last());
        let target = pass.and_then(|node| self.configuration.directive(*node).arguments.first());
        let target = target.ok_or_else(|| unknown("proxy_host"))?.text();
        let authority = target.split_once("://").map_or(target.as_ref(), |(_, rest)| rest);
        self.replaced(authority.split('/').next().unwrap_or(authority), depth)
    }
}

fn unknown(name: &str) -> String {
    format!("what `${name}` holds is not in the files")
}
