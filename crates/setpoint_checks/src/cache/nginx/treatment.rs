use setpoint_formats::nginx::{Answer, Answers, Configuration, Directive, End, Node, Request};

/// The modules that pass a request on and can keep what comes back; each has the same directives under its own name.
const MODULES: [&str; 4] = ["proxy", "uwsgi", "fastcgi", "scgi"];

/// One server of nginx.
#[derive(Clone, Copy)]
pub(super) struct Site<'c> {
    pub(super) answers: &'c Answers<'c>,
    pub(super) server: Node,
}

/// What the configuration does with a request.
pub(super) enum Treatment {
    /// The cache has no part in it, and why.
    Apart(String),
    /// It goes to a location with a cache.
    Cached(Cached),
}

/// A request in a location with a cache.
pub(super) struct Cached {
    /// Where it is answered.
    pub(super) block: Node,
    /// The module that passes it on: `proxy`.
    pub(super) module: &'static str,
    /// Why the cache is not asked for it.
    pub(super) not_asked: Option<String>,
    /// Why its answer is not kept.
    pub(super) not_kept: Option<String>,
    /// How long a `200` is kept.
    pub(super) kept: Kept,
    /// The template of the key.
    pub(super) template: Option<String>,
    /// The key.
    pub(super) key: Result<String, String>,
    /// The header `Host` that the service gets.
    pub(super) host_told: Option<Result<String, String>>,
}

/// How long an answer is kept that says nothing of that itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::cache) enum Kept {
    Seconds(u64),
    /// As long as the service says.
    AsToldByTheService,
    /// What the service says is not heard, and nothing else says it.
    Never,
}

impl<'c> Site<'c> {
    pub(super) fn configuration(self) -> &'c Configuration {
        self.answers.configuration
    }

    /// What becomes of a request, or why that is not known.
    pub(super) fn treat(self, request: &Request) -> Result<Treatment, String> {
        let request = self.configuration().sent_to(self.server, request.clone());
        let answer = self.answers.answer(self.server, &request)?;
        let block = match answer.end {
            End::Block(block) => block,
            End::Itself(node) => return Ok(Treatment::Apart(format!("nginx itself answers {}", self.at(node)))),
        };
        if let Some(include) = self.configuration().missed(Some(block)).next() {
            let directive = self.configuration().directive(include);
            return Err(format!("`{}` was not read", written(directive)));
        }
        let passes = |module: &&str| answer.setting(&format!("{module}_pass")).is_some();
        let Some(module) = MODULES.into_iter().find(passes) else {
            return Ok(Treatment::Apart(format!("nothing is passed on {}", self.at(block))));
        };
        let here = Here { site: self, answer: &answer, request: &request, module };
        let zone = match here.words("cache").first() {
            Some(zone) => answer.text(zone)?,
            None => String::new(),
        };
        if matches!(zone.as_str(), "" | "off") {
            return Ok(Treatment::Apart(format!("`{module}_cache` is not set {}", self.at(block))));
        }
        // To `GET` and `HEAD` a cache always answers.
        let methods = here.words("cache_methods");
        if !["GET", "HEAD"].contains(&request.method.as_str()) && !methods.contains(&request.method) {
            return Ok(Treatment::Apart(format!("`{module}_cache_methods` has no {}", request.method)));
        }
        let template = match here.words("cache_key").into_iter().next() {
            // The default of `ngx_http_proxy_module`; its sisters have none, and take the empty text.
            None if module == "proxy" => Some("$scheme$proxy_host$request_uri".to_owned()),
            key => key,
        };
        Ok(Treatment::Cached(Cached {
            block,
            module,
            not_asked: here.holding("cache_bypass")?,
            not_kept: here.not_kept()?,
            kept: self.kept(block, module, 200),
            key: answer.text(template.as_deref().unwrap_or_default()),
            template,
            host_told: here.host_told(),
        }))
    }

    /// `in `location /` (/etc/nginx/nginx.conf:12:9)`.
    pub(super) fn at(self, node: Node) -> String {
        let directive = self.configuration().directive(node);
        format!("in `{}` ({})", written(directive), self.configuration().place(node, directive.name.span))
    }

    /// `proxy_cache_valid [CODE…] TIME`: the first that names the status or `any`; without codes it is for 200, 301 and 302
    /// (`ngx_http_file_cache_valid_set_slot`).
    pub(super) fn kept(self, block: Node, module: &str, status: u16) -> Kept {
        let written = status.to_string();
        for (_, words) in self.in_force(block, &format!("{module}_cache_valid")) {
            let Some((time, codes)) = words.split_last() else { continue };
            let is_meant = if codes.is_empty() {
                [200, 301, 302].contains(&status)
            } else {
                codes.iter().any(|code| *code == written || code == "any")
            };
            if is_meant {
                return match seconds(time) {
                    Some(0) => Kept::Never,
                    Some(seconds) => Kept::Seconds(seconds),
                    None => Kept::AsToldByTheService,
                };
            }
        }
        let deaf = self.in_force(block, &format!("{module}_ignore_headers"));
        let ignores = |header: &str| deaf.iter().flat_map(|(_, words)| words).any(|it| it.eq_ignore_ascii_case(header));
        let ways = ["X-Accel-Expires", "Cache-Control", "Expires"];
        if ways.into_iter().all(ignores) { Kept::Never } else { Kept::AsToldByTheService }
    }

    /// The words of every directive of that name which is in force in a block.
    pub(super) fn in_force(self, block: Node, name: &str) -> Vec<(Node, Vec<String>)> {
        let settings = self.configuration().in_force(Some(block));
        let nodes = settings.into_iter().filter(|setting| setting.name == name).flat_map(|setting| setting.nodes);
        let words = |node: Node| self.configuration().directive(node).arguments.iter().map(|it| it.text().into_owned());
        nodes.map(|node| (node, words(node).collect())).collect()
    }
}

