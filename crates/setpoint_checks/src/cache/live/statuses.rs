//! What the cache does with answers that are no page: a path that is not there, and errors of the server.

use super::Prober;
use crate::cache::nginx::Kept;
use crate::cache::{Judged, applies, deciding};
use setpoint_formats::nginx::Request;
use setpoint_model::{Failure, Reason};

impl Prober<'_> {
    /// Asks for a path that nobody else asks for and that is not there. `model` is a page that is cached.
    pub(super) fn prove_missing(&self, model: &Request, judged: &mut Judged) -> Result<(), Failure> {
        let rule = self.rule();
        let path = self.missing_path(&model.path);
        let request = path.map(|path| Request { target: path.clone(), path, query: None, ..model.clone() });
        let is_covered = |request: &Request| {
            deciding(self.rules, request) == Some(self.number)
                && !rule.bypass.iter().any(|bypass| applies(bypass, request))
        };
        // In a named parameter the probe would have no mark of its own.
        let Some(request) = request.filter(|it| is_covered(it) && self.parameter(it).is_none()) else {
            judged.not_probed.push("404, since the rule covers no path that is surely not there".to_owned());
            return Ok(());
        };
        let probe = self.probe(&request);
        let mut came = self.ask(&probe)?;
        for _ in 0..2 {
            if came.status != 404 {
                judged.not_probed.push(format!("404, since a path that nobody knows is answered with {}", came.status));
                return Ok(());
            }
            came = self.ask(&probe)?;
        }
        if !came.is_hit() || rule.also_kept.contains(&404) {
            return Ok(());
        }
        let kept = match (came.fresh_for, self.ground.lifetime(&request, 404)) {
            (Some(seconds), _) | (None, Some(Kept::Seconds(seconds))) => seconds,
            (None, Some(Kept::AsToldByTheService | Kept::Never) | None) => {
                judged.seen.push("an answer with 404 is kept, and for how long is not known from here".to_owned());
                return Ok(());
            }
        };
        if kept >= rule.ttl.as_secs() {
            let message = format!("an answer with 404 is kept for {kept} s, as long as a page");
            judged.failures.push(Failure::new(
                Reason::Cached,
                message,
                "a shorter time for 404, or `also_kept = [404]` in the rule",
            ));
        } else {
            judged.seen.push(format!("an answer with 404 is kept for {kept} s"));
        }
        Ok(())
    }

    /// A path that the rule covers, with a part that is nobody's: a number where the page of the example has one, since another
    /// text might be refused.
    fn missing_path(&self, example: &str) -> Option<String> {
        let (before, after) = self.rule().pattern.rsplit_once('*')?;
        let stands_for = example.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).unwrap_or_default();
        let is_number = !stands_for.is_empty() && stands_for.bytes().all(|byte| byte.is_ascii_digit());
        let own = if is_number { self.own_number() } else { format!("setpoint-{}", self.own()) };
        let path = format!("{}{own}{after}", before.replace('*', "setpoint"));
        path.starts_with('/').then_some(path)
    }

    /// Errors of the server cannot be had by asking. Those that came all the same must not have been kept.
    pub(super) fn judge_errors(&self, judged: &mut Judged) {
        let rule = self.rule();
        let errors = self.errors.borrow();
        let mut kept: Vec<u16> = errors.iter().filter(|(_, is_hit)| *is_hit).map(|(status, _)| *status).collect();
        kept.retain(|status| !rule.also_kept.contains(status));
        kept.sort_unstable();
        kept.dedup();
        for status in kept {
            let message = format!("an answer with {status} came from the cache");
            judged.failures.push(Failure::new(Reason::Cached, message, "no error of the server in the cache"));
        }
    }

    /// What was seen of errors, where the files do not say what becomes of them.
    pub(super) fn see_errors(&self, model: &Request, judged: &mut Judged) {
        let is_said = matches!(self.ground.lifetime(model, 503), Some(Kept::Never | Kept::Seconds(_)));
        if self.errors.borrow().is_empty() && !is_said {
            judged.not_probed.push("5xx, since none came, and none can be had by asking".to_owned());
        }
    }
}
