//! ## What it finds
//!
//! A call of another service whose attempts together last longer than the request has in which it is made: longer
//! than the proxy waits for the answer, or than gunicorn lets a `sync` worker work on it; while one attempt alone would
//! fit.
//!
//! ## Why it hurts
//!
//! Retries are there for the hour in which the other service hangs, and in that hour they make it worse: the visitor
//! has had a 504 for long, and the worker is still at its second attempt. All workers are soon busy with requests
//! that nobody waits for. nginx's error log says `upstream timed out (110: Connection timed out)`, gunicorn's `WORKER
//! TIMEOUT`, and the other service sees three times the load on the day on which it can bear the least.
//!
//! ## Example
//!
//! ```python
//! transport = httpx.HTTPTransport(retries=3)
//! client = httpx.Client(transport=transport, timeout=10)     # 4 × 10 s and pauses; nginx waits 30 s
//! ```
//!
//! ## What to do
//!
//! Divide the time that the request has by the number of attempts, and leave some for the rest of the request; or
//! retry in a job, which has time.
//!
//! httpx's transport tries connecting again, up to `retries` times, after pauses of 0, 0.5, 1, 2… seconds
//! (`httpcore/_sync/connection.py`). urllib3's `Retry(total=3)` makes up to four attempts, after pauses of
//! `backoff_factor` × 2, 4…, at most 120 s each (`urllib3/util/retry.py`, `get_backoff_time`). Only calls that the
//! web process surely imports and whose numbers are known are judged.

use crate::calls::Given;
use crate::server::Server;
use crate::setting::{Setting, shown_seconds};
use crate::{Facts, Report, Rule};
use setpoint_model::LibraryCall;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        let Some((limit, seconds)) = limit(server) else { continue };
        for series in with_httpx(facts, server.name()).into_iter().chain(with_requests(facts, server.name())) {
            // What one attempt alone takes too long for is another fault.
            if series.alone() <= seconds && series.in_all() > seconds {
                report.retry_outlives_request(rule, server, &series, limit, seconds);
            }
        }
    }
}

/// The shortest time that a request has: what the proxy waits, or what a worker is given.
fn limit(server: Server<'_>) -> Option<(Setting<'_>, f64)> {
    let known = server.main_patience().into_iter().chain(server.request_limit());
    known.min_by(|(_, one), (_, two)| one.total_cmp(two))
}

/// A call and how often it is tried.
struct Series<'a> {
    call: &'a LibraryCall,
    retries: Setting<'a>,
    timeout: Setting<'a>,
    attempts: i32,
    seconds: f64,
    /// Seconds between the attempts, together.
    pauses: f64,
}

impl Series<'_> {
    /// Connecting, and then waiting for the answer.
    fn alone(&self) -> f64 {
        2.0 * self.seconds
    }

    fn in_all(&self) -> f64 {
        f64::from(self.attempts) * self.seconds + self.pauses
    }
}

fn with_httpx<'a>(facts: Facts<'a>, process: &'a str) -> Vec<Series<'a>> {
    let clients = facts.calls_of(&["httpx.Client", "httpx.AsyncClient"]);
    let series = clients.filter(|call| call.argument("transport").is_some()).filter_map(|call| {
        let transports = ["httpx.HTTPTransport", "httpx.AsyncHTTPTransport"];
        let retries = only(facts, &transports, call)?;
        let pauses = |retries: i32| (1..retries).map(|number| 0.5 * 2_f64.powi(number - 1)).sum();
        series(facts, process, call, (retries, &["retries"]), pauses)
    });
    series.collect()
}

