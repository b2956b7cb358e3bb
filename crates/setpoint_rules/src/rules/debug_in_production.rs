//! ## What it finds
//!
//! A unit of production that runs for developers: Django's `DEBUG`, `FLASK_DEBUG` or the `debug` of a FastAPI or
//! Starlette application on, `--reload` on, or a development server (`flask run`, `manage.py runserver`, `fastapi
//! dev`).
//!
//! ## Why it hurts
//!
//! An error shows the visitor the source around it and the values of local variables, passwords among them; Flask's
//! debugger runs what is typed into it. Django with `DEBUG` keeps every query that it sent in memory, and grows until
//! it is killed. A reloader restarts the service whenever a file changes, in the middle of a deployment; and a
//! development server says itself what it is: `WARNING: This is a development server. Do not use it in a production
//! deployment.`
//!
//! ## Example
//!
//! ```ini
//! [Service]
//! Environment=FLASK_DEBUG=1
//! ExecStart=/srv/shop/.venv/bin/flask --app shop run
//! ```
//!
//! ## What to do
//!
//! Switch it off in the unit's environment, and make off the default in the code, so that a laptop is what has to ask
//! for it. Serve with gunicorn or uvicorn.
//!
//! Sources: Django, "Settings", `DEBUG`; Flask, "Debugging Application Errors"; Starlette, "Applications"; gunicorn
//! and uvicorn, `--reload`.

use crate::setting::Setting;
use crate::{Facts, Report, Rule};
use setpoint_model::{Held, LibraryCall, Mechanism, Place, Value};

/// Settings that are on for developers alone.
const SWITCHES: [&str; 4] = ["DEBUG", "FLASK_DEBUG", "gunicorn.reload", "uvicorn.reload"];

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for process in facts.production_units() {
        let unit = process.name.as_str();
        for setting in SWITCHES.iter().filter_map(|name| facts.setting(name, unit)) {
            if setting.switch() == Some(true) && is_meant_for_the_process(facts, setting) {
                report.switched_on(rule, unit, setting.name, setting.place);
            }
        }
        if let Some(command) = facts.setting("systemd.ExecStart", unit)
            && let Some(server) = development_server(&facts.command(unit))
        {
            report.development_server(rule, unit, command, server);
        }
    }
    if facts.production_units().any(|process| matches!(process.program.as_deref(), Some("uvicorn" | "gunicorn"))) {
        for call in facts.snapshot.calls.iter().filter(|call| is_application(&call.function)) {
            if let Some((name, place)) = debug(facts, call) {
                report.application_in_debug(rule, call, name, place);
            }
        }
    }
}

/// Django's and Flask's own `DEBUG` is a name that others use too; and where several modules of settings declare it,
/// which of them production loads is not known here.
fn is_meant_for_the_process(facts: Facts<'_>, setting: Setting<'_>) -> bool {
    if setting.name != "DEBUG" {
        return true;
    }
    let Some(default) = facts.snapshot.find("DEBUG") else { return false };
    let declared = matches!(default.mechanism, Mechanism::DjangoSettings | Mechanism::FlaskConfig);
    let mut files: Vec<&str> = default.readings.iter().map(|reading| reading.place.file.as_str()).collect();
    files.dedup();
    declared && (files.len() == 1 || setting.layer.is_deployment())
}

fn is_application(function: &str) -> bool {
    matches!(
        function,
        "fastapi.FastAPI" | "fastapi.applications.FastAPI" | "starlette.applications.Starlette"
    )
}

/// Where the application's `debug` is switched on: by the default that it is given, or in the call.
fn debug<'a>(facts: Facts<'a>, call: &'a LibraryCall) -> Option<(&'a str, &'a Place)> {
    let argument = call.argument("debug")?;
    if let Some(name) = argument.from.as_deref() {
        let default = facts.snapshot.find(name)?;
        let mut units = facts.production_units().filter_map(|unit| facts.setting(&default.name, &unit.name));
        let on = units.find(|setting| setting.switch() == Some(true))?;
        return Some((&default.name, on.place));
    }
    if argument.value != Held::Constant(Value::Bool(true)) {
        return None;
    }
    let package = call.function.split('.').next().unwrap_or(&call.function);
    let default = facts.snapshot.find(&format!("{package}.debug"));
    Some((default.map_or(call.function.as_str(), |default| &default.name), &call.place))
}

