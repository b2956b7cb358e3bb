//! A unit's files: the variables that it gives to its process, its other directives, and the command that it starts.
//!
//! systemd lays the variables of `EnvironmentFile=` over those of `Environment=`, wherever the lines stand, and takes
//! those of `UnsetEnvironment=` away in the end (systemd.exec(5)).

mod files;
mod machine;

pub(crate) use files::UnitFiles;

use crate::launch::{self, Launch, Standing};
use crate::source::{Deployment, Origin};
use crate::{Assignment, Clear, Sensitive, Target, dotenv, gunicorn, options};
use files::{Located, Text};
use setpoint_formats::command_line::{Command, exec_start, expand, launched};
use setpoint_formats::unit::{self, Misplaced, Specifiers, UnitName};
use setpoint_formats::{Complaint, Traced, limited};
use setpoint_host::Host;
use setpoint_model::{IgnoredKey, Layer, Mechanism, Place, Value};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// Where a unit's files are, and so what the paths in them mean.
pub(crate) enum Home<'a> {
    /// Installed on this machine.
    Machine,
    /// In a service's folder, to be installed elsewhere: a function finds the file of the folder that will be
    /// installed at a path, if there is one.
    Folder(&'a dyn Fn(&Path) -> Option<PathBuf>),
}

/// What a unit says.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    pub(crate) deployment: Deployment,
    /// The commands of `ExecStart=`, with the variables known.
    pub(crate) launches: Vec<Launch>,
    /// The files of variables that were read, in order.
    pub(crate) environment_files: Vec<PathBuf>,
    /// The files of variables without which systemd does not start it and of which its folder has none.
    pub(crate) absent_files: Vec<String>,
    /// Its lines that systemd ignores, which therefore set nothing.
    pub(crate) ignored_keys: Vec<IgnoredKey>,
}

/// Directives for people and for the order of starting, which are no production values.
const NOT_CAPTURED: [&str; 4] = ["Description", "Documentation", "Before", "After"];
/// Directives that come down to variables.
const VARIABLES: [&str; 4] = ["Environment", "EnvironmentFile", "PassEnvironment", "UnsetEnvironment"];

/// Reads a unit's file and drop-ins, in order. `shown` gives a file's name in places.
pub(crate) fn read(host: &dyn Host, files: &UnitFiles<'_>, home: &Home<'_>, shown: &dyn Fn(&Path) -> String) -> Unit {
    let mut unit = Unit::default();
    let texts = files::load(host, files, shown, &mut unit.deployment.problems);
    let specifiers = match home {
        Home::Machine => machine::specifiers(host, files),
        Home::Folder(_) => Specifiers::of_system_unit(&UnitName::new(files.name)),
    };
    let mut by_key: BTreeMap<(&str, &str), Vec<Located<'_>>> = BTreeMap::new();
    for located in files::directives(&texts) {
        let directive = located.directive;
        if let Some(misplaced) = unit::misplaced(&directive.section, &directive.key) {
            unit.ignored_keys.push(ignored(files.name, located, misplaced));
            continue;
        }
        by_key.entry((&directive.section, &directive.key)).or_default().push(located);
    }
    let reader = Reader { host, home, shown, process: files.name, specifiers: &specifiers };
    let of = |key: &'static str| by_key.get(&("Service", key)).map(Vec::as_slice).unwrap_or_default();

    reader.pass_environment(since_reset(of("PassEnvironment")), &mut unit);
    reader.environment(since_reset(of("Environment")), &mut unit);
    reader.environment_files(since_reset(of("EnvironmentFile")), &mut unit);
    reader.unset_environment(since_reset(of("UnsetEnvironment")), &mut unit);
    reader.commands(since_reset(of("ExecStart")), &mut unit);
    let properties = by_key.iter().filter(|((_, key), _)| !VARIABLES.contains(key) && !NOT_CAPTURED.contains(key));
    for ((_, key), directives) in properties {
        reader.property(key, since_reset(directives), &mut unit);
    }
    let options: Vec<_> = unit.deployment.assignments.iter().flat_map(gunicorn::read_variable).collect();
    unit.deployment.assignments.extend(options);
    unit
}

