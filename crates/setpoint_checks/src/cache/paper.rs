//! The rules against their own examples. An example is an address, fetched by `GET` and with no header: cookies, headers and
//! methods of a bypass are nothing that an example could show, and so nothing is said of them here.

use super::pattern::covers;
use super::{Judged, applies, deciding};
use setpoint_formats::nginx::Request;
use setpoint_model::register::{Bypass, CacheRule, Varying};
use setpoint_model::{Failure, Outcome, Reason};

/// An outcome for each rule, in their order.
pub fn on_paper(rules: &[CacheRule]) -> Vec<Outcome> {
    let book = Book {
        rules,
        cached: examples(rules, |rule| &rule.cached),
        not_cached: examples(rules, |rule| &rule.not_cached),
    };
    (0..rules.len()).map(|number| book.judge(number).outcome(&rules[number], "on paper")).collect()
}

/// An address that stands beside a rule.
struct Example<'r> {
    /// The number of the rule.
    of: usize,
    written: &'r str,
    request: Request,
    /// The rule that decides about it.
    decided_by: Option<usize>,
}

fn examples<'r>(rules: &'r [CacheRule], of_rule: fn(&CacheRule) -> &Vec<String>) -> Vec<Example<'r>> {
    let of_one = |(of, rule): (usize, &'r CacheRule)| {
        of_rule(rule).iter().map(move |written| {
            let request = Request::get(written);
            Example { of, written, decided_by: deciding(rules, &request), request }
        })
    };
    rules.iter().enumerate().flat_map(of_one).collect()
}

struct Book<'r> {
    rules: &'r [CacheRule],
    cached: Vec<Example<'r>>,
    not_cached: Vec<Example<'r>>,
}

impl Book<'_> {
    fn judge(&self, number: usize) -> Judged {
        let rule = &self.rules[number];
        let mut failures: Vec<Failure> = Vec::new();
        if let Some(earlier) = self.rules[..number].iter().find(|earlier| covers(&earlier.pattern, &rule.pattern)) {
            // Whatever else is said of a rule that never decides follows from that.
            failures.push(shadowed(rule, earlier));
        } else if let Some(bypass) = rule.bypass.iter().find(|bypass| keeps_all_out(bypass, rule)) {
            failures.push(caches_nothing(bypass));
        } else {
            let own = |examples: &'_ [Example<'_>]| -> Vec<usize> {
                (0..examples.len()).filter(|at| examples[*at].of == number).collect()
            };
            failures.extend(own(&self.cached).into_iter().filter_map(|at| self.cached_fault(&self.cached[at])));
            failures
                .extend(own(&self.not_cached).into_iter().filter_map(|at| self.not_cached_fault(&self.not_cached[at])));
            failures.extend(rule.bypass.iter().filter(|bypass| self.is_untried(number, bypass)).map(untried));
            failures.extend(rule.cached.is_empty().then(|| nothing_cached(rule)));
            let varies = rule.varies.iter().filter(|varying| rule.bypass.iter().any(|bypass| is_same(bypass, varying)));
            failures.extend(varies.map(varies_for_nobody));
        }
        Judged { failures, ..Judged::default() }
    }

    fn cached_fault(&self, example: &Example<'_>) -> Option<Failure> {
        let rule = &self.rules[example.of];
        let written = example.written;
        let other = self.not_cached.iter().find(|other| is_same_page(other, example));
        if let Some(other) = other {
            return Some(both(written, &self.rules[other.of]));
        }
        let Some(decided_by) = example.decided_by else { return Some(not_covered(written, rule)) };
        if decided_by != example.of {
            return Some(another_decides(written, rule, &self.rules[decided_by], decided_by < example.of));
        }
        let bypass = rule.bypass.iter().find(|bypass| applies(bypass, &example.request))?;
        Some(kept_out(written, bypass))
    }

    fn not_cached_fault(&self, example: &Example<'_>) -> Option<Failure> {
        let rule = &self.rules[example.decided_by?];
        let is_kept_out = rule.bypass.iter().any(|bypass| applies(bypass, &example.request));
        // That an address stands on both sides is said once, where it is to be cached.
        let is_said = self.cached.iter().any(|other| is_same_page(other, example));
        (!is_kept_out && !is_said).then(|| let_in(example.written, rule, &self.rules[example.of]))
    }

    /// True for a condition that an example could show and none does.
    fn is_untried(&self, number: usize, bypass: &Bypass) -> bool {
        let shows = |example: &Example<'_>| example.decided_by == Some(number) && applies(bypass, &example.request);
        match bypass {
            Bypass::Query(_) | Bypass::Path(_) => !self.not_cached.iter().any(shows),
            Bypass::Cookie(_) | Bypass::Header(_) | Bypass::Method(_) => false,
        }
    }
}