fn with_requests<'a>(facts: Facts<'a>, process: &'a str) -> Vec<Series<'a>> {
    let is_request = |call: &&LibraryCall| {
        let sessions = ["requests.Session", "requests.session", "requests.sessions.Session"];
        let methods = ["get", "head", "options", "post", "put", "patch", "delete", "request"];
        let named = call.function.rsplit_once('.');
        named.is_some_and(|(owner, method)| sessions.contains(&owner) && methods.contains(&method))
    };
    let calls = facts.snapshot.calls.iter().filter(is_request);
    let series = calls.filter_map(|call| {
        let policies = ["urllib3.util.Retry", "urllib3.util.retry.Retry", "urllib3.Retry"];
        if let Some(policy) = only_in_file(facts, &policies, call) {
            let factor = match facts.given(policy, &["backoff_factor"], process) {
                Given::Nothing => 0.0,
                given => given.known()?.number()?,
            };
            let pauses =
                |retries: i32| (2..=retries).map(|number| (factor * 2_f64.powi(number - 1)).min(120.0)).sum();
            return series(facts, process, call, (policy, &["total", "0"]), pauses);
        }
        let adapter = only_in_file(facts, &["requests.adapters.HTTPAdapter"], call)?;
        series(facts, process, call, (adapter, &["max_retries"]), |_| 0.0)
    });
    series.collect()
}

fn series<'a>(
    facts: Facts<'a>,
    process: &'a str,
    call: &'a LibraryCall,
    (policy, names): (&'a LibraryCall, &[&str]),
    pauses: impl Fn(i32) -> f64,
) -> Option<Series<'a>> {
    let runs_it = call.imported_by.iter().any(|name| name == process);
    let retries = facts.given(policy, names, process).known().filter(|_| runs_it)?;
    let timeout = facts.given(call, &["timeout"], process).known()?;
    let count = retries.number().filter(|count| (1.0..100.0).contains(count) && count.fract() == 0.0)?;
    #[expect(clippy::cast_possible_truncation, reason = "it is a whole number below 100")]
    let count = count as i32;
    Some(Series { call, retries, timeout, attempts: count + 1, seconds: timeout.number()?, pauses: pauses(count) })
}

/// The only call of these functions in the function that makes the call.
fn only<'a>(facts: Facts<'a>, functions: &[&str], call: &LibraryCall) -> Option<&'a LibraryCall> {
    only_where(facts, functions, |other| other.place.file == call.place.file && other.symbol == call.symbol)
}

/// The only one in the file.
fn only_in_file<'a>(facts: Facts<'a>, functions: &[&str], call: &LibraryCall) -> Option<&'a LibraryCall> {
    only_where(facts, functions, |other| other.place.file == call.place.file)
}

fn only_where<'a>(
    facts: Facts<'a>,
    functions: &[&str],
    belongs: impl Fn(&LibraryCall) -> bool,
) -> Option<&'a LibraryCall> {
    let calls = facts.snapshot.calls.iter();
    let mut calls = calls.filter(|call| functions.contains(&call.function.as_str()) && belongs(call));
    calls.next().filter(|_| calls.next().is_none())
}

