//! ## What it finds
//!
//! A FastAPI application in production that tells everybody who asks what it can do: the pages `/docs` and `/redoc`,
//! or the list behind them, `/openapi.json`.
//!
//! ## Why it hurts
//!
//! It is no hole, and it is the map to all of them: every route, the internal ones too, with its parameters and
//! types. Scanners ask for `/openapi.json` first, which is why it stands in the access log of every FastAPI service.
//! The usual half measure is `docs_url=None, redoc_url=None`, which closes the pages and leaves the list.
//!
//! ## Example
//!
//! ```python
//! app = FastAPI(docs_url=None, redoc_url=None)     # /openapi.json still answers
//! ```
//!
//! ## What to do
//!
//! `FastAPI(openapi_url=None)` closes all three; take it from a setting that development turns on. If the interface
//! is public on purpose, say so in a waiver, and it is written down.
//!
//! Only an application that a server process of the site imports is judged, and not one behind an nginx or a
//! Caddy with a location or a password for it.
//!
//! Sources: `fastapi/applications.py`, `FastAPI.setup`; fastapi.tiangolo.com, "Conditional OpenAPI".

use crate::calls::Given;
use crate::server::Server;
use crate::{Facts, Report, Rule};
use setpoint_model::LibraryCall;

const FUNCTIONS: [&str; 2] = ["fastapi.FastAPI", "fastapi.applications.FastAPI"];

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    if !facts.is_production() {
        return;
    }
    for server in facts.servers().filter(|server| !is_closed_by_proxy(facts, *server)) {
        for call in facts.calls_of(&FUNCTIONS).filter(|call| is_application(server, call)) {
            let address = |name, otherwise: &str| match facts.given(call, &[name], server.name()) {
                Given::Nothing => Some(otherwise.to_owned()),
                Given::Known(setting) if setting.is_none() || setting.text().is_empty() => None,
                Given::Known(setting) => Some(setting.text()),
                Given::Unknown(_) | Given::Secret(_) => None,
            };
            let Some(list) = address("openapi_url", "/openapi.json") else { continue };
            let pages = [address("docs_url", "/docs"), address("redoc_url", "/redoc")];
            let open: Vec<String> = pages.into_iter().flatten().chain([list]).collect();
            report.api_docs_open(rule, server, call, &open);
        }
    }
}

/// True if the call makes the object that the server's command line names: `app` of `shop.main:app`, or what a function
/// of that name makes.
fn is_application(server: Server<'_>, call: &LibraryCall) -> bool {
    let object = server.process.app.as_deref().and_then(|app| app.split_once(':')).map(|(_, object)| object);
    let runs_it = call.imported_by.iter().any(|name| name == server.name());
    runs_it && object.is_some() && (call.bound_to.as_deref() == object || call.symbol.as_deref() == object)
}

/// True if the proxy has a rule of its own for one of the addresses, or asks who is there.
fn is_closed_by_proxy(facts: Facts<'_>, server: Server<'_>) -> bool {
    let of_nginx = ["auth_basic", "auth_request", "allow", "deny"];
    // What they match may stand in a named matcher, which may be that of the pages.
    let of_caddy = ["basic_auth", "basicauth", "forward_auth", "respond", "error", "abort", "redir"];
    let asks = of_nginx.into_iter().chain(of_caddy);
    let names = facts.snapshot.defaults.iter().map(|default| default.name.as_str());
    let has_location = names.filter(|name| name.starts_with("nginx[") || name.starts_with("caddy[")).any(|name| {
        ["/docs", "/redoc", "/openapi"].iter().any(|address| name.contains(address))
    });
    has_location || asks.into_iter().any(|directive| !server.proxy(directive).is_empty())
}

impl Report {
    fn api_docs_open(&mut self, rule: &Rule, server: Server<'_>, call: &LibraryCall, open: &[String]) {
        let addresses = crate::report::names(open.iter().map(String::as_str));
        let answer = if open.len() == 1 { "answers" } else { "answer" };
        self.add(
            rule,
            format!("{addresses} of `{}` {answer} everybody, with every route and its parameters", server.name()),
            "`openapi_url=None` in production",
        )
        .about("fastapi.openapi_url")
        .in_process(Some(server.name()))
        .at(&call.place)
        .hint("give `FastAPI` an `openapi_url` from a setting that is `None` in production, which closes the pages too");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn all_three_and_the_list_alone() {
        assert_snapshot!(findings("api-docs-open", "
            process shop.service program=uvicorn app=shop.main:app
            call fastapi.FastAPI shop/main.py:9 title=\"Shop\" to=app by=shop.service
        "), @"
        note: `/docs`, `/redoc` and `/openapi.json` of `shop.service` answer everybody, with every route and its parameters
          --> shop/main.py:9
          expected: `openapi_url=None` in production
          hint: give `FastAPI` an `openapi_url` from a setting that is `None` in production, which closes the pages too
        ");
        assert_snapshot!(findings("api-docs-open", "
            process shop.service program=uvicorn app=shop.main:app
            call fastapi.FastAPI shop/main.py:9 docs_url=null redoc_url=null to=app by=shop.service
        "), @"
        note: `/openapi.json` of `shop.service` answers everybody, with every route and its parameters
          --> shop/main.py:9
          expected: `openapi_url=None` in production
          hint: give `FastAPI` an `openapi_url` from a setting that is `None` in production, which closes the pages too
        ");
    }

    #[test]
    fn silent_where_it_is_closed_in_staging_and_where_it_cannot_be_known() {
        assert_snapshot!(findings("api-docs-open", "
            process shop.service program=uvicorn app=shop.main:app
            SHOP_OPENAPI_URL environ
              environment-file  -  /etc/shop/shop.env:3
            call fastapi.FastAPI shop/main.py:9 openapi_url=null to=app by=shop.service
            call fastapi.FastAPI shop/main.py:10 openapi_url=? to=app by=shop.service
            call fastapi.FastAPI shop/main.py:11 to=inner by=shop.service
            call fastapi.FastAPI shop/main.py:12 to=app
        "), @"");
        assert_snapshot!(findings("api-docs-open", "
            looked-at staging
            process shop.service program=uvicorn app=shop.main:app
            call fastapi.FastAPI shop/main.py:9 to=app by=shop.service
        "), @"");
        assert_snapshot!(findings("api-docs-open", "
            process shop.service program=uvicorn app=shop.main:app
            nginx.proxy_pass nginx
              proxy  http://127.0.0.1:8000  /etc/nginx/sites-enabled/shop:9
            nginx[shop.example/docs].return nginx
              proxy  404  /etc/nginx/sites-enabled/shop:12
            call fastapi.FastAPI shop/main.py:9 to=app by=shop.service
        "), @"");
    }

    #[test]
    fn silent_where_caddy_asks_who_is_there() {
        assert_snapshot!(findings("api-docs-open", "
            process shop.service program=uvicorn app=shop.main:app
            call fastapi.FastAPI shop/main.py:9 to=app by=shop.service
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy[shop.example·@internal].basic_auth caddy
              proxy  true  /etc/caddy/Caddyfile:12
        "), @"");
        assert_snapshot!(findings("api-docs-open", "
            process shop.service program=uvicorn app=shop.main:app
            call fastapi.FastAPI shop/main.py:9 to=app by=shop.service
            caddy.reverse_proxy caddy
              proxy  127.0.0.1:8000  /etc/caddy/Caddyfile:3
            caddy[shop.example/docs*].respond caddy
              proxy  404  /etc/caddy/Caddyfile:12
        "), @"");
    }
}
