//! Turns a snapshot and the register into findings. One rule, one file under `rules/`, one line in `registry.rs`.
//!
//! No rule reads a file or asks the clock; what a rule cannot know, it does not say.

mod accepts;
mod access_log;
mod backends;
mod bounds;
mod calls;
mod facts;
mod mending;
mod outbound;
mod pools;
mod proxy;
mod registry;
mod report;
mod server;
mod setting;
mod sources;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tidy;
mod unread;
mod variables;
mod waivers;
mod zone;

pub use facts::Facts;
pub use registry::{Rule, catalogue, find, near};
pub use report::{command_that_documents, shell_word};
pub use waivers::waive;

use report::Report;
use setpoint_model::{Finding, Place};
use std::cell::Cell;
use std::cmp::Reverse;

/// Runs every rule and applies the register's waivers: the worst first, then by code and place. Findings that ask
/// for documentation, and those about waivers, appear only where there is a register.
pub fn judge(facts: Facts<'_>) -> Vec<Finding> {
    let mut report = Report::default();
    for rule in catalogue() {
        rule.judge_site(facts, &mut report);
    }
    let mut findings = waivers::apply(facts, report.findings(facts.snapshot));
    // After the waivers and so beyond their reach: a waiver cannot excuse itself.
    let about_waivers = of_waivers(facts, &findings);
    findings.extend(about_waivers);
    findings.sort_by(|one, two| order(one).cmp(&order(two)));
    findings
}

/// What the rules about waivers say of those that name one of the checks: where checks alone were run, and no other rule was
/// asked, nothing is known of the others.
pub fn judge_waivers_of(facts: Facts<'_>, is_meant: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = of_waivers(facts, &[]);
    findings.retain(|finding| finding.subject.as_deref().is_some_and(&is_meant));
    findings.sort_by(|one, two| order(one).cmp(&order(two)));
    findings
}

fn of_waivers(facts: Facts<'_>, findings: &[Finding]) -> Vec<Finding> {
    let mut about_waivers = Report::default();
    for rule in catalogue() {
        rule.judge_waivers(facts, findings, &mut about_waivers);
    }
    about_waivers.findings(facts.snapshot)
}

/// The rules that could not be asked of all of the site, since a library that it uses is not installed where it was
/// looked for: the defaults that it has itself, and that these rules look at, are not known.
pub fn not_asked(facts: Facts<'_>) -> Vec<&'static Rule> {
    if facts.snapshot.site.absent_libraries.is_none() {
        return Vec::new();
    }
    let misses = |rule: &&Rule| {
        let missed = Cell::new(false);
        rule.judge_site(Facts { missed: Some(&missed), ..facts }, &mut Report::default());
        missed.get()
    };
    catalogue().iter().filter(misses).collect()
}

fn order(finding: &Finding) -> impl Ord + '_ {
    let place = finding.places.first().map(|place: &Place| (&place.file, place.line, place.column));
    (Reverse(finding.severity), finding.code, place, &finding.subject, &finding.process)
}
