//! The rules against the live server. Every probe has a parameter of its own in the query, so that no entry of a visitor is
//! touched; where the key leaves the query out nothing more is asked. Methods that may change something (RFC 9110 section
//! 9.2.1) are sent only where the rule says that they may be. What a cache did is what it says in a header or a log, or what the
//! service makes anew, and never a guess.

mod probes;
mod queries;
mod statuses;
pub(super) mod told;
mod witness;

use super::nginx::Ground;
use super::{Judged, applies, deciding};
use crate::deadline::Deadline;
use crate::scene::Scene;
use crate::web::{Address, Answer, Request as WebRequest, exchange};
use setpoint_formats::nginx::{Answers, Configuration, Request};
use setpoint_model::register::{CacheRule, Varying};
use setpoint_model::{Failure, Outcome, Reason};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use told::Told;
use witness::Witness;

/// One answer may take this long, and all that is asked for one rule.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_FOR_A_RULE: Duration = Duration::from_mins(2);
/// No more of a body is read and compared, in bytes.
const LONGEST_BODY: usize = 1 << 20;
/// A cache may wait for some requests before it keeps an answer (`proxy_cache_min_uses`).
const ASKED: usize = 4;
/// The parameter that makes a request one of ours.
const PARAMETER: &str = "setpoint-probe";
/// Why nothing is asked where every visitor has the entry of a probe.
const EVERYBODYS: &str = "the key leaves out the query, so that a probe has no entry of its own";

/// An outcome for each rule, in their order, of the environment that the scene is of. `configurations` is nginx's, as far as
/// it is known: where it says that the cache has no part in a request, no answer has to.
pub fn live(scene: &Scene<'_>, rules: &[CacheRule], configurations: &[Configuration]) -> Vec<Outcome> {
    let answers: Vec<Answers<'_>> = configurations.iter().map(Answers::of).collect();
    let ground = Ground::of(rules, &answers, scene.url());
    // It only has to be another each time; nobody gains from guessing it.
    let clock = || scene.host.now().timestamp().as_nanosecond().to_le_bytes();
    let key = u128::from_le_bytes(scene.host.random().unwrap_or_else(|_| clock()));
    let judge = |number: usize| {
        let deadline = Deadline::after(PATIENCE_FOR_A_RULE);
        let witness = Witness::of(scene, rules[number].made_anew.as_deref());
        let sent = Cell::new(0);
        let errors = RefCell::default();
        let prober = Prober { scene, rules, number, ground: &ground, deadline, key, sent, witness, errors };
        let outcome = prober.judge().outcome(&rules[number], "live");
        Outcome { tries: 1, took: deadline.elapsed(), ..outcome }
    };
    (0..rules.len()).map(judge).collect()
}

struct Prober<'a> {
    scene: &'a Scene<'a>,
    rules: &'a [CacheRule],
    /// That of the rule.
    number: usize,
    ground: &'a Ground<'a>,
    deadline: Deadline,
    /// What the probes of this run have in common.
    key: u128,
    sent: Cell<u32>,
    witness: Witness<'a>,
    /// The errors of the server that came, each with whether it came from the cache.
    errors: RefCell<Vec<(u16, bool)>>,
}

/// An answer.
struct Came {
    told: Told,
    status: u16,
    /// Without what is the probe's own.
    body: String,
    sets_cookie: bool,
    /// For how many seconds the service says that a shared cache may keep it.
    fresh_for: Option<u64>,
    /// What of its headers keeps it from being stored (RFC 9111 section 3).
    closed_by: Option<String>,
}

impl Came {
    fn is_hit(&self) -> bool {
        self.told == Told::Hit
    }