fn is_same_page(one: &Example<'_>, other: &Example<'_>) -> bool {
    (&one.request.host, &one.request.path, &one.request.query)
        == (&other.request.host, &other.request.path, &other.request.query)
}

/// True if no page of the rule is left. Caches keep answers to `GET` and `HEAD` (RFC 9110 section 9.2.3).
fn keeps_all_out(bypass: &Bypass, rule: &CacheRule) -> bool {
    match bypass {
        Bypass::Path(path) => covers(path, &rule.pattern),
        Bypass::Method(method) => method == "GET",
        Bypass::Cookie(_) | Bypass::Header(_) | Bypass::Query(_) => false,
    }
}

fn is_same(bypass: &Bypass, varying: &Varying) -> bool {
    match (bypass, varying) {
        (Bypass::Cookie(one), Varying::Cookie(other)) | (Bypass::Query(one), Varying::Query(other)) => one == other,
        (Bypass::Header(one), Varying::Header(other)) => one.eq_ignore_ascii_case(other),
        (Bypass::Cookie(_) | Bypass::Query(_) | Bypass::Header(_) | Bypass::Method(_) | Bypass::Path(_), _) => false,
    }
}

fn shadowed(rule: &CacheRule, earlier: &CacheRule) -> Failure {
    let message = format!("`{}` before it covers all of `{}`, and the first rule decides", earlier.name, rule.pattern);
    Failure::new(Reason::NoEffect, message, "paths that no rule before it covers")
        .hint(format!("put it before `{}`, or make one rule of both", earlier.name))
}

fn caches_nothing(bypass: &Bypass) -> Failure {
    let message = format!("`{bypass}` keeps out everything that the rule covers");
    Failure::new(Reason::NoEffect, message, "a bypass that leaves something to cache")
}

fn both(written: &str, other: &CacheRule) -> Failure {
    let message = format!("`{written}` must be cached, and stands under `not_cached` of `{}` too", other.name);
    Failure::new(Reason::Contradiction, message, "an example on one side alone")
}

fn not_covered(written: &str, rule: &CacheRule) -> Failure {
    let message = format!("`{written}` must be cached, and no rule covers it");
    Failure::new(Reason::NotCached, message, format!("an example that `{}` covers", rule.pattern))
}

fn another_decides(written: &str, rule: &CacheRule, other: &CacheRule, earlier: bool) -> Failure {
    let why = if earlier { "which stands before this one" } else { "since this one does not cover it" };
    let message = format!("about `{written}` decides `{}`, {why}", other.name);
    Failure::new(Reason::Contradiction, message, format!("an example about which `{}` decides", rule.name))
}

fn kept_out(written: &str, bypass: &Bypass) -> Failure {
    let message = format!("`{written}` must be cached, and `{bypass}` keeps it out");
    Failure::new(Reason::Contradiction, message, "an example to which no bypass applies")
}

fn let_in(written: &str, rule: &CacheRule, of: &CacheRule) -> Failure {
    let whose = if rule.name == of.name { "this rule".to_owned() } else { format!("`{}`", rule.name) };
    let message = format!("`{written}` must not be cached, and {whose} caches it");
    Failure::new(Reason::Cached, message, "a bypass that applies to it, or no rule that covers it")
}

fn untried(bypass: &Bypass) -> Failure {
    let message = format!("no example shows what `{bypass}` keeps out");
    Failure::new(Reason::Untried, message, "an address in `not_cached` that the rule covers and this bypass keeps out")
}

fn nothing_cached(rule: &CacheRule) -> Failure {
    let message = "no example shows what is cached";
    Failure::new(Reason::Untried, message, format!("an address in `cached` that `{}` covers", rule.pattern))
}

fn varies_for_nobody(varying: &Varying) -> Failure {
    let message = format!("it varies on `{varying}`, and with that nothing is cached");
    Failure::new(Reason::Contradiction, message, "a bypass, or a part of the key")
}

#[cfg(test)]
mod tests {
    use super::on_paper;
    use crate::cache::testing::{picture, rules};
    use insta::assert_snapshot;

