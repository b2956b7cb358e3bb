//! What is not as it was found: the look after the way back, and the one before it.

use crate::file_edit::Found;
use crate::walk::{Eyes, as_found, changed_activity};
use crate::{Journal, Plan, Revision, UnitState, units};
use setpoint_host::{Host, Refusal};
use setpoint_model::Problem;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long units and checks may take to be as they were, and how far apart two looks are.
const PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// What is not as it was found, in the end of a way back.
pub(crate) fn differences(host: &dyn Host, eyes: Eyes<'_>, journal: &Journal, plan: &Plan) -> Vec<String> {
    let mut differences = Vec::new();
    for edit in &plan.edits {
        if !matches!(edit.found(host), Ok(Found::Before)) {
            differences.push(format!("`{}` is not as it was found", edit.path.display()));
        }
    }
    differences.extend(other_code(host, plan));
    let Some(before) = as_found(journal) else { return differences };
    differences.extend(soon(host, || units_otherwise(host, plan, &before.units)));
    // What is put back goes on to end for a while: a process of the version that failed may still say so in the log.
    let mut since = host.now();
    differences.extend(soon(host, || {
        let faults = (eyes.look)(&std::mem::replace(&mut since, host.now())).faults.into_iter();
        let new = faults.filter(|fault| !before.faults.contains(&fault.of));
        new.map(|fault| format!("{}: {}", fault.of, fault.why)).collect()
    }));
    match (eyes.capture)(journal.key()) {
        Ok(now) if now != before.capture => {
            differences.push(format!("the capture is not the one before: {}", otherwise(&before.capture, &now)));
        }
        Err(problem) => differences.push(format!("it could not be captured again: {}", problem.what)),
        Ok(_) => {}
    }
    differences
}

/// The names of the defaults whose lines differ: what a line says besides may be nobody's to see.
fn otherwise(before: &str, now: &str) -> String {
    let lines = |text| str::lines(text).collect::<BTreeSet<_>>();
    let (before, now) = (lines(before), lines(now));
    let names = before.symmetric_difference(&now).filter_map(|line| line.split(' ').next());
    let names: BTreeSet<String> = names.map(|name| format!("`{name}`")).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// The files of a change that are neither as found nor as left, and a checkout that somebody moved on.
pub(crate) fn changed_since(host: &dyn Host, journal: &Journal) -> Result<Vec<String>, Problem> {
    let refused = |refusal: Refusal| refusal.problem();
    let Some(plan) = journal.plan() else { return Ok(Vec::new()) };
    let mut others = Vec::new();
    for edit in &plan.edits {
        if edit.found(host).map_err(refused)? == Found::Other {
            others.push(format!("`{}`", edit.path.display()));
        }
    }
    let Some(left) = journal.left() else { return Ok(others) };
    let foreign = left.foreign(host, plan).map_err(refused)?;
    others.extend(foreign.iter().map(|foreign| format!("`{}`", foreign.guard.path.display())));
    others.extend(left.foreign_links(host, plan).iter().map(|link| format!("`{}`", link.display())));
    let moved_on = |revision: &&Revision| {
        !revision.is_here(host) && !plan.revision.as_ref().is_some_and(|found| found.is_here(host))
    };
    let revision = left.revision.iter().find(moved_on);
    others.extend(revision.map(|revision| format!("the checkout `{}`", revision.folder.display())));
    Ok(others)
}

/// What of the files, the code and the packages that a deployment may change is not as it was.
pub(crate) fn not_as_found(host: &dyn Host, plan: &Plan) -> Vec<String> {
    let others = plan.guards.iter().filter(|guard| !guard.is_as_found(host));
    let mut left: Vec<String> = others.map(|guard| format!("`{}`", guard.path.display())).collect();
    // A file that was edited where it lies is guarded, and git knows it besides.
    let mut code = other_code(host, plan);
    code.retain(|other| !left.iter().any(|left| other.starts_with(left)));
    left.extend(code);
    left
}

/// What of the code and the packages is not as it was.
fn other_code(host: &dyn Host, plan: &Plan) -> Vec<String> {
    let mut others = Vec::new();
    if let Some(found) = &plan.revision {
        match Revision::of(host, &found.folder) {
            None => others.push(format!("`{}` is no checkout any more", found.folder.display())),
            Some(now) if now.commit != found.commit => {
                others.push(format!("`{}` is at {}, and was at {}", found.folder.display(), now.commit, found.commit));
            }
            Some(now) => others.extend(found.touched(&now).iter().map(|path| {
                let path = path.display();
                format!("`{path}` does not differ from the code's revision as it did")
            })),
        }
    }
    for link in plan.links.iter().filter(|link| !link.leads_there(host)) {
        let now = host.resolve(&link.path).map_or("nothing".to_owned(), |to| format!("`{}`", to.display()));
        others.push(format!("`{}` leads to {now}, and led to `{}`", link.path.display(), link.to.display()));
    }
    for installed in &plan.installed {
        let missing = installed.missing(host).into_iter();
        others.extend(missing.map(|name| format!("`{}` is not in `{}` any more", name, installed.folder.display())));
    }
    others
}

/// What is found in the end, where that should soon be nothing.
fn soon(host: &dyn Host, mut look: impl FnMut() -> Vec<String>) -> Vec<String> {
    let begun = host.elapsed();
    loop {
        let faults = look();
        if faults.is_empty() || host.elapsed().saturating_sub(begun) >= PATIENCE {
            return faults;
        }
        host.sleep(BETWEEN_LOOKS);
    }
}

/// The units that are not as they were. That systemd started one again while it was broken does not go away.
fn units_otherwise(host: &dyn Host, plan: &Plan, before: &[UnitState]) -> Vec<String> {
    match units::states(host, &plan.units) {
        Ok(now) => {
            changed_activity(before, &now).into_iter().map(|fault| format!("{} {}", fault.of, fault.why)).collect()
        }
        Err(problem) => vec![problem.what],
    }
}
