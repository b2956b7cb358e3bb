//! The plan of a release: the register's own commands, guarded by what was there before.

use crate::sharing;
use crate::units::{paths, states};
use crate::{Class, Guard, Installed, Link, Plan, Revision, Settle};
use setpoint_host::{Host, Kind};
use setpoint_model::register::{Backup, Release};
use setpoint_model::{NamedDefault, Problem, Retry, Snapshot};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a deployment may take. It installs packages, and may migrate data.
const LIMIT: Duration = Duration::from_mins(30);

/// The variable that holds the commit which a release found, so that its way back leads there as often as it is run, however
/// far it or the deployment came.
const REVISION: &str = "SETPOINT_REVISION";

/// What of a deployment can be taken back. Of the data that it may alter that is what the backup holds, which is made before.
///
/// # Errors
/// The service has a database that is not in the backup.
pub fn class_of_deployment(snapshot: &Snapshot, backup: Option<&Backup>) -> Result<Class, Problem> {
    let databases: Vec<&NamedDefault> = sharing::databases(snapshot).collect();
    let saved = backup.map(|backup| backup.databases.as_slice()).unwrap_or_default();
    let is_saved = |default: &&NamedDefault| saved.iter().any(|name| default.is_called(name));
    let Some(left) = databases.iter().find(|default| !is_saved(default)) else {
        return Ok(if databases.is_empty() { Class::Reversible } else { Class::ReversibleWithBackup });
    };
    let what = format!("`{}` names a database, whose data a deployment may alter, and nothing saves them", left.name);
    let expected = format!("`[backup]` with `databases = [\"{}\"]`", left.name);
    Err(Problem::input(what, expected, Retry::SafeOnceMended)
        .hint("`--not-reversible` accepts that data may not come back"))
}

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
    let revision = Revision::of(host, root);
    let guards = guards(host, snapshot, revision.as_ref())?;
    let folders: BTreeSet<PathBuf> = snapshot.site.libraries.iter().map(|library| root.join(&library.folder)).collect();
    let installed = folders.iter().map(|folder| Installed::of(host, folder)).collect();
    let is_proxied = |file: &String| file.starts_with("/etc/nginx/");
    let mut watched = Vec::new();
    for unit in states(host, units)?.into_iter().filter(|unit| unit.active == "active") {
        watched.push(unit.name);
    }
    let mut assumes = Vec::new();
    if revision.is_none() {
        let why = match host.status(&root.join(".git")) {
            Ok(_) => format!(
                "is a checkout of which git tells nothing here (`git -C {} status` may say why)",
                root.display()
            ),
            Err(_) => "is in no git repository".to_owned(),
        };
        assumes.push(format!(
            "`{}` {why}, so that of its files only those that were captured are kept and known again: the rest is for \
             `{}` to bring back",
            root.display(),
            release.rollback
        ));
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
        settle: vec![Settle::Command {
            forward: release.deploy.clone(),
            back: release.rollback.clone(),
            limit: LIMIT,
            folder: None,
            variables: revision.iter().map(|found| (REVISION.to_owned(), found.commit.clone())).collect(),
        }],
        units: watched,
        guards,
        revision,
        installed,
        links: paths(host, units).iter().filter_map(|path| Link::of(host, path)).collect(),
        assumes,
        regain,
        class,
        window: release.watch,
        ..Plan::default()
    })
}

/// The captured files that git does not bring back: outside of the tree, ignored by it, or edited where they lie. What git
/// keeps is the revision's to put back.
fn guards(host: &dyn Host, snapshot: &Snapshot, revision: Option<&Revision>) -> Result<Vec<Guard>, Problem> {
    let root = Path::new(&snapshot.site.root);
    let files = snapshot.site.files.iter().map(String::as_str);
    let Some(revision) = revision else { return guards_of(host, root, files) };
    let (outside, inside): (Vec<&str>, Vec<&str>) = files.partition(|file| file.starts_with('/'));
    let mut inside = revision.not_kept(host, &inside);
    inside.extend(revision.edited().filter(|file| is_file(host, &root.join(file))));
    inside.sort_unstable();
    inside.dedup();
    guards_of(host, root, outside.into_iter().chain(inside))
}

fn guards_of<'f>(host: &dyn Host, root: &Path, files: impl Iterator<Item = &'f str>) -> Result<Vec<Guard>, Problem> {
    files.map(|file| Guard::of(host, &root.join(file)).map_err(|refusal| refusal.problem())).collect()
}

/// A submodule is a folder.
fn is_file(host: &dyn Host, path: &Path) -> bool {
    host.status(path).is_ok_and(|status| status.kind == Kind::File)
}
