//! `setpoint backup restore --database`.

use super::restore::Args;
use super::told::{count, moment, short};
use super::{Begun, progress};
use crate::cli::Format;
use crate::command_error::{CommandError, Exit};
use crate::report::json_text;
use crate::terminal::{ERROR, STRONG, Ui, styled, visible};
use serde::Serialize;
use setpoint_backup::{Engine, Loaded, Loading, PlannedLoad, Rows, Store};
use setpoint_model::{Problem, Retry};

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a str,
    /// When the backup was made.
    saved: jiff::Timestamp,
    planned: &'a [PlannedLoad],
    /// The backup of what was there before; `null` where none was made.
    undone_by: Option<&'a str>,
    /// `null` where nothing was done.
    loaded: Option<&'a [Loaded]>,
}

pub(super) fn run(ui: &Ui<'_>, begun: &Begun, args: &Args) -> Result<Exit, CommandError> {
    let names = known(begun, &args.databases)?;
    let databases = begun.databases_of(ui, &names)?;
    let store = Store::open(ui.host, begun.settings.clone(), progress::told("restoring"))?;
    let loading = store.plan_load(&args.id, &databases)?;
    let undone_by = if args.yes && !args.without_backup { Some(loading.save()?) } else { None };
    let undoing = undone_by.as_ref().map(|id| undoing(args, &names, id));
    // Before anything is touched: whoever interrupts the rest knows how to go back.
    undoing.iter().for_each(|undoing| ui.tell(&format!("what is there now was saved and proven; {undoing}")));
    let loaded = if args.yes { Some(loading.load().map_err(|problem| not_loaded(problem, undoing))?) } else { None };
    ui.print(&match args.format {
        Format::Text => text(ui, &loading, loaded.as_deref()),
        Format::Json => json_text(&Answer {
            id: &loading.id,
            saved: loading.saved,
            planned: &loading.planned,
            undone_by: undone_by.as_deref(),
            loaded: loaded.as_deref(),
        })?,
    })?;
    let differs = loaded.iter().flatten().any(|one| !one.differences.is_empty());
    if differs {
        ui.tell("somebody may have written to it meanwhile; the same without `--yes` counts again");
    }
    if loaded.is_some() {
        ui.tell("services that keep what they have read, or the shape of tables, need a restart");
    } else {
        tell_what_it_costs(ui, &loading, args);
    }
    Ok(begun.exit.max(if differs { Exit::Findings } else { Exit::Fine }))
}

/// How a person undoes it.
fn undoing(args: &Args, names: &[String], id: &str) -> String {
    let mut command = format!("setpoint backup restore {}", short(id));
    names.iter().for_each(|name| command.push_str(&format!(" --database {name}")));
    args.site.environment.iter().for_each(|name| command.push_str(&format!(" --environment {name}")));
    format!("`{} --yes` brings it back", visible(&command))
}

fn not_loaded(problem: Problem, undoing: Option<String>) -> CommandError {
    let is_touched = problem.retry == Retry::Unsafe;
    let error = CommandError::from(problem);
    match undoing {
        Some(undoing) if is_touched => error.hinted(undoing),
        Some(_) | None => error,
    }
}

/// The names, each once, of which the register must know all.
fn known(begun: &Begun, names: &[String]) -> Result<Vec<String>, CommandError> {
    let mut known = Vec::new();
    for name in names {
        if !begun.backup.databases.contains(name) {
            let all: Vec<String> = begun.backup.databases.iter().map(|name| format!("`{name}`")).collect();
            let expected = if all.is_empty() { "it to have `databases`".to_owned() } else { all.join(" or ") };
            let what = format!("`[backup]` names no database `{name}`");
            return Err(Problem::input(what, expected, Retry::SafeOnceMended).at(begun.backup.place.clone()).into());
        }
        if !known.contains(name) {
            known.push(name.clone());
        }
    }
    Ok(known)
}

fn text(ui: &Ui<'_>, loading: &Loading<'_, '_>, loaded: Option<&[Loaded]>) -> String {
    let id = short(&loading.id);
    let mut text = String::new();
    for (number, planned) in loading.planned.iter().enumerate() {
        let name = visible(&planned.name);
        let of = format!("{} `{}` of `{name}`", planned.engine, visible(&planned.place));
        let Some(one) = loaded.and_then(|loaded| loaded.get(number)) else {
            let saved = moment(ui, loading.saved);
            let (then, now) = (rows(planned.saved), rows(planned.now));
            text.push_str(&format!("load {of}\n  {id} of {saved} has {then}\n  there now: {now}, which are lost\n"));
            continue;
        };
        if one.differences.is_empty() {
            let loaded = styled(STRONG, "loaded");
            text.push_str(&format!("{loaded} {of}: {} counted again, as saved in {id}\n", rows(planned.saved)));
        } else {
            text.push_str(&format!("{} {of}, and it is not what was saved in {id}\n", styled(ERROR, "loaded")));
            one.differences.iter().for_each(|difference| text.push_str(&format!("  not: {}\n", visible(difference))));
        }
    }
    text
}

fn rows(rows: Rows) -> String {
    format!("{} in {}", count(rows.rows, "row"), count(rows.tables as u64, "table"))
}

fn tell_what_it_costs(ui: &Ui<'_>, loading: &Loading<'_, '_>, args: &Args) {
    ui.tell("all that was written or made in it since it was saved is lost");
    if loading.planned.iter().any(|planned| planned.engine == Engine::MySql) {
        ui.tell(
            "MySQL loads nothing as a whole: the dump is proven in scratch first; stop what works on the database, which \
             would see it half-loaded",
        );
    }
    ui.tell(if args.without_backup {
        "nothing was loaded; `--yes` does it, and then it cannot be undone"
    } else {
        "nothing was loaded; `--yes` saves and proves what is there now, and then does it"
    });
}
