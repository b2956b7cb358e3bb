//! Which version of the code and of its packages is in place, as git and the installed distributions say it.

use crate::trust;
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

/// What git says of a folder. It writes nothing there, since who reads as root leaves no file of root behind.
fn git(host: &dyn Host, folder: &Path, words: &[&str]) -> Option<String> {
    let mut all = as_owner(host, folder)?;
    all.extend(["git", "-c", "core.fsmonitor=false", "--no-optional-locks", "--literal-pathspecs"].map(str::to_owned));
    if host.owner().0 == 0 {
        // Git would refuse a folder of several users' for what it might run there, which is seen to above.
        all.extend(["-c", "safe.directory=*"].map(str::to_owned));
    }
    all.extend(["-C".to_owned(), folder.display().to_string()]);
    let all: Vec<&str> = all.iter().map(String::as_str).chain(words.iter().copied()).collect();
    let output = host.run(all[0], &all[1..], LIMIT).ok().filter(Output::succeeded)?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The words before git by which it is run as the user whose checkout it is: it runs programs that the checkout's
/// configuration names (`filter.*` of gitattributes(5)), which must not be root's to run where somebody else wrote them. `None`
/// where it is root's and others may write it, so that git is not asked.
fn as_owner(host: &dyn Host, folder: &Path) -> Option<Vec<String>> {
    let user = trust::repository(host, folder).map_or(0, |(_, details)| details.user);
    if host.owner().0 != 0 {
        return Some(Vec::new());
    }
    if user == 0 {
        return trust::trust_checkout(host, folder).ok().map(|()| Vec::new());
    }
    let said = host.run("id", &["--group", &user.to_string()], LIMIT).ok().filter(Output::succeeded)?;
    let group = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    let words = [
        "setpriv".to_owned(),
        format!("--reuid={user}"),
        format!("--regid={group}"),
        "--init-groups".to_owned(),
        "--no-new-privs".to_owned(),
        "--".to_owned(),
        "env".to_owned(),
        // What root has configured is not this user's to read.
        "HOME=/nonexistent".to_owned(),
        "XDG_CONFIG_HOME=/nonexistent".to_owned(),
    ];
    Some(words.into())
}

/// A link on the way to what a unit runs, such as `/srv/shop/current`, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The path, as the unit has it.
    pub path: PathBuf,
    /// The same with every link resolved.
    pub to: PathBuf,
}

impl Link {
    /// That of a path; `None` where there is no link on its way, or it leads nowhere.
    pub fn of(host: &dyn Host, path: &Path) -> Option<Self> {
        let to = host.resolve(path).ok()?;
        (to != path).then(|| Self { path: path.to_owned(), to })
    }

    /// True if it leads where it led.
    pub(crate) fn leads_there(&self, host: &dyn Host) -> bool {
        host.resolve(&self.path).is_ok_and(|to| to == self.to)
    }
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
