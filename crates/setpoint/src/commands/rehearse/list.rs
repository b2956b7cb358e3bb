//! `setpoint rehearse list`, and what a release asks of a rehearsal.

use crate::cli::Format;
use crate::command_error::{CommandError, Exit};
use crate::commands::change;
use crate::report::{json_text, rehearsal as report};
use crate::terminal::Ui;
use setpoint_change::{Commands, Plan, Proof};
use setpoint_model::register::{Environment, Release};
use setpoint_model::{Problem, Retry};

/// List the proofs of this machine's rehearsals, the newest first
#[derive(clap::Args, Debug)]
pub(super) struct ListArgs {
    /// Text for people, or the same as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) fn list(ui: &Ui<'_>, args: &ListArgs) -> Result<Exit, CommandError> {
    let (mut proofs, mut unreadable) = (Vec::new(), Vec::new());
    for proof in Proof::all(ui.host, &change::changes(ui)?)? {
        match proof {
            Ok(proof) => proofs.push(proof),
            Err(problem) => unreadable.push(problem),
        }
    }
    ui.print(&match args.format {
        Format::Text => report::list(ui, &proofs),
        Format::Json => json_text(&proofs)?,
    })?;
    unreadable.iter().for_each(|problem| change::tell_unreadable(ui, problem));
    Ok(Exit::Fine)
}

/// The number of the proof that speaks for a release.
///
/// # Errors
/// There is none.
pub(crate) fn refuse_unproven(
    ui: &Ui<'_>,
    plan: &Plan,
    release: &Release,
    staging: &Environment,
) -> Result<u64, Problem> {
    let commands = Commands::of(ui.host, plan)?;
    let environment = plan.environment.as_deref().unwrap_or_default();
    let now = ui.host.now().timestamp();
    let mut newest = None;
    for proof in Proof::all(ui.host, &change::changes(ui)?)? {
        let why = match proof {
            Ok(proof) => match proof.refusal(now, release.proof_lasts, &commands, environment) {
                None => return Ok(proof.id),
                // What a later rehearsal has shown stands against what an earlier one did.
                Some(why) if proof.speaks_against(&commands, environment) => {
                    newest = Some(why);
                    break;
                }
                Some(why) => why,
            },
            Err(problem) => problem.what,
        };
        newest = newest.or(Some(why));
    }
    let why = newest.unwrap_or_else(|| "it was never rehearsed".to_owned());
    let what = format!("nothing shows that the way back works: {why}");
    let hint = format!("`setpoint rehearse --environment {}`; `--without-rehearsal` does without", staging.name);
    Err(Problem::input(what, "a fresh rehearsal of the same commands", Retry::SafeOnceMended).hint(hint))
}
