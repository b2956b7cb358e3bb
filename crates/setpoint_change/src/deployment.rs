//! The plan of a release: the register's own commands, guarded by what was there before.

use crate::units::states;
use crate::{Class, Guard, Plan, Purpose, Revision, Settle};
use setpoint_host::Host;
use setpoint_model::register::Release;
use setpoint_model::{Problem, Snapshot};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a deployment may take. It installs packages, and may migrate data.
const LIMIT: Duration = Duration::from_mins(30);

/// What is to be done to put a new version in place.
///
/// # Errors
/// A file of the site cannot be read, or systemd does not tell how its units are.
pub fn deployment(
    host: &dyn Host,
    snapshot: &Snapshot,
    release: &Release,
    units: &[String],
    class: Class,
) -> Result<Plan, Problem> {
    let root = Path::new(&snapshot.site.root);
    // What git keeps is the revision's to put back; a file outside of the tree has nobody else.
    let revision = Revision::of(host, root);
    let is_guarded = |file: &&String| revision.is_none() || file.starts_with('/');
    let mut guards = Vec::new();
    for file in snapshot.site.files.iter().filter(is_guarded) {
        guards.push(Guard::of(host, &root.join(file)).map_err(|refusal| refusal.problem())?);
    }
    let is_proxied = |file: &String| file.starts_with("/etc/nginx/");
    let mut watched = Vec::new();
    for unit in states(host, units)?.into_iter().filter(|unit| unit.active == "active") {
        watched.push(unit.name);
    }
    let mut regain = vec![Settle::ReloadManager];
    regain.extend(watched.iter().cloned().map(Settle::Restart));
    if snapshot.site.files.iter().any(is_proxied) {
        regain.push(Settle::Reload("nginx.service".to_owned()));
        watched.push("nginx.service".to_owned());
    }
    Ok(Plan {
        title: format!("release by `{}`", release.deploy),
        site: PathBuf::from(&snapshot.site.root),
        site_units: units.to_vec(),
        environment: snapshot.site.environment.clone(),
        owner: release.documentation.owner.clone(),
        why: None,
        defaults: Vec::new(),
        shown: String::new(),
        edits: Vec::new(),
        settle: vec![Settle::Command {
            forward: release.deploy.clone(),
            back: release.rollback.clone(),
            limit: LIMIT,
            folder: None,
            variables: Vec::new(),
        }],
        units: watched,
        guards,
        revision,
        regain,
        class,
        window: release.watch,
        purpose: Purpose::Lasting,
        proof: None,
    })
}
