//! `setpoint check export`: the register's HTTP checks in the form of hurl.

use crate::assertions::{Selection, Target, holds_secret, scrub_failure};
use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::survey;
use crate::terminal::{Ui, WARNING};
use setpoint_capture::{Libraries, Processes};
use setpoint_model::register::{Check, CheckKind};

/// Write the register's HTTP checks as a `.hurl` file
///
/// Each check is an entry; a path is below the variable `url`. What hurl cannot say is named on standard error and ends with
/// 1, and the rest is written all the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint check export > shop.hurl
  setpoint check export --environment staging --tag smoke > smoke.hurl
  hurl --test --variable url=https://shop.example shop.hurl")]
pub(super) struct Args {
    /// An environment of the register, whose checks are meant
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Those with this tag alone; can be given several times
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let site = SiteArguments { environment: args.environment.clone(), ..SiteArguments::default() };
    let survey = survey::take(ui, &site, Processes::LeftOut, Libraries::LeftOut)?;
    let begun = survey.begin(ui);
    let selection = Selection { names: Vec::new(), tags: args.tag.clone() };
    let environment = args.environment.as_deref();
    selection.exists(survey.register.as_ref(), &Target::of(&survey, None))?;
    let checks = survey.register.as_ref().map(|register| selection.meant(register, environment)).unwrap_or_default();
    let mut exit = begun;
    let mut left_out = |check: &str, because: &str| {
        ui.tell_labelled(WARNING, "left out:", &format!("`{check}`: {because}"));
        exit = exit.max(Exit::Findings);
    };
    let unsound = survey.register.as_ref().map(|register| selection.unsound(register, environment));
    for check in unsound.unwrap_or_default() {
        left_out(&check.name, &format!("its entry is wrong ({})", check.place));
    }
    let (mut entries, mut written) = (Vec::new(), Vec::new());
    let mut waiting: Vec<&Check> =
        checks.into_iter().filter(|check| matches!(check.kind, CheckKind::Http(_))).collect();
    // hurl asks in the order of the file, and stops where something is wrong: what a check needs stands before it.
    while let Some(at) = waiting.iter().position(|check| check.needs.iter().all(|needed| written.contains(needed))) {
        let check = waiting.remove(at);
        match setpoint_checks::hurl::write(check) {
            Ok(entry) if holds_secret(&entry, &survey) => {
                left_out(&check.name, "it holds a secret, and the file travels");
            }
            Ok(entry) => {
                entries.push(entry);
                written.push(check.name.clone());
            }
            Err(mut failure) => {
                scrub_failure(&mut failure, &survey);
                left_out(&check.name, &failure.message);
            }
        }
    }
    for check in waiting {
        let missing = check.needs.iter().find(|needed| !written.contains(needed)).map_or("", |needed| needed);
        left_out(&check.name, &format!("it needs `{missing}`, which is not written"));
    }
    ui.print(&entries.join("\n"))?;
    if entries.is_empty() {
        ui.tell(&selection.none_in_words(Some("http"), environment));
    }
    Ok(exit)
}
