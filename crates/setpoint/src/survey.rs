//! Where a command looks: finds the root and the register, and captures the site.

use crate::cli::SiteArguments;
use crate::command_error::CommandError;
use crate::terminal::Ui;
use setpoint_capture::Request;
use setpoint_model::register::Register;
use setpoint_model::{Problem, Snapshot};
use std::path::{Path, PathBuf};

/// All that a command that looks at a site works with.
#[derive(Debug)]
pub(crate) struct Survey {
    /// The folder of the code, absolute.
    pub(crate) root: PathBuf,
    /// Where the register is or would be.
    pub(crate) register_file: PathBuf,
    /// What people wrote down; `None` where there is no register.
    pub(crate) register: Option<Register>,
    /// What is wrong with the register; the entries that are right are in it all the same.
    pub(crate) register_problems: Vec<Problem>,
    /// What was captured.
    pub(crate) snapshot: Snapshot,
}

/// Looks at the site that the arguments name.
pub(crate) fn take(ui: &Ui<'_>, site: &SiteArguments) -> Result<Survey, CommandError> {
    let root = ui.options.root.clone().unwrap_or_else(|| Path::new(".").to_owned());
    let root = ui.host.resolve(&root)?;
    let register_file = ui.options.register.clone().unwrap_or_else(|| root.join("setpoint.toml"));
    let request =
        Request { root: Some(root.clone()), units: site.units.clone(), environment: site.environment.clone() };
    let snapshot = setpoint_capture::capture(ui.host, &request)?;
    Ok(Survey { root, register_file, register: None, register_problems: Vec::new(), snapshot })
}