fn written(directive: &Directive) -> String {
    let words = directive.arguments.iter().map(|word| word.text());
    [directive.name.text()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
}

/// A request at the place where it is passed on.
struct Here<'a> {
    site: Site<'a>,
    answer: &'a Answer<'a>,
    request: &'a Request,
    module: &'static str,
}

impl Here<'_> {
    /// The words of the module's directives of that name, one after the other.
    fn words(&self, name: &str) -> Vec<String> {
        self.directives(name).into_iter().flat_map(|(_, words)| words).collect()
    }

    fn directives(&self, name: &str) -> Vec<(Node, Vec<String>)> {
        let End::Block(block) = self.answer.end else { return Vec::new() };
        self.site.in_force(block, &format!("{}_{name}", self.module))
    }

    /// The condition of `proxy_cache_bypass` or `proxy_no_cache` that holds: a text that is neither empty nor `0`.
    fn holding(&self, name: &str) -> Result<Option<String>, String> {
        let mut unknown = None;
        for (node, words) in self.directives(name) {
            for word in words {
                match self.answer.text(&word) {
                    Ok(value) if value.is_empty() || value == "0" => {}
                    Ok(_) => {
                        let place =
                            self.site.configuration().place(node, self.site.configuration().directive(node).span);
                        return Ok(Some(format!("`{word}` of `{}_{name}` ({place}) holds", self.module)));
                    }
                    Err(because) => unknown = Some(because),
                }
            }
        }
        unknown.map_or(Ok(None), Err)
    }

    fn ignores(&self, header: &str) -> bool {
        self.words("ignore_headers").iter().any(|ignored| ignored.eq_ignore_ascii_case(header))
    }

    /// Why an answer is not kept: `ngx_http_upstream_process_headers` and its `process_set_cookie`, `process_cache_control`
    /// and `process_vary`; what is not buffered is not kept either (`ngx_http_upstream_send_response`).
    fn not_kept(&self) -> Result<Option<String>, String> {
        if let Some(because) = self.holding("no_cache")? {
            return Ok(Some(because));
        }
        if self.words("buffering").first().is_some_and(|word| word == "off") {
            return Ok(Some(format!("`{}_buffering` is off", self.module)));
        }
        if self.request.answer("Set-Cookie").is_some() && !self.ignores("Set-Cookie") {
            return Ok(Some("it sets a cookie".to_owned()));
        }
        let control = self.request.answer("Cache-Control").unwrap_or_default().to_ascii_lowercase();
        let is_closed = ["no-cache", "no-store", "private"].iter().any(|word| control.contains(word));
        if is_closed && !self.ignores("Cache-Control") {
            return Ok(Some("the service says that it may not be".to_owned()));
        }
        Ok(None)
    }

    /// `proxy_set_header Host`, which is `$proxy_host` by default; the other modules hand on what the client sent.
    fn host_told(&self) -> Option<Result<String, String>> {
        if self.module != "proxy" {
            return Some(self.answer.text("$http_host"));
        }
        let set = self.directives("set_header").into_iter().map(|(_, words)| words);
        let mut host = set.filter(|words| words.first().is_some_and(|name| name.eq_ignore_ascii_case("Host")));
        host.next_back().and_then(|words| words.into_iter().nth(1)).map(|value| self.answer.text(&value))
    }
}

/// A time as nginx writes it: `90`, `1m30s`, `1h 30m` (`ngx_parse_time`; "Configuration file measurement units").
fn seconds(text: &str) -> Option<u64> {
    let mut seconds = 0_u64;
    let mut number = String::new();
    for letter in text.chars() {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            'y' => 365 * 86_400,
            'M' => 30 * 86_400,
            'w' => 7 * 86_400,
            'd' => 86_400,
            'h' => 3600,
            'm' => 60,
            's' => 1,
            ' ' if number.is_empty() => continue,
            _ => return None,
        };
        seconds = seconds.checked_add(std::mem::take(&mut number).parse::<u64>().ok()?.checked_mul(unit)?)?;
    }
    if number.is_empty() { Some(seconds) } else { seconds.checked_add(number.parse().ok()?) }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_as_nginx_writes_them() {
        let times = ["90", "1m", "1m30s", "1h 30m", "1d", "0", "x", "1ms"].map(seconds);
        assert_eq!(times, [Some(90), Some(60), Some(90), Some(5400), Some(86_400), Some(0), None, None]);
    }
}
