//! ## What it finds
//!
//! A secret's value where others read it: in the service's code, in a unit's `Environment=`, in an image, on a
//! command line, in a configuration file, in an env file that lies among the code for the deployment to install, or
//! in the register. The value itself is never shown.
//!
//! ## Why it hurts
//!
//! Code is in every clone and every backup of the repository. `systemctl show` gives a unit's environment to every
//! user of the machine (systemd.exec(5) warns of it), `ps` gives every command line, `docker history` every `ENV`.
//! A fallback in the code is worse still: where the variable is forgotten, production runs on a secret that is
//! public, and works.
//!
//! ## Example
//!
//! ```python
//! SECRET_KEY = os.getenv("SHOP_SECRET_KEY", "change-me-please")
//! ```
//!
//! ## What to do
//!
//! Replace the secret, since it is known by now. Keep the new one in an env file that only the service's user may
//! read, or in systemd's `LoadCredential=`, and let the code refuse to start without it.

use crate::server::Starter;
use crate::{Facts, Report, Rule};
use setpoint_model::register::Register;
use setpoint_model::{Held, Layer, NamedDefault, Place, Reading, Severity, holds_secret};
use std::path::Path;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for default in facts.snapshot.defaults.iter().filter(|default| default.secret) {
        for reading in default.readings.iter().filter(|reading| matches!(reading.value, Held::Secret(_))) {
            if lies_among_the_code(facts, reading) {
                report.secret_among_the_code(rule, default, reading);
            } else if let Some(readers) = readers(facts, reading) {
                report.secret_in_clear(rule, default, reading, readers);
            }
        }
    }
    for (name, place) in facts.register.into_iter().flat_map(|register| documented_secrets(register, facts)) {
        report.secret_in_the_register(rule, name, place);
    }
}

/// Who can read what stands there, where that is more than the service.
fn readers(facts: Facts<'_>, reading: &Reading) -> Option<&'static str> {
    match reading.layer {
        Layer::Code => Some("everybody who has the code"),
        Layer::ConfigurationFile => Some("everybody who has the configuration file"),
        Layer::Image => Some("everybody who has the image"),
        Layer::UnitEnvironment if is_file_of_container(facts, reading) || is_told_by_engine(reading) => None,
        Layer::UnitEnvironment => Some(match starter(facts, reading) {
            Starter::Unit => "every user of the machine, with `systemctl show` or from the file",
            Starter::Container => "everybody who has the compose file",
            Starter::Other => "everybody who has the file",
        }),
        Layer::CommandLine => Some("every user of the machine, with `ps`"),
        Layer::Library
        | Layer::Dotenv
        | Layer::EnvironmentFile
        | Layer::Unit
        | Layer::Proxy
        | Layer::Host
        | Layer::Process => None,
    }
}

/// What starts the process that has it. What sets a variable for all of them is a unit's or a file of its own.
fn starter(facts: Facts<'_>, reading: &Reading) -> Starter {
    let of = |name: &String| facts.snapshot.site.processes.iter().find(|process| process.name == *name);
    match reading.process.as_ref().map(|name| (name, of(name))) {
        Some((_, Some(process))) => facts.starter(process),
        Some((name, None)) if !name.ends_with(".service") => Starter::Other,
        Some((_, None)) | None => Starter::Unit,
    }
}

/// True for a file of variables that a container is given: what stands in the compose file itself is in YAML.
fn is_file_of_container(facts: Facts<'_>, reading: &Reading) -> bool {
    let is_compose = Path::new(&reading.place.file).extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    starter(facts, reading) == Starter::Container && !is_compose
}

/// True for a variable that stands in no file and that only the engine of a container tells: to root, and to whom it
/// obeys like root.
fn is_told_by_engine(reading: &Reading) -> bool {
    !reading.place.has_lines()
}

/// True for the env file of a unit or a container below the root, where the service does not run from this tree: the copy that a
/// deployment installs, and that is kept together with the code. A `.env` is a machine's own by custom.
fn lies_among_the_code(facts: Facts<'_>, reading: &Reading) -> bool {
    let file = Path::new(&reading.place.file);
    let is_own = file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let runs_here = facts.snapshot.site.processes.iter().any(|process| process.pid.is_some() || process.live);
    let is_of_container = || is_file_of_container(facts, reading) && !is_told_by_engine(reading);
    let is_file =
        reading.layer == Layer::EnvironmentFile || (reading.layer == Layer::UnitEnvironment && is_of_container());
    is_file && file.is_relative() && !is_own && !runs_here
}

/// Entries and overrides that write a secret's value down.
fn documented_secrets<'a>(register: &'a Register, facts: Facts<'a>) -> impl Iterator<Item = (&'a str, &'a Place)> {
    let entries = register.defaults.iter().filter_map(|entry| Some((&entry.name, entry.value.as_ref()?, &entry.place)));
    let overrides = register
        .environments
        .iter()
        .flat_map(|environment| environment.overrides.iter().map(|(name, value)| (name, value, &environment.place)));
    entries.chain(overrides).filter_map(move |(name, value, place)| {
        let is_secret = facts.snapshot.find(name).is_some_and(|default| default.secret);
        let is_clear = holds_secret(name, value) || (is_secret && !value.is_harmless());
        is_clear.then_some((name.as_str(), place))
    })
}

