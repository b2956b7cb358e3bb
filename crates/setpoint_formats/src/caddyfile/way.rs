//! The ways of requests through Caddy, and what is in force on each.
//!
//! A request that comes to a `reverse_proxy` has passed every other directive of the blocks around it, the outer ones
//! first: Caddy sorts the directives of a block, and `reverse_proxy` comes after all that only changes or limits a
//! request (`defaultDirectiveOrder` in `caddyconfig/httpcaddyfile/directives.go` upstream). Within `route` they take
//! effect in the order in which they are written. An inner directive does not replace an outer one of its name.

use super::configuration::{Configuration, Kind, Node};
use super::lexer::Token;
use super::upstream::addresses;
use crate::Address;
use std::ops::Range;

/// The directives that hold others and hand requests on to them.
const CONTAINERS: [&str; 3] = ["handle", "handle_path", "route"];

/// The directives of a site that concern requests on their way to the service. Those that answer by themselves count
/// for what they keep away from it.
const CONCERN: [&str; 16] = [
    "abort",
    "basic_auth",
    "basicauth",
    "bind",
    "encode",
    "error",
    "forward_auth",
    "header",
    "log",
    "log_skip",
    "redir",
    "request_body",
    "request_header",
    "respond",
    "rewrite",
    "timeouts",
];
/// Of these only the head counts: what stands in the block are people and their secrets.
const HEAD_ALONE: [&str; 3] = ["basic_auth", "basicauth", "forward_auth"];
/// The directives that take no matcher.
const WITHOUT_MATCHER: [&str; 2] = ["bind", "log"];
/// Global options that concern requests. Others hold names and keys of certificate authorities.
const OPTIONS: [&str; 9] = [
    "admin",
    "auto_https",
    "debug",
    "default_bind",
    "grace_period",
    "http_port",
    "https_port",
    "servers",
    "shutdown_delay",
];
/// Options that say which upstream gets a request. That of the policy `cookie` is told by a hash with a secret.
const POLICIES: [&str; 2] = ["fallback", "lb_policy"];
/// Options whose first argument is a part of their name, since each sets one named thing.
const KEYED: [&str; 4] = ["header", "header_down", "header_up", "request_header"];

/// More than one machine serves. What is in force is looked for on each way anew.
const MOST_WAYS: usize = 500;

/// One `reverse_proxy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The directive.
    pub pass: Node,
    /// The blocks around it, the site or named route first.
    pub around: Vec<Node>,
    /// Where it passes requests to, as far as the configuration says so.
    pub destinations: Vec<Address>,
    /// True if `destinations` are all that there are.
    pub is_complete: bool,
}

/// Something that a directive or an option sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// `request_body.max_size`, `reverse_proxy.transport.read_timeout`, `reverse_proxy.header_up.Host`,
    /// `options.grace_period`.
    pub name: String,
    /// The line that sets it.
    pub node: Node,
    /// Which of its arguments are the value.
    pub arguments: Range<usize>,
    /// The requests that it holds for.
    pub part: Part,
}

/// The requests of a way that something holds for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// All.
    Whole,
    /// Those that match this besides: `/upload*`, `@large`.
    Matching(String),
}

impl Configuration {
    /// Every `reverse_proxy`, in the order in which they are written. Those that serve the pages of errors, and those
    /// that follow on the answer of another, are no ways of their own.
    pub fn ways(&self) -> Vec<Way> {
        let passes = self.nodes().filter(|node| self.is_directive(*node, "reverse_proxy"));
        let ways = passes.filter_map(|pass| {
            let mut around: Vec<Node> = std::iter::successors(self.parent(pass), |node| self.parent(*node)).collect();
            around.reverse();
            let (_, inner) = around.split_first()?;
            let are_containers = inner.iter().all(|node| CONTAINERS.iter().any(|name| self.is_directive(*node, name)));
            are_containers.then(|| self.way(pass, around))
        });
        ways.take(MOST_WAYS).collect()
    }

    fn way(&self, pass: Node, around: Vec<Node>) -> Way {
        let (_, of_pass) = self.without_matcher(pass);
        let options = || self.children(Some(pass));
        let of_options = options().filter(|node| self.is_directive(*node, "to"));
        let upstreams = of_pass.iter().chain(of_options.flat_map(|node| &self.line(node).arguments));
        let mut is_complete = !options().any(|node| self.is_directive(node, "dynamic"));
        let mut destinations = Vec::new();
        for upstream in upstreams {
            match addresses(&upstream.text).filter(|_| !upstream.has_variable) {
                Some(addresses) => destinations.extend(addresses),
                None => is_complete = false,
            }
        }
        Way { pass, around, destinations, is_complete }
    }

