//! `capture --write`: what is missing is added to the register, and the lock is made anew. Both texts are made before
//! either is written, so that a fault leaves both files as they are.

use super::lock as beside;
use crate::checkout;
use crate::command_error::CommandError;
use crate::commands::explain;
use crate::report::defaults::{Extent, counted};
use crate::survey::{Survey, added_lines};
use crate::terminal::{Ui, visible};
use setpoint_model::{Finding, NamedDefault, Problem, Reading};
use setpoint_register::{LOCK, NewDefault, REGISTER, add_defaults, lock};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// The rules that call a value itself wrong: one of another type, with a comment in it, with a specifier in it.
const WRONG_VALUES: [&str; 3] = ["SP007", "SP015", "SP016"];

/// What is to be written.
pub(super) struct Pending {
    register: File,
    lock: File,
    /// What the lock would say differently, a line each.
    changes: Vec<String>,
    /// The new entries for which no value is written, and why, a sentence each.
    withheld: Vec<String>,
}

struct File {
    path: PathBuf,
    old: Option<String>,
    new: String,
}

impl File {
    fn is_fresh(&self) -> bool {
        self.old.as_ref() == Some(&self.new)
    }
}

/// Makes both texts.
pub(super) fn prepare(ui: &Ui<'_>, survey: &Survey, names: &[String], extent: Extent) -> Result<Pending, CommandError> {
    survey.may_be_added_to()?;
    survey.is_whole()?;
    survey.has_defaults()?;
    let unknown = names.iter().filter(|name| survey.snapshot.find(name).is_none());
    let unknown: Vec<Problem> = unknown.map(|name| explain::unknown(survey, name, &[])).collect();
    if !unknown.is_empty() {
        return Err(unknown.into());
    }
    let wanted = |default: &&NamedDefault| {
        if extent == Extent::Brief && !names.is_empty() {
            return names.iter().any(|name| default.is_called(name));
        }
        // What is set by its fields is written down by them.
        let decided = (extent == Extent::All || default.is_decision()) && !survey.snapshot.is_set_by_fields(default);
        decided || names.iter().any(|name| default.is_called(name))
    };
    let findings = survey.findings(ui, &[]);
    // What nobody can have meant is no decision, and a register that holds it would only make it look like one.
    let wrong = |default: &NamedDefault| {
        let is_wrong = |finding: &&Finding| WRONG_VALUES.contains(&finding.code) && finding.waived.is_none();
        let is_about = |finding: &&Finding| finding.subject.as_ref().is_some_and(|name| default.is_called(name));
        findings.iter().filter(is_wrong).find(is_about)
    };
    // What is committed is what every checkout has. Where a file that git ignores sets another value, only a person
    // knows which of the two is the decision.
    let tree = checkout::tree(ui.host, &survey.snapshot);
    let mut entries = Vec::new();
    let mut withheld = Vec::new();
    for default in survey.snapshot.defaults.iter().filter(wanted) {
        let same = |other: &&NamedDefault| other.name == default.name && other.mechanism == default.mechanism;
        let Some(of_tree) = tree.defaults.iter().find(same) else {
            // Only files that no other checkout has set it: it has a name here, and no value that may be committed.
            entries.push(NewDefault { value: None, per_process: Vec::new(), ..NewDefault::from(default) });
            continue;
        };
        let entry = NewDefault::from(of_tree).shared_with(&NewDefault::from(default));
        let is_new = survey.register.as_ref().is_none_or(|register| register.default_entry(&default.name).is_none());
        if let Some(finding) = wrong(default) {
            if is_new {
                withheld.push(why_wrong(default, finding));
            }
            entries.push(NewDefault { value: None, per_process: Vec::new(), ..entry });
            continue;
        }
        if is_new && entry != NewDefault::from(of_tree) {
            withheld.push(why_withheld(default, of_tree));
        }
        entries.push(entry);
    }
    let old = survey.register_text(ui)?;
    let before = old.clone().unwrap_or_else(|| survey.starter());
    let register = File { path: survey.register_file.clone(), old, new: add_defaults(&before, &entries)? };

    let old = beside::read(ui, survey)?;
    // A lock that nobody can read is replaced, and needs no comparison.
    let compared = old.as_ref().and_then(|old| lock::compare(old, &tree).ok());
    let changes = compared.map(|compared| {
        let of_defaults = compared.differences.iter().map(ToString::to_string);
        of_defaults.chain(compared.needs.iter().map(ToString::to_string)).map(|change| visible(&change)).collect()
    });
    let changes = changes.unwrap_or_default();
    let new = lock::render(&tree, old.as_deref());
    let lock = File { path: beside::file(survey), old, new };
    Ok(Pending { register, lock, changes, withheld })
}

