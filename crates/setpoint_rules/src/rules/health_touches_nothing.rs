//! ## What it finds
//!
//! A service with a database or a queue whose health routes all answer the same whatever becomes of it: each gives a
//! constant, and asks nobody for anything.
//!
//! ## Why it hurts
//!
//! PostgreSQL is down, every page is a 500, and the monitor is green: nobody is called. A deployment with a wrong
//! password in its env file counts as well, since the script that waits for `/health` got its 200.
//!
//! ## Example
//!
//! ```python
//! engine = create_engine("postgresql://shop@localhost/shop")
//!
//! @app.get("/health")
//! def health():
//!     return {"status": "ok"}          # also while the database is gone
//! ```
//!
//! ## What to do
//!
//! Leave it as it is for whatever restarts the process, since a restart does not bring a database back, and add a
//! second route for monitors and deployments: `/ready` runs `SELECT 1` or `PING` with a timeout of a second or two.
//! What belongs to somebody else is better not asked there: see `health-touches-others`.
//!
//! Nothing is said where one route of health may ask: it calls what is not known to be harmless, has a dependency
//! (`Depends`), or a middleware, hook or router before it has one; nor where a check of the register asks the database
//! itself. Routes of FastAPI, Starlette and Flask are known, in files that the application surely imports, by their
//! paths: `/health`, `/healthz`, `/livez`, `/readyz` and their like anywhere, `/ready`, `/status`, `/ping` and `/up` on
//! the application itself. An engine counts where it is known not to be SQLite, which is a file.
//!
//! Sources: kubernetes.io, "Liveness, Readiness, and Startup Probes"; sre.google, "Monitoring Distributed Systems"
//! (symptoms and causes); fastapi.tiangolo.com, "Dependencies".

use crate::calls::Given;
use crate::report::names;
use crate::{Facts, Report, Rule};
use setpoint_model::register::CheckKind;
use setpoint_model::{Backend, HealthRoute, Place};
use std::collections::BTreeMap;

/// Calls that are given a URL, with where.
const BY_URL: [(&str, &[&str]); 6] = [
    ("sqlalchemy.create_engine", &["0", "url"]),
    ("sqlalchemy.engine.create_engine", &["0", "url"]),
    ("sqlalchemy.ext.asyncio.create_async_engine", &["0", "url"]),
    ("sqlmodel.create_engine", &["0", "url"]),
    ("celery.Celery", &["broker"]),
    ("celery.app.base.Celery", &["broker"]),
];

/// What calls of these modules are connected to.
const BY_MODULE: [(&str, &str); 9] = [
    ("redis", "Redis"),
    ("rq", "Redis"),
    ("arq", "Redis"),
    ("psycopg", "PostgreSQL"),
    ("psycopg2", "PostgreSQL"),
    ("psycopg_pool", "PostgreSQL"),
    ("asyncpg", "PostgreSQL"),
    ("pymysql", "MySQL"),
    ("pymongo", "MongoDB"),
];

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    if !facts.is_code_understood() || is_checked_itself(facts) {
        return;
    }
    for server in facts.servers() {
        let is_of_it = |route: &&HealthRoute| route.imported_by.iter().any(|process| process == server.name());
        let routes: Vec<&HealthRoute> = facts.snapshot.site.health_routes.iter().filter(is_of_it).collect();
        let needs = needs(facts, server.name());
        if !routes.is_empty() && !needs.is_empty() && routes.iter().all(|route| route.is_constant) {
            report.health_touches_nothing(rule, server.name(), &routes, &needs);
        }
    }
}

/// True if a check of the register asks a database by itself.
fn is_checked_itself(facts: Facts<'_>) -> bool {
    let checks = facts.register.iter().flat_map(|register| &register.checks);
    checks.into_iter().any(|check| matches!(check.kind, CheckKind::Sql(_) | CheckKind::Redis(_)))
}

/// The servers that a process is connected to, each with the first call that says so.
fn needs<'a>(facts: Facts<'a>, process: &str) -> BTreeMap<String, &'a Place> {
    let mut needs = BTreeMap::new();
    for call in facts.service_calls().filter(|call| call.imported_by.iter().any(|by| by == process)) {
        let url = BY_URL.iter().find(|(function, _)| call.function == *function);
        let server = match url.map(|(_, arguments)| facts.given(call, arguments, process)) {
            Some(given @ (Given::Known(_) | Given::Secret(_) | Given::Unknown(Some(_)))) => {
                given.backend().filter(|backend| *backend != Backend::Sqlite).map(|backend| backend.to_string())
            }
            Some(Given::Nothing | Given::Unknown(None)) => None,
            None => {
                let module = call.function.split('.').next();
                let known = BY_MODULE.iter().find(|(known, _)| module == Some(*known));
                known.map(|(_, server)| (*server).to_owned())
            }
        };
        if let Some(server) = server {
            needs.entry(server).or_insert(&call.place);
        }
    }
    needs
}

