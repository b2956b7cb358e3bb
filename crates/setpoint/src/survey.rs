//! Where a command looks: finds the root and the register, captures the site, and judges it.

mod missing;

use crate::cli::{Options, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::report::hidden::Secrets;
use crate::report::problem;
use crate::terminal::Ui;
pub(crate) use missing::{find_environment, no_register};
use setpoint_capture::{Captured, Libraries, Processes, Proof, Proving, Request, Scrubber, Vault};
use setpoint_host::{Host, Kind};
use setpoint_model::register::{Documentation, Environment, Register};
use setpoint_model::{Finding, Held, Outcome, Place, Problem, Retry, Severity, Snapshot, Standing, Value};
use setpoint_register::REGISTER;
use setpoint_rules::Facts;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longer than any register that people write, in bytes.
const LONGEST_REGISTER: u64 = 4 << 20;
/// What to do where nothing is found.
pub(crate) const NAME_THE_SERVICE: &str = "name the service's folder with `--root`, or use `--unit` or `--container`";
/// The rules that a part of the register which could not be read may answer: `undocumented` and `incomplete-entry`.
pub(crate) const OF_WHOLE_REGISTER: [&str; 2] = ["SP001", "SP004"];
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
    /// What was asked of the capture.
    pub(crate) request: Request,
    /// What was captured.
    pub(crate) snapshot: Snapshot,
    /// Finds the site's secrets in the lines of files that are quoted.
    pub(crate) scrubber: Scrubber,
    /// The URLs of its databases and the like, which checks connect to.
    pub(crate) vault: Vault,
    /// What the service's interpreter said of its settings classes, where it was asked.
    pub(crate) proof: Option<Proof>,
    /// What this machine has of what the environment needs, where that was asked.
    pub(crate) machine: Vec<Standing>,
}

