//! What the query of a page has to do with its entry: the order of its parameters, and those that the key leaves out.

use super::{ASKED, Prober};
use crate::cache::{Judged, applies};
use setpoint_formats::nginx::Request;
use setpoint_model::Failure;

/// A second parameter for a page that has none.
const SECOND: &str = "setpoint-order";

impl Prober<'_> {
    /// `models` are pages that are cached, one at least.
    pub(super) fn prove_queries(&self, models: &[Request], judged: &mut Judged) -> Result<(), Failure> {
        for model in models {
            self.expect_apart_by_parameters(model, judged)?;
        }
        // A page with a query of its own shows what becomes of real ones.
        let model = models.iter().find(|model| model.query.is_some()).or(models.first());
        model.map_or(Ok(()), |model| self.see_order(model, judged))
    }

    /// A parameter that changes the page has to be a part of the key.
    fn expect_apart_by_parameters(&self, model: &Request, judged: &mut Judged) -> Result<(), Failure> {
        for name in names(model).into_iter().filter(|name| self.parameter(model) != Some(name)) {
            let other = with_query(model, |pairs| pairs.retain(|pair| name_of(pair) != name));
            if !self.rule().bypass.iter().any(|bypass| applies(bypass, &other)) {
                self.expect_apart(&format!("`{name}` of the query"), model, &other, judged)?;
            }
        }
        Ok(())
    }

    /// A cache may take both orders for one page, or not. Neither is wrong: a page that repeats its own address differs, too.
    fn see_order(&self, model: &Request, judged: &mut Judged) -> Result<(), Failure> {
        let model = &if model.query.is_some() { model.clone() } else { model.clone().with_argument(SECOND, "1") };
        let one = self.probe(model);
        if names(&one).len() < 2 {
            return Ok(());
        }
        let mut first = self.ask(&one)?;
        for _ in 0..ASKED {
            if first.is_hit() {
                break;
            }
            first = self.ask(&one)?;
        }
        if !first.is_hit() {
            return Ok(());
        }
        let other = self.ask(&reversed(&one))?;
        if !other.is_hit() {
            judged.seen.push("each order of a query's parameters has an entry of its own".to_owned());
            return Ok(());
        }
        let (fresh, again) = (self.ask(&reversed(&self.probe(model)))?, self.ask(&reversed(&self.probe(model)))?);
        let differs = fresh.body == again.body && fresh.body != first.body;
        let though = if differs { ", though the service does not answer them alike" } else { "" };
        judged.seen.push(format!("both orders of a query's parameters have one entry{though}"));
        Ok(())
    }
}

fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or(pair)
}

fn names(request: &Request) -> Vec<&str> {
    let pairs = request.query.iter().flat_map(|query| query.split('&'));
    let mut names: Vec<&str> = pairs.map(name_of).filter(|name| !name.is_empty()).collect();
    names.dedup();
    names
}

fn reversed(request: &Request) -> Request {
    with_query(request, |pairs| pairs.reverse())
}

/// The request with other parts of its query.
fn with_query(request: &Request, change: impl FnOnce(&mut Vec<&str>)) -> Request {
    let mut pairs: Vec<&str> = request.query.iter().flat_map(|query| query.split('&')).collect();
    change(&mut pairs);
    let query = (!pairs.is_empty()).then(|| pairs.join("&"));
    let path = request.target.split('?').next().unwrap_or_default();
    let target = query.as_ref().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    Request { query, target, ..request.clone() }
}

#[cfg(test)]
mod tests {
    use super::{names, reversed, with_query};
    use setpoint_formats::nginx::Request;

    #[test]
    fn a_query_has_an_order_and_parts() {
        let request = Request::get("http://shop.example/a%20b?x=1&y&z=%26");
        assert_eq!(names(&request), ["x", "y", "z"]);
        assert_eq!(reversed(&request).target, "/a%20b?z=%26&y&x=1");
        assert_eq!(with_query(&request, |pairs| pairs.truncate(0)), Request::get("http://shop.example/a%20b"));
    }
}
