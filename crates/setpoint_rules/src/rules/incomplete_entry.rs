//! ## What it finds
//!
//! An entry of the register without an owner, without an expected result, or without a way back. The owner of
//! `[service]` answers for every entry that names nobody. A check states its expected result itself and changes
//! nothing, and `[release]` and `[backup]` are ways back; these need an owner alone. Of a cache rule and a job, which
//! say in part themselves what is to be seen, a missing result or way back is a note and fails no check.
//!
//! Of the environment that is looked at, a value that its `override` documents and that has no entry, since an override
//! says the value alone.
//!
//! ## Why it hurts
//!
//! At night the value alone is not enough. Who may decide about it? By what does one see that it is right? What
//! puts the old state back? An entry that does not say is a comment.
//!
//! ## Example
//!
//! ```toml
//! [default.SHOP_POOL_SIZE]
//! value = 20
//! why   = "load test of March"
//! ```
//!
//! ## What to do
//!
//! ```toml
//! owner    = "platform team"
//! expect   = "no 'QueuePool limit' in the log at 200 requests a second"
//! rollback = "set SHOP_POOL_SIZE=10 in /etc/shop/shop.env, restart shop"
//! ```

use crate::report::{command_that_documents, names};
use crate::{Facts, Report, Rule};
use setpoint_model::register::{Documentation, DocumentedValue, Register};
use setpoint_model::{Place, Severity};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let Some(register) = facts.register else { return };
    let is_missing = |text: Option<&String>| text.is_none_or(|text| text.trim().is_empty());
    let service_owner = register.service.as_ref().and_then(|service| service.owner.as_ref());
    for entry in entries(register) {
        let Documentation { owner, expect, rollback, .. } = entry.documentation;
        let mut missing = Vec::new();
        if is_missing(owner.as_ref()) && is_missing(service_owner) {
            missing.push("owner");
        }
        if entry.wants != Wants::Owner && is_missing(expect.as_ref()) {
            missing.push("expect");
        }
        if entry.wants != Wants::Owner && is_missing(rollback.as_ref()) {
            missing.push("rollback");
        }
        if !missing.is_empty() {
            report.incomplete_entry(rule, &entry, &missing);
        }
    }
    for default in &facts.snapshot.defaults {
        let documented = facts.documented(default).filter(|_| facts.entry(default).is_none());
        if let Some(DocumentedValue { environment: Some(environment), place, .. }) = documented {
            report.override_without_entry(rule, &default.name, environment, place);
        }
    }
}

struct Entry<'a> {
    /// `default.SHOP_POOL_SIZE`, as its table is called.
    table: String,
    subject: &'a str,
    documentation: &'a Documentation,
    place: &'a Place,
    wants: Wants,
}

/// What an entry of a kind has to say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    /// Everything: it decides what production is set to, and the value alone says nothing else.
    All,
    /// An owner; a result and a way back had better be there.
    OwnerAtLeast,
    /// An owner alone.
    Owner,
}

fn entries(register: &Register) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    let mut add = |kind, subject, documentation, place, wants| {
        let name = if subject == kind { String::new() } else { format!(".{subject}") };
        entries.push(Entry { table: format!("{kind}{name}"), subject, documentation, place, wants });
    };
    for entry in &register.defaults {
        add("default", entry.name.as_str(), &entry.documentation, &entry.place, Wants::All);
    }
    for entry in &register.checks {
        add("check", &entry.name, &entry.documentation, &entry.place, Wants::Owner);
    }
    for entry in &register.caches {
        add("cache", &entry.name, &entry.documentation, &entry.place, Wants::OwnerAtLeast);
    }
    for entry in &register.jobs {
        add("job", &entry.name, &entry.documentation, &entry.place, Wants::OwnerAtLeast);
    }
    if let Some(entry) = &register.release {
        add("release", "release", &entry.documentation, &entry.place, Wants::Owner);
    }
    if let Some(entry) = &register.backup {
        add("backup", "backup", &entry.documentation, &entry.place, Wants::Owner);
    }
    entries
}

impl Report {
    fn override_without_entry(&mut self, rule: &Rule, name: &str, environment: &str, place: &Place) {
        let message = format!("`{name}` is documented in the override of `environment.{environment}` alone, with no expect, no rollback");
        self.add(rule, message, "who answers for it, how one sees that it is right, and how to get back")
            .about(name)
            .at(place)
            .hint(format!("`{}` adds an entry for you to fill in", command_that_documents(name)));
    }

    fn incomplete_entry(&mut self, rule: &Rule, entry: &Entry<'_>, missing: &[&str]) {
        let table = &entry.table;
        let severity = match entry.wants {
            Wants::OwnerAtLeast if !missing.contains(&"owner") => Severity::Note,
            Wants::All | Wants::OwnerAtLeast | Wants::Owner => rule.severity,
        };
        let draft = self
            .add(
                rule,
                format!("`{table}` has no {}", missing.join(", no ")),
                "who answers for it, how one sees that it is right, and how to get back",
            )
            .about(entry.subject)
            .at(entry.place)
            .severity(severity);
        if missing == ["owner"] {
            draft.hint("add `owner` to the entry, or to `[service]` for every entry that names nobody");
        } else {
            draft.hint(format!("add {} to the entry", names(missing.iter().copied())));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn what_each_entry_lacks() {
        assert_snapshot!(findings("incomplete-entry", "
            entry SHOP_POOL_SIZE = 10 expect rollback
            entry SHOP_PORT = 8000
            entry SHOP_TIMEOUT = 5 owner expect rollback
        "), @"
        warning: `default.SHOP_POOL_SIZE` has no owner
          --> setpoint.toml:1
          expected: who answers for it, how one sees that it is right, and how to get back
          hint: add `owner` to the entry, or to `[service]` for every entry that names nobody
        warning: `default.SHOP_PORT` has no owner, no expect, no rollback
          --> setpoint.toml:2
          expected: who answers for it, how one sees that it is right, and how to get back
          hint: add `owner`, `expect` and `rollback` to the entry
        ");
    }

    #[test]
    fn an_override_without_an_entry() {
        assert_snapshot!(findings("incomplete-entry", "
            SHOP_PORT  environ int
              environment-file  8001  deploy/staging.env:2
            environment staging SHOP_PORT=8001
            looked-at staging
        "), @"
        warning: `SHOP_PORT` is documented in the override of `environment.staging` alone, with no expect, no rollback
          --> setpoint.toml:1
          expected: who answers for it, how one sees that it is right, and how to get back
          hint: `setpoint capture --write SHOP_PORT` adds an entry for you to fill in
        ");
    }

    #[test]
    fn the_owner_of_the_service_answers_for_all() {
        assert_snapshot!(findings("incomplete-entry", "
            service owner
            entry SHOP_POOL_SIZE = 10 expect rollback
            cache pages expect
        "), @"
        note: `cache.pages` has no rollback
          --> setpoint.toml:2
          expected: who answers for it, how one sees that it is right, and how to get back
          hint: add `rollback` to the entry
        ");
    }
}
