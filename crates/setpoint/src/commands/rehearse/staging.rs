//! Where is rehearsed: production and its staging, found from the register, and refused where they are not apart.

use crate::cli::{Options, SiteArguments};
use crate::command_error::CommandError;
use crate::survey::{self, Survey};
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes};
use setpoint_change::{Connected, Copied, Copying};
use setpoint_model::register::{Environment, Register, Release};
use setpoint_model::{Problem, Retry};
use std::path::{Path, PathBuf};

/// Production and its staging.
pub(super) struct Stage {
    /// The register as it stands in its file: an override is passed on, not shown.
    pub(super) register: Register,
    pub(super) release: Release,
    pub(super) environment: Environment,
    /// The name of the environment that it is a copy of.
    pub(super) origin: String,
    pub(super) production: Survey,
    pub(super) staging: Survey,
}

/// Finds them.
pub(super) fn find(ui: &Ui<'_>, named: Option<&str>) -> Result<Stage, CommandError> {
    let (file, register) = survey::register_as_written(ui)?;
    let refused = |what: &str, expected: &str| Problem::input(what, expected, Retry::SafeOnceMended);
    let release = register.release.clone().ok_or_else(|| {
        refused("the register does not say how a version is put in place", "`[release]` with `deploy` and `rollback`")
    })?;
    let environment = match named {
        Some(name) => survey::find_environment(ui, (Some(&register), &file), &[], name)?.clone(),
        None => setpoint_change::staging_of(&register).cloned().ok_or_else(|| {
            refused("the register has no staging", "`staging` in `[release]`, or one environment with `copy_from`")
        })?,
    };
    let (origin, _) = setpoint_change::origin(&register, &environment);
    if origin.name == environment.name {
        let what = format!("`[environment.{}]` is no copy of another", environment.name);
        return Err(refused(&what, "`copy_from` with the environment that it stands for").into());
    }
    let origin = origin.name.clone();
    let site = SiteArguments { environment: Some(origin.clone()), ..SiteArguments::default() };
    let production = survey::take(ui, &site, Processes::LookedAt, Libraries::Read)?;
    production.may_be_added_to()?;
    setpoint_change::trust(ui.host, &production.register_file)?;
    let units = survey::units_of(ui, &environment);
    if units.is_empty() {
        return Err(not_there(&register, &release, &environment, &production.root).into());
    }
    let staging = look(ui, &production.root, &file, &environment, &units, None)?;
    setpoint_change::refuse_same_place(&production.snapshot, &staging.snapshot, &staging.request)?;
    // It is captured by its folder from here on, as whoever finds the journal does.
    let staging = look(ui, &production.root, &file, &environment, &units, Some(staging.root))?;
    Ok(Stage { register, release, environment, origin, production, staging })
}

/// Staging has its units, its folder and its files; the register is production's.
fn look(
    ui: &Ui<'_>,
    production: &Path,
    register: &Path,
    environment: &Environment,
    units: &[String],
    root: Option<PathBuf>,
) -> Result<Survey, CommandError> {
    let shown = root.clone().unwrap_or_else(|| production.to_owned());
    let options = Options { root, register: Some(register.to_owned()), color: ui.options.color };
    let there = Ui { options: &options, root: shown, ..*ui };
    let site = SiteArguments {
        units: units.to_vec(),
        environment: Some(environment.name.clone()),
        ..SiteArguments::default()
    };
    survey::take(&there, &site, Processes::LookedAt, Libraries::Read)
}

fn not_there(register: &Register, release: &Release, environment: &Environment, root: &Path) -> Problem {
    let what = match environment.units.as_slice() {
        [] => format!("`[environment.{}]` names no units", environment.name),
        units => format!("systemd knows none of the units of `{}`: {}", environment.name, units.join(", ")),
    };
    let variables = setpoint_change::variables(register, environment);
    let variables: Vec<String> = variables.iter().map(|(name, value)| format!("{name}='{value}'")).collect();
    let hint = format!(
        "name them with `units`, and put staging in place once with the real command: `cd {} && {} {}`",
        root.display(),
        variables.join(" "),
        release.deploy
    );
    Problem::input(what, "a staging on this machine, in place and running", Retry::SafeOnceMended).hint(hint)
}

impl Stage {
    /// What is to be copied from production.
    pub(super) fn copied(&self, ui: &Ui<'_>) -> Result<Copied, CommandError> {
        let (_, overrides) = setpoint_change::origin(&self.register, &self.environment);
        let copying = Copying {
            production: Connected { snapshot: &self.production.snapshot, vault: &self.production.vault },
            staging: Connected { snapshot: &self.staging.snapshot, vault: &self.staging.vault },
            request: &self.staging.request,
            overrides: &overrides,
        };
        Ok(setpoint_change::copying(ui.host, copying)?)
    }

    /// Staging with what was copied.
    pub(super) fn look_again(&self, ui: &Ui<'_>) -> Result<Survey, CommandError> {
        let Survey { root, register_file, request, .. } = &self.staging;
        look(ui, &self.production.root, register_file, &self.environment, &request.units, Some(root.clone()))
    }
}
