//! From one machine to the next: `capture` writes into the lock what the environment's units need of their machine, and `check`
//! says what another machine lacks of it.

use crate::checkout;
use crate::command_error::CommandError;
use crate::commands::capture::lock_text;
use crate::survey::Survey;
use crate::terminal::{Ui, visible};
use setpoint_capture::{Processes, Request};
use setpoint_model::Needed;
use setpoint_model::register::Environment;
use setpoint_register::lock;

/// Adds to the snapshot what the environment needs of this machine. Only a machine that has all its units knows that: another
/// one would forget what it lacks.
pub(crate) fn ask(ui: &Ui<'_>, survey: &mut Survey) -> Result<(), CommandError> {
    let Some(environment) = environment(survey) else { return Ok(()) };
    let has_all = environment.units.iter().all(|unit| survey.request.units.contains(unit));
    if !has_all || environment.units.is_empty() {
        return Ok(());
    }
    let units = environment.units.clone();
    // The proxy is often found only by the socket that the running process listens on.
    let request = Request { processes: Processes::LookedAt, proving: None, ..survey.request.clone() };
    let running = setpoint_capture::capture(ui.host, &request)?.snapshot;
    let private = checkout::of(ui.host, &running).ignored;
    survey.snapshot.needs = setpoint_capture::needs(ui.host, &running, &units, &private)?;
    Ok(())
}

/// Looks at what this machine has of what the lock says that the environment needs; at nothing where no environment was named.
pub(crate) fn compare(ui: &Ui<'_>, survey: &mut Survey) -> Result<(), CommandError> {
    let Some(name) = environment(survey).map(|environment| environment.name.clone()) else { return Ok(()) };
    let Some(text) = lock_text(ui, survey)? else { return Ok(()) };
    let needs = lock::needs(&text, &name)?;
    let (standings, problems) = setpoint_capture::standings(ui.host, &needs);
    let has_some = standings.iter().any(|standing| standing.here.is_some() && is_its_own(&standing.need.what));
    if !standings.is_empty() && !has_some {
        ui.tell(&another_machine(&name));
    }
    survey.machine = standings;
    let unknown: Vec<_> = problems.into_iter().filter(|problem| !survey.snapshot.problems.contains(problem)).collect();
    survey.snapshot.problems.extend(unknown);
    Ok(())
}

fn another_machine(environment: &str) -> String {
    format!(
        "this machine has no file, user or unit of `{}`; where that runs on another one, `--url` asks that one alone",
        visible(environment)
    )
}

/// False for what machines have that never ran the service, such as Python.
fn is_its_own(what: &Needed) -> bool {
    match what {
        Needed::Package { .. } | Needed::Group | Needed::Distributions { .. } | Needed::Variables { .. } => false,
        Needed::User { .. } | Needed::Folder { .. } | Needed::File { .. } | Needed::Link { .. } => true,
        Needed::Python { .. } | Needed::Unit { .. } => true,
    }
}

/// The environment that was asked for.
fn environment(survey: &Survey) -> Option<&Environment> {
    let name = survey.snapshot.site.environment.as_deref()?;
    survey.register.as_ref()?.environments.iter().find(|environment| environment.name == name)
}
