//! The backup step of a change: saves what the register names, proves it, and holds it as long as the change may need it.

use super::{progress, settings, tell_made, told, wanted};
use crate::survey::Survey;
use crate::terminal::Ui;
use setpoint_backup::Store;
use setpoint_change::{Saved, Saves, State};
use setpoint_model::register::Backup;
use setpoint_model::{Problem, Retry};

/// What is saved before a change of a site; `None` where the register names nothing.
pub(crate) fn saves(survey: &Survey) -> Option<Saves> {
    let backup = named(survey)?;
    Some(Saves { files: backup.include.clone(), databases: backup.databases.clone() })
}

fn named(survey: &Survey) -> Option<&Backup> {
    survey.register.as_ref()?.backup.as_ref()
}

/// Saves and proves it. Nothing is called saved that is not the same when it is restored.
pub(crate) fn save(ui: &Ui<'_>, survey: &Survey, change: u64) -> Result<Option<Saved>, Problem> {
    let Some(backup) = named(survey) else { return Ok(None) };
    let wanted = wanted(ui, survey, backup, survey.request.environment.as_ref()).map_err(first)?;
    let settings = settings(ui, survey, backup)?;
    let store = Store::open_or_make_for(ui.host, settings, &wanted, progress::told("saving")).map_err(first)?;
    tell_made(ui, &store);
    let created = store.create(&wanted).map_err(first)?;
    let (id, verification) = store.verify(&created.id, &wanted.databases)?;
    if !verification.passed {
        let difference = verification.differences.first().map_or("", String::as_str);
        let what = format!("backup {} is not what was saved: {difference}", told::short(&id));
        return Err(Problem::machine(what, "a backup that is the same when it is restored", Retry::Safe));
    }
    store.pin(&id, &holder(change))?;
    Ok(Some(Saved { id, verified: verification.what }))
}

/// Lets go of what no change needs any more: once one is kept, of what those before it hold in the same environment, and of
/// one that was never applied, of what it holds itself.
pub(crate) fn let_go(ui: &Ui<'_>, survey: &Survey, change: u64, ended: State) -> Result<(), Problem> {
    let Some(backup) = named(survey) else { return Ok(()) };
    let own = holder(change);
    let is_done = |holder: &&String| match ended {
        State::Kept => holder.starts_with(HOLDER) && **holder != own,
        State::NeverApplied => **holder == own,
        _ => false,
    };
    let settings = settings(ui, survey, backup)?;
    if !Store::is_there(ui.host, &settings)? {
        return Ok(());
    }
    let store = Store::open(ui.host, settings, None)?;
    for listed in store.list()?.iter().filter(|listed| listed.environment == survey.request.environment) {
        for holder in listed.record.pinned_by.iter().filter(is_done) {
            store.unpin(&listed.id, holder)?;
        }
    }
    Ok(())
}

/// What `setpoint backup list` says of who needs a backup.
fn holder(change: u64) -> String {
    format!("{HOLDER}{change}")
}
const HOLDER: &str = "change ";

/// The first of some problems, which says how many there are.
fn first(problems: Vec<Problem>) -> Problem {
    let more = problems.len().saturating_sub(1);
    let mut problems = problems.into_iter();
    let Some(mut first) = problems.next() else {
        return Problem::machine("saving failed", "a backup", Retry::Safe);
    };
    if more > 0 {
        first.what += &format!(" (and {more} more)");
    }
    first
}
