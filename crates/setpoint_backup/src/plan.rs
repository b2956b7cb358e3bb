//! What restoring would do, before it does anything.

pub use crate::compare::Difference;
use crate::compare::{Owners, differences};
use crate::database;
use crate::restore::Destination;
use crate::saved::{Saved, SavedKind};
use crate::sentences;
use serde::Serialize;
use setpoint_host::{Details, Host, Kind};
use setpoint_model::Problem;
use std::path::{Component, Path, PathBuf};

/// What becomes of one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhatIsDone {
    /// It is not there, and will be.
    New,
    /// Its content is replaced.
    Replaced,
    /// Its mode, owner, time or attributes are set back.
    Adjusted,
    /// It is as it was saved.
    Same,
}

/// One path of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Where it will be.
    pub path: PathBuf,
    /// What becomes of it.
    pub what: WhatIsDone,
    /// In what it differs now from what was saved.
    pub differences: Vec<Difference>,
}

/// What becomes of each thing that a backup holds; `None` for what is not restored.
pub(crate) fn make(
    host: &dyn Host,
    saved: &[Saved],
    roots: &[PathBuf],
    destination: &Destination,
) -> Result<Vec<Option<Planned>>, Problem> {
    let owners = Owners::of(host);
    saved.iter().map(|one| plan(host, one, roots, destination, owners)).collect()
}

fn plan(
    host: &dyn Host,
    saved: &Saved,
    roots: &[PathBuf],
    destination: &Destination,
    owners: Owners,
) -> Result<Option<Planned>, Problem> {
    let path = match destination {
        Destination::Folder(folder) => folder.join(saved.path.strip_prefix("/").unwrap_or(&saved.path)),
        // A dump is no file that was there; it is loaded into its database.
        Destination::InPlace if saved.path.starts_with(database::FOLDER) => return Ok(None),
        Destination::InPlace => saved.path.clone(),
    };
    if matches!(saved.kind, SavedKind::Other) {
        return Ok(None);
    }
    // What runs with the rights of its owner or with capabilities is written anew, since whoever may put another file in its
    // place in this moment would get them for that.
    let gives_rights = matches!(saved.kind, SavedKind::File(_))
        && (saved.mode & 0o6000 != 0 || saved.attributes.iter().any(|(name, _)| name == "security.capability"));
    let differences = differences(host, saved, &path, owners).map_err(|refusal| refusal.problem())?;
    // The folders above what was saved are somebody else's, unless they are gone.
    let is_above = !roots.iter().any(|root| saved.path.starts_with(root));
    let what = match differences.as_slice() {
        [] => WhatIsDone::Same,
        [Difference::Missing] => WhatIsDone::New,
        [Difference::Kind] => in_the_way(host, saved, &path)?,
        _ if is_above && *destination == Destination::InPlace => WhatIsDone::Same,
        [Difference::Content | Difference::Target, ..] => WhatIsDone::Replaced,
        _ if gives_rights => WhatIsDone::Replaced,
        _ => WhatIsDone::Adjusted,
    };
    Ok(Some(Planned { path, what, differences }))
}

/// A file or link can take the place of another. What is in a folder is not known to the backup, and so it stays.
fn in_the_way(host: &dyn Host, saved: &Saved, path: &Path) -> Result<WhatIsDone, Problem> {
    let there = host.details(path).map_err(|refusal| refusal.problem())?.kind;
    match (&saved.kind, there) {
        (SavedKind::File(_) | SavedKind::Link(_), Kind::File | Kind::Link) => Ok(WhatIsDone::Replaced),
        (SavedKind::Folder, _) => Err(sentences::in_the_way(path, "a folder")),
        (SavedKind::File(_), _) => Err(sentences::in_the_way(path, "a file")),
        (SavedKind::Link(_) | SavedKind::Other, _) => Err(sentences::in_the_way(path, "a link")),
    }
}

/// The folder with the links on the way to it resolved, as far as it is there: from now on none is followed.
pub(crate) fn settled(host: &dyn Host, folder: &Path) -> Result<PathBuf, Problem> {
    // Whoever laid a link there would choose where root writes.
    let is_theirs = |user: u32| user != 0 && user != host.owner().0;
    for above in folder.ancestors() {
        if let Ok(Details { kind: Kind::Link, user, .. }) = host.details(above)
            && is_theirs(user)
        {
            return Err(sentences::foreign_folder(above, &format!("is a link of user {user}")));
        }
    }
    let there = folder.ancestors().find_map(|above| Some((above, host.resolve(above).ok()?)));
    let Some((above, mut settled)) = there else { return Ok(folder.to_owned()) };
    for component in folder.strip_prefix(above).unwrap_or(Path::new("")).components() {
        match component {
            Component::Normal(name) => settled.push(name),
            Component::ParentDir => drop(settled.pop()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    is_ours(host, &settled)?;
    Ok(settled)
}

/// Whoever owns a folder, or may write in it, can exchange what is restored there before it has its owner and mode.
pub(crate) fn is_ours(host: &dyn Host, folder: &Path) -> Result<(), Problem> {
    match host.details(folder) {
        Err(refusal) if refusal.is_missing() => Ok(()),
        Err(refusal) => Err(refusal.problem()),
        Ok(details) if details.kind != Kind::Folder => Err(sentences::in_the_way(folder, "a folder")),
        Ok(details) if details.user != host.owner().0 => {
            Err(sentences::foreign_folder(folder, &format!("is of user {}", details.user)))
        }
        Ok(details) if details.mode & 0o002 != 0 => {
            Err(sentences::foreign_folder(folder, "is one in which everybody may write"))
        }
        Ok(_) => Ok(()),
    }
}
