//! The register's entries: what people decided and wrote down in `setpoint.toml`.

#[macro_use]
mod documented;

mod backup;
mod cache;
mod check;
mod default_entry;
mod job;
mod release;
mod repository;
mod service;
mod waiver;

use crate::NamedDefault;

pub use backup::{Backup, Retention};
pub use cache::{Bypass, CacheRule, Varying};
pub use check::{
    Check, CheckKind, CommandCheck, Comparison, ConfigCheck, DiskCheck, DnsCheck, DnsRecord, ExpectedText, FileCheck,
    FileType, HttpCheck, LogCheck, PortCheck, ProcessCheck, RedisCheck, Rejection, RejectsCheck, SqlCheck, TcpCheck,
    TlsCheck, TlsVersion, Transport, UnitCheck, UnitState, UnsoundCheck,
};
pub use default_entry::{DefaultEntry, DocumentedValue};
pub use documented::{Documented, Worded};
pub use job::{Job, Probe};
pub use release::Release;
pub use repository::{Bucket, FORMS_OF_REPOSITORY, Repository};
pub use service::{Environment, Service};
pub use waiver::Waiver;

documented! {
    /// What people decided about one service: its production defaults, checks, cache rules and jobs, each with its owner, reason, expected result and way back.
    #[derive(Default)]
    pub struct Register {
        /// The file's name for messages: `setpoint.toml`.
        pub file: String,
        /// What is run.
        pub service: Option<Service>,
        /// Where it runs: production, staging.
        pub environments as "environment": Vec<Environment>,
        /// The production values that somebody answers for, each under its name.
        pub defaults as "default": Vec<DefaultEntry>,
        /// Runnable assertions, each under a name of one's own.
        pub checks as "check": Vec<Check>,
        /// Those of the file whose entries are wrong, which are among no others.
        pub unsound_checks: Vec<UnsoundCheck>,
        /// What may be cached and when the cache is bypassed, each rule under the name that a person looks for when debugging.
        pub caches as "cache": Vec<CacheRule>,
        /// Background work.
        pub jobs as "job": Vec<Job>,
        /// How a new version is put in place, and how one gets back.
        pub release: Option<Release>,
        /// What is saved before a change.
        pub backup: Option<Backup>,
        /// Findings and failing checks that are accepted for now, each under the rule's code or the check's name.
        pub waivers as "waiver": Vec<Waiver>,
    }
}

documented! {
    /// Who answers for an entry and what is expected of it. Every kind of entry carries it.
    #[derive(Default)]
    pub struct Documentation {
        /// Who answers for it; the service's owner where the entry names none.
        pub owner: Option<String>,
        /// Why it is as it is.
        pub why: Option<String>,
        /// The result by which one sees that it is right.
        pub expect: Option<String>,
        /// How to get back.
        pub rollback: Option<String>,
    }
}

impl Register {
    /// The environment of that name.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }

    /// The documented default of that name.
    pub fn default_entry(&self, name: &str) -> Option<&DefaultEntry> {
        self.defaults.iter().find(|entry| entry.name == name)
    }

    /// The entry of a default, under its own name, or else under another of its names.
    pub fn entry_of(&self, default: &NamedDefault) -> Option<&DefaultEntry> {
        self.default_entry(&default.name).or_else(|| self.defaults.iter().find(|entry| default.is_called(&entry.name)))
    }

    /// What a default is documented to be in an environment: the environment's override, or that of the environment it
    /// is copied from, which then holds in every process; or else what its entry says.
    pub fn documented_value(&self, default: &NamedDefault, environment: Option<&str>) -> Option<DocumentedValue<'_>> {
        let overridden = self.with_copied(environment).into_iter().find_map(|environment| {
            let (_, value) = environment.overrides.iter().find(|(name, _)| default.is_called(name))?;
            let Environment { name, place, .. } = environment;
            Some(DocumentedValue { general: Some(value), per_process: &[], environment: Some(name), place })
        });
        overridden.or_else(|| {
            let DefaultEntry { value, per_process, place, .. } = self.entry_of(default)?;
            let says_a_value = value.is_some() || !per_process.is_empty();
            says_a_value.then_some(DocumentedValue { general: value.as_ref(), per_process, environment: None, place })
        })
    }

    /// The environment of that name, and the ones it is copied from, the nearest first.
    fn with_copied(&self, environment: Option<&str>) -> Vec<&Environment> {
        let mut found: Vec<&Environment> = Vec::new();
        let mut wanted = environment;
        while let Some(next) = wanted.and_then(|name| self.environment(name)) {
            // A ring of copies ends where it began.
            if found.iter().any(|seen| seen.name == next.name) {
                break;
            }
            found.push(next);
            wanted = next.copy_from.as_deref();
        }
        found
    }
}
