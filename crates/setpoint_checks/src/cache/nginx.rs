//! The rules against the configuration of an nginx: what it would do with each example, and with the requests that each
//! bypass and each key is about. What only code, a file or the service itself decides is said to be unknown.
//!
//! Facts: the documentation of `ngx_http_proxy_module`, `ngx_http_map_module` and `ngx_http_core_module`, what is named beside the
//! code, and RFC 9111.

mod key;
mod treatment;

use super::{Judged, applies, deciding, exercise};
use key::Key;
use setpoint_formats::nginx::{Answers, Configuration, Node, Request};
use setpoint_model::register::CacheRule;
use setpoint_model::{Failure, Outcome, Reason};
pub(super) use treatment::Kept;
use treatment::{Cached, Site, Treatment};

/// An outcome for each rule, in their order. `url` is where the environment answers; it says which server is meant where
/// an example is a path alone and nginx listens on its port.
pub fn in_nginx(configurations: &[Configuration], rules: &[CacheRule], url: Option<&str>) -> Vec<Outcome> {
    let answers: Vec<Answers<'_>> = configurations.iter().map(Answers::of).collect();
    let ground = Ground::of(rules, &answers, url);
    (0..rules.len()).map(|number| ground.judge(number).outcome(&rules[number], "in nginx")).collect()
}

pub(super) struct Ground<'r> {
    rules: &'r [CacheRule],
    answers: &'r [Answers<'r>],
    url: Option<Request>,
}