/// An empty value takes back what came before it, for lists and for single values alike.
fn since_reset<'d, 't>(directives: &'d [Located<'t>]) -> &'d [Located<'t>] {
    let reset = directives.iter().rposition(|located| located.directive.value.is_empty());
    &directives[reset.map_or(0, |at| at + 1)..]
}

struct Reader<'a> {
    host: &'a dyn Host,
    home: &'a Home<'a>,
    shown: &'a dyn Fn(&Path) -> String,
    process: &'a str,
    specifiers: &'a Specifiers,
}

impl Reader<'_> {
    fn standing<'t>(&'t self, text: &'t Text, layer: Layer, symbol: &'t str) -> Standing<'t> {
        Standing {
            shown: &text.shown,
            text: Some((&text.bytes, &text.lines)),
            layer,
            symbol: Some(symbol),
            process: Some(self.process),
        }
    }

    /// Variables that systemd's own environment gives, which its files do not say.
    fn pass_environment(&self, directives: &[Located<'_>], unit: &mut Unit) {
        for located in directives {
            for name in unit::names(located.directive, self.specifiers) {
                let standing = self.standing(located.text, Layer::UnitEnvironment, "[Service]");
                let passed = standing.variable(&name, &name, located.directive.value_span);
                unit.deployment.assignments.push(Assignment { value: Clear::Dynamic, ..passed });
            }
        }
    }

    fn environment(&self, directives: &[Located<'_>], unit: &mut Unit) {
        for located in directives {
            let (variables, complaints) = unit::environment(located.directive, self.specifiers);
            complain(complaints, located.text, unit);
            for variable in variables {
                let standing = self.standing(located.text, Layer::UnitEnvironment, "[Service]");
                let span = variable.value.span().unwrap_or(variable.span);
                let mut assignment = standing.variable(&variable.name, variable.value.as_str(), span);
                assignment.text = Sensitive::new(located.text.slice(span));
                if !variable.complete {
                    assignment.value = Clear::Dynamic;
                }
                unit.deployment.assignments.push(assignment);
            }
        }
    }

    fn environment_files(&self, directives: &[Located<'_>], unit: &mut Unit) {
        for located in directives {
            let (file, complaints) = unit::environment_file(located.directive, self.specifiers);
            complain(complaints, located.text, unit);
            let Some(file) = file else { continue };
            let paths = match self.home {
                Home::Machine => files::matching(self.host, Path::new(&file.path)).unwrap_or_else(|refusal| {
                    unit.deployment.problems.push(refusal.problem());
                    Vec::new()
                }),
                Home::Folder(installed_at) => {
                    let found = installed_at(Path::new(&file.path));
                    unit.absent_files.extend((found.is_none() && !file.optional).then(|| file.path.clone()));
                    found.into_iter().collect()
                }
            };
            for path in paths {
                if file.optional && self.host.status(&path).is_err_and(|refusal| refusal.is_missing()) {
                    continue;
                }
                let shown = (self.shown)(&path);
                let origin = Origin { path: &path, shown: &shown, process: Some(self.process) };
                unit.deployment.extend(dotenv::read_environment_file(self.host, origin, Layer::EnvironmentFile));
                unit.environment_files.push(path);
            }
        }
    }

    /// `NAME` takes a variable away, `NAME=value` only if it has that value.
    fn unset_environment(&self, directives: &[Located<'_>], unit: &mut Unit) {
        let set = known(&unit.deployment.assignments);
        for located in directives {
            for word in unit::names(located.directive, self.specifiers) {
                let (name, value) = match word.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (word.as_str(), None),
                };
                if value.is_none() || value == set.get(name).map(String::as_str) {
                    let standing = self.standing(located.text, Layer::UnitEnvironment, "[Service]");
                    let taken = standing.variable(name, "", located.directive.value_span);
                    let text = Sensitive::new(located.directive.value.as_str().to_owned());
                    unit.deployment.assignments.push(Assignment { value: Clear::Nothing, text, ..taken });
                }
            }
        }
    }

    fn commands(&self, directives: &[Located<'_>], unit: &mut Unit) {
        let variables = known(&unit.deployment.assignments);
        let look_up = limited(|name: &str| variables.get(name).cloned());
        for located in directives {
            let (commands, complaints) = exec_start(&located.directive.value, self.specifiers);
            complain(complaints, located.text, unit);
            for command in commands {
                let literal = command.prefixes.contains(':');
                let words = if literal { command.words } else { expand(&command.words, &look_up) };
                for command in launched(Command { words, ..Command::default() }, &look_up) {
                    let standing = self.standing(located.text, Layer::CommandLine, "[Service]");
                    unit.deployment.assignments.extend(launch::read(&command, standing));
                    let (shown, text) = (located.text.shown.clone(), Some(located.text.bytes.as_slice().into()));
                    unit.launches.push(Launch { process: self.process.to_owned(), command, shown, text });
                }
            }
        }
    }

    /// A directive as the default `systemd.KEY`. What a list has gathered is the value of its last line.
    fn property(&self, key: &str, directives: &[Located<'_>], unit: &mut Unit) {
        let resolved: Vec<_> = directives.iter().map(|at| self.specifiers.resolve(&at.directive.value)).collect();
        let gathered = || Value::List(resolved.iter().map(|resolved| typed(&resolved.text)).collect());
        for (at, (located, resolved)) in directives.iter().zip(&resolved).enumerate() {
            let directive = located.directive;
            complain(resolved.refused.clone().into_iter().collect(), located.text, unit);
            let is_whole_list = unit::LIST_KEYS.contains(&key) && at > 0 && at + 1 == directives.len();
            let value = if is_whole_list { gathered() } else { typed(&resolved.text) };
            let symbol = format!("[{}]", directive.section);
            let standing = self.standing(located.text, Layer::Unit, &symbol);
            let target = Target::Default(format!("systemd.{key}"));
            let text = directive.value.as_str().to_owned();
            let mut assignment = standing.assignment(target, Mechanism::Systemd, value, text, directive.value_span);
            if !resolved.complete {
                assignment.value = Clear::Dynamic;
            }
            unit.deployment.assignments.push(assignment);
        }
    }
}

fn ignored(unit: &str, located: Located<'_>, misplaced: Misplaced) -> IgnoredKey {
    let Located { text, directive } = located;
    let (section, key) = (directive.section.clone(), directive.key.clone());
    let (belongs_to, known_as) = match misplaced {
        Misplaced::OfSection(other) => (other.to_owned(), key.clone()),
        Misplaced::Misspelt(known) => (section.clone(), known.to_owned()),
    };
    let place = Place::in_text(&text.shown, &text.bytes, directive.key_span);
    IgnoredKey { place, unit: unit.to_owned(), section, key, belongs_to, known_as }
}

fn typed(value: &Traced) -> Value {
    options::as_number(value.as_str())
}

/// The variables that the process starts with, as far as the unit's files say.
fn known(assignments: &[Assignment]) -> HashMap<String, String> {
    let mut known = HashMap::new();
    // `Environment=` first, whatever the order in which they were read.
    for layer in [Layer::UnitEnvironment, Layer::EnvironmentFile] {
        for assignment in assignments.iter().filter(|assignment| assignment.layer == layer) {
            let Target::Variable(name) = &assignment.target else { continue };
            match &assignment.value {
                Clear::Constant(value) => known.insert(name.clone(), value.reveal().to_string()),
                Clear::Dynamic | Clear::Nothing => known.remove(name),
            };
        }
    }
    known
}

fn complain(complaints: Vec<Complaint>, text: &Text, unit: &mut Unit) {
    let problems = complaints.into_iter().map(|complaint| complaint.problem(&text.shown, &text.bytes));
    unit.deployment.problems.extend(problems);
}

/// Where a variable would be set that the unit does not set: its last file of variables, else its own file.
pub(crate) fn place_of_variables(
    unit: &Unit,
    files: &UnitFiles<'_>,
    shown: &dyn Fn(&Path) -> String,
) -> (Layer, Place) {
    match unit.environment_files.last() {
        Some(file) => (Layer::EnvironmentFile, Place::file(shown(file))),
        None => (Layer::UnitEnvironment, Place::file(shown(files.fragment))),
    }
}

#[cfg(test)]
mod tests;