impl Report {
    fn health_touches_nothing(
        &mut self,
        rule: &Rule,
        process: &str,
        routes: &[&HealthRoute],
        needs: &BTreeMap<String, &Place>,
    ) {
        let paths = names(routes.iter().map(|route| route.path.as_str()));
        let (verb, servers) = (if routes.len() == 1 { "answers" } else { "answer" }, listed(needs));
        self.add(
            rule,
            format!("{paths} {verb} that all is well while {servers} cannot be reached"),
            format!("one route of health that asks {servers}"),
        )
        .about(&routes[0].path)
        .in_process(Some(process))
        .at_each(routes.iter().map(|route| &route.place))
        .at_each(needs.values().copied())
        .hint("add one, `/ready` say, that asks with a short timeout, and let the monitor and the deployment ask that");
    }
}

/// `PostgreSQL or Redis`
fn listed(needs: &BTreeMap<String, &Place>) -> String {
    needs.keys().map(String::as_str).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        process shop.service program=uvicorn app=shop.main:app
        health shop/main.py:9 /health runs=shop/main.py:11@90-99 constant by=shop.service
        call sqlalchemy.create_engine shop/database.py:5 0=***postgresql://1 by=shop.service
        call redis.Redis shop/cache.py:3 by=shop.service
    ";

    #[test]
    fn a_constant_beside_servers_that_may_be_gone() {
        assert_snapshot!(findings("health-touches-nothing", SITE), @"
        note: `/health` answers that all is well while PostgreSQL or Redis cannot be reached
          --> shop/main.py:9
          --> shop/database.py:5
          --> shop/cache.py:3
          expected: one route of health that asks PostgreSQL or Redis
          hint: add one, `/ready` say, that asks with a short timeout, and let the monitor and the deployment ask that
        ");
        let two = format!("{SITE}\nhealth shop/main.py:15 /ping runs=shop/main.py:16@110-120 constant by=shop.service");
        assert_snapshot!(findings("health-touches-nothing", &two), @"
        note: `/health` and `/ping` answer that all is well while PostgreSQL or Redis cannot be reached
          --> shop/main.py:9
          --> shop/main.py:15
          --> shop/database.py:5
          --> shop/cache.py:3
          expected: one route of health that asks PostgreSQL or Redis
          hint: add one, `/ready` say, that asks with a short timeout, and let the monitor and the deployment ask that
        ");
        assert_snapshot!(findings("health-touches-nothing", "
            process shop.service program=gunicorn app=shop.main:app
            health shop/main.py:9 /health runs=shop/main.py:11@90-99 constant by=shop.service
            SHOP_BROKER pydantic-settings
              code  \"amqp://localhost\"  shop/settings.py:9
            call celery.Celery shop/tasks.py:4 0=\"shop\" broker=@SHOP_BROKER by=shop.service
        "), @"
        note: `/health` answers that all is well while RabbitMQ cannot be reached
          --> shop/main.py:9
          --> shop/tasks.py:4
          expected: one route of health that asks RabbitMQ
          hint: add one, `/ready` say, that asks with a short timeout, and let the monitor and the deployment ask that
        ");
    }

    #[test]
    fn silent_where_one_asks_or_may_or_there_is_nothing_to_ask() {
        let silent = [
            // Another route may ask.
            format!("{SITE}\nhealth shop/main.py:15 /ready runs=shop/main.py:16@110-120 by=shop.service"),
            format!("{SITE}\nhealth shop/main.py:15 /health/metrics by=shop.service"),
            SITE.replace("constant", ""),
            // Code that was not understood may have one.
            format!("{SITE}\nbroken shop/admin.py:3"),
            // The process that has them serves nobody, or is another one.
            SITE.replace("uvicorn", "celery"),
            SITE.replace("by=shop.service\n        call", "by=other.service\n        call"),
            // A file, and a database that only running the code tells.
            SITE.replace("***postgresql", "***sqlite").replace("redis.Redis", "httpx.Client"),
            SITE.replace("***postgresql://1", "?").replace("redis.Redis", "httpx.Client"),
        ];
        assert_snapshot!(silent.map(|site| findings("health-touches-nothing", &site)).concat(), @"");
    }
}