    fn check(register: &str) -> String {
        picture(&on_paper(&rules(register)))
    }

    #[test]
    fn rules_that_agree_with_their_examples_pass() {
        assert_snapshot!(check(r#"
            [cache."prices of today"]
            match      = "/catalog/today/*"
            ttl        = "5s"
            cached     = ["https://shop.example/catalog/today/1"]

            [cache."catalog pages"]
            match      = "/catalog/*"
            ttl        = "60s"
            bypass     = ["cookie:session", "query:preview", "path:/catalog/*/edit", "method:POST", "header:Authorization"]
            varies     = ["header:Accept-Language"]
            cached     = ["/catalog/1", "/catalog/2?sort=price", "/catalog/%61", "/x/../catalog/3"]
            not_cached = ["/catalog/1?preview=1", "/catalog/2?a&preview", "/account", "/catalog/1/edit", "/catalog"]
        "#), @"
        prices of today (/catalog/today/* on paper): passed
        catalog pages (/catalog/* on paper): passed
        ");
    }

    #[test]
    fn examples_that_contradict_their_rules_fail() {
        assert_snapshot!(check(r#"
            [cache."catalog pages"]
            match      = "/catalog/*"
            ttl        = "60s"
            bypass     = ["query:preview", "path:/catalog/*/edit", "path:/*/basket", "cookie:session"]
            varies     = ["cookie:session"]
            cached     = ["/catalog/1?preview=1", "/account", "/catalog/2", "/about"]
            not_cached = ["/catalog/2", "/catalog/3", "/about/us", "/catalog/4/edit"]

            [cache."about pages"]
            match      = "/about*"
            ttl        = "1h"
            cached     = ["/about/team", "/catalog/5"]
        "#), @"
        catalog pages (/catalog/* on paper): failed
          contradiction: `/catalog/1?preview=1` must be cached, and `query:preview` keeps it out
            expected an example to which no bypass applies
          not-cached: `/account` must be cached, and no rule covers it
            expected an example that `/catalog/*` covers
          contradiction: `/catalog/2` must be cached, and stands under `not_cached` of `catalog pages` too
            expected an example on one side alone
          contradiction: about `/about` decides `about pages`, since this one does not cover it
            expected an example about which `catalog pages` decides
          cached: `/catalog/3` must not be cached, and this rule caches it
            expected a bypass that applies to it, or no rule that covers it
          cached: `/about/us` must not be cached, and `about pages` caches it
            expected a bypass that applies to it, or no rule that covers it
          untried: no example shows what `query:preview` keeps out
            expected an address in `not_cached` that the rule covers and this bypass keeps out
          untried: no example shows what `path:/*/basket` keeps out
            expected an address in `not_cached` that the rule covers and this bypass keeps out
          contradiction: it varies on `cookie:session`, and with that nothing is cached
            expected a bypass, or a part of the key
        about pages (/about* on paper): failed
          contradiction: about `/catalog/5` decides `catalog pages`, which stands before this one
            expected an example about which `about pages` decides
        ");
    }

    #[test]
    fn a_rule_that_never_decides_or_never_caches_fails() {
        assert_snapshot!(check(r#"
            [cache."everything below"]
            match      = "/catalog/*"
            ttl        = "60s"
            not_cached = ["/account"]

            [cache."new pages"]
            match      = "/catalog/new/*"
            ttl        = "5s"
            cached     = ["/catalog/new/1"]

            [cache."drafts"]
            match      = "/drafts/*"
            ttl        = "5s"
            bypass     = ["path:/drafts*"]
            cached     = ["/drafts/1"]

            [cache."reads"]
            match      = "/reads/*"
            ttl        = "5s"
            bypass     = ["method:GET"]
            cached     = ["/reads/1"]
        "#), @"
        everything below (/catalog/* on paper): failed
          untried: no example shows what is cached
            expected an address in `cached` that `/catalog/*` covers
        new pages (/catalog/new/* on paper): failed
          no-effect: `everything below` before it covers all of `/catalog/new/*`, and the first rule decides
            expected paths that no rule before it covers
            hint: put it before `everything below`, or make one rule of both
        drafts (/drafts/* on paper): failed
          no-effect: `path:/drafts*` keeps out everything that the rule covers
            expected a bypass that leaves something to cache
        reads (/reads/* on paper): failed
          no-effect: `method:GET` keeps out everything that the rule covers
            expected a bypass that leaves something to cache
        ");
    }
}