    fn is_directive(&self, node: Node, name: &str) -> bool {
        let line = self.line(node);
        line.kind == Kind::Directive && line.name.text == name
    }

    /// The matchers that a request meets on the way, the outer ones first.
    pub fn matchers(&self, way: &Way) -> Vec<&str> {
        let directives = way.around.iter().skip(1).chain([&way.pass]);
        directives.filter_map(|node| self.matcher(*node)).collect()
    }

    /// The matcher that limits a directive to some of the requests.
    pub fn matcher(&self, node: Node) -> Option<&str> {
        self.without_matcher(node).0
    }

    /// A directive's matcher and its other arguments. `*` and `/*` match everything.
    fn without_matcher(&self, node: Node) -> (Option<&str>, &[Token]) {
        let line = self.line(node);
        let is_matcher = |text: &str| text == "*" || text.starts_with(['/', '@']);
        match line.arguments.split_first() {
            Some((first, rest)) if is_matcher(&first.text) && !WITHOUT_MATCHER.contains(&line.name.text.as_str()) => {
                let limits = first.text != "*" && first.text != "/*";
                (limits.then_some(first.text.as_str()), rest)
            }
            Some(_) | None => (None, &line.arguments),
        }
    }

    /// Everything in force on a way: the global options, what the blocks around it set, the outer first, and what the
    /// `reverse_proxy` says itself.
    pub fn in_force(&self, way: &Way) -> Vec<Given> {
        let mut given = Vec::new();
        let options = self.children(None).filter(|node| self.line(*node).kind == Kind::Options);
        for option in options.flat_map(|options| self.children(Some(options))) {
            if OPTIONS.contains(&self.line(option).name.text.as_str()) {
                self.add_option(option, &mut given);
            }
        }
        for (depth, block) in way.around.iter().enumerate() {
            let next = way.around.get(depth + 1).copied().unwrap_or(way.pass);
            if self.line(*block).kind == Kind::Site {
                let arguments = 0..self.line(*block).arguments.len();
                given.push(Given { name: "address".to_owned(), node: *block, arguments, part: Part::Whole });
            }
            let is_in_order = self.is_directive(*block, "route");
            for directive in self.children(Some(*block)).filter(|node| !is_in_order || *node < next) {
                self.add_directive(directive, next, &mut given);
            }
        }
        self.add(way.pass, "", &Part::Whole, &mut given);
        given
    }

    /// A directive that stands beside `next`, through which the way goes on.
    fn add_directive(&self, directive: Node, next: Node, given: &mut Vec<Given>) {
        let name = self.line(directive).name.text.as_str();
        if !CONCERN.contains(&name) {
            return;
        }
        let own = self.matcher(directive).filter(|own| self.matcher(next) != Some(*own));
        let part = own.map_or(Part::Whole, |own| Part::Matching(own.to_owned()));
        if HEAD_ALONE.contains(&name) {
            given.push(Given { name: name.to_owned(), node: directive, arguments: 0..0, part });
        } else {
            self.add(directive, "", &part, given);
        }
    }

    /// `servers :443 { … }` holds for that listener alone.
    fn add_option(&self, option: Node, given: &mut Vec<Given>) {
        let line = self.line(option);
        let is_servers = line.name.text == "servers";
        match line.arguments.first().filter(|_| is_servers) {
            Some(listener) => {
                let part = Part::Matching(format!("servers {}", listener.text));
                self.children(Some(option)).for_each(|child| self.add(child, "options.servers.", &part, given));
            }
            None => self.add(option, "options.", &Part::Whole, given),
        }
    }

