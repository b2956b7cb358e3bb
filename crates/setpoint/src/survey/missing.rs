//! What is said where the register is not there, or lacks what a command needs of it.

use crate::command_error::CommandError;
use crate::terminal::Ui;
use setpoint_model::register::{Environment, Register};
use setpoint_model::{Problem, Retry};
use setpoint_register::REGISTER;
use std::path::Path;

/// The register's environment of that name. Of a register that could not be read nobody knows which it has.
pub(crate) fn find_environment<'a>(
    ui: &Ui<'_>,
    (register, file): (Option<&'a Register>, &Path),
    problems: &[Problem],
    name: &str,
) -> Result<&'a Environment, CommandError> {
    let section = format!("`[environment.{name}]`");
    let Some(register) = register else {
        let missing = || no_register(ui, file, &format!("one with {section}")).into();
        return Err(if problems.is_empty() { missing() } else { problems.to_vec().into() });
    };
    register.environments.iter().find(|environment| environment.name == name).ok_or_else(|| {
        let names: Vec<String> = register.environments.iter().map(|known| format!("`{}`", known.name)).collect();
        let (what, expected) = match names.as_slice() {
            [] => {
                let what = format!("the register has no environments, and so no `{name}`");
                (what, format!("{section} in `{}`, with its `units`", file.display()))
            }
            names => (format!("the register has no environment `{name}`"), format!("one of {}", names.join(", "))),
        };
        Problem::input(what, expected, Retry::SafeOnceMended).into()
    })
}

/// That there is no register, where somebody needs what would stand in it. One that lies elsewhere is found from its folder.
pub(crate) fn no_register(ui: &Ui<'_>, file: &Path, expected: &str) -> Problem {
    let was_looked_for = ui.options.root.is_none()
        && ui.options.register.is_none()
        && file.parent().is_some_and(|folder| ui.host.resolve(&ui.root).is_ok_and(|root| root == folder));
    let what = if was_looked_for {
        format!("there is no `{REGISTER}` here or above")
    } else {
        format!("there is no register `{}`", file.display())
    };
    Problem::input(what, expected, Retry::SafeOnceMended)
        .hint("go to the service's folder, or name it with `--root`; `setpoint capture --write` begins a register")
}
