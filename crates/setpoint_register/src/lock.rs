//! `setpoint.lock`: every default of the tree on one line, so that a difference of two versions of the file reads
//! as "this default changed".
//!
//! What is of the tree: what the code declares, and what files below the root set. What is of the machine is left
//! out: files elsewhere, the running process, the host, and libraries, which a virtual environment brings. A secret
//! is only `"set"` or `"unset"`, and a path below the root begins with `{root}`, so that the same tree gives the
//! same bytes everywhere.

mod difference;
mod line;

pub use difference::{Change, Difference, FieldChange};

use crate::report::Report;
use crate::{LOCK, node, syntax, value};
use difference::between;
use line::Line;
use setpoint_model::{Place, Problem, Retry, SiteProcesses, Snapshot, Value};
use std::collections::BTreeMap;

/// The version of this form.
const VERSION: i128 = 1;

const HEAD: &str = "\
# Every default of this tree, one on a line, by how it is declared. Written by `setpoint capture --write`;
# a changed line is a changed default, and belongs in the commit that changes it.
version = 1
";

/// The lock's lines: mechanism and name, and what is known of the default.
type Lines = BTreeMap<(String, String), Line>;

/// The lock of a snapshot, whole.
pub fn render(snapshot: &Snapshot) -> String {
    let mut text = HEAD.to_owned();
    let mut section = String::new();
    for ((mechanism, name), line) in lines(snapshot) {
        if mechanism != section {
            text.extend(["\n[", &value::key(&mechanism), "]\n"]);
            section = mechanism;
        }
        text.extend([&value::key(&name), " = ", &line.write(), "\n"]);
    }
    text
}

/// What the lock says and the snapshot does not, and the reverse, by name; empty where the lock is fresh.
///
/// # Errors
/// The text is no lock of this version.
pub fn differences(lock_text: &str, snapshot: &Snapshot) -> Result<Vec<Difference>, Problem> {
    Ok(between(&parse(lock_text)?, &lines(snapshot)))
}

fn lines(snapshot: &Snapshot) -> Lines {
    let mut lines = Lines::new();
    let processes = SiteProcesses::of_files(&snapshot.site.processes);
    for default in &snapshot.defaults {
        let Some(line) = Line::of(default, &snapshot.site.root, &processes) else { continue };
        let mechanism = default.mechanism.to_string();
        // There is one default of each name and mechanism; should there be a second, it is numbered and not lost.
        let numbered = (2..).map(|number| format!("{} ({number})", default.name));
        let mut names = std::iter::once(default.name.clone()).chain(numbered);
        if let Some(name) = names.find(|name| !lines.contains_key(&(mechanism.clone(), name.clone()))) {
            lines.insert((mechanism, name), line);
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
        for line in section.table().map(|table| node::in_order("", table)).unwrap_or_default() {
            lines.insert((section.name.to_owned(), line.name.to_owned()), Line::read(line.value));
        }
    }
    if version != Some(Value::Integer(VERSION)) {
        let what = "the lock is of a version that is not known here";
        let problem = Problem::input(what, format!("`version = {VERSION}`"), Retry::SafeOnceMended);
        return Err(problem.at(Place::file(LOCK)).hint(HINT));
    }
    Ok(lines)
}