impl Report {
    fn retry_outlives_request(
        &mut self,
        rule: &Rule,
        server: Server<'_>,
        series: &Series<'_>,
        limit: Setting<'_>,
        seconds: f64,
    ) {
        let (function, attempts) = (&series.call.function, series.attempts);
        let (each, all, has) =
            (shown_seconds(series.seconds), shown_seconds(series.in_all()), shown_seconds(seconds));
        self.add(
            rule,
            format!(
                "`{function}` is tried {attempts} times for {each} each, {all} in all with the pauses between, and the \
                 request in `{}` has {has} (`{}`)",
                server.name(),
                limit.name
            ),
            format!("all attempts together within {has}"),
        )
        .about(function)
        .in_process(Some(server.name()))
        .at(&series.call.place)
        .at(series.retries.place)
        .at(series.timeout.place)
        .at(limit.place)
        .hint(format!("give each attempt less than {}", shown_seconds((seconds / f64::from(attempts)).floor())));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const PROXY: &str = "
        process shop.service program=uvicorn app=shop.main:app
        nginx.proxy_pass nginx
          proxy  http://127.0.0.1:8000  /etc/nginx/sites-enabled/shop:9
        nginx.proxy_read_timeout nginx
          proxy  30s  /etc/nginx/sites-enabled/shop:10
    ";

    #[test]
    fn four_times_ten_seconds_within_thirty() {
        assert_snapshot!(findings("retry-outlives-request", &format!("{PROXY}
            SHOP_PATIENCE environ
              environment-file  10  /etc/shop/shop.env:4
            call httpx.HTTPTransport shop/pay.py:8 retries=3 by=shop.service
            call httpx.Client shop/pay.py:9 transport=? timeout=@SHOP_PATIENCE by=shop.service
        ")), @"
        warning: `httpx.Client` is tried 4 times for 10 s each, 41.5 s in all with the pauses between, and the request in `shop.service` has 30 s (`nginx.proxy_read_timeout`)
          --> shop/pay.py:9
          --> shop/pay.py:8
          --> /etc/shop/shop.env:4
          --> /etc/nginx/sites-enabled/shop:10
          expected: all attempts together within 30 s
          hint: give each attempt less than 7 s
        ");
        assert_snapshot!(findings("retry-outlives-request", &format!("{PROXY}
            call urllib3.util.retry.Retry shop/rates.py:8 total=3 backoff_factor=1 by=shop.service
            call requests.Session.get shop/rates.py:19 0=? timeout=10 by=shop.service
        ")), @"
        warning: `requests.Session.get` is tried 4 times for 10 s each, 46 s in all with the pauses between, and the request in `shop.service` has 30 s (`nginx.proxy_read_timeout`)
          --> shop/rates.py:19
          --> shop/rates.py:8
          --> /etc/nginx/sites-enabled/shop:10
          expected: all attempts together within 30 s
          hint: give each attempt less than 7 s
        ");
    }

    #[test]
    fn silent_where_they_fit_where_one_alone_does_not_and_in_a_job() {
        assert_snapshot!(findings("retry-outlives-request", &format!("{PROXY}
            call httpx.HTTPTransport shop/pay.py:8 retries=3 by=shop.service
            call httpx.Client shop/pay.py:9 transport=? timeout=5 by=shop.service
        ")), @"");
        assert_snapshot!(findings("retry-outlives-request", &format!("{PROXY}
            call httpx.HTTPTransport shop/pay.py:8 retries=3 by=shop.service
            call httpx.Client shop/pay.py:9 transport=? timeout=20 by=shop.service
        ")), @"");
        assert_snapshot!(findings("retry-outlives-request", &format!("{PROXY}
            call httpx.HTTPTransport shop/pay.py:8 retries=3 by=shop-import.service
            call httpx.Client shop/pay.py:9 transport=? timeout=10 by=shop-import.service
        ")), @"");
        assert_snapshot!(findings("retry-outlives-request", &format!("{PROXY}
            call httpx.HTTPTransport shop/pay.py:8 retries=? by=shop.service
            call httpx.Client shop/pay.py:9 transport=? timeout=10 by=shop.service
        ")), @"");
    }

    #[test]
    fn what_caddy_waits_is_the_time_that_a_request_has() {
        assert_snapshot!(findings("retry-outlives-request", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            call httpx.HTTPTransport shop/payments.py:9 retries=3 by=shop.service
            call httpx.Client shop/payments.py:10 transport=? timeout=10 by=shop.service
            caddy.reverse_proxy.transport.response_header_timeout caddy
              library  0     https://caddyserver.com/header:1
              proxy  30s  /etc/caddy/Caddyfile:5
        "), @"
        warning: `httpx.Client` is tried 4 times for 10 s each, 41.5 s in all with the pauses between, and the request in `shop.service` has 30 s (`caddy.reverse_proxy.transport.response_header_timeout`)
          --> shop/payments.py:10
          --> shop/payments.py:9
          --> /etc/caddy/Caddyfile:5
          expected: all attempts together within 30 s
          hint: give each attempt less than 7 s
        ");
        assert_snapshot!(findings("retry-outlives-request", "
            process shop.service program=uvicorn app=shop.main:app listens=127.0.0.1:8000
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            call httpx.HTTPTransport shop/payments.py:9 retries=3 by=shop.service
            call httpx.Client shop/payments.py:10 transport=? timeout=10 by=shop.service
            caddy.reverse_proxy.transport.response_header_timeout caddy
              library  0     https://caddyserver.com/header:1
        "), @"");
    }
}
