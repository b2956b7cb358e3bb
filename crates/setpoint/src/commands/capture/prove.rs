use super::Args;
use crate::cli::Format;
use crate::command_error::{CommandError, Exit};
use crate::report::{self, proof};
use crate::survey;
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes, Proving};
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// Asks the service's interpreter, and says in what it and the reading differ.
pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let of_interpreter = &args.proving;
    let time_limit = Duration::from_secs(of_interpreter.time_limit.into());
    let proving = Proving { python: of_interpreter.python.clone(), time_limit };
    ui.say_to_who_waits("importing the settings classes");
    let survey = survey::take_and_prove(ui, &args.site, Processes::LookedAt, Libraries::LeftOut, Some(proving))?;
    let begun = survey.begin(ui);
    let Some(proof) = &survey.proof else { return Ok(begun) };
    ui.print(&match args.format {
        Format::Text => proof::text(ui, proof),
        Format::Json => report::json_text(proof)?,
    })?;
    let compared = proof.classes.iter().any(|class| class.compared);
    if !compared && !proof.classes.is_empty() {
        let what = "none of the modules with settings classes could be imported, and so nothing is proven";
        let expected = "modules that can be imported where nothing is set and no network is reached";
        let problem = Problem::machine(what, expected, Retry::SafeOnceMended);
        return Err(problem.hint("name the interpreter that runs the service with `--python`").into());
    }
    let differs = proof.differences().next().is_some();
    Ok(begun.max(if differs { Exit::Findings } else { Exit::Fine }))
}
