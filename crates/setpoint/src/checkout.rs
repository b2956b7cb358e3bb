//! What of a survey every other checkout of the same tree would show too: the ground for what is committed, the lock
//! and the pages.

use setpoint_host::Host;
use setpoint_model::Snapshot;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long git may take to say what it ignores.
const PATIENCE: Duration = Duration::from_secs(10);
/// File names in one call of git, far below what a command line holds.
const NAMES: usize = 500;

/// A snapshot without what is of one machine alone.
#[derive(Debug)]
pub(crate) struct Checkout {
    /// What is left.
    pub(crate) snapshot: Snapshot,
    /// The files that were left out, since git ignores them.
    pub(crate) ignored: BTreeSet<String>,
}

/// The snapshot as another checkout would show it.
pub(crate) fn of(host: &dyn Host, snapshot: &Snapshot) -> Checkout {
    let ignored = ignored_by_git(host, snapshot);
    let snapshot = setpoint_docs::reproducible(snapshot, &|file| ignored.contains(file));
    Checkout { snapshot, ignored }
}

/// The same with its root, which a lock writes as `{root}` and so has to know.
pub(crate) fn tree(host: &dyn Host, snapshot: &Snapshot) -> Snapshot {
    let mut tree = of(host, snapshot).snapshot;
    tree.site.root.clone_from(&snapshot.site.root);
    tree
}

/// The same where git has no say in what belongs to it.
pub(crate) fn whole_tree(snapshot: &Snapshot) -> Snapshot {
    let mut tree = setpoint_docs::reproducible(snapshot, &|_| false);
    tree.site.root.clone_from(&snapshot.site.root);
    tree
}

/// The files of the snapshot that git ignores: a developer's own, which no other checkout has. None where there is
/// no git or no repository.
fn ignored_by_git(host: &dyn Host, snapshot: &Snapshot) -> BTreeSet<String> {
    let readings = snapshot.defaults.iter().flat_map(|default| &default.readings);
    let site = &snapshot.site;
    let files: BTreeSet<&str> = readings
        .map(|reading| reading.place.file.as_str())
        .chain(site.files.iter().chain(&site.absent_files).map(String::as_str))
        .chain(site.unread_files.iter().map(|unread| unread.file.as_str()))
        .filter(|file| !file.starts_with('/') && !file.contains("/site-packages/"))
        .collect();
    let files: Vec<&str> = files.into_iter().collect();
    let mut ignored = BTreeSet::new();
    for names in files.chunks(NAMES) {
        // Without `core.quotePath` git would write a name with an umlaut in octal.
        let arguments = [&["-C", &site.root, "-c", "core.quotePath=false", "check-ignore", "--"], names].concat();
        if let Ok(said) = host.run("git", &arguments, PATIENCE)
            && said.succeeded()
        {
            ignored.extend(String::from_utf8_lossy(&said.stdout).lines().map(str::to_owned));
        }
    }
    ignored
}