/// The root that was given, else the nearest folder from here upwards that holds a register, else the current folder.
/// A register that was named may lie anywhere, and says nothing about where the code is.
pub(crate) fn find_root(host: &dyn Host, options: &Options) -> PathBuf {
    if let Some(root) = &options.root {
        return root.clone();
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
    take_and_prove(ui, site, processes, libraries, None)
}

/// As [`take`]; the service's interpreter is asked about its settings classes where somebody wants that.
pub(crate) fn take_and_prove(
    ui: &Ui<'_>,
    site: &SiteArguments,
    processes: Processes,
    libraries: Libraries,
    proving: Option<Proving>,
) -> Result<Survey, CommandError> {
    if let Some(root) = &ui.options.root {
        is_there(ui, "--root", root, Kind::Folder, "the folder of a service")?;
    }
    if let Some(register) = &ui.options.register {
        is_there(ui, "--register", register, Kind::File, "a register")?;
    }
    let found_root = ui.host.resolve(&ui.root).unwrap_or_else(|_| ui.root.clone());
    let mut register_file = absolute(ui.host, &ui.options.register.clone().unwrap_or_else(|| ui.root.join(REGISTER)));
    let (mut register, mut register_problems) = read_register(ui, &register_file, &found_root);
    let mut units = site.units.clone();
    let containers = site.containers.clone();
    let is_folder = || units.is_empty() && containers.is_empty();
    // Units and containers say where their code is; everything else is looked for in the root.
    let mut root = (is_folder() || ui.options.root.is_some()).then(|| ui.root.clone());
    if let Some(environment) = &site.environment
        && is_folder()
    {
        units =
            units_of(ui, find_environment(ui, (register.as_ref(), &register_file), &register_problems, environment)?);
        root = Some(ui.root.clone());
    }
    if let (Some(environment), Some(_)) = (&site.environment, &root) {
        find_environment(ui, (register.as_ref(), &register_file), &register_problems, environment)?;
    }
    let is_folder = units.is_empty() && containers.is_empty();
    let environment = site.environment.clone();
    let request = Request { root, units, containers, environment, processes, libraries, proving, key: None };
    let Captured { snapshot, scrubber, vault, proof } = setpoint_capture::capture(ui.host, &request)?;
    let root = PathBuf::from(&snapshot.site.root);
    if register.is_none() && ui.options.register.is_none() {
        register_file = root.join(REGISTER);
    }
    if root != found_root {
        // Its places are named relative to the root, which the units have told only now.
        (register, register_problems) = read_register(ui, &register_file, &root);
    }
    if let Some(environment) = &snapshot.site.environment {
        find_environment(ui, (register.as_ref(), &register_file), &register_problems, environment)?;
    }
    if is_folder && register.is_none() && register_problems.is_empty() {
        holds_something(ui, &root, &snapshot)?;
    }
    if let Some(register) = &mut register {
        scrub(register, &scrubber);
    }
    register_problems.iter_mut().for_each(|problem| scrub_problem(problem, &scrubber));
    let machine = Vec::new();
    Ok(Survey { root, register_file, register, register_problems, request, snapshot, scrubber, vault, proof, machine })
}

/// Hides in what people wrote down the secrets that the site has elsewhere: a reason may quote a password.
fn scrub(register: &mut Register, scrubber: &Scrubber) {
    let scrub = |text: &mut String| {
        if let Some(scrubbed) = scrubber.scrub(text) {
            *text = scrubbed;
        }
    };
    let hide = |value: Value| {
        let held = Held::Constant(value);
        scrubber.hide(&held).unwrap_or(held).constant().cloned()
    };
    let hide_of_pair = |(name, value): (String, Value)| Some((name, hide(value)?));
    for environment in &mut register.environments {
        environment.overrides = environment.overrides.drain(..).filter_map(hide_of_pair).collect();
    }
    for entry in &mut register.defaults {
        entry.value = entry.value.take().and_then(hide);
        entry.per_process = entry.per_process.drain(..).filter_map(hide_of_pair).collect();
    }
    let of_defaults = register.defaults.iter_mut().map(|entry| &mut entry.documentation);
    let of_checks = register.checks.iter_mut().map(|check| &mut check.documentation);
    let of_unsound = register.unsound_checks.iter_mut().map(|check| &mut check.documentation);
    let of_caches = register.caches.iter_mut().map(|rule| &mut rule.documentation);
    for Documentation { owner, why, expect, rollback } in
        of_defaults.chain(of_checks).chain(of_unsound).chain(of_caches)
    {
        [owner, why, expect, rollback].into_iter().flatten().for_each(scrub);
    }
    register.waivers.iter_mut().for_each(|waiver| scrub(&mut waiver.reason));
    let unsound = register.unsound_checks.iter_mut().flat_map(|check| &mut check.problems);
    unsound.for_each(|problem| scrub_problem(problem, scrubber));
}

/// The same of what is wrong with it, which says what stands there.
fn scrub_problem(problem: &mut Problem, scrubber: &Scrubber) {
    for text in [&mut problem.what, &mut problem.expected].into_iter().chain(&mut problem.hint) {
        if let Some(scrubbed) = scrubber.scrub(text) {
            *text = scrubbed;
        }
    }
}

/// The path without links in its folder, so that it can be named relative to a root; a register that is a link itself
/// stays where it is.
fn absolute(host: &dyn Host, path: &Path) -> PathBuf {
    let (Some(name), folder) = (path.file_name(), path.parent().unwrap_or(Path::new(""))) else {
        return host.resolve(path).unwrap_or_else(|_| path.to_owned());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    host.resolve(folder).map_or_else(|_| path.to_owned(), |folder| folder.join(name))
}

/// The register, and what is wrong with it, named relative to the root; that there is none is no fault.
fn read_register(ui: &Ui<'_>, file: &Path, root: &Path) -> (Option<Register>, Vec<Problem>) {
    let shown = file.strip_prefix(root).unwrap_or(file).display().to_string();
    let bytes = match ui.host.read(file, LONGEST_REGISTER) {
        Ok(bytes) => bytes,
        Err(refusal) if refusal.is_missing() => return (None, Vec::new()),
        // The site can be looked at all the same.
        Err(refusal) => return (None, vec![refusal.problem().at(Place::file(shown))]),
    };
    let Ok(text) = String::from_utf8(bytes) else { return (None, vec![not_text(&shown)]) };
    let (register, problems) = setpoint_register::load(&shown, &text);
    (Some(register), problems)
}

/// The register's file and what stands in it, nothing hidden: for what is run, not shown.
pub(crate) fn register_as_written(ui: &Ui<'_>) -> Result<(PathBuf, Register), CommandError> {
    let file = absolute(ui.host, &ui.options.register.clone().unwrap_or_else(|| ui.root.join(REGISTER)));
    let folder = file.parent().unwrap_or(Path::new("/"));
    match read_register(ui, &file, folder) {
        (Some(register), problems) if problems.is_empty() => Ok((file, register)),
        (None, problems) if problems.is_empty() => {
            Err(no_register(ui, &file, "a register that says how a version is put in place").into())
        }
        (_, problems) => Err(problems.into()),
    }
}

fn not_text(register: &str) -> Problem {
    let what = format!("`{register}` is not UTF-8");
    Problem::input(what, "a TOML file, which is UTF-8", Retry::SafeOnceMended).at(Place::file(register))
}

/// The lines that were added to a text, which are the only difference.
pub(crate) fn added_lines(old: &str, new: &str) -> String {
    let mut old = old.lines().peekable();
    let added = new.lines().filter(|line| old.next_if_eq(line).is_none());
    added.collect::<Vec<_>>().join("\n").trim().to_owned() + "\n"
}

/// An error where what the person named is not there or something else, which is the command line's fault and not the
/// machine's.
fn is_there(ui: &Ui<'_>, option: &str, path: &Path, wanted: Kind, expected: &str) -> Result<(), Problem> {
    let because = match (ui.host.status(path), wanted) {
        (Err(refusal), _) if refusal.is_missing() => "there is no such file or folder",
        (Ok(status), Kind::Folder) if status.kind != wanted => "that is no folder",
        (Ok(status), _) if status.kind != wanted => "that is no file",
        (Ok(_) | Err(_), _) => return Ok(()),
    };
    let problem = Problem::input(format!("`{option} {}`: {because}", path.display()), expected, Retry::SafeOnceMended);
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Err(match (ui.host.status(path), wanted) {
        (Ok(_), Kind::Folder) => problem.hint(format!("name the folder that it lies in: `--root {}`", above.display())),
        (Ok(_) | Err(_), _) => problem,
    })
}

/// An error where something stands in the place of a folder that is made where it is not there.
pub(crate) fn may_be_folder(ui: &Ui<'_>, option: &str, path: &Path) -> Result<(), Problem> {
    match ui.host.status(path) {
        Ok(status) if status.kind != Kind::Folder => {
            let what = format!("`{option} {}`: that is no folder", path.display());
            Err(Problem::input(what, "a folder, or a name that nothing has yet", Retry::SafeOnceMended))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// An error where there is nothing to look at: a folder that was named, or is empty, and holds neither Python nor a
/// deployment file. That all is well there would be no answer. A folder of something else in which a person happens
/// to stand is none: it has no defaults, which is said.
fn holds_something(ui: &Ui<'_>, root: &Path, snapshot: &Snapshot) -> Result<(), Problem> {
    let site = &snapshot.site;
    let found = site.python_files > 0 || !site.files.is_empty() || !site.processes.is_empty();
    if found || !site.unread_files.is_empty() || snapshot.unread().next().is_some() {
        return Ok(());
    }
    let is_empty = ui.host.list(root).is_ok_and(|listed| listed.is_empty());
    let folder = match &ui.options.root {
        Some(named) => format!("`--root {}`", named.display()),
        None => format!("`{}`", root.display()),
    };
    let what = match (is_empty, &ui.options.root) {
        (true, _) => format!("{folder}: the folder is empty"),
        (false, Some(_)) => format!("{folder}: the folder holds no Python and no deployment file"),
        (false, None) => return Ok(()),
    };
    let expected = "the folder of a service: its Python code, or files that say how it is deployed";
    Err(Problem::input(what, expected, Retry::SafeOnceMended).hint(NAME_THE_SERVICE))
}

/// The units of an environment that this machine has.
pub(crate) fn units_of(ui: &Ui<'_>, environment: &Environment) -> Vec<String> {
    if environment.units.is_empty() {
        return Vec::new();
    }
    let mut arguments = vec!["show", "--property=LoadState", "--value", "--"];
    arguments.extend(environment.units.iter().map(String::as_str));
    // A machine without systemd has none of them, a laptop among others.
    let Ok(said) = ui.host.run("systemctl", &arguments, PATIENCE) else { return Vec::new() };
    let states = String::from_utf8_lossy(&said.stdout);
    let states = states.lines().filter(|line| !line.is_empty());
    let known = environment.units.iter().zip(states).filter(|(_, state)| *state != "not-found");
    known.map(|(unit, _)| unit.clone()).collect()
}

impl Survey {
    /// What the rules say about it today, knowing what came of the checks that were run.
    pub(crate) fn findings(&self, ui: &Ui<'_>, outcomes: &[Outcome]) -> Vec<Finding> {
        let mut findings = setpoint_rules::judge(self.facts(ui).knowing(outcomes));
        findings.retain(|finding| self.may_ask(finding.code));
        findings
    }

    /// All that a rule may look at.
    pub(crate) fn facts(&self, ui: &Ui<'_>) -> Facts<'_> {
        Facts::new(&self.snapshot, self.register.as_ref(), ui.host.now().date()).on(&self.machine)
    }

    /// False for a rule that asks what is written down, where a mistake in the register hides some of that: what it
    /// missed may be in the part that could not be read.
    pub(crate) fn may_ask(&self, code: &str) -> bool {
        self.register_problems.is_empty() || !OF_WHOLE_REGISTER.contains(&code)
    }

    /// What must not be shown of the lines of its files.
    pub(crate) fn secrets(&self) -> Secrets<'_> {
        Secrets::of(&self.snapshot, &self.scrubber)
    }

    /// An error where the register has faults, which an addition might hide or repeat.
    pub(crate) fn may_be_added_to(&self) -> Result<(), CommandError> {
        if self.register_problems.is_empty() {
            return Ok(());
        }
        let error = CommandError::from(self.register_problems.clone());
        Err(error.hinted("nothing was written; a register is added to when it is sound"))
    }

    /// The register as it stands in its file; `None` where there is none.
    pub(crate) fn register_text(&self, ui: &Ui<'_>) -> Result<Option<String>, CommandError> {
        match ui.host.read(&self.register_file, LONGEST_REGISTER) {
            Ok(bytes) => Ok(Some(String::from_utf8(bytes).map_err(|_| not_text(REGISTER))?)),
            Err(refusal) if refusal.is_missing() => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// A register that holds the service's name alone, which is the root's.
    pub(crate) fn starter(&self) -> String {
        let name = self.root.file_name().map(|name| name.to_string_lossy().into_owned());
        setpoint_register::starter(&name.unwrap_or_else(|| "service".to_owned()))
    }

    /// An error where something could not be read: what is committed must be surely known.
    pub(crate) fn is_whole(&self) -> Result<(), CommandError> {
        let unread: Vec<Problem> = self.snapshot.unread().cloned().collect();
        if unread.is_empty() {
            return Ok(());
        }
        Err(CommandError::from(unread).hinted("nothing was written; what is committed must be surely known"))
    }

    /// An error where no default was found, so that nothing can be written of any.
    pub(crate) fn has_defaults(&self) -> Result<(), CommandError> {
        if !self.snapshot.defaults.is_empty() {
            return Ok(());
        }
        let what = format!("no defaults were found in `{}`, and so nothing is written", self.root.display());
        Err(Problem::input(what, "the folder of a Python service", Retry::SafeOnceMended).hint(NAME_THE_SERVICE).into())
    }

    /// Tells what is wrong with the register, where something is, before a command says what follows from it. Says with
    /// which code to end because of it, or because of what could not be read of the site.
    pub(crate) fn begin(&self, ui: &Ui<'_>) -> Exit {
        if !self.register_problems.is_empty() {
            problem::report(ui, Severity::Error, &self.root, &self.register_problems, &self.secrets());
            ui.say("");
        }
        let unread = if self.snapshot.unread().next().is_some() { Exit::Machine } else { Exit::Fine };
        unread.max(Exit::of(&self.register_problems))
    }
}