impl<'r> Ground<'r> {
    pub(super) fn of(rules: &'r [CacheRule], answers: &'r [Answers<'r>], url: Option<&str>) -> Self {
        Self { rules, answers, url: url.map(Request::get) }
    }

    /// True if the cache surely has no part in the request.
    pub(super) fn is_apart(&self, request: &Request) -> bool {
        let treated = self.site(request).and_then(|site| site.treat(request));
        matches!(treated, Ok(Treatment::Apart(_)))
    }

    /// Whether the cache is asked for the request and keeps its answer, where the files say it.
    pub(super) fn is_kept(&self, request: &Request) -> Option<bool> {
        match self.site(request).and_then(|site| site.treat(request)).ok()? {
            Treatment::Apart(_) => Some(false),
            Treatment::Cached(cached) => Some(cached.not_asked.is_none() && cached.not_kept.is_none()),
        }
    }

    /// What the files make of the request, as a sentence.
    pub(super) fn explain(&self, request: &Request) -> String {
        let treated = self.site(request).and_then(|site| Ok((site, site.treat(request)?)));
        let (site, cached) = match treated {
            Err(because) => return format!("not known: {because}"),
            Ok((_, Treatment::Apart(because))) => return format!("the cache has no part in it: {because}"),
            Ok((site, Treatment::Cached(cached))) => (site, cached),
        };
        let here = site.at(cached.block);
        let kept = match cached.kept {
            Kept::Seconds(seconds) => format!("for {seconds} s"),
            Kept::AsToldByTheService => "as long as the service says".to_owned(),
            Kept::Never => "for no time".to_owned(),
        };
        let key = cached.template.as_deref().unwrap_or_default();
        match (&cached.not_asked, &cached.not_kept) {
            (None, None) => format!("the cache is asked, and keeps the answer {kept} under `{key}` {here}"),
            (Some(because), Some(_)) => format!("the cache is neither asked nor filled {here}: {because}"),
            (Some(because), None) => format!("the cache is not asked, but keeps the answer {kept} {here}: {because}"),
            (None, Some(because)) => format!("the cache is asked, but keeps no answer {here}: {because}"),
        }
    }

    /// True if the files say that both have one entry.
    pub(super) fn is_one_entry(&self, one: &Request, other: &Request) -> bool {
        self.key(one).is_some_and(|key_of_one| Some(key_of_one) == self.key(other))
    }

    /// True if the files say that each has an entry of its own.
    pub(super) fn are_two_entries(&self, one: &Request, other: &Request) -> bool {
        matches!((self.key(one), self.key(other)), (Some(one), Some(other)) if one != other)
    }

    fn key(&self, request: &Request) -> Option<String> {
        self.cached(request)?.1.key.ok()
    }

    /// How long the files keep an answer to the request with that status; `None` where they do not say.
    pub(super) fn lifetime(&self, request: &Request, status: u16) -> Option<Kept> {
        let (site, cached) = self.cached(request)?;
        Some(site.kept(cached.block, cached.module, status))
    }

    /// Where nginx itself makes a header of the answer to the request.
    pub(super) fn adds_header(&self, request: &Request, name: &str) -> Option<String> {
        let (site, cached) = self.cached(request)?;
        let headers = site.in_force(cached.block, "add_header");
        let is_it = |words: &[String]| words.first().is_some_and(|word| word.eq_ignore_ascii_case(name));
        headers.iter().any(|(_, words)| is_it(words)).then(|| site.at(cached.block))
    }

    fn cached(&self, request: &Request) -> Option<(Site<'r>, Cached)> {
        let site = self.site(request).ok()?;
        match site.treat(request).ok()? {
            Treatment::Cached(cached) => Some((site, cached)),
            Treatment::Apart(_) => None,
        }
    }

    fn judge(&self, number: usize) -> Judged {
        let rule = &self.rules[number];
        let mut judged = Judged::default();
        let mut model: Option<(Site<'_>, Request)> = None;
        for written in &rule.cached {
            let request = Request::get(written);
            let is_kept_out = rule.bypass.iter().any(|bypass| applies(bypass, &request));
            if deciding(self.rules, &request) != Some(number) || is_kept_out {
                // That is a fault of the rules, and said on paper.
                continue;
            }
            match self.site(&request).and_then(|site| Ok((site, site.treat(&request)?))) {
                Err(because) => judged.unknown.push(because),
                Ok((site, treatment)) => match not_cached(written, &treatment) {
                    Some(failure) => judged.failures.push(failure),
                    None => model = model.or(Some((site, request))),
                },
            }
        }
        for written in &rule.not_cached {
            let request = Request::get(written);
            let treated = self.site(&request).and_then(|site| site.treat(&request));
            judge_bypass(&format!("`{written}`"), treated, &mut judged);
        }
        let Some((site, request)) = model else { return judged };
        judge_bypasses(rule, site, &request, &mut judged);
        if let Ok(Treatment::Cached(cached)) = site.treat(&request) {
            judged.failures.extend(another_time(rule, &cached, site));
            judged.failures.extend(errors_kept(rule, &cached, site));
            if cached.kept == Kept::AsToldByTheService {
                judged.unknown.push(format!("no `{}_cache_valid` says how long pages are kept", cached.module));
            }
            judged.failures.extend(hidden_status(site, &cached));
            Key { rule, site, request: &request, cached: &cached }.judge(&mut judged);
        }
        judged
    }

    /// The server that answers.
    fn site(&self, request: &Request) -> Result<Site<'r>, String> {
        let url = self.url.as_ref().filter(|url| self.server(url).is_some());
        if let Some(named) = Some(request).filter(|request| request.host.is_some()).or(url) {
            let port = named.port.map_or_else(String::new, |port| format!(" on port {port}"));
            return self.server(named).ok_or_else(|| format!("no server of nginx listens{port}"));
        }
        let caching: Vec<Site<'_>> = self.sites(|configuration, block| {
            let in_force = configuration.in_force(block);
            let settings = in_force.iter().filter(|setting| setting.name.ends_with("_cache"));
            let words =
                settings.filter_map(|setting| configuration.directive(*setting.nodes.last()?).arguments.first());
            words.into_iter().any(|zone| !zone.is("off"))
        });
        let sites = if caching.is_empty() { self.sites(|_, _| true) } else { caching };
        match sites.as_slice() {
            [] => Err("no server of nginx passes requests on".to_owned()),
            [site] => Ok(*site),
            sites => Err(format!(
                "{} servers of nginx may be meant; an example `https://NAME/…` or the environment's `url` says which",
                sites.len()
            )),
        }
    }

    fn server(&self, request: &Request) -> Option<Site<'r>> {
        self.answers
            .iter()
            .find_map(|answers| Some(Site { answers, server: answers.configuration.server_of(request)? }))
    }

    /// The servers of which some block that passes requests on is so.
    fn sites(&self, is_meant: impl Fn(&Configuration, Option<Node>) -> bool) -> Vec<Site<'r>> {
        let of_one = |answers: &'r Answers<'r>| {
            let configuration = answers.configuration;
            let routes = configuration.routes();
            let is_meant = &is_meant;
            let meant = configuration.servers().filter(move |server| {
                routes.iter().any(|route| route.server == Some(*server) && is_meant(configuration, route.block))
            });
            meant.map(move |server| Site { answers, server }).collect::<Vec<_>>()
        };
        self.answers.iter().flat_map(of_one).collect()
    }
}

/// Sends a page that is cached once more for each bypass, so that this is all that differs.
fn judge_bypasses(rule: &CacheRule, site: Site<'_>, request: &Request, judged: &mut Judged) {
    for bypass in &rule.bypass {
        if let Some((request, with)) = exercise(rule, request, bypass) {
            judge_bypass(&format!("a request with {with}"), site.treat(&request), judged);
        }
    }
}

/// What is wrong if a page that must be cached is treated so.
fn not_cached(written: &str, treatment: &Treatment) -> Option<Failure> {
    let because = match treatment {
        Treatment::Apart(because) => because,
        Treatment::Cached(cached) if cached.kept == Kept::Never => {
            let message = format!("`{written}` must be cached, and its answer is kept for no time");
            let expected = format!("`{}_cache_valid` with a time for 200", cached.module);
            return Some(Failure::new(Reason::NotCached, message, expected));
        }
        Treatment::Cached(cached) => cached.not_asked.as_ref().or(cached.not_kept.as_ref())?,
    };
    let message = format!("`{written}` must be cached: {because}");
    Some(Failure::new(Reason::NotCached, message, "a location with a cache that is asked and filled"))
}

