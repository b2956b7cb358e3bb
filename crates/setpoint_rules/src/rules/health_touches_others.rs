//! ## What it finds
//!
//! A health route that asks another service over HTTP and fails with it, or hangs with it where the call has no
//! timeout.
//!
//! ## Why it hurts
//!
//! The card gateway is down for ten minutes. The shop could show its pages and take orders, but `/health` is a 500:
//! the proxy takes it out, the container is restarted again and again, the deployment that would mend it is rolled
//! back. Where the gateway hangs, each question of the monitor holds a worker. If both services ask for each other's
//! health, neither comes up after both were down.
//!
//! ## Example
//!
//! ```python
//! @app.get("/health")
//! def health():
//!     requests.get("https://gateway.example/health").raise_for_status()
//!     return {"status": "ok"}
//! ```
//!
//! ## What to do
//!
//! Let the route that restarts, takes out or rolls back ask only what is the service's own, and measure the other one
//! where its calls are made, or in a check of its own. Where it must be asked, catch the error, say it in the answer's
//! body with status 200, and give the call a timeout of a second.
//!
//! A warning where the call has no timeout, else a note. Handlers of FastAPI, Starlette and Flask are read, and two
//! levels of what they call; for which paths, see `health-touches-nothing`. Nothing is said where the error is caught
//! and nothing that runs raises one or names a status of 500 or above, nor of an address of this machine.
//!
//! Sources: kubernetes.io, "Liveness, Readiness, and Startup Probes" (a liveness probe that is wrong leads to cascading
//! failures); aws.amazon.com, Builders' Library, "Implementing health checks" (checks of dependencies).

use crate::outbound::{endless_calls, sends_a_request};
use crate::{Facts, Report, Rule};
use setpoint_model::{HealthRoute, LibraryCall, Severity};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let serves = |route: &&HealthRoute| facts.servers().any(|server| route.imported_by.iter().any(|it| it == server.name()));
    let routes: Vec<&HealthRoute> = facts.snapshot.site.health_routes.iter().filter(serves).collect();
    if routes.is_empty() {
        return;
    }
    let endless = endless_calls(facts);
    for route in routes {
        let asks = |call: &&LibraryCall| sends_a_request(call) && route.makes(call) && !is_of_this_machine(facts, call);
        for call in facts.service_calls().filter(asks) {
            if route.guards(call) && !route.may_fail {
                continue;
            }
            let waits = endless.iter().any(|(other, _)| std::ptr::eq(*other, call));
            report.health_touches_others(rule, route, call, waits.then_some(Severity::Warning));
        }
    }
}

/// True if the URL is known to be one of this machine.
fn is_of_this_machine(facts: Facts<'_>, call: &LibraryCall) -> bool {
    let process = crate::calls::caller(call);
    let urls = [&["0", "url"][..], &["1", "url"]];
    urls.iter().filter_map(|names| facts.given(call, names, process).known()).any(|url| {
        let url = url.text();
        let host = url.split_once("://").map_or("", |(_, rest)| rest);
        ["localhost", "127.", "[::1]", "unix"].iter().any(|own| host.starts_with(own))
    })
}

impl Report {
    fn health_touches_others(
        &mut self,
        rule: &Rule,
        route: &HealthRoute,
        call: &LibraryCall,
        severity: Option<Severity>,
    ) {
        let (path, function) = (&route.path, &call.function);
        let how = if severity.is_some() { "hangs" } else { "fails" };
        let draft = self
            .add(
                rule,
                format!("`{path}` asks another service with `{function}`, and {how} when that does"),
                "a route of health that asks what is the service's own",
            )
            .about(path)
            .at(&call.place)
            .at(&route.place)
            .hint("ask it in a check of its own, or catch the error and say it in an answer of status 200");
        if let Some(severity) = severity {
            draft.severity(severity);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        process shop.service program=uvicorn app=shop.main:app
        health shop/main.py:9 /health runs=shop/main.py:11@90-99 runs=shop/bank.py:3@10-80 by=shop.service
        call requests.get shop/bank.py:4@20-60 0=\"https://bank.example\" by=shop.service
        call httpx.AsyncClient.get shop/bank.py:5@62-78 0=? by=shop.service
    ";

    #[test]
    fn calls_that_a_request_of_it_makes() {
        assert_snapshot!(findings("health-touches-others", SITE), @"
        warning: `/health` asks another service with `requests.get`, and hangs when that does
          --> shop/bank.py:4
          --> shop/main.py:9
          expected: a route of health that asks what is the service's own
          hint: ask it in a check of its own, or catch the error and say it in an answer of status 200
        note: `/health` asks another service with `httpx.AsyncClient.get`, and fails when that does
          --> shop/bank.py:5
          --> shop/main.py:9
          expected: a route of health that asks what is the service's own
          hint: ask it in a check of its own, or catch the error and say it in an answer of status 200
        ");
        // What catches the error may still answer with a failure.
        let guarded = format!("{SITE}\nhealth shop/main.py:20 /ready guarded=shop/bank.py:3@10-80 runs=shop/bank.py:3@10-80 may-fail by=shop.service");
        assert_snapshot!(findings("health-touches-others", &guarded.replace("runs=shop/bank.py:3@10-80 by", "by")), @"
        warning: `/ready` asks another service with `requests.get`, and hangs when that does
          --> shop/bank.py:4
          --> shop/main.py:20
          expected: a route of health that asks what is the service's own
          hint: ask it in a check of its own, or catch the error and say it in an answer of status 200
        note: `/ready` asks another service with `httpx.AsyncClient.get`, and fails when that does
          --> shop/bank.py:5
          --> shop/main.py:20
          expected: a route of health that asks what is the service's own
          hint: ask it in a check of its own, or catch the error and say it in an answer of status 200
        ");
    }

    #[test]
    fn silent_where_it_makes_none_or_does_not_fail_with_it() {
        let silent = [
            SITE.replace("/bank.py:3@10-80", "/bank.py:3@90-99"),
            SITE.replace(" by=shop.service\n        call req", " guarded=shop/bank.py:3@10-80 by=shop.service\n        call req"),
            SITE.replace("uvicorn", "celery"),
            SITE.replace("https://bank.example", "http://127.0.0.1:9000/up").replace("0=?", "0=\"http://localhost:9000\""),
            SITE.replace("requests.get", "requests.Session").replace("httpx.AsyncClient.get", "httpx.AsyncClient"),
        ];
        assert_snapshot!(silent.map(|site| findings("health-touches-others", &site)).concat(), @"");
    }
}
