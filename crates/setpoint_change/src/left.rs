//! What a deployment left, by which one sees later whether somebody else changed it since.

use crate::{Guard, Plan, Revision, Seen};
use serde::{Deserialize, Serialize};
use setpoint_host::{Host, Refusal};
use std::path::{Path, PathBuf};

/// What was there once a deployment, or its way back, had come to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Each guarded file, in the order of the plan; `None` if there was none.
    pub(crate) files: Vec<(PathBuf, Option<Seen>)>,
    /// The version of the code.
    pub(crate) revision: Option<Revision>,
    /// Where each link led, in the order of the plan; `None` if nowhere.
    #[serde(default)]
    links: Vec<Option<PathBuf>>,
}

/// A guarded file that is neither as found nor as left, and what it is.
#[derive(Debug)]
pub(crate) struct Foreign<'p> {
    pub(crate) guard: &'p Guard,
    now: Option<Seen>,
}

impl Foreign<'_> {
    /// True if the file is still as somebody else made it.
    pub(crate) fn is_still_so(&self, host: &dyn Host) -> bool {
        self.guard.now(host).is_ok_and(|now| now == self.now)
    }
}

impl Left {
    /// What is there now.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(crate) fn of(host: &dyn Host, plan: &Plan) -> Result<Self, Refusal> {
        let mut files = Vec::new();
        for guard in &plan.guards {
            files.push((guard.path.clone(), guard.now(host)?));
        }
        let folder = plan.revision.as_ref().map(|revision| &revision.folder);
        let revision = folder.and_then(|folder| Revision::of(host, folder));
        let links = plan.links.iter().map(|link| host.resolve(&link.path).ok()).collect();
        Ok(Self { files, revision, links })
    }

    /// The links that somebody else has laid since: they lead neither where they led before nor where they were left to lead.
    pub(crate) fn foreign_links<'p>(&self, host: &dyn Host, plan: &'p Plan) -> Vec<&'p Path> {
        let links = plan.links.iter().zip(&self.links);
        let foreign = links.filter(|(link, left)| host.resolve(&link.path).ok() != **left && !link.leads_there(host));
        foreign.map(|(link, _)| link.path.as_path()).collect()
    }

    /// The files that somebody else has changed since.
    ///
    /// # Errors
    /// One cannot be read.
    pub(crate) fn foreign<'p>(&self, host: &dyn Host, plan: &'p Plan) -> Result<Vec<Foreign<'p>>, Refusal> {
        let mut foreign = Vec::new();
        for (guard, (_, left)) in plan.guards.iter().zip(&self.files) {
            let now = guard.now(host)?;
            if now != *left && !guard.is_as_found(host) {
                foreign.push(Foreign { guard, now });
            }
        }
        Ok(foreign)
    }

    /// The same as left where somebody else's files are concerned: they stay somebody else's.
    pub(crate) fn with_foreign(mut self, foreign: &[Foreign<'_>], before: &Self) -> Self {
        for ((path, now), (_, left)) in self.files.iter_mut().zip(&before.files) {
            if foreign.iter().any(|foreign| foreign.guard.path == *path && foreign.now == *now) {
                now.clone_from(left);
            }
        }
        self
    }
}