    fn is_fine(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Prober<'_> {
    fn judge(&self) -> Judged {
        let mut judged = Judged::default();
        if let Err(failure) = self.prove(&mut judged) {
            judged.failures.push(failure);
        }
        self.judge_errors(&mut judged);
        judged
    }

    fn rule(&self) -> &CacheRule {
        &self.rules[self.number]
    }

    /// An error is why nothing more could be asked.
    fn prove(&self, judged: &mut Judged) -> Result<(), Failure> {
        let rule = self.rule();
        if let Some(because) = rule.made_anew.as_deref().and_then(|name| self.is_made_by_proxy(name)) {
            judged.unknown.push(because);
            return Ok(());
        }
        let mut models = Vec::new();
        for written in &rule.cached {
            let request = Request::get(written);
            let is_kept_out = rule.bypass.iter().any(|bypass| applies(bypass, &request));
            if deciding(self.rules, &request) == Some(self.number)
                && !is_kept_out
                && self.is_cached(written, &request, judged)?
            {
                models.push(request);
            }
        }
        for written in &rule.not_cached {
            let request = Request::get(written);
            if let Some(because) = self.no_room(&request) {
                judged.unknown.push(because);
                continue;
            }
            let before = judged.failures.len();
            self.expect_no_hit(&format!("`{written}`"), &request, judged)?;
            // A page that is cached itself needs no other name for it.
            if judged.failures.len() == before {
                self.expect_no_deception(written, &request, judged)?;
            }
        }
        let Some(model) = models.first() else { return Ok(()) };
        self.prove_around(model, judged)?;
        self.prove_queries(&models, judged)?;
        self.prove_missing(model, judged)?;
        self.see_errors(model, judged);
        Ok(())
    }

    /// That the header which tells of the service is nginx's own, and so tells nothing of the cache.
    fn is_made_by_proxy(&self, name: &str) -> Option<String> {
        let places =
            self.rule().cached.iter().filter_map(|written| self.ground.adds_header(&Request::get(written), name));
        let place = places.into_iter().next()?;
        Some(format!(
            "`made_anew` names `{name}`, which nginx itself makes {place}, and so for answers of its cache too"
        ))
    }

    /// Why no probe for the request has an entry of its own. Where the key has named parameters alone, a probe has a value of its
    /// own in one of them, which the service may answer with another page: it must be known that no visitor can be given that.
    fn no_room(&self, request: &Request) -> Option<String> {
        let probe = self.probe(request);
        if self.ground.is_one_entry(request, &probe) {
            return Some(EVERYBODYS.to_owned());
        }
        let is_named = self.parameter(request).is_some();
        (is_named && !self.ground.is_apart(request) && !self.ground.are_two_entries(request, &probe)).then(|| {
            "the key has named parameters of the query alone, and no file of nginx says that a probe has an entry of its own"
                .to_owned()
        })
    }

    /// True if it surely comes from the cache the second time.
    fn is_cached(&self, written: &str, request: &Request, judged: &mut Judged) -> Result<bool, Failure> {
        if let Some(because) = self.no_room(request) {
            judged.unknown.push(because);
            return Ok(false);
        }
        let probe = self.probe(request);
        let mut came = self.ask(&probe)?;
        if !came.is_fine() {
            if came.status >= 500 {
                // Whether it is kept is the one thing that can be seen of it.
                self.ask(&probe)?;
            }
            judged.unknown.push(format!("`{written}` is answered with {}", came.status));
            return Ok(false);
        }
        if came.told == Told::Nothing {
            judged.unknown.push(format!(
                "the answer to `{written}` does not say what the cache did: nginx does with `add_header X-Cache-Status \
                 $upstream_cache_status`"
            ));
            return Ok(false);
        }
        if came.is_hit() {
            judged.unknown.push(EVERYBODYS.to_owned());
            return Ok(false);
        }
        for _ in 0..ASKED {
            came = self.ask(&probe)?;
            if came.is_hit() {
                if self.ask(&self.probe(request))?.is_hit() {
                    judged.unknown.push(EVERYBODYS.to_owned());
                    return Ok(false);
                }
                judged.failures.extend(came.sets_cookie.then(|| cookie_for_all(written)));
                judged.seen.extend(another_time(self.rule(), &came));
                return Ok(true);
            }
        }
        // A cache may keep out whatever has a query, and so each probe.
        let is_as_without = request.query.is_some()
            || match (self.ground.is_kept(request), self.ground.is_kept(&probe)) {
                (Some(plain), Some(probe)) => plain == probe,
                (None, _) | (_, None) => false,
            };
        if is_as_without || came.closed_by.is_some() {
            judged.failures.push(never_hit(written, &came));
        } else {
            judged.unknown.push(format!(
                "`{written}` never came from the cache with a probe's parameter; without one it would be a visitor's entry"
            ));
        }
        Ok(false)
    }

    /// A failure if it comes from the cache.
    fn expect_no_hit(&self, subject: &str, request: &Request, judged: &mut Judged) -> Result<(), Failure> {
        let probe = self.probe(request);
        for _ in 0..3 {
            let came = self.ask(&probe)?;
            match came.told {
                Told::Hit => {
                    let message = format!("{subject} must not be cached, and came from the cache");
                    judged.failures.push(Failure::new(Reason::Cached, message, "an answer of the service"));
                    return Ok(());
                }
                Told::NotHit(_) => {}
                Told::Nothing if self.ground.is_apart(request) => {}
                Told::Nothing => {
                    judged.unknown.push(format!("the answer to {subject} does not say what the cache did"));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The page under a name that looks like a file's, which some services answer and many caches keep ("web cache
    /// deception").
    fn expect_no_deception(&self, written: &str, request: &Request, judged: &mut Judged) -> Result<(), Failure> {
        let page = self.ask(&self.probe(request))?;
        let disguised = self.probe(&request.clone().below("/setpoint.css"));
        let (first, second) = (self.ask(&disguised)?, self.ask(&disguised)?);
        if page.is_fine() && first.is_fine() && second.is_hit() && second.body == page.body {
            let path = &request.path;
            let message =
                format!("`{path}/setpoint.css` gives the page `{written}`, which must not be cached, from the cache");
            let failure = Failure::new(Reason::Cached, message, "404 for a path below a page, or no cache for it");
            judged.failures.push(failure);
        }
        Ok(())
    }

    /// The request with a key that nobody else uses.
    fn probe(&self, request: &Request) -> Request {
        self.sent.set(self.sent.get() + 1);
        match self.parameter(request) {
            None => request.clone().with_argument(PARAMETER, &format!("{}-{}", self.own(), self.sent.get())),
            Some(name) => {
                // A page has a number, and another text might be refused.
                let is_number = request.argument(name).is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
                let own = if is_number { self.own_number() } else { format!("{}-", self.own()) };
                request.clone().with_argument(name, &format!("{own}{}", self.sent.get()))
            }
        }
    }

    /// Another request that has the key of a probe, as far as the probe's own part decides.
    fn beside(&self, request: &Request, probe: &Request) -> Request {
        let name = self.parameter(probe).unwrap_or(PARAMETER);
        request.clone().with_argument(name, probe.argument(name).unwrap_or_default())
    }

    /// The parameter that makes a request one of ours, where the rule which decides about it has named ones in its key alone.
    fn parameter(&self, request: &Request) -> Option<&str> {
        let rule = deciding(self.rules, request).map(|number| &self.rules[number])?;
        rule.varies.iter().find_map(|varying| match varying {
            Varying::Query(name) => Some(name.as_str()),
            Varying::Header(_) | Varying::Cookie(_) => None,
        })
    }

    fn own(&self) -> String {
        format!("{:032x}", self.key)
    }

    /// Twelve digits: with three more behind them still a number that every service can hold.
    fn own_number(&self) -> String {
        format!("{}", 100_000_000_000 + self.key % 900_000_000_000)
    }

    fn ask(&self, request: &Request) -> Result<Came, Failure> {
        let address = Address::named(&request.target, self.scene.url())?;
        // The environment says where; an example with a host of its own, whom to ask for there.
        let mut headers = request.headers.clone();
        headers.extend(request.host.clone().map(|host| ("host".to_owned(), host)));
        let asked =
            WebRequest { method: &request.method, headers: &headers, body: None, redirects: 0, longest: LONGEST_BODY };
        let limit = self.deadline.left().ok_or_else(|| {
            let limit = crate::expect::duration(PATIENCE_FOR_A_RULE);
            Failure::new(Reason::TimedOut, format!("the probes took longer than {limit}"), "answers in time")
        })?;
        let mut answer = Answer::default();
        exchange(self.scene, &address, &asked, Deadline::after(PATIENCE.min(limit)), &mut answer)?;
        let name = self.parameter(request).unwrap_or(PARAMETER);
        let came = self.came(&answer, request.argument(name));
        if came.status >= 500 {
            self.errors.borrow_mut().push((came.status, came.is_hit()));
        }
        Ok(came)
    }

    fn came(&self, answer: &Answer, mark: Option<&str>) -> Came {
        let control = answer.header("cache-control").unwrap_or_default();
        let is_closed = ["private", "no-store", "no-cache", "max-age=0"].iter().any(|word| control.contains(word));
        let sets_cookie = answer.headers.contains_key("set-cookie");
        let closed_by = is_closed.then(|| format!("`Cache-Control: {control}`"));
        let any_vary = answer.header("vary").filter(|vary| vary.trim() == "*").map(|_| "`Vary: *`".to_owned());
        let text = String::from_utf8_lossy(&answer.body);
        Came {
            told: self.witness.told(answer, mark),
            status: answer.status,
            body: without_numbers(&without_numbers(&text, &self.own()), &self.own_number()),
            fresh_for: fresh_for(&control),
            sets_cookie,
            closed_by: closed_by.or(any_vary).or_else(|| sets_cookie.then(|| "a `Set-Cookie`".to_owned())),
        }
    }
}

/// A page may repeat its own address; then the probe's name with its number is in it.
fn without_numbers(text: &str, own: &str) -> String {
    let mut parts = text.split(own);
    let mut left = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        left.push_str(part.trim_start_matches('-').trim_start_matches(|letter: char| letter.is_ascii_digit()));
    }
    left
}

/// What `Cache-Control` says: `s-maxage` before `max-age` (RFC 9111 section 5.2.2.10).
fn fresh_for(control: &str) -> Option<u64> {
    let control = control.to_ascii_lowercase();
    let of = |name: &str| {
        let mut pairs = control.split(',').filter_map(|it| it.trim().split_once('='));
        pairs.find(|(known, _)| *known == name).and_then(|(_, seconds)| seconds.trim_matches('"').parse().ok())
    };
    of("s-maxage").or_else(|| of("max-age"))
}

fn never_hit(written: &str, came: &Came) -> Failure {
    let words = match &came.told {
        Told::NotHit(words) => format!(": `{words}`"),
        Told::Hit | Told::Nothing => String::new(),
    };
    let message = format!("`{written}` was asked for {} times and never came from the cache{words}", ASKED + 1);
    let failure = Failure::new(Reason::NotCached, message, "a hit once it was asked for");
    match &came.closed_by {
        Some(header) => failure.hint(format!("the service answers with {header}, and caches keep out what has that")),
        None => failure,
    }
}

/// What the service says itself most caches follow, and not their own configuration. A network in front of it may have written
/// another time into the header, so that nothing fails.
fn another_time(rule: &CacheRule, came: &Came) -> Option<String> {
    let (told, ttl) = (came.fresh_for?, rule.ttl.as_secs());
    (told != ttl).then(|| {
        format!("the service says that pages are fresh for {told} s, and the rule that they are kept for {ttl} s")
    })
}

fn cookie_for_all(written: &str) -> Failure {
    let message = format!("`{written}` comes from the cache with the `Set-Cookie` of whoever was first");
    Failure::new(Reason::Shared, message, "no `Set-Cookie` in what is given to all")
}
