//! What was found, for a person or a program: one file per format.

pub(crate) mod change;
pub(crate) mod columns;
pub(crate) mod defaults;
pub(crate) mod difference;
pub(crate) mod excerpt;
pub(crate) mod explanation;
pub(crate) mod github;
pub(crate) mod hidden;
pub(crate) mod junit;
pub(crate) mod nagios;
pub(crate) mod not_asked;
pub(crate) mod outcomes;
pub(crate) mod page;
pub(crate) mod problem;
pub(crate) mod proof;
mod readings;
pub(crate) mod rehearsal;
pub(crate) mod rule_list;
pub(crate) mod sarif;
pub(crate) mod suspicions;
pub(crate) mod tap;
pub(crate) mod text;
pub(crate) mod unread;
pub(crate) mod verdict;

use crate::command_error::CommandError;
use serde::Serialize;
use setpoint_model::{Problem, Retry};

/// Anything as JSON for people who read it too, with a newline at its end.
pub(crate) fn json_text(what: &impl Serialize) -> Result<String, CommandError> {
    let text = serde_json::to_string_pretty(what).map_err(|error| {
        Problem::input(format!("cannot be written as JSON: {error}"), "values that JSON has", Retry::SafeOnceMended)
    })?;
    Ok(text + "\n")
}
