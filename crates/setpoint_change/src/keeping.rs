//! What a change keeps in its journal to get back with, proven before anything moves.

use crate::{Journal, Plan};
use setpoint_host::Host;
use setpoint_model::{Place, Problem, Retry};
use std::path::Path;

/// Reads the journal again from the disk and makes every file out of it once, in memory; what was compared, a sentence each.
///
/// # Errors
/// It is not what was written, or a file, the code or the packages are not those that were planned with.
pub(crate) fn prove(host: &dyn Host, journal: &Journal, plan: &Plan) -> Result<Vec<String>, Problem> {
    if Journal::open(host, journal.path())?.plan() != Some(plan) {
        let what = "the journal that was read back is not the one that was written";
        let problem = Problem::machine(what, "a disk that keeps what it is given", Retry::Unsafe);
        return Err(problem.at(Place::file(journal.path().display().to_string())));
    }
    for edit in &plan.edits {
        let comes_back = edit.comes_back(host).map_err(|refusal| refusal.problem())?;
        comes_back.then_some(()).ok_or_else(|| moved_on(&edit.path))?;
    }
    for guard in &plan.guards {
        (guard.is_whole() && guard.is_as_found(host)).then_some(()).ok_or_else(|| moved_on(&guard.path))?;
    }
    if let Some(found) = plan.revision.as_ref().filter(|found| !found.is_untouched(host)) {
        return Err(moved_on(&found.folder));
    }
    let installed = plan.installed.iter().find(|installed| !installed.is_as_found(host)).map(|other| &other.folder);
    let link = plan.links.iter().find(|link| !link.leads_there(host)).map(|link| &link.path);
    if let Some(other) = installed.or(link) {
        return Err(moved_on(other));
    }
    Ok(match plan.edits.len() + plan.guards.len() {
        0 => Vec::new(),
        1 => vec!["the journal, read back, gives the file as it was found".to_owned()],
        files => vec![format!("the journal, read back, gives each of {files} files as it was found")],
    })
}

fn moved_on(path: &Path) -> Problem {
    let what = format!("`{0}` is not as it was when the change was planned", path.display());
    let problem = Problem::input(what, "nobody else to change it meanwhile", Retry::Safe);
    problem.at(Place::file(path.display().to_string()))
}
