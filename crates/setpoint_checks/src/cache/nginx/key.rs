use super::treatment::{Cached, Site, Treatment};
use crate::cache::{Judged, pattern};
use setpoint_formats::nginx::Request;
use setpoint_model::register::{Bypass, CacheRule, Varying};
use setpoint_model::{Failure, Reason};

/// A name that nobody else uses.
const PROBE: &str = "setpoint";

/// A page that is cached, and what two requests for it must differ in to have different keys.
pub(super) struct Key<'a> {
    pub(super) rule: &'a CacheRule,
    pub(super) site: Site<'a>,
    pub(super) request: &'a Request,
    pub(super) cached: &'a Cached,
}

impl Key<'_> {
    pub(super) fn judge(&self, judged: &mut Judged) {
        let Some(template) = &self.cached.template else {
            judged.failures.push(self.no_key());
            return;
        };
        let below = self.request.clone().below(PROBE);
        if pattern::covers(&self.rule.pattern, &below.path) {
            self.expect_another(&below, "the path", template, judged);
        }
        let queries = self.rule.varies.iter().filter_map(|varying| match varying {
            Varying::Query(name) => Some(name.as_str()),
            Varying::Header(_) | Varying::Cookie(_) => None,
        });
        let queries: Vec<&str> = queries.collect();
        // The query is a part of the address, unless the rule says which of it is.
        for name in if queries.is_empty() { vec![PROBE] } else { queries.clone() } {
            let what = if queries.is_empty() { "the query".to_owned() } else { format!("`{name}` of the query") };
            self.expect_another(&self.request.clone().with_argument(name, PROBE), &what, template, judged);
        }
        self.judge_varying(template, judged);
        self.judge_methods(template, judged);
        self.judge_hosts(template, judged);
        self.judge_answers(judged);
    }

    /// The treatment of another request, where the cache is asked for it and keeps its answer in the same way.
    fn twin(&self, request: &Request, judged: &mut Judged) -> Option<Cached> {
        match self.site.treat(request) {
            Ok(Treatment::Cached(twin)) if twin.not_asked.is_none() && twin.not_kept.is_none() => Some(twin),
            Ok(_) => None,
            Err(because) => {
                judged.unknown.push(because);
                None
            }
        }
    }

    /// True if both have surely the same key.
    fn is_same(&self, twin: &Cached, judged: &mut Judged) -> bool {
        match (&self.cached.key, &twin.key) {
            (Ok(own), Ok(other)) => own == other,
            (Err(because), _) | (_, Err(because)) => {
                judged.unknown.push(because.clone());
                false
            }
        }
    }

    fn expect_another(&self, request: &Request, what: &str, template: &str, judged: &mut Judged) {
        let Some(twin) = self.twin(request, judged) else { return };
        // Another location may keep it elsewhere.
        if twin.block == self.cached.block && self.is_same(&twin, judged) {
            judged.failures.push(self.lacking(what, template));
        }
    }

    /// nginx keeps answers apart by their `Vary` too, whatever the key (`ngx_http_file_cache_vary`), unless it is ignored.
    fn judge_varying(&self, template: &str, judged: &mut Judged) {
        for varying in &self.rule.varies {
            let (request, header) = match varying {
                Varying::Query(_) => continue,
                Varying::Header(name) => (self.request.clone().with_header(name, PROBE), name.as_str()),
                Varying::Cookie(name) => (self.request.clone().with_cookie(name, PROBE), "Cookie"),
            };
            let Some(twin) = self.twin(&request, judged) else { continue };
            if !self.is_same(&twin, judged) {
                continue;
            }
            if self.ignores("Vary") {
                judged.failures.push(self.lacking(&format!("`{varying}`, and `Vary` is ignored"), template));
            } else {
                judged
                    .unknown
                    .push(format!("the key lacks `{varying}`: the service must answer with `Vary: {header}`"));
            }
        }
    }

    fn judge_methods(&self, template: &str, judged: &mut Judged) {
        let converts = self.words("cache_convert_head").first().is_none_or(|word| word != "off");
        let mut methods = self.words("cache_methods");
        methods.retain(|method| !["GET", "HEAD"].contains(&method.as_str()));
        methods.extend((!converts).then(|| "HEAD".to_owned()));
        for method in methods {
            if self.rule.bypass.contains(&Bypass::Method(method.clone())) {
                continue;
            }
            let Some(twin) = self.twin(&self.request.clone().with_method(&method), judged) else { continue };
            if self.is_same(&twin, judged) {
                judged.failures.push(self.lacking(&format!("the method, and answers to {method} are kept"), template));
            } else if method != "HEAD" && !template.contains("$request_body") {
                judged.failures.push(self.lacking(&format!("the body, and answers to {method} are kept"), template));
            }
        }
    }

    /// A server with a pattern for its name answers for many hosts, and a service that is told which one has pages of each.
    fn judge_hosts(&self, template: &str, judged: &mut Judged) {
        let is_pattern = |name: &String| name.starts_with(['~', '*', '.']) || name.ends_with('*');
        let names = self.site.configuration().server_names(self.site.server);
        if !names.iter().any(is_pattern) {
            return;
        }
        let request = self.site.configuration().sent_to(self.site.server, self.request.clone());
        let of = |host: &str| Request { host: Some(host.to_owned()), ..request.clone() };
        let treated = ["a.setpoint", "b.setpoint"].map(|host| self.site.treat(&of(host)));
        let [Ok(Treatment::Cached(one)), Ok(Treatment::Cached(other))] = treated else { return };
        let is_told = one.host_told.is_some() && one.host_told != other.host_told;
        if is_told && matches!((&one.key, &other.key), (Ok(one), Ok(other)) if one == other) {
            judged.failures.push(self.lacking("the host, and the service is told which one it is", template));
        }
    }

    /// What the service keeps for one visitor: a cookie that it sets, and what it marks so (RFC 9111 section 3: what has
    /// `private` or `no-store` must not be stored by a shared cache).
    fn judge_answers(&self, judged: &mut Judged) {
        let module = self.cached.module;
        let hides_cookies = self.words("hide_header").iter().any(|header| header.eq_ignore_ascii_case("Set-Cookie"));
        let cookie = self.request.clone().with_answer("Set-Cookie", "setpoint=1");
        if !hides_cookies && self.twin(&cookie, judged).is_some() {
            let message = format!("answers that set a cookie are kept, and everybody gets that cookie {}", self.here());
            judged.failures.push(
                Failure::new(Reason::Shared, message, format!("no `Set-Cookie` in `{module}_ignore_headers`"))
                    .hint(format!("where the cookie is of no use, `{module}_hide_header Set-Cookie` takes it away")),
            );
        }
        let closed = ["private", "no-store"];
        let kept =
            closed.map(|word| self.twin(&self.request.clone().with_answer("Cache-Control", word), judged).is_some());
        if kept.contains(&true) {
            let message = format!("answers that the service marks as `private` or `no-store` are kept {}", self.here());
            judged.failures.push(
                Failure::new(Reason::Shared, message, format!("no `Cache-Control` in `{module}_ignore_headers`")).hint(
                    format!(
                        "a `map` of `$upstream_http_cache_control` in `{module}_no_cache` keeps them out where the rest \
                         of the header is to be ignored"
                    ),
                ),
            );
        }
    }

    fn here(&self) -> String {
        self.site.at(self.cached.block)
    }

    fn words(&self, name: &str) -> Vec<String> {
        let directives = self.site.in_force(self.cached.block, &format!("{}_{name}", self.cached.module));
        directives.into_iter().flat_map(|(_, words)| words).collect()
    }

    fn ignores(&self, header: &str) -> bool {
        self.words("ignore_headers").iter().any(|ignored| ignored.eq_ignore_ascii_case(header))
    }

    fn lacking(&self, what: &str, template: &str) -> Failure {
        let message = format!("the key `{template}` lacks {what} {}", self.here());
        let expected = format!("`{}_cache_key` that differs where answers do", self.cached.module);
        Failure::new(Reason::Shared, message, expected)
    }

    fn no_key(&self) -> Failure {
        let message = format!("every page has the same key, the empty one {}", self.here());
        let expected = format!("`{}_cache_key`, which has no default", self.cached.module);
        Failure::new(Reason::Shared, message, expected)
    }
}
