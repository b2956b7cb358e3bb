//! Which version of the code and of its packages is in place, as git and the installed distributions say it.

use serde::{Deserialize, Serialize};
use setpoint_host::{Host, Output};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long git may take: a status reads what it has not seen since the last one.
const LIMIT: Duration = Duration::from_mins(1);

/// A version of the code, and what a folder holds otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The folder.
    pub folder: PathBuf,
    /// The commit's full name.
    pub commit: String,
    /// What differs from the commit of the files that git tracks: two letters and a path each, as `git status --porcelain`
    /// has them. Others come and go while a service runs: what was uploaded, what was logged.
    changes: BTreeSet<String>,
}

impl Revision {
    /// That of a folder which git knows; `None` where it is no checkout, or git does not say.
    pub fn of(host: &dyn Host, folder: &Path) -> Option<Self> {
        let commit = commit(host, folder)?;
        let changes = git(host, folder, &["status", "--porcelain", "-z", "--no-renames", "--untracked-files=no"])?;
        let changes = changes.split('\0').filter(|entry| !entry.is_empty()).map(str::to_owned).collect();
        Some(Self { folder: folder.to_owned(), commit, changes })
    }

    /// True if the folder is at that commit.
    pub(crate) fn is_here(&self, host: &dyn Host) -> bool {
        commit(host, &self.folder).as_ref() == Some(&self.commit)
    }

    /// True if the folder is at that commit, and differs from it in the same as then.
    pub(crate) fn is_untouched(&self, host: &dyn Host) -> bool {
        Self::of(host, &self.folder).as_ref() == Some(self)
    }

    /// The tracked files of which one of the two differs from its commit and the other does not.
    pub(crate) fn touched(&self, now: &Self) -> Vec<PathBuf> {
        let paths = self.changes.symmetric_difference(&now.changes).filter_map(|entry| path_of(entry));
        let paths: BTreeSet<PathBuf> = paths.map(|path| self.folder.join(path)).collect();
        paths.into_iter().collect()
    }

    /// The tracked files that differ from the commit, so that git alone does not bring them back.
    pub(crate) fn edited(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().filter_map(|entry| path_of(entry))
    }

    /// Those of some files below the folder that git does not bring back: it does not track them, or they were edited.
    pub(crate) fn not_kept<'f>(&self, host: &dyn Host, files: &[&'f str]) -> Vec<&'f str> {
        let mut words = vec!["ls-files", "-z", "--"];
        words.extend(files);
        let tracked = git(host, &self.folder, &words).unwrap_or_default();
        let tracked: BTreeSet<&str> = tracked.split('\0').collect();
        let edited: BTreeSet<&str> = self.edited().collect();
        files.iter().copied().filter(|file| !tracked.contains(file) || edited.contains(file)).collect()
    }
}

fn path_of(entry: &str) -> Option<&str> {
    entry.get(3..)
}

fn commit(host: &dyn Host, folder: &Path) -> Option<String> {
    git(host, folder, &["rev-parse", "HEAD"]).map(|said| said.trim().to_owned())
}

/// What git says of a folder. It writes nothing there, since who reads as root leaves no file of root behind, and starts no
/// program that the checkout's own configuration names (`core.fsmonitor` of git-config(1)).
fn git(host: &dyn Host, folder: &Path, words: &[&str]) -> Option<String> {
    let shown = folder.display().to_string();
    let mut arguments = vec!["-c", "core.fsmonitor=false", "--no-optional-locks", "--literal-pathspecs", "-C", &shown];
    arguments.extend(words);
    let output = host.run("git", &arguments, LIMIT).ok().filter(Output::succeeded)?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What is installed in a folder of Python packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// The folder, such as `site-packages` of a virtual environment.
    pub folder: PathBuf,
    /// The names of what describes each distribution: `httpx-0.27.0.dist-info`.
    distributions: BTreeSet<String>,
}

impl Installed {
    /// What is there now; nothing in a folder that cannot be read.
    pub fn of(host: &dyn Host, folder: &Path) -> Self {
        let listed = host.list(folder).unwrap_or_default();
        let names = listed.iter().filter_map(|entry| entry.name.to_str());
        let is_description = |name: &&str| name.ends_with(".dist-info") || name.ends_with(".egg-info");
        Self { folder: folder.to_owned(), distributions: names.filter(is_description).map(str::to_owned).collect() }
    }

    /// True if the same is installed as then.
    pub(crate) fn is_as_found(&self, host: &dyn Host) -> bool {
        Self::of(host, &self.folder) == *self
    }

    /// What was installed then and is not now, in that version. What came besides does no harm.
    pub(crate) fn missing(&self, host: &dyn Host) -> Vec<String> {
        let now = Self::of(host, &self.folder);
        self.distributions.difference(&now.distributions).cloned().collect()
    }
}
