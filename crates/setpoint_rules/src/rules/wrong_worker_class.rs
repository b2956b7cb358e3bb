//! ## What it finds
//!
//! A gunicorn worker that cannot call the application it is given: an ASGI application (FastAPI, Starlette, Django's
//! `get_asgi_application`) under `sync`, `gthread`, `gevent` or `tornado`, and a WSGI application (Flask, Django's
//! `get_wsgi_application`) under uvicorn's worker or `asgi`. The same for a WSGI application that uvicorn runs by
//! itself, unless it is told `--interface wsgi`.
//!
//! ## Why it hurts
//!
//! It starts, the health of the unit is fine, and every request is answered with 500. The log says `TypeError:
//! FastAPI.__call__() missing 1 required positional argument: 'send'`, or `TypeError: Flask.__call__() missing 1
//! required positional argument: 'start_response'`.
//!
//! ## Example
//!
//! ```ini
//! ExecStart=/srv/shop/.venv/bin/gunicorn shop.main:app      # a FastAPI application, and --worker-class is sync
//! ```
//!
//! ## What to do
//!
//! `--worker-class uvicorn.workers.UvicornWorker` (of the package uvicorn-worker in newer versions) for ASGI, `sync` or
//! `gthread` for WSGI; or uvicorn without gunicorn.
//!
//! Sources: `gunicorn/workers/sync.py`, `handle_request`; `uvicorn/workers.py`; `uvicorn/config.py`, `interface`, which
//! takes an application for ASGI where nothing is said.

use crate::server::{Interface, Program, Server};
use crate::setting::Setting;
use crate::{Facts, Report, Rule};
use setpoint_model::LibraryCall;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for server in facts.servers() {
        let Some(call) = application(facts, server) else { continue };
        let (Some(needs), Some(worker)) = (interface(&call.function), server.worker()) else { continue };
        let setting = match server.program {
            Program::Gunicorn => server.gunicorn("worker_class"),
            // What it is told wins over what it takes an application for; `auto` takes none for WSGI.
            Program::Uvicorn => server.uvicorn("interface").filter(|setting| setting.text() == "auto"),
        };
        if let Some(setting) = setting.filter(|_| worker.interface() != needs) {
            report.wrong_worker_class(rule, server, setting, call, needs);
        }
    }
}

/// The call that makes the application: the only one that is bound to the name which the command line gives.
fn application<'a>(facts: Facts<'a>, server: Server<'a>) -> Option<&'a LibraryCall> {
    let (module, object) = server.process.app.as_deref()?.split_once(':')?;
    let module = module.replace('.', "/");
    let is_it = |call: &&LibraryCall| {
        let file = call.place.file.strip_suffix(".py").unwrap_or(&call.place.file);
        let file = file.strip_suffix("/__init__").unwrap_or(file);
        let in_module = file.strip_suffix(&module).is_some_and(|before| before.is_empty() || before.ends_with('/'));
        in_module && call.bound_to.as_deref() == Some(object)
    };
    let mut calls = facts.snapshot.calls.iter().filter(is_it);
    calls.next().filter(|_| calls.next().is_none())
}

fn interface(function: &str) -> Option<Interface> {
    match function {
        "fastapi.FastAPI"
        | "fastapi.applications.FastAPI"
        | "starlette.applications.Starlette"
        | "django.core.asgi.get_asgi_application" => Some(Interface::Asgi),
        "flask.Flask" | "flask.app.Flask" | "django.core.wsgi.get_wsgi_application" => Some(Interface::Wsgi),
        _ => None,
    }
}

impl Report {
    fn wrong_worker_class(
        &mut self,
        rule: &Rule,
        server: Server<'_>,
        setting: Setting<'_>,
        call: &LibraryCall,
        needs: Interface,
    ) {
        let (needs, has, cure) = match (needs, server.program) {
            (Interface::Asgi, _) => ("ASGI", "WSGI", "set `--worker-class uvicorn.workers.UvicornWorker`"),
            (Interface::Wsgi, Program::Gunicorn) => ("WSGI", "ASGI", "set `--worker-class gthread`"),
            (Interface::Wsgi, Program::Uvicorn) => ("WSGI", "ASGI", "serve it with gunicorn"),
        };
        let message = format!(
            "`{}` serves an application of {needs} (`{}`) by a worker for {has} (`{}` is `{}`)",
            server.name(),
            call.function,
            setting.name,
            setting.text()
        );
        self.add(rule, message, format!("a worker for {needs}"))
            .about(setting.name)
            .in_process(Some(server.name()))
            .at(server.place_to_set(setting))
            .at(setting.place)
            .at(&call.place)
            .hint(cure);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn fastapi_under_sync_workers() {
        assert_snapshot!(findings("wrong-worker-class", "
            process shop.service program=gunicorn app=shop.main:app
            gunicorn.worker_class gunicorn
              library  sync  gunicorn/config.py:1
            gunicorn.threads gunicorn
              library  1     gunicorn/config.py:2
            call fastapi.FastAPI src/shop/main.py:4 to=app
        "), @"
        error: `shop.service` serves an application of ASGI (`fastapi.FastAPI`) by a worker for WSGI (`gunicorn.worker_class` is `sync`)
          --> src/shop/main.py:4
          --> gunicorn/config.py:1
          expected: a worker for ASGI
          hint: set `--worker-class uvicorn.workers.UvicornWorker`
        ");
    }

    #[test]
    fn flask_under_uvicorns_worker() {
        assert_snapshot!(findings("wrong-worker-class", "
            process shop.service program=gunicorn app=shop:app
            gunicorn.worker_class gunicorn
              configuration-file  uvicorn_worker.UvicornWorker  gunicorn.conf.py:1  shop.service
            call flask.Flask shop/__init__.py:4 to=app
        "), @"
        error: `shop.service` serves an application of WSGI (`flask.Flask`) by a worker for ASGI (`gunicorn.worker_class` is `uvicorn_worker.UvicornWorker`)
          --> gunicorn.conf.py:1
          --> shop/__init__.py:4
          expected: a worker for WSGI
          hint: set `--worker-class gthread`
        ");
    }

    #[test]
    fn silent_for_the_right_worker_and_other_applications() {
        for (class, app, call) in [
            ("uvicorn.workers.UvicornWorker", "shop.main:app", "fastapi.FastAPI shop/main.py:4 to=app"),
            ("sync", "shop.main:app", "flask.Flask shop/main.py:4 to=app"),
            ("sync", "shop.main:wsgi", "fastapi.FastAPI shop/main.py:4 to=app"),
            ("sync", "shop.main:app", "fastapi.FastAPI other/main.py:4 to=app"),
            ("shop.workers.Own", "shop.main:app", "fastapi.FastAPI shop/main.py:4 to=app"),
        ] {
            assert_eq!(findings("wrong-worker-class", &format!("
                process shop.service program=gunicorn app={app}
                gunicorn.worker_class gunicorn
                  configuration-file  {class}  gunicorn.conf.py:1  shop.service
                gunicorn.threads gunicorn
                  library  1     gunicorn/config.py:2
                call {call}
            ")), "", "{class} {app} {call}");
        }
    }
}
