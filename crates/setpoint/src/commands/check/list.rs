//! `setpoint check list`: the register's checks, of which none is run.

use crate::assertions::{Selection, Target, scrub_text, with_scene};
use crate::cli::{Format, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::report::columns::{Cell, Fit, Layout};
use crate::report::json_text;
use crate::survey;
use crate::terminal::{FAINT, STRONG, Ui};
use serde::Serialize;
use setpoint_capture::{Libraries, Processes};
use setpoint_model::{Place, Problem};

/// List the register's checks, and run none
///
/// With `--environment` those that are for it, with the addresses that it gives them.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint check list
  setpoint check list --environment production --tag smoke
  setpoint check list --format json         for programs")]
pub(super) struct Args {
    /// An environment of the register
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Those with this tag alone; can be given several times
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// A table for people, or everything as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// The kind of a check that does not say which it is.
const UNKNOWN: &str = "unknown";

/// A check as it is listed.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    name: &'a str,
    kind: &'static str,
    /// What it looks at.
    subject: String,
    tags: &'a [String],
    environments: &'a [String],
    needs: &'a [String],
    /// Where it stands in the register.
    place: &'a Place,
    /// What is wrong with its entry, so that it is not run; left out where nothing is.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    problems: &'a [Problem],
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let site = SiteArguments { environment: args.environment.clone(), ..SiteArguments::default() };
    let survey = survey::take(ui, &site, Processes::LeftOut, Libraries::LeftOut)?;
    let begun = survey.begin(ui);
    let selection = Selection { names: Vec::new(), tags: args.tag.clone() };
    let environment = args.environment.as_deref();
    let register = survey.register.as_ref();
    let target = Target::of(&survey, None);
    selection.exists(register, &target)?;
    let checks = register.map(|register| selection.meant(register, environment)).unwrap_or_default();
    let mut listed: Vec<Listed<'_>> = with_scene(ui, &survey, target.environment(), |scene| {
        let listed = checks.iter().map(|check| {
            let (kind, mut subject) = setpoint_checks::subject(scene, check);
            scrub_text(&mut subject, &survey);
            Listed {
                name: &check.name,
                kind,
                subject,
                tags: &check.tags,
                environments: &check.environments,
                needs: &check.needs,
                place: &check.place,
                problems: &[],
            }
        });
        listed.collect()
    });
    let unsound = register.map(|register| selection.unsound(register, environment)).unwrap_or_default();
    listed.extend(unsound.into_iter().map(|check| Listed {
        name: &check.name,
        kind: check.kind.unwrap_or(UNKNOWN),
        subject: String::new(),
        tags: &check.tags,
        environments: &check.environments,
        needs: &[],
        place: &check.place,
        problems: &check.problems,
    }));
    listed.sort_by_key(|check| check.place);
    ui.print(&match args.format {
        Format::Text => table(ui, &listed),
        Format::Json => json_text(&listed)?,
    })?;
    if listed.is_empty() {
        ui.tell(&selection.none_in_words(None, environment));
    }
    Ok(begun)
}

fn table(ui: &Ui<'_>, listed: &[Listed<'_>]) -> String {
    let row = |check: &Listed<'_>| {
        let subject = match check.problems {
            [] => format!("{} {}", check.kind, check.subject),
            _ => format!("not run: its entry is wrong ({})", check.place),
        };
        [Cell::new(STRONG, check.name), Cell::plain(&subject), Cell::new(FAINT, &check.tags.join(", "))]
    };
    let rows: Vec<[Cell; 3]> = listed.iter().map(row).collect();
    let layout = Layout::of(&rows, [Fit::Whole(30), Fit::Cut(10), Fit::Whole(20)], ui.width);
    rows.iter().map(|row| layout.row(row)).collect()
}
