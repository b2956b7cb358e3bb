//! Where a command looks: finds the root and the register, captures the site, and judges it.

use crate::cli::{Options, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::report::problem;
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes, Request};
use setpoint_host::Host;
use setpoint_model::register::{Environment, Register};
use setpoint_model::{Finding, Place, Problem, Retry, Severity, Snapshot};
use setpoint_register::REGISTER;
use setpoint_rules::Facts;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longer than any register that people write, in bytes.
const LONGEST_REGISTER: u64 = 4 << 20;
/// How long systemd may take to say which units it knows.
const PATIENCE: Duration = Duration::from_secs(5);

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

/// The root that was given, else the register's folder, else the nearest folder from here upwards that holds a
/// register, else the current folder.
pub(crate) fn find_root(host: &dyn Host, options: &Options) -> PathBuf {
    if let Some(root) = &options.root {
        return root.clone();
    }
    if let Some(folder) = options.register.as_ref().and_then(|register| register.parent()) {
        return if folder.as_os_str().is_empty() { ".".into() } else { folder.to_owned() };
    }
    let here = host.resolve(Path::new(".")).unwrap_or_else(|_| ".".into());
    let root = here.ancestors().find(|folder| host.status(&folder.join(REGISTER)).is_ok());
    root.unwrap_or(&here).to_owned()
}

/// Looks at the site that the arguments name; at what runs of it only where the answer is for this machine alone, and at
/// what is installed beside it only where the answer may depend on that.
pub(crate) fn take(
    ui: &Ui<'_>,
    site: &SiteArguments,
    processes: Processes,
    libraries: Libraries,
) -> Result<Survey, CommandError> {
    if let Some(root) = &ui.options.root
        && ui.host.status(root).is_err_and(|refusal| refusal.is_missing())
    {
        return Err(not_there("--root", root, "the folder of a service").into());
    }
    let mut register_file = ui.options.register.clone().unwrap_or_else(|| ui.root.join(REGISTER));
    let (mut register, mut register_problems) = read_register(ui, &register_file)?;
    let mut units = site.units.clone();
    // Units say where their code is; everything else is looked for in the root.
    let mut root = (units.is_empty() || ui.options.root.is_some()).then(|| ui.root.clone());
    if let Some(environment) = &site.environment
        && units.is_empty()
    {
        units = units_of(ui, register.as_ref(), environment)?;
        root = Some(ui.root.clone());
    }
    let request = Request { root, units, environment: site.environment.clone(), processes, libraries };
    let snapshot = setpoint_capture::capture(ui.host, &request)?;
    let root = PathBuf::from(&snapshot.site.root);
    if register.is_none() && ui.options.register.is_none() {
        register_file = root.join(REGISTER);
        (register, register_problems) = read_register(ui, &register_file)?;
    }
    Ok(Survey { root, register_file, register, register_problems, snapshot })
}

/// The register, and what is wrong with it. That there is none is a fault only where one was asked for.
fn read_register(ui: &Ui<'_>, file: &Path) -> Result<(Option<Register>, Vec<Problem>), CommandError> {
    let bytes = match ui.host.read(file, LONGEST_REGISTER) {
        Ok(bytes) => bytes,
        Err(refusal) if refusal.is_missing() && ui.options.register.is_none() => return Ok((None, Vec::new())),
        Err(refusal) if refusal.is_missing() => return Err(not_there("--register", file, "a register").into()),
        Err(refusal) => return Err(refusal.into()),
    };
    let shown = file.strip_prefix(&ui.root).unwrap_or(file).display().to_string();
    let text = String::from_utf8(bytes).map_err(|_| {
        Problem::input(format!("`{shown}` is not UTF-8"), "a TOML file, which is UTF-8", Retry::SafeOnceMended)
            .at(Place::file(&shown))
    })?;
    let (register, problems) = setpoint_register::load(&shown, &text);
    Ok((Some(register), problems))
}

/// What the person named is not there, which is the command line's fault and not the machine's.
fn not_there(option: &str, path: &Path, expected: &str) -> Problem {
    let what = format!("`{option} {}`: there is no such file or folder", path.display());
    Problem::input(what, expected, Retry::SafeOnceMended)
}

/// The register's environment of that name.
pub(crate) fn find_environment<'a>(register: Option<&'a Register>, name: &str) -> Result<&'a Environment, Problem> {
    let environments = register.map(|register| register.environments.as_slice()).unwrap_or_default();
    environments.iter().find(|environment| environment.name == name).ok_or_else(|| {
        let names: Vec<String> = environments.iter().map(|known| format!("`{}`", known.name)).collect();
        let expected = match names.as_slice() {
            [] => format!("`[environment.{name}]` in `{REGISTER}`"),
            names => format!("one of {}", names.join(", ")),
        };
        Problem::input(format!("the register has no environment `{name}`"), expected, Retry::SafeOnceMended)
    })
}

/// The units of an environment that this machine has.
fn units_of(ui: &Ui<'_>, register: Option<&Register>, name: &str) -> Result<Vec<String>, CommandError> {
    let environment = find_environment(register, name)?;
    let mut arguments = vec!["show", "--property=LoadState", "--value", "--"];
    arguments.extend(environment.units.iter().map(String::as_str));
    // A machine without systemd has none of them, a laptop among others.
    let Ok(said) = ui.host.run("systemctl", &arguments, PATIENCE) else { return Ok(Vec::new()) };
    let states = String::from_utf8_lossy(&said.stdout);
    let states = states.lines().filter(|line| !line.is_empty());
    let known = environment.units.iter().zip(states).filter(|(_, state)| *state != "not-found");
    Ok(known.map(|(unit, _)| unit.clone()).collect())
}

impl Survey {
    /// What the rules say about it today.
    pub(crate) fn findings(&self, ui: &Ui<'_>) -> Vec<Finding> {
        setpoint_rules::judge(Facts {
            snapshot: &self.snapshot,
            register: self.register.as_ref(),
            today: ui.host.now().date(),
        })
    }

    /// Tells what is wrong with the register, where something is; the command has done the rest of its work.
    pub(crate) fn complain_about_register(&self, ui: &Ui<'_>) -> Exit {
        if !self.register_problems.is_empty() {
            ui.say("");
            problem::report(ui, Severity::Error, &self.root, &self.register_problems);
        }
        Exit::of(&self.register_problems)
    }
}
