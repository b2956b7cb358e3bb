//! Checks that are written from what is there now: as few keys as are stable, each in the register's words. What each kind
//! proposes stands beside how it looks.

use crate::deadline::Deadline;
use crate::kinds;
use crate::scene::Scene;
use setpoint_model::register::Check;
use setpoint_model::{Failure, Value};

/// What stands in the register below the check's name; its kind first.
pub(crate) type Keys = Vec<(&'static str, Value)>;

/// A kind of check that can be proposed, and what is named for it.
struct Proposed {
    kind: &'static str,
    propose: fn(&str, &Scene<'_>, Deadline) -> Result<Keys, Failure>,
}

/// What is stable of a database or of a disk is known without looking; whether it holds now is seen when the check
/// that was proposed is run.
const PROPOSED: &[Proposed] = &[
    Proposed { kind: "http", propose: kinds::http::propose },
    Proposed { kind: "tcp", propose: |subject, _, _| Ok(vec![("tcp", subject.into())]) },
    // Whoever renews a certificate does so earlier: Let's Encrypt's clients with a third of 90 days left.
    Proposed { kind: "tls", propose: |subject, _, _| Ok(vec![("tls", subject.into()), ("days", Value::Integer(14))]) },
    Proposed { kind: "unit", propose: kinds::unit::propose },
    Proposed { kind: "process", propose: kinds::process::propose },
    Proposed { kind: "port", propose: kinds::port::propose },
    Proposed { kind: "file", propose: kinds::file::propose },
    Proposed { kind: "command", propose: |subject, _, _| Ok(vec![("command", subject.into())]) },
    Proposed {
        kind: "sql",
        propose: |subject, _, _| {
            Ok(vec![("sql", "select 1".into()), ("database", subject.into()), ("equals", Value::Integer(1))])
        },
    },
    Proposed { kind: "redis", propose: |subject, _, _| Ok(vec![("redis", subject.into())]) },
    Proposed { kind: "log", propose: kinds::log::propose },
    Proposed {
        kind: "disk",
        propose: |subject, _, _| Ok(vec![("disk", subject.into()), ("used_at_most", Value::Integer(90))]),
    },
    Proposed { kind: "dns", propose: |subject, _, _| Ok(vec![("dns", subject.into())]) },
    Proposed { kind: "config", propose: kinds::config::propose },
];

/// The words of the kinds that can be proposed.
pub fn proposed_kinds() -> impl Iterator<Item = &'static str> {
    PROPOSED.iter().map(|proposed| proposed.kind)
}

/// The keys of a check of a kind, from what is there now; `None` for a kind that nobody can propose.
///
/// # Errors
/// What is there now is nothing that could be demanded of tomorrow, or could not be looked at.
pub fn propose(scene: &Scene<'_>, kind: &str, subject: &str) -> Option<Result<Vec<(&'static str, Value)>, Failure>> {
    let proposed = PROPOSED.iter().find(|proposed| proposed.kind == kind)?;
    Some((proposed.propose)(subject, scene, Deadline::after(Check::TIMEOUT)))
}