/// Why the entry of a default has no value: what sets it here besides the files that every checkout has.
fn why_withheld(default: &NamedDefault, of_tree: &NamedDefault) -> String {
    let is_private = |reading: &&Reading| !of_tree.readings.iter().any(|other| other.place == reading.place);
    let private = default.readings.iter().filter(|reading| reading.layer.is_deployment()).filter(is_private);
    let private: BTreeSet<String> = private.map(|reading| format!("`{}`", visible(&reading.place.file))).collect();
    let files = private.into_iter().collect::<Vec<_>>().join(", ");
    let name = visible(&default.name);
    format!("no value is written for `{name}`: {files}, which no other checkout has, sets another one here")
}

/// Why the entry of a default has no value: a rule says that nobody can have meant it.
fn why_wrong(default: &NamedDefault, finding: &Finding) -> String {
    let (name, message) = (visible(&default.name), visible(&finding.message));
    format!("no value is written for `{name}`: {message} ({} {})", finding.code, finding.name)
}

/// Says for which new entries no value is written.
fn tell_withheld(ui: &Ui<'_>, pending: &Pending) {
    if !pending.withheld.is_empty() {
        ui.say("");
    }
    pending.withheld.iter().for_each(|sentence| ui.tell(sentence));
}

/// Shows what would be written.
pub(super) fn show(ui: &Ui<'_>, pending: &Pending) -> Result<(), CommandError> {
    let (register, lock) = (&pending.register, &pending.lock);
    let added = added_lines(register.old.as_deref().unwrap_or_default(), &register.new);
    let of_register = match (register.is_fresh(), &register.old) {
        (true, _) => format!("{REGISTER} would stay as it is"),
        (false, Some(_)) => format!("{REGISTER} would get\n\n{added}"),
        (false, None) => format!("{REGISTER} would be\n\n{added}"),
    };
    let of_lock = match (lock.is_fresh(), &lock.old) {
        (true, _) => format!("{LOCK} would stay as it is"),
        (false, Some(_)) => format!("{LOCK} would change\n  {}", pending.changes.join("\n  ")),
        (false, None) => {
            // What machines need stands behind the defaults.
            let of_defaults = lock.new.lines().take_while(|line| !line.starts_with("[machine."));
            let lines = of_defaults.filter(|line| line.contains(" = { ")).count();
            format!("{LOCK} would hold {}", counted(lines, "default"))
        }
    };
    ui.print(&format!("{of_register}\n{of_lock}\n"))?;
    tell_withheld(ui, pending);
    Ok(())
}

/// Writes both files and says what changed.
pub(super) fn write(ui: &Ui<'_>, pending: &Pending) -> Result<(), CommandError> {
    for (name, file) in [(REGISTER, &pending.register), (LOCK, &pending.lock)] {
        if file.is_fresh() {
            ui.print(&format!("fresh    {name}\n"))?;
            continue;
        }
        ui.host.write(&file.path, file.new.as_bytes())?;
        ui.print(&format!("written  {name}\n"))?;
    }
    let added = added_lines(pending.register.old.as_deref().unwrap_or_default(), &pending.register.new);
    let entries = added.lines().filter(|line| line.starts_with("[default.")).count();
    if entries > 0 {
        let filled = "fill in owner, why, expect and rollback; `setpoint check` names each that is missing";
        ui.say("");
        ui.tell(&format!("{} in {REGISTER}: {filled}", counted(entries, "new entry")));
    }
    tell_withheld(ui, pending);
    Ok(())
}
