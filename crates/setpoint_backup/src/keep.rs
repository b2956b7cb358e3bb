//! How long backups are kept.

use crate::list::Listed;
use crate::store::Store;
use rustic_core::PruneOptions;
use serde::Serialize;
use setpoint_model::Problem;
use setpoint_model::register::Retention;
use std::time::Duration;

/// Why a backup stays, or that it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Kept {
    /// It is not as old yet as the register lets it become.
    Young,
    /// Somebody needs it.
    Pinned {
        /// Who.
        by: Vec<String>,
    },
    /// The register does not say how long it is kept.
    NoRule,
    /// It is the newest of its environment that was verified, or the newest at all.
    Newest,
    /// Another program made it.
    NotOurs,
    /// Another machine made it, which alone knows who needs it.
    OtherMachine,
    /// It goes.
    Gone,
}

/// What pruning does, or would do.
#[derive(Clone, Debug, Serialize)]
pub struct Pruned {
    /// Every backup, the oldest first, and what becomes of it.
    pub backups: Vec<Fate>,
    /// Bytes of the repository that nothing needs any more.
    pub freed: u64,
}

/// A backup, and what becomes of it.
#[derive(Clone, Debug, Serialize)]
pub struct Fate {
    /// The backup.
    #[serde(flatten)]
    pub backup: Listed,
    /// What becomes of it.
    pub kept: Kept,
}

/// Whether a work is done or looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Only say what would be done.
    DryRun,
    /// Do it.
    Really,
}

impl Store<'_> {
    /// Says of a backup that somebody needs it: it is never pruned until that is taken back.
    ///
    /// # Errors
    /// There is no such backup, or that cannot be written down.
    pub fn pin(&self, id: &str, by: &str) -> Result<(), Problem> {
        let snapshot = self.find(&self.opened()?, id)?;
        self.records.change(self.host, &snapshot.id.to_hex(), |record| {
            if !record.pinned_by.iter().any(|known| known == by) {
                record.pinned_by.push(by.to_owned());
            }
        })
    }

    /// Takes back what [`Store::pin`] said.
    ///
    /// # Errors
    /// There is no such backup, or that cannot be written down.
    pub fn unpin(&self, id: &str, by: &str) -> Result<(), Problem> {
        let snapshot = self.find(&self.opened()?, id)?;
        self.records.change(self.host, &snapshot.id.to_hex(), |record| record.pinned_by.retain(|known| known != by))
    }

    /// Removes the backups that are older than they are kept, and what only they needed.
    ///
    /// # Errors
    /// The repository cannot be read or written.
    pub fn prune(&self, keep: &[Retention], doing: Doing) -> Result<Pruned, Problem> {
        // Before anything is looked at: what is planned must still be so when it is done.
        let alone = if doing == Doing::Really { Some(self.alone()?) } else { None };
        let repository = self.opened()?;
        let snapshots = self.snapshots(&repository)?;
        let backups = decide(self.listed(&snapshots)?, keep, self.host.now().timestamp());
        let gone = snapshots.iter().zip(&backups).filter(|(_, fate)| fate.kept == Kept::Gone);
        let (ids, gone): (Vec<_>, Vec<_>) = gone.map(|(snapshot, fate)| (snapshot.id, fate.backup.id.clone())).unzip();
        let options = PruneOptions::default().ignore_snaps(ids.clone());
        let plan = self.said("looking for what nothing needs", repository.prune_plan(&options))?;
        let size = plan.stats.size_sum();
        let freed = size.remove + size.repackrm + plan.stats.size_unref;
        if let Some(_alone) = alone {
            self.said("removing backups", repository.delete_snapshots(&ids))?;
            self.said("removing what nothing needs", repository.prune(&options, plan))?;
            self.location.settle(self.host)?;
            self.records.forget(self.host, &gone)?;
        }
        Ok(Pruned { backups, freed })
    }
}

/// What becomes of each backup. The newest of each environment stays, and so does the newest that is proven; one that undoes
/// a restore holds only what that touched, and is neither. Those of other machines are theirs to remove: what they have proven
/// and who needs it is written down there.
fn decide(backups: Vec<Listed>, keep: &[Retention], now: jiff::Timestamp) -> Vec<Fate> {
    let newest = |environment: &Option<String>, is_meant: &dyn Fn(&Listed) -> bool| {
        let mut same = backups.iter().rev().filter(|listed| {
            listed.is_ours
                && listed.is_of_this_machine
                && listed.before_restore_of.is_none()
                && listed.environment == *environment
        });
        same.find(|listed| is_meant(listed)).map(|listed| listed.id.clone())
    };
    let is_proven =
        |listed: &Listed| listed.record.verification.as_ref().is_some_and(|verification| verification.passed);
    let kept = backups.iter().map(|listed| {
        let rule = keep.iter().find(|rule| Some(&rule.environment) == listed.environment.as_ref());
        let age = now.duration_since(listed.time);
        let age = Duration::try_from(age).unwrap_or_default();
        if !listed.is_ours {
            return Kept::NotOurs;
        }
        if !listed.is_of_this_machine {
            return Kept::OtherMachine;
        }
        if !listed.record.pinned_by.is_empty() {
            return Kept::Pinned { by: listed.record.pinned_by.clone() };
        }
        let stays = [newest(&listed.environment, &|_| true), newest(&listed.environment, &is_proven)];
        match rule {
            None => Kept::NoRule,
            Some(rule) if age < rule.age => Kept::Young,
            Some(_) if stays.iter().flatten().any(|id| *id == listed.id) => Kept::Newest,
            Some(_) => Kept::Gone,
        }
    });
    let kept: Vec<Kept> = kept.collect();
    backups.into_iter().zip(kept).map(|(backup, kept)| Fate { backup, kept }).collect()
}