/// The development server that a command starts.
fn development_server(command: &[String]) -> Option<&'static str> {
    let has = |wanted: &str| command.iter().any(|word| word == wanted || word.ends_with(&format!("/{wanted}")));
    if has("runserver") && (has("manage.py") || has("django-admin")) {
        Some("manage.py runserver")
    } else if has("flask") && has("run") {
        Some("flask run")
    } else if has("fastapi") && has("dev") {
        Some("fastapi dev")
    } else {
        None
    }
}

impl Report {
    fn switched_on(&mut self, rule: &Rule, unit: &str, name: &str, place: &Place) {
        self.add(rule, format!("`{name}` is on in `{unit}`"), "off in production")
            .about(name)
            .in_process(Some(unit))
            .at(place)
            .hint("switch it off, and make off the default of the code");
    }

    fn development_server(&mut self, rule: &Rule, unit: &str, command: Setting<'_>, server: &str) {
        self.add(rule, format!("`{unit}` serves with `{server}`, a server for developers"), "gunicorn or uvicorn")
            .about(command.name)
            .in_process(Some(unit))
            .at(command.place)
            .hint("serve the application with gunicorn or uvicorn");
    }

    fn application_in_debug(&mut self, rule: &Rule, call: &LibraryCall, name: &str, place: &Place) {
        let message = format!("the application shows its visitors tracebacks: its `debug` is on (`{name}`)");
        self.add(rule, message, "off in production")
            .about(name)
            .at(place)
            .at(&call.place)
            .hint("switch it off, and make off the default of the code");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn switches_servers_and_applications_for_developers() {
        assert_snapshot!(findings("debug-in-production", "
            process shop.service program=flask app=shop
            process api.service program=uvicorn app=shop.api:app
            FLASK_DEBUG unit-environment
              unit-environment  1  shop.service:6  shop.service
            systemd.ExecStart systemd
              unit  /srv/shop/.venv/bin/flask·--app·shop·run  shop.service:7  shop.service
            uvicorn.reload uvicorn
              command-line  true  api.service:7  api.service
            DEBUG django-settings
              code  true  shop/settings.py:20
            call fastapi.FastAPI shop/api.py:4 debug=true to=app
        "), @"
        error: `uvicorn.reload` is on in `api.service`
          --> api.service:7
          expected: off in production
          hint: switch it off, and make off the default of the code
        error: `FLASK_DEBUG` is on in `shop.service`
          --> shop.service:6
          expected: off in production
          hint: switch it off, and make off the default of the code
        error: `shop.service` serves with `flask run`, a server for developers
          --> shop.service:7
          expected: gunicorn or uvicorn
          hint: serve the application with gunicorn or uvicorn
        error: the application shows its visitors tracebacks: its `debug` is on (`fastapi.FastAPI`)
          --> shop/api.py:4
          expected: off in production
          hint: switch it off, and make off the default of the code
        error: `DEBUG` is on in `api.service`
          --> shop/settings.py:20
          expected: off in production
          hint: switch it off, and make off the default of the code
        error: `DEBUG` is on in `shop.service`
          --> shop/settings.py:20
          expected: off in production
          hint: switch it off, and make off the default of the code
        ");
    }

    #[test]
    fn silent_where_it_is_off_elsewhere_or_not_known() {
        assert_snapshot!(findings("debug-in-production", "
            process shop.service program=gunicorn app=shop.wsgi
            process web program=flask app=shop
            systemd.ExecStart systemd
              unit  gunicorn·run:app  shop.service:7  shop.service
            FLASK_DEBUG dotenv
              environment-file  0  /etc/shop.env:3  shop.service
            DEBUG django-settings
              code  false  shop/settings/base.py:20
              code  true   shop/settings/dev.py:3
            uvicorn.reload uvicorn
              library  false  uvicorn/config.py:3
            call fastapi.FastAPI shop/api.py:4 debug=? to=app
        "), @"");
        assert_snapshot!(findings("debug-in-production", "
            looked-at staging
            process shop.service program=uvicorn app=shop.main:app
            uvicorn.reload uvicorn
              command-line  true  shop.service:7  shop.service
        "), @"");
    }
}
