//! Proves a backup: restores it into scratch, and compares all of it with what was saved.

use crate::compare::{Owners, differences};
use crate::database::{self, Database};
use crate::record::Verification;
use crate::restore::{Destination, Restoring};
use crate::saved::Saved;
use crate::store::Store;
use rustic_core::repofile::SnapshotFile;
use setpoint_model::Problem;
use std::path::Path;

/// As many differences are told; that there are more is said.
const MOST_DIFFERENCES: usize = 20;

impl Store<'_> {
    /// Restores a backup into a folder that nobody else can enter, compares every file with what was saved, loads every dump
    /// into a scratch database, and writes down what came of it. The service's own files and databases stay as they are.
    ///
    /// # Errors
    /// It could not be tried: there is no such backup, no room, or nobody lets us read the repository. That something is not the
    /// same, or is damaged, is no error of the trying, and stands in the answer.
    pub fn verify(&self, id: &str, databases: &[Database]) -> Result<(String, Verification), Problem> {
        let snapshot = self.find(&self.opened()?, id)?;
        let id = snapshot.id.to_hex().to_string();
        let scratch = self.host.temporary_folder().map_err(|refusal| refusal.problem())?;
        let files = scratch.path().join("files");
        let verification = match self.try_it(&snapshot, &files, databases) {
            Ok(verification) => verification,
            // What cannot be read back is what a backup must not be, be it a file's content, a list of files or the index.
            Err(problem) if self.location.is_place_of(&problem) => self.failed(problem.what),
            Err(problem) => return Err(problem),
        };
        self.records.change(self.host, &id, |record| record.verification = Some(verification.clone()))?;
        Ok((id, verification))
    }

    fn try_it(&self, snapshot: &SnapshotFile, files: &Path, databases: &[Database]) -> Result<Verification, Problem> {
        let restoring = self.plan_restore_of(snapshot, Destination::Folder(files.to_owned()), &|_| true)?;
        restoring.restore()?;
        self.compare(&restoring, files, databases)
    }

    fn failed(&self, because: String) -> Verification {
        Verification {
            at: self.host.now().timestamp(),
            passed: false,
            compared: 0,
            bytes: 0,
            what: Vec::new(),
            differences: vec![because],
        }
    }

    fn compare(
        &self,
        restoring: &Restoring<'_, '_>,
        files: &Path,
        databases: &[Database],
    ) -> Result<Verification, Problem> {
        let owners = Owners::of(self.host);
        let saved = restoring.saved();
        let (mut told, mut more) = (Vec::new(), 0);
        for (saved, planned) in saved.iter().zip(restoring.planned_of_all()) {
            let Some(planned) = planned else { continue };
            let found = differences(self.host, saved, &planned.path, owners).map_err(|refusal| refusal.problem())?;
            for difference in found {
                if told.len() < MOST_DIFFERENCES {
                    told.push(format!("`{}` {difference}", saved.path.display()));
                } else {
                    more += 1;
                }
            }
        }
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        let bytes = saved.iter().map(Saved::length).sum();
        let mut what = vec![match owners {
            Owners::Compared => "files: the hash of every byte, mode, owner, time, attributes, where links lead".to_owned(),
            Owners::Passed => {
                "files: the hash of every byte, mode, time, attributes, where links lead; not owners, which only root can \
                 restore"
                    .to_owned()
            }
        }];
        let folder = files.join(database::FOLDER.trim_start_matches('/'));
        for dump in restoring.dumps()? {
            match database::prove(self.host, &dump, &folder, databases)? {
                Ok(proven) => what.push(format!("`{}`: {proven}", dump.name)),
                Err(problem) => told.push(format!("`{}`: {}", dump.name, problem.what)),
            }
        }
        Ok(Verification {
            at: self.host.now().timestamp(),
            passed: told.is_empty(),
            compared: saved.len() as u64,
            bytes,
            what,
            differences: told,
        })
    }
}