    /// What a directive says, and each line of its block.
    fn add(&self, top: Node, prefix: &str, part: &Part, given: &mut Vec<Given>) {
        let mut pending = vec![(top, prefix.to_owned())];
        while let Some((node, prefix)) = pending.pop() {
            let line = self.line(node);
            let own = line.name.text.as_str();
            let is_directive = prefix.is_empty();
            // Where an answer goes on, and matchers of answers, are no settings of the way.
            if own.starts_with('@') || own == "handle_response" {
                continue;
            }
            let (_, after_matcher) =
                if is_directive { self.without_matcher(node) } else { (None, &line.arguments[..]) };
            let mut skipped = line.arguments.len() - after_matcher.len();
            let mut name = format!("{prefix}{own}");
            if KEYED.contains(&own)
                && let Some(key) = line.arguments.get(skipped)
            {
                name = format!("{name}.{}", key.text);
                skipped += 1;
            }
            // An upstream may stand behind the directive or in its block.
            if name == "reverse_proxy.to" {
                name.truncate("reverse_proxy".len());
            }
            let mut end = line.arguments.len();
            // `lb_policy cookie NAME SECRET`, also as the `fallback` of another policy.
            if POLICIES.contains(&own) && end > skipped + 2 && line.arguments[skipped].text == "cookie" {
                let arguments = skipped + 2..end;
                given.push(Given { name: format!("{name}.secret"), node, arguments, part: part.clone() });
                end = skipped + 2;
            }
            if end > skipped || !line.has_block {
                given.push(Given { name: name.clone(), node, arguments: skipped..end, part: part.clone() });
            }
            let children: Vec<Node> = self.children(Some(node)).collect();
            pending.extend(children.into_iter().rev().map(|child| (child, format!("{name}."))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Part;
    use crate::caddyfile::configuration::tests::read;

    /// For each way its matchers and addresses, and below what is in force.
    fn ways(text: &str) -> String {
        let (configuration, problems) = read(&[("Caddyfile", text)]);
        assert_eq!(problems, []);
        let mut picture = String::new();
        for way in configuration.ways() {
            let to: Vec<_> = way.destinations.iter().map(ToString::to_string).collect();
            let more = if way.is_complete { "" } else { " and others" };
            picture += &format!("{:?} -> {}{more}\n", configuration.matchers(&way), to.join(" "));
            for given in configuration.in_force(&way) {
                let words = &configuration.line(given.node).arguments[given.arguments];
                let words: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
                let part = match given.part {
                    Part::Whole => String::new(),
                    Part::Matching(matcher) => format!(" where {matcher}"),
                };
                picture += &format!("  {} = {}{part}\n", given.name, words.join(" "));
            }
        }
        picture
    }

    #[test]
    fn a_request_passes_every_block_around() {
        insta::assert_snapshot!(ways("{
    email hunter2-of-mail@shop.example
    servers :443 {
        timeouts {
            read_body 10s
        }
    }
    grace_period 10s
}
shop.example {
    @big path /upload/*
    request_body {
        max_size 10MB
    }
    request_body @big {
        max_size 50MB
    }
    basic_auth /admin/* {
        admin hunter2-of-basic
    }
    header -Server
    tls {
        dns cloudflare hunter2-of-dns
    }
    handle /api/* {
        request_body {
            max_size 1MB
        }
        reverse_proxy unix//run/api.sock {
            header_up Host {upstream_hostport}
            header_up -X-Real-IP
            transport http {
                read_timeout 30s
                keepalive off
            }
            handle_response {
                reverse_proxy 127.0.0.1:1
            }
        }
    }
    handle {
        reverse_proxy * {
            to 127.0.0.1:8000 {$OTHER}
        }
    }
    handle_errors {
        reverse_proxy 127.0.0.1:2
    }
}
"), @r#"
        ["/api/*"] -> unix:/run/api.sock
          options.servers.timeouts.read_body = 10s where servers :443
          options.grace_period = 10s
          address = shop.example
          request_body.max_size = 10MB
          request_body.max_size = 50MB where @big
          basic_auth =  where /admin/*
          header.-Server = 
          request_body.max_size = 1MB
          reverse_proxy = unix//run/api.sock
          reverse_proxy.header_up.Host = {upstream_hostport}
          reverse_proxy.header_up.-X-Real-IP = 
          reverse_proxy.transport = http
          reverse_proxy.transport.read_timeout = 30s
          reverse_proxy.transport.keepalive = off
        [] -> 127.0.0.1:8000 and others
          options.servers.timeouts.read_body = 10s where servers :443
          options.grace_period = 10s
          address = shop.example
          request_body.max_size = 10MB
          request_body.max_size = 50MB where @big
          basic_auth =  where /admin/*
          header.-Server = 
          reverse_proxy = 127.0.0.1:8000 {$OTHER}
        "#);
    }

    #[test]
    fn a_route_keeps_the_order_and_a_matcher_may_be_shared() {
        insta::assert_snapshot!(ways("shop.example {
    request_body /a* {
        max_size 1MB
    }
    reverse_proxy /a* 127.0.0.1:8000
    route /b* {
        encode gzip
        reverse_proxy {
            dynamic a shop 80
        }
        respond late
    }
}
"), @r#"
        ["/a*"] -> 127.0.0.1:8000
          address = shop.example
          request_body.max_size = 1MB
          reverse_proxy = 127.0.0.1:8000
        ["/b*"] ->  and others
          address = shop.example
          request_body.max_size = 1MB where /a*
          encode = gzip
          reverse_proxy.dynamic = a shop 80
        "#);
    }
}
