//! Looks at the effective value of a default.

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::proposal::Keys;
use crate::scene::Scene;
use setpoint_model::register::{Comparison, ConfigCheck};
use setpoint_model::{Effective, Failure, Held, NamedDefault, Reason, Value};

pub(crate) fn subject(check: &ConfigCheck) -> String {
    check.config.clone()
}

/// Its value, where all processes have one that is known; otherwise that it is set.
pub(crate) fn propose(name: &str, scene: &Scene<'_>, _: Deadline) -> Result<Keys, Failure> {
    let default = scene.default(name)?;
    let known = default.per_process.is_empty().then(|| default.effective_value()).flatten();
    let known = known.filter(|value| **value != Value::Null).map(|value| ("equals", value.clone()));
    Ok(vec![("config", name.into()), known.unwrap_or(("set", Value::Bool(true)))])
}

pub(crate) fn look(check: &ConfigCheck, scene: &Scene<'_>) -> Look {
    let default = match scene.default(&check.config) {
        Ok(default) => default,
        Err(failure) => return Look::failed(failure),
    };
    let mut look = Look::default();
    let everywhere = default.effective.as_ref().map(|effective| (None, effective));
    let own = default.per_process.iter().map(|(process, effective)| (Some(process.as_str()), effective));
    let all: Vec<_> = if default.per_process.is_empty() { everywhere.into_iter().collect() } else { own.collect() };
    let is_set = all.iter().any(|(_, effective)| effective.value != Held::Nothing);
    look.expect(check.set.filter(|wanted| *wanted != is_set).map(|wanted| {
        let (reason, found, expected) = if wanted {
            (Reason::Missing, "it is not set", "a value, whatever it is")
        } else {
            (Reason::Unwanted, "it is set", "no value")
        };
        Failure::new(reason, found, expected)
    }));
    if check.value != Comparison::default() {
        if !is_set {
            look.expect([Failure::new(Reason::Missing, "it is not set", expect::comparison_in_words(&check.value))]);
        }
        for (process, effective) in &all {
            look.expect(value(default, *process, effective, &check.value));
        }
    }
    look
}

fn value(default: &NamedDefault, process: Option<&str>, effective: &Effective, wanted: &Comparison) -> Option<Failure> {
    let of = process.map_or_else(|| "it".to_owned(), |process| format!("in `{process}` it"));
    match &effective.value {
        Held::Constant(value) => {
            let is_same = |wanted: &_| default.comparison().is_same(value, wanted);
            expect::comparison(&of, value, wanted, &is_same)
                .map(|failure| failure.hint(format!("`setpoint explain {}` shows what sets it", default.name)))
        }
        Held::Dynamic => {
            let message = format!("{of} is known only when the code runs");
            Some(Failure::new(Reason::NotKnown, message, expect::comparison_in_words(wanted)))
        }
        Held::Secret(_) => {
            let message = format!("{of} is a secret, of which only is known that it is set");
            Some(Failure::new(Reason::NotKnown, message, "`set = true` for a secret"))
        }
        Held::Nothing => None,
    }
}
