//! What is asked around a page that is cached: each bypass, two visitors, `HEAD` and a range.

use super::{ASKED, Prober};
use crate::cache::{Judged, exercise};
use setpoint_formats::nginx::Request;
use setpoint_model::register::{Bypass, Varying};
use setpoint_model::{Failure, Reason};

/// The methods of RFC 9110 section 9.2.1 that change nothing, of those that a person may name.
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

impl Prober<'_> {
    pub(super) fn prove_around(&self, model: &Request, judged: &mut Judged) -> Result<(), Failure> {
        let rule = self.rule();
        for bypass in &rule.bypass {
            let Some((request, with)) = exercise(rule, model, bypass) else { continue };
            let subject = format!("a request with {with}");
            if let Bypass::Query(_) = bypass {
                // Another query has another entry, which nobody without it is given.
                self.expect_no_hit(&subject, &request, judged)?;
            } else if self.may_send(&request.method) {
                self.prove_bypass(model, &request, (&subject, "one without"), judged)?;
            } else if !self.ground.is_apart(&request) {
                let method = &request.method;
                judged
                    .unknown
                    .push(format!("`{method}` may change something, and is sent only where `may_send` names it"));
            }
        }
        self.prove_methods(model, judged)?;
        let header = |name: &str, values: [&str; 2]| values.map(|value| model.clone().with_header(name, value));
        let visitors = [
            ("Authorization", header("Authorization", ["Bearer setpoint-a", "Bearer setpoint-b"])),
            ("Cookie", header("Cookie", ["session=setpoint-a; sessionid=a", "session=setpoint-b; sessionid=b"])),
        ];
        for (name, [one, other]) in visitors {
            let what = format!("the header `{name}`");
            self.expect_apart(&what, &one, &other, judged)?;
            self.expect_apart(&what, &one, model, judged)?;
        }
        for varying in &rule.varies {
            let [one, other] = match varying {
                Varying::Header(name) if name.eq_ignore_ascii_case("Accept-Language") => header(name, ["en", "de"]),
                Varying::Header(name) => header(name, ["setpoint-a", "setpoint-b"]),
                Varying::Cookie(name) => ["a", "b"].map(|value| model.clone().with_cookie(name, value)),
                Varying::Query(_) => continue,
            };
            self.expect_apart(&format!("`{varying}`"), &one, &other, judged)?;
        }
        self.expect_whole_after(model, &model.clone().with_method("HEAD"), "`HEAD`", judged)?;
        self.expect_whole_after(model, &model.clone().with_header("Range", "bytes=0-0"), "a range", judged)
    }

    fn may_send(&self, method: &str) -> bool {
        SAFE.contains(&method) || self.rule().may_send.iter().any(|allowed| allowed == method)
    }

    /// Methods that no bypass is about, `POST` among them: none may be answered with what was kept for `GET`, and what came for
    /// them may not be given to a `GET` (RFC 9110 section 9.3.3 lets a cache do so for `POST` with an answer that says so).
    fn prove_methods(&self, model: &Request, judged: &mut Judged) -> Result<(), Failure> {
        let rule = self.rule();
        let is_bypass = |method: &str| rule.bypass.iter().any(|bypass| *bypass == Bypass::Method(method.to_owned()));
        for method in rule.may_send.iter().filter(|method| !is_bypass(method)) {
            let request = model.clone().with_method(method);
            self.prove_bypass(model, &request, (&format!("a `{method}`"), "a later `GET`"), judged)?;
        }
        let post = model.clone().with_method("POST");
        if !self.may_send("POST") && !is_bypass("POST") && !self.ground.is_apart(&post) {
            judged.not_probed.push("`POST`, since the rule does not say `may_send = [\"POST\"]`".to_owned());
        }
        Ok(())
    }

    /// What it keeps out must neither fill an entry nor be answered with one.
    fn prove_bypass(
        &self,
        model: &Request,
        request: &Request,
        (subject, others): (&str, &str),
        judged: &mut Judged,
    ) -> Result<(), Failure> {
        let plain = self.probe(model);
        let with = self.beside(request, &plain);
        let came = [self.ask(&with)?, self.ask(&with)?];
        let filled = self.ask(&plain)?;
        if filled.is_hit() {
            let message = format!("the answer to {subject} was kept, and given to {others}");
            judged.failures.push(Failure::new(Reason::Shared, message, "no answer of it in the cache"));
            return Ok(());
        }
        for _ in 0..ASKED {
            if self.ask(&plain)?.is_hit() {
                break;
            }
        }
        let after = self.ask(&with)?;
        if after.is_hit() || came.iter().any(super::Came::is_hit) {
            let message = format!("{subject} must not be cached, and came from the cache");
            judged.failures.push(Failure::new(Reason::Cached, message, "an answer of the service"));
        } else if after.told == super::Told::Nothing && !self.ground.is_apart(request) {
            judged.unknown.push(format!("the answer to {subject} does not say what the cache did"));
        }
        Ok(())
    }

    /// Where the service answers the two differently, one must not be given what was made for the other. Pages that differ
    /// each time they are asked for tell nothing.
    pub(super) fn expect_apart(
        &self,
        what: &str,
        one: &Request,
        other: &Request,
        judged: &mut Judged,
    ) -> Result<(), Failure> {
        let key = self.probe(one);
        let first = self.ask(&key)?;
        let again = self.ask(&self.probe(one))?;
        let others = self.ask(&self.probe(other))?;
        let is_alike = (first.status, &first.body) == (others.status, &others.body);
        if is_alike || (first.status, &first.body) != (again.status, &again.body) {
            return Ok(());
        }
        let given = self.ask(&self.beside(other, &key))?;
        if given.is_hit() && given.body == first.body {
            let message = format!("the service answers by {what}, and the cache gives the answer of one to another");
            judged.failures.push(Failure::new(Reason::Shared, message, "an entry for each, or none"));
        }
        Ok(())
    }

    /// A cache may keep what it got for less than the whole page.
    fn expect_whole_after(
        &self,
        model: &Request,
        part: &Request,
        what: &str,
        judged: &mut Judged,
    ) -> Result<(), Failure> {
        let page = self.ask(&self.probe(model))?;
        let plain = self.probe(model);
        for _ in 0..2 {
            self.ask(&self.beside(part, &plain))?;
        }
        let is_part = match self.ask(&plain) {
            Ok(whole) => whole.status == 206 || (whole.is_hit() && whole.body.len() <= 1 && page.body.len() > 1),
            // The headers of the whole page with the body of `HEAD`, which is none.
            Err(failure) if failure.reason == Reason::ConnectionLost => true,
            Err(failure) => return Err(failure),
        };
        if is_part {
            let message = format!("after {what} the cache gives a part of the page for the whole");
            judged.failures.push(Failure::new(Reason::Shared, message, "the whole page"));
        }
        Ok(())
    }
}