/// Judges what must neither be answered from the cache nor be kept in it.
fn judge_bypass(subject: &str, treated: Result<Treatment, String>, judged: &mut Judged) {
    let cached = match treated {
        Err(because) => return judged.unknown.push(because),
        Ok(Treatment::Apart(_)) => return,
        Ok(Treatment::Cached(cached)) => cached,
    };
    let module = cached.module;
    let failure = match (&cached.not_asked, &cached.not_kept) {
        (Some(_), Some(_)) => return,
        // What is never kept is never there to be answered with.
        (None, _) | (_, None) if cached.kept == Kept::Never => return,
        (None, None) => Failure::new(
            Reason::Cached,
            format!("{subject} must not be cached, and nothing keeps it out"),
            format!("`{module}_cache_bypass` and `{module}_no_cache` that hold for it"),
        ),
        (Some(because), None) => Failure::new(
            Reason::Shared,
            format!(
                "{subject} is not answered from the cache, since {because}, but its answer is kept there for others"
            ),
            format!("`{module}_no_cache` that holds whenever `{module}_cache_bypass` does"),
        ),
        (None, Some(because)) => Failure::new(
            Reason::Cached,
            format!("{subject} is not kept in the cache, since {because}, but it is answered from there"),
            format!("`{module}_cache_bypass` that holds whenever `{module}_no_cache` does"),
        ),
    };
    judged.failures.push(failure);
}

fn another_time(rule: &CacheRule, cached: &Cached, site: Site<'_>) -> Option<Failure> {
    let Kept::Seconds(seconds) = cached.kept else { return None };
    let wanted = rule.ttl.as_secs();
    let message = format!("pages are kept for {seconds} s {}", site.at(cached.block));
    (seconds != wanted)
        .then(|| Failure::new(Reason::WrongValue, message, format!("`{}_cache_valid 200 {wanted}s`", cached.module)))
}

/// Answers that are no page, and are kept as one: those that say that nothing is there for as long, and errors of the server
/// at all.
fn errors_kept(rule: &CacheRule, cached: &Cached, site: Site<'_>) -> Vec<Failure> {
    let (module, ttl) = (cached.module, rule.ttl.as_secs());
    let kept = |status: u16| match site.kept(cached.block, module, status) {
        Kept::Seconds(seconds) => Some(seconds),
        Kept::AsToldByTheService | Kept::Never => None,
    };
    let is_listed = |status: &u16| rule.also_kept.contains(status);
    let mut failures = Vec::new();
    for status in &rule.also_kept {
        if kept(*status) != Some(ttl) {
            let message = format!("answers with {status} are not kept for {ttl} s {}", site.at(cached.block));
            failures.push(Failure::new(Reason::WrongValue, message, format!("`{module}_cache_valid {status} {ttl}s`")));
        }
    }
    if let Some(seconds) = kept(404).filter(|seconds| !is_listed(&404) && *seconds >= ttl) {
        let message = format!("answers with 404 are kept for {seconds} s {}, as long as pages", site.at(cached.block));
        let expected = format!("less than {ttl} s for 404, or `also_kept = [404]` in the rule");
        failures.push(Failure::new(Reason::Cached, message, expected));
    }
    let errors = [500, 502, 503, 504].into_iter().filter(|status| !is_listed(status) && kept(*status).is_some());
    let errors: Vec<String> = errors.map(|status| status.to_string()).collect();
    if !errors.is_empty() {
        let message = format!("answers with {} are kept {}", errors.join(", "), site.at(cached.block));
        let expected = format!("no time for errors of the server in `{module}_cache_valid`");
        failures.push(Failure::new(Reason::Cached, message, expected).hint(format!(
            "`any` means them too; `{module}_cache_use_stale` gives an old page in the place of an error"
        )));
    }
    failures
}

/// A header that says what the cache did and is not sent here, since `add_header` is inherited only by a block that has none
/// of its own.
fn hidden_status(site: Site<'_>, cached: &Cached) -> Option<Failure> {
    let shows = |block| {
        let headers = site.in_force(block, "add_header").into_iter();
        headers.map(|(_, words)| words).find(|words| words.iter().any(|word| word.contains("$upstream_cache_status")))
    };
    if shows(cached.block).is_some() {
        return None;
    }
    let name = site.configuration().around(cached.block).find_map(shows)?.into_iter().next()?;
    let message = format!("the header `{name}` of the server is not sent {}", site.at(cached.block));
    let expected = "what the cache did in a header of every answer that comes through it";
    Some(Failure::new(Reason::WrongHeader, message, expected).hint(format!(
        "a block that has an `add_header` inherits none: repeat `add_header {name} $upstream_cache_status` there"
    )))
}
