//! `setpoint.lock`: every default of the tree on one line, so that a difference of two versions of the file reads
//! as "this default changed".
//!
//! What is of the tree: what the code declares, and what files below the root set. What is of the machine is left
//! out: files elsewhere, the running process, the host. A secret is only `"set"` or `"unset"`, and a path below the root
//! begins with `{root}`, so that the same tree gives the same bytes everywhere.
//!
//! The defaults of installed libraries have a section for each, with its version, so that an upgrade shows which
//! defaults it changes. Where no library is installed beside the tree, these sections stay as they are.

mod difference;
mod line;
mod section;

pub use difference::{Change, Difference, FieldChange};

use crate::report::Report;
use crate::{LOCK, node, syntax, value};
use difference::between;
use line::Line;
use section::Section;
use setpoint_model::{Place, Problem, Retry, SiteProcesses, Snapshot, Value};
use std::collections::BTreeMap;

/// The version of this form.
const VERSION: i128 = 1;

const HEAD: &str = "\
# Every default of this tree, one on a line, by how it is declared. Written by `setpoint capture --write`;
# a changed line is a changed default, and belongs in the commit that changes it.
version = 1
";

/// The lock's lines: section and name, and what is known of the default.
type Lines = BTreeMap<(Section, String), Line>;

/// How a lock compares with a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What the lock says and the snapshot does not, and the reverse, by name; empty where the lock is fresh.
    pub differences: Vec<Difference>,
    /// The libraries of the lock that were not compared, since none is installed beside the tree.
    pub not_compared: Vec<String>,
}

/// The lock of a snapshot, whole. What the lock before it says of libraries stays where none is installed.
pub fn render(snapshot: &Snapshot, before: Option<&str>) -> String {
    let mut lines = lines(snapshot);
    // A lock that nobody can read is replaced.
    let before = before.and_then(|before| parse(before).ok()).unwrap_or_default();
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
    text
}

/// Compares a lock with a snapshot.
///
/// # Errors
/// The text is no lock of this version.
pub fn compare(lock_text: &str, snapshot: &Snapshot) -> Result<Comparison, Problem> {
    let mut lock = parse(lock_text)?;
    let mut not_compared = Vec::new();
    if snapshot.site.libraries.is_empty() {
        lock.retain(|(section, _), _| {
            section.library().is_none_or(|library| {
                not_compared.push(library.to_owned());
                false
            })
        });
        not_compared.dedup();
    }
    Ok(Comparison { differences: between(&lock, &lines(snapshot)), not_compared })
}

fn lines(snapshot: &Snapshot) -> Lines {
    let mut lines = of_libraries(snapshot);
    let processes = SiteProcesses::of_files(&snapshot.site.processes);
    for default in &snapshot.defaults {
        let Some(line) = Line::of(default, &snapshot.site.root, &processes) else { continue };
        let section = Section::Mechanism(default.mechanism.to_string());
        // There is one default of each name and mechanism; should there be a second, it is numbered and not lost.
        let numbered = (2..).map(|number| format!("{} ({number})", default.name));
        let mut names = std::iter::once(default.name.clone()).chain(numbered);
        if let Some(name) = names.find(|name| !lines.contains_key(&(section.clone(), name.clone()))) {
            lines.insert((section, name), line);
        }
    }
    lines
}

/// The version of each installed library, and its own defaults.
fn of_libraries(snapshot: &Snapshot) -> Lines {
    let mut lines = Lines::new();
    for library in &snapshot.site.libraries {
        let section = || Section::Library(library.name.clone());
        lines.insert((section(), section::VERSION.to_owned()), Line::of_version(Value::from(library.version.as_str())));
        for default in snapshot.defaults.iter().filter(|default| library.has(default)) {
            let line = Line::of_library(default, &snapshot.site.root);
            lines.extend(line.map(|line| ((section(), default.name.clone()), line)));
        }
    }
    lines
}

fn parse(text: &str) -> Result<Lines, Problem> {
    const HINT: &str = "write the lock anew with `setpoint capture --write`";
    let mut report = Report::new(LOCK, text);
    let table = syntax::parse(text, &mut report);
    if let Some(problem) = report.into_problems().into_iter().next() {
        return Err(problem.hint(HINT));
    }
    let mut lines = Lines::new();
    let mut version = None;
    for section in node::in_order("", &table) {
        if section.name == "version" {
            version = Some(value::read(section.value));
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
    Ok(lines)
}
