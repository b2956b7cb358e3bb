//! What a change is to do, decided before anything is done and written into the journal whole: whoever finds the journal
//! needs nothing else to get back.

use crate::{FileEdit, Guard, Installed, Link, Revision};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A change as it is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What it is for, as a person would say it: `gunicorn.timeout = 60`.
    pub title: String,
    /// The folder of the site's code.
    pub site: PathBuf,
    /// The register, which may lie elsewhere: staging's is production's.
    #[serde(default)]
    pub register: Option<PathBuf>,
    /// The units that the capture began with; none where a folder was captured.
    pub site_units: Vec<String>,
    /// The environment that it is of.
    pub environment: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Why it is done, in the words of who does it.
    pub why: Option<String>,
    /// The options by which the site and its process were named, for who wants to do the same again.
    #[serde(default)]
    pub options: Vec<String>,
    /// The defaults that get another value.
    pub defaults: Vec<Wanted>,
    /// The lines of the files that differ, as they may be shown.
    pub shown: String,
    /// The files, in the order in which they are written.
    pub edits: Vec<FileEdit>,
    /// What makes the services take it up, in order, after all files are written. It is done again after they were put
    /// back, so that a way back ends where the way forward began.
    pub settle: Vec<Settle>,
    /// The units that are watched, and that are to be as they were.
    pub units: Vec<String>,
    /// Of a deployment, the files as they were found, which its command may change.
    pub guards: Vec<Guard>,
    /// Of a deployment, the version of the code that was there.
    pub revision: Option<Revision>,
    /// Of a deployment, the packages that were installed.
    #[serde(default)]
    pub installed: Vec<Installed>,
    /// Of a deployment, where the links lead that its units run from.
    #[serde(default)]
    pub links: Vec<Link>,
    /// What makes the services take up guarded files that had to be put back after the command's own way back.
    pub regain: Vec<Settle>,
    /// What is saved before anything moves; `None` where the journal is all that is wanted.
    #[serde(default)]
    pub saves: Option<Saves>,
    /// What is taken for granted and was not seen, a sentence each.
    #[serde(default)]
    pub assumes: Vec<String>,
    /// What can be taken back.
    pub class: Class,
    /// How long it is watched before it is kept, and after which it is undone if nobody says otherwise.
    pub window: Duration,
    /// What it is made for.
    #[serde(default)]
    pub purpose: Purpose,
    /// Of a release, the rehearsal that shows that its way back works.
    #[serde(default)]
    pub proof: Option<u64>,
}

/// What a change is made for, which says how it ends when all goes well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To last.
    #[default]
    Lasting,
    /// To last in an environment in which others are rehearsed.
    Staging,
    /// To be taken back, which shows that it can be.
    Rehearsal,
}

impl Plan {
    /// True if a command of the register does it, which can alter data.
    pub fn is_deployment(&self) -> bool {
        self.settle.iter().any(|settle| matches!(settle, Settle::Command { .. }))
    }

    /// True if it is of the same site: the same folder, or a unit of both.
    pub fn is_of_the_same_site(&self, other: &Self) -> bool {
        self.site == other.site || self.site_units.iter().any(|unit| other.site_units.contains(unit))
    }

    /// Has the plan's commands run in another folder than the site's, and with more variables.
    pub fn run_commands_in(&mut self, place: &Path, with: &[(String, String)]) {
        for settle in &mut self.settle {
            if let Settle::Command { folder, variables, .. } = settle {
                *folder = Some(place.to_owned());
                variables.extend_from_slice(with);
            }
        }
    }
}

/// What the register has saved before a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saves {
    /// Files and folders, as the register has them.
    pub files: Vec<String>,
    /// The defaults that hold the URLs of databases.
    pub databases: Vec<String>,
}

impl Saves {
    /// For people.
    pub fn sentence(&self) -> String {
        self.files.iter().chain(&self.databases).cloned().collect::<Vec<_>>().join(", ")
    }
}

/// A default that gets another value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its value before, as it may be shown; `None` where nothing set it.
    pub before: Option<String>,
    /// Its value then, as it may be shown.
    pub after: String,
    /// Its values are never shown.
    pub is_secret: bool,
}

/// What makes a service take up what was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settle {
    /// systemd reads its unit files again.
    ReloadManager,
    /// A unit reads its configuration again without losing a request.
    Reload(String),
    /// A unit is stopped and started.
    Restart(String),
    /// A command of the register: the deployment, and what undoes it.
    Command {
        /// As for `sh -c`.
        forward: String,
        /// What is run in its place on the way back.
        back: String,
        /// How long each may take.
        limit: Duration,
        /// The folder in which they are run; the site's where it is left out.
        #[serde(default)]
        folder: Option<PathBuf>,
        /// What they have in their environment besides.
        #[serde(default)]
        variables: Vec<(String, String)>,
    },
}

/// What can be taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Everything, out of the journal.
    #[default]
    Reversible,
    /// Everything, with what the backup holds.
    ReversibleWithBackup,
    /// Not everything: data are altered or deleted.
    NotReversible,
}

impl Class {
    /// For people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Reversible => "reversible",
            Self::ReversibleWithBackup => "reversible with the backup",
            Self::NotReversible => "not reversible",
        }
    }
}

/// Forward, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From as found to as left.
    Forward,
    /// From as left to as found.
    Back,
}
