//! Loads dumps into the databases that they were made of.

use crate::create::{ENVIRONMENT_TAG, Wanted};
use crate::database::{self, Count, Database, Engine, Target};
use crate::list::tagged;
use crate::restore::Destination;
use crate::sentences;
use crate::store::Store;
use rustic_core::repofile::SnapshotFile;
use serde::Serialize;
use setpoint_model::Problem;
use std::collections::BTreeMap;
use std::path::Path;

/// How much a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Rows of all tables.
    pub rows: u64,
    /// Tables.
    pub tables: usize,
}

/// A dump that can be loaded.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedLoad {
    /// The default that holds the database's URL.
    pub name: String,
    /// What it is a dump of.
    pub engine: Engine,
    /// The database's file, or which database of which server it is.
    pub place: String,
    /// What the dump holds.
    pub saved: Rows,
    /// What the database holds now, which is lost.
    pub now: Rows,
}

/// A dump that was loaded.
#[derive(Clone, Debug, Serialize)]
pub struct Loaded {
    /// The default that holds the database's URL.
    pub name: String,
    /// In what the database differed from what was saved, once it was loaded. Somebody may write to it by then.
    pub differences: Vec<String>,
}

/// Dumps of a backup that can be loaded into their databases.
pub struct Loading<'r, 's> {
    store: &'r Store<'s>,
    snapshot: SnapshotFile,
    targets: Vec<Target>,
    /// The backup's id.
    pub id: String,
    /// When it was made.
    pub saved: jiff::Timestamp,
    /// What would be loaded.
    pub planned: Vec<PlannedLoad>,
}

impl<'s> Store<'s> {
    /// Looks what loading the dumps of these databases would do. Nothing is written.
    ///
    /// # Errors
    /// There is no such backup, it has no dump of one of them, the dump is of another database than the one that the URL names
    /// now, or that cannot be reached. All of it is told.
    pub fn plan_load<'r>(&'r self, id: &str, databases: &[Database]) -> Result<Loading<'r, 's>, Vec<Problem>> {
        let one = |problem| vec![problem];
        let snapshot = self.find(&self.opened().map_err(one)?, id).map_err(one)?;
        let is_dump = |path: &Path| path.starts_with(database::FOLDER);
        let dumps = self.plan_restore_of(&snapshot, Destination::InPlace, &is_dump).and_then(|all| all.dumps());
        let dumps = dumps.map_err(one)?;
        let id = snapshot.id.to_hex().to_string();
        let (mut targets, mut planned, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for database in databases {
            let dump = dumps.iter().find(|dump| dump.name == database.name).cloned();
            let looked = dump.ok_or_else(|| sentences::no_dump(&id, &database.name, &dumps)).and_then(|dump| {
                let target = Target::of(self.host, &self.settings.root, dump, database.clone())?;
                let now = target.rows(self.host)?;
                Ok((planned_load(&target, &now), target))
            });
            match looked {
                Ok((plan, target)) => {
                    planned.push(plan);
                    targets.push(target);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let saved = snapshot.time.timestamp();
        Ok(Loading { store: self, snapshot, targets, id, saved, planned })
    }
}

fn planned_load(target: &Target, now: &BTreeMap<String, u64>) -> PlannedLoad {
    let counts = &target.dump.counts;
    PlannedLoad {
        name: target.dump.name.clone(),
        engine: target.dump.engine,
        place: target.place.clone(),
        saved: Rows { rows: counts.values().map(|Count { least, .. }| least).sum(), tables: counts.len() },
        now: Rows { rows: now.values().sum(), tables: now.len() },
    }
}

impl Loading<'_, '_> {
    /// Saves what the databases hold now, and proves that: loading can be undone with it. It is kept as long as what is restored
    /// and is never the `latest`; its id.
    ///
    /// # Errors
    /// It could not be saved or proven. No database was touched.
    pub fn save(&self) -> Result<String, Vec<Problem>> {
        let databases: Vec<Database> = self.targets.iter().map(|target| target.database.clone()).collect();
        let wanted = Wanted {
            databases,
            environment: tagged(&self.snapshot, ENVIRONMENT_TAG),
            service: Some(self.snapshot.label.clone()).filter(|label| !label.is_empty()),
            before_restore_of: Some(self.id.clone()),
            ..Wanted::default()
        };
        let created = self.store.create(&wanted)?;
        let (id, verification) = self.store.verify(&created.id, &wanted.databases).map_err(|problem| vec![problem])?;
        if verification.passed { Ok(id) } else { Err(vec![sentences::not_undone(&verification.differences)]) }
    }

    /// Loads them, one after the other, in the order in which they were asked for.
    ///
    /// # Errors
    /// A dump could not be read or loaded; which databases were loaded before that is told. Where a retry is called unsafe, one
    /// of them is not as it was.
    pub fn load(&self) -> Result<Vec<Loaded>, Problem> {
        let host = self.store.host;
        let scratch = host.temporary_folder().map_err(|refusal| refusal.problem())?;
        let folder = Path::new(database::FOLDER);
        let is_wanted =
            |path: &Path| path == folder || self.targets.iter().any(|target| path == folder.join(&target.dump.file));
        let to = Destination::Folder(scratch.path().to_owned());
        self.store.plan_restore_of(&self.snapshot, to, &is_wanted)?.restore()?;
        let dumps = scratch.path().join(database::FOLDER.trim_start_matches('/'));
        let mut loaded: Vec<Loaded> = Vec::new();
        for target in &self.targets {
            let name = target.dump.name.clone();
            match database::replace(host, target, &dumps) {
                Ok(differences) => loaded.push(Loaded { name, differences }),
                Err(problem) => {
                    let before: Vec<&str> = loaded.iter().map(|loaded| loaded.name.as_str()).collect();
                    return Err(sentences::not_loaded(problem, &before));
                }
            }
        }
        Ok(loaded)
    }
}

impl std::fmt::Debug for Loading<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loading").field("id", &self.id).finish_non_exhaustive()
    }
}
