//! gunicorn's settings: its command line, `GUNICORN_CMD_ARGS`, its configuration file, and the variables that stand
//! in for a setting which nothing else gives.
//!
//! The later of these wins: those variables, the file, `GUNICORN_CMD_ARGS`, the command line (`load_config` in
//! `gunicorn/app/base.py`).

mod configuration;
mod option_table;

pub(crate) use configuration::configuration;
pub(crate) use option_table::OPTIONS;

use crate::launch::Standing;
use crate::options::{Abbreviations, as_number, used};
use crate::{Assignment, Clear, Sensitive, Target};
use setpoint_formats::command_line::shlex_split;
use setpoint_formats::{Traced, Word};
use setpoint_model::{Mechanism, Value};

/// Options in a variable, which gunicorn reads after its file.
const ARGUMENTS: &str = "GUNICORN_CMD_ARGS";

/// Variables that are only the default of a setting (`gunicorn/config.py`), so that the file wins over them.
pub(crate) const FALLBACKS: [(&str, &str); 4] = [
    ("WEB_CONCURRENCY", "workers"),
    ("FORWARDED_ALLOW_IPS", "forwarded_allow_ips"),
    ("SENDFILE", "sendfile"),
    ("PORT", "bind"),
];

/// What the text of such a variable means for the setting: of `PORT` gunicorn makes an address on every interface
/// (`Bind` in `gunicorn/config.py`).
pub(crate) fn fallback(setting: &str, text: &str) -> Value {
    match setting {
        "bind" => Value::Text(format!("0.0.0.0:{text}")),
        _ => as_number(text),
    }
}

/// The options among the words behind `gunicorn`; what `--env` sets is a variable.
pub(crate) fn read(arguments: &[Word], standing: Standing<'_>) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for used in used(arguments, &OPTIONS, Abbreviations::Allowed) {
        if used.setting == "raw_env" {
            let values = match &used.value {
                Value::List(values) => values.iter().filter_map(Value::as_text).collect(),
                one => Vec::from_iter(one.as_text()),
            };
            let pairs = values.into_iter().filter_map(|value| value.split_once('='));
            assignments.extend(pairs.map(|(name, value)| standing.variable(name, value, used.span)));
        }
        assignments.push(standing.option(Mechanism::Gunicorn, used));
    }
    assignments
}

/// The options that a `GUNICORN_CMD_ARGS` sets, wherever it is set; nothing for any other variable.
pub(crate) fn read_variable(assignment: &Assignment) -> Vec<Assignment> {
    let (Target::Variable(name), Clear::Constant(value)) = (&assignment.target, &assignment.value) else {
        return Vec::new();
    };
    let Some(text) = value.reveal().as_text().filter(|_| name == ARGUMENTS) else { return Vec::new() };
    let words = shlex_split(&Traced::verbatim(text, 0));
    let used = used(&words, &OPTIONS, Abbreviations::Allowed).into_iter();
    used.map(|used| Assignment {
        target: Target::Default(format!("gunicorn.{}", used.setting)),
        mechanism: Mechanism::Gunicorn,
        value: Clear::from(used.value),
        text: Sensitive::new(used.text),
        symbol: Some(ARGUMENTS.to_owned()),
        ..assignment.clone()
    })
    .collect()
}

#[cfg(test)]
mod tests;
