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

use crate::{Facts, Report, Rule};
use setpoint_model::register::Register;
use setpoint_model::{Held, Layer, NamedDefault, Place, Reading, Severity, holds_secret};
use std::path::Path;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for default in facts.snapshot.defaults.iter().filter(|default| default.secret) {
        for reading in default.readings.iter().filter(|reading| matches!(reading.value, Held::Secret(_))) {
            if lies_among_the_code(facts, reading) {
                report.secret_among_the_code(rule, default, reading);
            } else if let Some(readers) = readers(reading.layer).filter(|_| !is_told_by_engine(facts, reading)) {
                report.secret_in_clear(rule, default, reading, readers);
            }
        }
    }
    for (name, place) in facts.register.into_iter().flat_map(|register| documented_secrets(register, facts)) {
        report.secret_in_the_register(rule, name, place);
    }
}

/// Who can read the values in such a place, where that is more than the service.
fn readers(layer: Layer) -> Option<&'static str> {
    match layer {
        Layer::Code => Some("everybody who has the code"),
        Layer::ConfigurationFile => Some("everybody who has the configuration file"),
        Layer::Image => Some("everybody who has the image"),
        Layer::UnitEnvironment => Some("every user of the machine, with `systemctl show` or from the file"),
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

/// True for a variable that stands in no file and that only the engine of a container tells: to root, and to whom it
/// obeys like root.
fn is_told_by_engine(facts: Facts<'_>, reading: &Reading) -> bool {
    let is_of_container = reading.process.as_deref().is_some_and(|process| facts.is_container(process));
    reading.layer == Layer::UnitEnvironment && is_of_container && !facts.snapshot.site.files.contains(&reading.place.file)
}

/// True for a unit's env file below the root, where the service does not run from this tree: the copy that a
/// deployment installs, and that is kept together with the code. A `.env` is a machine's own by custom.
fn lies_among_the_code(facts: Facts<'_>, reading: &Reading) -> bool {
    let file = Path::new(&reading.place.file);
    let is_own = file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let runs_here = facts.snapshot.site.processes.iter().any(|process| process.pid.is_some() || process.live);
    reading.layer == Layer::EnvironmentFile && file.is_relative() && !is_own && !runs_here
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
}
