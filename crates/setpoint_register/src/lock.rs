//! `setpoint.lock`: every default of the tree on one line, so that a difference of two versions of the file reads
//! as "this default changed".
//!
//! What is of the tree: what the code declares, and what files below the root set. What is of the machine is left
//! out: files elsewhere, the running process, the host. A secret is only `"set"` or `"unset"`, and a path below the root
//! begins with `{root}`, so that the same tree gives the same bytes everywhere.
//!
//! The defaults of installed libraries have a section for each, with its version, so that an upgrade shows which
//! defaults it changes. Where no library is installed beside the tree, these sections stay as they are.
//!
//! What each environment needs of its machine stands behind them, and stays as it is wherever that machine was not asked.

mod difference;
mod line;
mod machine;
mod renames;
mod section;
mod state;

pub use difference::{Change, Difference, FieldChange, Side};
pub use line::Line;
pub use machine::NeedDifference;
pub use state::State;

use crate::report::Report;
use crate::{LOCK, node, syntax, value};
use difference::between;
use machine::Machines;
use section::Section;
use setpoint_model::{Need, Place, Problem, Retry, Snapshot, Value};
use std::collections::BTreeMap;

/// The version of this form.
const VERSION: i128 = 1;

const HEAD: &str = "\
# Every default of this tree, one on a line, by how it is declared. Written by `setpoint capture --write`;
# a changed line is a changed default, and belongs in the commit that changes it.
version = 1
";

/// What a line of the lock is about: its section, and the default's name.
type Key = (Section, String);

/// The lock's lines, and what is known of each default.
type Lines = BTreeMap<Key, Line>;

/// How a lock compares with a snapshot, or one state with another.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What the old one says and the new one does not, and the reverse, by name; empty where a lock is fresh.
    pub differences: Vec<Difference>,
    /// The libraries that were not compared, since none is installed beside the other.
    pub not_compared: Vec<String>,
    /// What the environment's machine needs and the lock does not say, and the reverse; empty where nobody asked the
    /// machine.
    pub needs: Vec<NeedDifference>,
}

/// The lock of a snapshot, whole. What the lock before it says of libraries stays where none is installed, and what it says
/// of machines that were not asked.
pub fn render(snapshot: &Snapshot, before: Option<&str>) -> String {
    let mut lines = State::of_snapshot(snapshot).lines;
    // A lock that nobody can read is replaced.
    let (before, mut machines) = before.and_then(|before| parse(before).ok()).unwrap_or_default();
    if let Some(environment) = asked_for(snapshot) {
        machines.insert(environment.to_owned(), snapshot.needs.clone());
    }
    if snapshot.site.libraries.is_empty() {
        lines.extend(before.into_iter().filter(|((section, _), _)| section.library().is_some()));
    }
    let mut text = HEAD.to_owned();
    let mut above = None;
    for ((section, name), line) in &lines {
        if above.replace(section) != Some(section) {
            text.extend(["\n[", &section.header(), "]\n"]);
            let version = lines.get(&(section.clone(), section::VERSION.to_owned()));
            text.extend(
                version.filter(|_| section.library().is_some()).map(|version| section.write(section::VERSION, version)),
            );
        }
        if !section.is_version(name) {
            text.push_str(&section.write(name, line));
        }
    }
    text + &machine::write(&machines)
}

/// What the environment needs of its machine, as the lock says it; nothing where no machine of it was asked.
///
/// # Errors
/// The text is no lock of this version.
pub fn needs(lock_text: &str, environment: &str) -> Result<Vec<Need>, Problem> {
    let (_, mut machines) = parse(lock_text)?;
    Ok(machines.remove(environment).unwrap_or_default())
}

/// The environment whose machine was asked what is needed of it.
fn asked_for(snapshot: &Snapshot) -> Option<&str> {
    snapshot.site.environment.as_deref().filter(|_| !snapshot.needs.is_empty())
}

/// Compares a lock with a snapshot.
///
/// # Errors
/// The text is no lock of this version.
pub fn compare(lock_text: &str, snapshot: &Snapshot) -> Result<Comparison, Problem> {
    let (mut lock, now) = (State::of_lock(lock_text)?, State::of_snapshot(snapshot));
    let not_compared = if now.has_libraries() { Vec::new() } else { lock.leave_out_libraries() };
    let needs = match asked_for(snapshot) {
        Some(environment) => machine::between(&needs(lock_text, environment)?, &snapshot.needs),
        None => Vec::new(),
    };
    Ok(Comparison { differences: between(&lock, &now), not_compared, needs })
}

/// Compares two states. Libraries are compared where both have some: a lock and a revision may have none although the
/// service uses them.
pub fn difference(mut old: State, mut new: State) -> Comparison {
    let not_compared = match (old.has_libraries(), new.has_libraries()) {
        (true, false) => old.leave_out_libraries(),
        (false, true) => new.leave_out_libraries(),
        (true, true) | (false, false) => Vec::new(),
    };
    Comparison { differences: between(&old, &new), not_compared, needs: Vec::new() }
}

fn parse(text: &str) -> Result<(Lines, Machines), Problem> {
    const HINT: &str = "write the lock anew with `setpoint capture --write`";
    let mut report = Report::new(LOCK, text);
    let table = syntax::parse(text, &mut report);
    if let Some(problem) = report.into_problems().into_iter().next() {
        return Err(problem.hint(HINT));
    }
    let mut lines = Lines::new();
    let mut machines = Machines::new();
    let mut version = None;
    for section in node::in_order("", &table) {
        if section.name == "version" {
            version = Some(value::read(section.value));
            continue;
        }
        if section.name == machine::MACHINE {
            machines = section.table().map(machine::read).unwrap_or_default();
            continue;
        }
        let inner = section.table().map(|table| node::in_order("", table)).unwrap_or_default();
        for line in inner {
            if section.name == section::INSTALLED {
                let of_library = line.table().map(|table| node::in_order("", table)).unwrap_or_default();
                let section = Section::Library(line.name.to_owned());
                lines.extend(of_library.into_iter().map(|line| {
                    let read = section.read(line.name, line.value);
                    ((section.clone(), line.name.to_owned()), read)
                }));
            } else {
                let section = Section::Mechanism(section.name.to_owned());
                let read = section.read(line.name, line.value);
                lines.insert((section, line.name.to_owned()), read);
            }
        }
    }
    if version != Some(Value::Integer(VERSION)) {
        let what = "the lock is of a version that is not known here";
        let problem = Problem::input(what, format!("`version = {VERSION}`"), Retry::SafeOnceMended);
        return Err(problem.at(Place::file(LOCK)).hint(HINT));
    }
    Ok((lines, machines))
}
