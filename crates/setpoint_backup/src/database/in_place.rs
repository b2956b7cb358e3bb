//! Loading a dump into the database that it was made of, in the place of all that this holds now.

use super::{Database, Dump, Engine, differences, mysql, postgresql, prove, sqlite};
use crate::sentences;
use setpoint_host::Host;
use setpoint_model::Problem;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The database that a dump is loaded into. It is the one that the dump was made of.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) dump: Dump,
    pub(crate) database: Database,
    /// The file of a `SQLite` database; else, which database of which server.
    pub(crate) place: String,
}

impl Target {
    /// Compares what the dump was made of with what the URL names now. A dump of another database is never loaded over this
    /// one.
    pub(crate) fn of(host: &dyn Host, root: &Path, dump: Dump, database: Database) -> Result<Self, Problem> {
        let engine = database.engine()?;
        let real = |file: PathBuf| host.resolve(&file).unwrap_or(file).display().to_string();
        let then = dump.origin.clone().map(real).or_else(|| dump.server.clone());
        let now = match engine {
            Engine::Sqlite => sqlite::file(&database.url, root).map(real),
            Engine::PostgreSql | Engine::MySql | Engine::Redis => database.server()?,
        };
        if dump.engine == Engine::Redis {
            return Err(sentences::not_loaded_in_place(&dump));
        }
        match (then, now) {
            (Some(then), Some(now)) if then == now && engine == dump.engine => Ok(Self { dump, database, place: now }),
            (then, now) => Err(sentences::another_database(&dump, then.as_deref(), engine, now.as_deref())),
        }
    }

    /// Rows by table that the database has now.
    pub(crate) fn rows(&self, host: &dyn Host) -> Result<BTreeMap<String, u64>, Problem> {
        match self.dump.engine {
            Engine::Sqlite => sqlite::rows(&self.database, Path::new(&self.place)),
            Engine::PostgreSql => postgresql::rows(&self.database),
            Engine::MySql => mysql::rows(host, &self.database),
            Engine::Redis => Err(sentences::not_loaded_in_place(&self.dump)),
        }
    }
}

/// Loads the dump, which lies in the folder, and says in what the database then differs from what was saved. The database is
/// as it was where this fails; of MySQL only where it says so.
pub(crate) fn replace(host: &dyn Host, target: &Target, folder: &Path) -> Result<Vec<String>, Problem> {
    let (dump, database) = (&target.dump, &target.database);
    let file = folder.join(&dump.file);
    let loaded = match dump.engine {
        Engine::Sqlite => {
            prove(host, dump, folder, &[])??;
            sqlite::replace(database, &file, Path::new(&target.place))?
        }
        // The counts are compared within its transaction.
        Engine::PostgreSql => return postgresql::replace(host, database, &file, &dump.counts).map(|()| Vec::new()),
        Engine::MySql => {
            // What fails in scratch would fail here, half-way.
            prove(host, dump, folder, std::slice::from_ref(database))??;
            mysql::replace(host, database, &file)?
        }
        Engine::Redis => return Err(sentences::not_loaded_in_place(dump)),
    };
    Ok(differences(&dump.counts, &loaded))
}