impl Report {
    fn secret_in_clear(&mut self, rule: &Rule, default: &NamedDefault, reading: &Reading, readers: &str) {
        let name = &default.name;
        let in_effect = default.effective.as_ref().is_some_and(|effective| effective.place == reading.place);
        let (state, severity) = match (reading.layer, in_effect) {
            (Layer::Code, false) => (", though overridden here", Severity::Warning),
            (Layer::Code, true) => (" and is in effect", Severity::Error),
            _ => ("", rule.severity),
        };
        self.add(
            rule,
            format!("`{name}`, a secret, stands in clear in `{}`{state}", reading.place.file),
            "a secret that only the service can read",
        )
        .about(name)
        .in_process(reading.process.as_deref())
        .at(&reading.place)
        .severity(severity)
        .hint(format!("replace it, since it can be read by {readers}; keep the new one in an env file of mode 0600"));
    }

    fn secret_among_the_code(&mut self, rule: &Rule, default: &NamedDefault, reading: &Reading) {
        let (name, file) = (&default.name, &reading.place.file);
        self.add(
            rule,
            format!("`{name}`, a secret, stands in clear in `{file}`, which lies among the code"),
            "a secret that is on the machine alone",
        )
        .about(name)
        .in_process(reading.process.as_deref())
        .at(&reading.place)
        .severity(Severity::Warning)
        .hint("keep it in a file that only the machine has, of mode 0600; replace it if this file was ever committed");
    }

    fn secret_in_the_register(&mut self, rule: &Rule, name: &str, place: &Place) {
        self.add(rule, format!("the register holds the value of `{name}`, a secret"), "an entry without `value`")
            .about(name)
            .at(place)
            .hint("delete the value and replace the secret; the entry's owner, why and rollback may stay");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn in_code_in_a_unit_and_in_the_register() {
        let found = findings(
            "secret-in-clear",
            "
            SHOP_SECRET_KEY  environ str secret
              code              ***1  shop/settings.py:20
            SHOP_API_KEY     environ str secret
              code              ***1  shop/settings.py:21
              unit-environment  ***2  deploy/shop.service:9  shop.service
            SHOP_SMTP_PASSWORD environ str secret
              code              -     shop/settings.py:22
              environment-file  ***3  /etc/shop/shop.env:9
            SHOP_GATEWAY_TOKEN environ str secret
              dotenv            ***4  .env:1
              environment-file  ***5  deploy/shop.env:2
            SHOP_DATABASE_URL  environ str
            entry SHOP_API_KEY = hunter2 owner expect rollback
            entry SHOP_DATABASE_URL = postgres://shop:hunter2@db/shop owner expect rollback
            entry SHOP_SMTP_PASSWORD owner expect rollback
        ",
        );
        assert!(!found.contains("hunter2"), "{found}");
        assert_snapshot!(found, @"
        error: `SHOP_API_KEY`, a secret, stands in clear in `deploy/shop.service`
          --> deploy/shop.service:9
          expected: a secret that only the service can read
          hint: replace it, since it can be read by every user of the machine, with `systemctl show` or from the file; keep the new one in an env file of mode 0600
        error: the register holds the value of `SHOP_API_KEY`, a secret
          --> setpoint.toml:1
          expected: an entry without `value`
          hint: delete the value and replace the secret; the entry's owner, why and rollback may stay
        error: the register holds the value of `SHOP_DATABASE_URL`, a secret
          --> setpoint.toml:2
          expected: an entry without `value`
          hint: delete the value and replace the secret; the entry's owner, why and rollback may stay
        error: `SHOP_SECRET_KEY`, a secret, stands in clear in `shop/settings.py` and is in effect
          --> shop/settings.py:20
          expected: a secret that only the service can read
          hint: replace it, since it can be read by everybody who has the code; keep the new one in an env file of mode 0600
        warning: `SHOP_GATEWAY_TOKEN`, a secret, stands in clear in `deploy/shop.env`, which lies among the code
          --> deploy/shop.env:2
          expected: a secret that is on the machine alone
          hint: keep it in a file that only the machine has, of mode 0600; replace it if this file was ever committed
        warning: `SHOP_API_KEY`, a secret, stands in clear in `shop/settings.py`, though overridden here
          --> shop/settings.py:21
          expected: a secret that only the service can read
          hint: replace it, since it can be read by everybody who has the code; keep the new one in an env file of mode 0600
        ");
    }

    #[test]
    fn of_a_container_and_of_a_procfile() {
        assert_snapshot!(findings("secret-in-clear", "
            process web program=gunicorn app=shop.wsgi
            process worker program=celery app=shop
            container.build container
              unit  .  compose.yaml:3  web
            SHOP_KEY environ secret
              unit-environment  ***1  compose.yaml:7  web
              unit-environment  ***2  web.env:1  web
              unit-environment  ***3  .env:1  web
              unit-environment  ***4  Procfile:1  worker
        "), @"
        error: `SHOP_KEY`, a secret, stands in clear in `Procfile`
          --> Procfile:1
          expected: a secret that only the service can read
          hint: replace it, since it can be read by everybody who has the file; keep the new one in an env file of mode 0600
        error: `SHOP_KEY`, a secret, stands in clear in `compose.yaml`
          --> compose.yaml:7
          expected: a secret that only the service can read
          hint: replace it, since it can be read by everybody who has the compose file; keep the new one in an env file of mode 0600
        warning: `SHOP_KEY`, a secret, stands in clear in `web.env`, which lies among the code
          --> web.env:1
          expected: a secret that is on the machine alone
          hint: keep it in a file that only the machine has, of mode 0600; replace it if this file was ever committed
        ");
    }
}
