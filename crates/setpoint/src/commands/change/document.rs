//! What is written down changes with what it says: the documented value in the register, and the lock.

use crate::checkout;
use crate::command_error::CommandError;
use crate::commands::capture;
use crate::survey::Survey;
use crate::terminal::{NOTE, Ui};
use setpoint_capture::{Processes, Request};
use setpoint_change::Planned;
use setpoint_host::Host;
use setpoint_register::{LOCK, REGISTER, document_value, lock};

/// Adds the register and the lock to what is edited, as far as they say something of the defaults that change.
pub(super) fn along(ui: &Ui<'_>, survey: &Survey, planned: &mut Planned) -> Result<(), CommandError> {
    let stands_apart = survey.register_file.parent() != Some(survey.root.as_path());
    if let Some(text) = survey.register_text(ui)? {
        let mut new = text.clone();
        for wanted in &planned.plan.defaults {
            let value = planned.after.find(&wanted.name).and_then(|default| default.effective_value());
            if let Some(value) = value
                && let Some(edited) = document_value(&new, &wanted.name, value)?
            {
                new = edited;
            }
        }
        planned.also(ui.host, &survey.register_file, &new)?;
        if new != text {
            let file = if stands_apart { survey.register_file.display().to_string() } else { REGISTER.to_owned() };
            ui.tell_labelled(NOTE, "note:", &format!("`{file}` changes with it; commit it where it comes from"));
        }
    }
    let Some(old) = capture::lock_text(ui, survey)? else { return Ok(()) };
    let before = rendered(ui.host, survey, &old)?;
    if before != old {
        ui.tell_labelled(NOTE, "note:", &format!("`{LOCK}` is stale already and is left alone"));
        return Ok(());
    }
    let after = rendered(&planned.over(ui.host), survey, &old)?;
    planned.also(ui.host, &survey.register_file.with_file_name(LOCK), &after)?;
    Ok(())
}

/// The lock that the tree would have, which is of the folder and not of what runs from it.
fn rendered(host: &dyn Host, survey: &Survey, old: &str) -> Result<String, CommandError> {
    let root = Some(survey.root.clone());
    let request = Request { root, processes: Processes::LeftOut, ..Request::default() };
    let captured = setpoint_capture::capture(host, &request)?;
    Ok(lock::render(&checkout::tree(host, &captured.snapshot), Some(old)))
}
