//! `setpoint.lock` beside the register: what it should say, and whether it does.

use crate::checkout;
use crate::command_error::{CommandError, Exit};
use crate::survey::Survey;
use crate::terminal::{NOTE, Ui, visible};
use setpoint_model::{Place, Problem, Retry};
use setpoint_register::lock::Comparison;
use setpoint_register::{LOCK, lock};
use std::path::PathBuf;

/// Longer than any lock, in bytes.
const LONGEST: u64 = 64 << 20;

/// Where the lock is or would be.
pub(super) fn file(survey: &Survey) -> PathBuf {
    survey.register_file.with_file_name(LOCK)
}

/// The lock that is there; `None` where there is none.
pub(super) fn read(ui: &Ui<'_>, survey: &Survey) -> Result<Option<String>, CommandError> {
    let bytes = match ui.host.read(&file(survey), LONGEST) {
        Ok(bytes) => bytes,
        Err(refusal) if refusal.is_missing() => return Ok(None),
        Err(refusal) => return Err(refusal.into()),
    };
    let text = String::from_utf8(bytes).map_err(|_| {
        Problem::input("the lock is not UTF-8", "the file that `setpoint capture --write` wrote", Retry::SafeOnceMended)
            .at(Place::file(LOCK))
            .hint("write it anew with `setpoint capture --write`")
    })?;
    Ok(Some(text))
}

/// Fine where the lock says what the tree says; the difference on standard output where not.
pub(super) fn check(ui: &Ui<'_>, survey: &Survey) -> Result<Exit, CommandError> {
    let Some(text) = read(ui, survey)? else {
        ui.print(&format!("{LOCK} is missing\n"))?;
        return Ok(stale(ui));
    };
    let Comparison { differences, not_compared, needs } =
        lock::compare(&text, &checkout::tree(ui.host, &survey.snapshot))?;
    if !not_compared.is_empty() {
        let what = "no installed library was found; what the lock says of these was not compared";
        ui.tell(&format!("{what}: {}", visible(&not_compared.join(", "))));
    }
    if differences.is_empty() && needs.is_empty() {
        return Ok(Exit::Fine);
    }
    let differences = differences.iter().map(ToString::to_string).chain(needs.iter().map(ToString::to_string));
    let lines = differences.map(|difference| visible(&difference) + "\n");
    ui.print(&format!("{LOCK} is stale\n{}", lines.collect::<String>()))?;
    Ok(stale(ui))
}

fn stale(ui: &Ui<'_>) -> Exit {
    ui.say("");
    ui.tell_labelled(NOTE, "hint:", "run `setpoint capture --write` and commit the lock");
    Exit::Findings
}
