//! Databases: each is dumped by its own means into one file, and proven by loading that into a scratch database.

mod in_place;
mod mysql;
mod postgresql;
mod program;
mod redis;
mod resp;
mod sqlite;

use serde::{Deserialize, Serialize};
use setpoint_host::{Access, Host};
use setpoint_model::{Backend, Problem, Retry, ServerUrl};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use in_place::{Target, replace};

/// Where the dumps are in a backup.
pub(crate) const FOLDER: &str = "/setpoint-databases";
/// The file beside them that says what they are.
pub(crate) const LIST: &str = "databases.json";

/// A database of the service. Its URL can hold a password, and so is shown to nobody.
#[derive(Clone)]
pub struct Database {
    /// The default that holds its URL.
    pub name: String,
    /// The URL.
    pub url: String,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.name).finish()
    }
}

/// A dump in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dump {
    /// The default that held its URL.
    pub name: String,
    /// What it is a dump of.
    pub engine: Engine,
    /// Its file in the folder of dumps.
    pub file: String,
    /// The file of a `SQLite` database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<PathBuf>,
    /// Of the others, which database of which server, without who connects: `127.0.0.1:5432/shop`. Older backups do not
    /// know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Rows by table; of Redis, keys by database.
    pub counts: BTreeMap<String, Count>,
}

/// What a dump is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// A copy of the file, by `SQLite`'s backup API.
    Sqlite,
    /// An archive of `pg_dump`.
    PostgreSql,
    /// SQL of `mysqldump` or `mariadb-dump`.
    MySql,
    /// An RDB file.
    Redis,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::PostgreSql => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::Redis => "Redis",
        })
    }
}

/// How many there were when the dump was made. Where that cannot be asked in the same moment, it lies between what was there
/// before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Not less.
    pub least: u64,
    /// Not more.
    pub most: u64,
}

impl Count {
    pub(crate) fn exactly(count: u64) -> Self {
        Self { least: count, most: count }
    }
}

impl Database {
    fn engine(&self) -> Result<Engine, Problem> {
        match Backend::of_url(&self.url) {
            Some(Backend::Sqlite) => Ok(Engine::Sqlite),
            Some(Backend::PostgreSql) => Ok(Engine::PostgreSql),
            Some(Backend::MySql) => Ok(Engine::MySql),
            Some(Backend::Redis) => Ok(Engine::Redis),
            Some(Backend::Amqp | Backend::Sqs) | None => {
                let what = format!("`{}` leads to nothing that can be dumped", self.name);
                let expected = "a URL of SQLite, PostgreSQL, MySQL or Redis";
                Err(Problem::input(what, expected, Retry::SafeOnceMended))
            }
        }
    }

    /// Which database of which server its URL names, without who connects to it: the same for all ways to write it. `None`
    /// of `SQLite`, which has none.
    fn server(&self) -> Result<Option<String>, Problem> {
        match self.engine()? {
            Engine::Sqlite => Ok(None),
            Engine::PostgreSql => postgresql::server(self).map(Some),
            Engine::MySql => Ok(named_by_parts(self, mysql::PORT)),
            Engine::Redis => Ok(named_by_parts(self, resp::PORT)),
        }
    }

    /// The files of a `SQLite` database, which the dump stands for: a copy of them while they are written to would be torn.
    pub(crate) fn files(&self, root: &Path) -> Vec<PathBuf> {
        let Ok(Engine::Sqlite) = self.engine() else { return Vec::new() };
        let Some(file) = sqlite::file(&self.url, root) else { return Vec::new() };
        let beside = ["", "-wal", "-shm", "-journal"].map(|end| {
            let mut name = file.clone().into_os_string();
            name.push(end);
            PathBuf::from(name)
        });
        beside.to_vec()
    }
}

/// Dumps all of them into the folder; nothing is left to be dumped where there are none.
pub(crate) fn dump_all(
    host: &dyn Host,
    databases: &[Database],
    root: &Path,
    folder: &Path,
) -> Result<Vec<Dump>, Vec<Problem>> {
    let (mut dumps, mut problems) = (Vec::new(), Vec::new());
    for database in databases {
        match dump(host, database, root, folder) {
            Ok(dump) => dumps.push(dump),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    if !dumps.is_empty() {
        let text = serde_json::to_string_pretty(&dumps).unwrap_or_default() + "\n";
        let written = host.write_with(&folder.join(LIST), text.as_bytes(), Access::PRIVATE);
        written.map_err(|refusal| vec![refusal.problem()])?;
    }
    Ok(dumps)
}

fn dump(host: &dyn Host, database: &Database, root: &Path, folder: &Path) -> Result<Dump, Problem> {
    let engine = database.engine()?;
    let end = match engine {
        Engine::Sqlite => "sqlite",
        Engine::PostgreSql => "pgdump",
        Engine::MySql => "sql",
        Engine::Redis => "rdb",
    };
    let name: String = database
        .name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '_' })
        .collect();
    let file = format!("{name}.{end}");
    let to = folder.join(&file);
    let server = database.server()?;
    let (origin, counts) = match engine {
        Engine::Sqlite => {
            let (origin, counts) = sqlite::dump(database, root, &to)?;
            (Some(origin), counts)
        }
        Engine::PostgreSql => (None, postgresql::dump(host, database, &to)?),
        Engine::MySql => (None, mysql::dump(host, database, &to)?),
        Engine::Redis => (None, redis::dump(host, database, &to)?),
    };
    Ok(Dump { name: database.name.clone(), engine, file, origin, server, counts })
}

/// Loads a dump, which lies in the folder, into a scratch database, and says what was found the same.
pub(crate) fn prove(host: &dyn Host, dump: &Dump, folder: &Path, databases: &[Database]) -> Result<String, Problem> {
    let file = folder.join(&dump.file);
    let server = || {
        databases.iter().find(|database| database.name == dump.name).ok_or_else(|| {
            let what = "its URL is not known any more, so that there is no server to load it into";
            Problem::input(what, "a default of that name", Retry::SafeOnceMended)
        })
    };
    let loaded = match dump.engine {
        Engine::Sqlite => sqlite::load(&file)?,
        Engine::PostgreSql => postgresql::load(host, server()?, &file)?,
        Engine::MySql => mysql::load(host, server()?, &file)?,
        Engine::Redis => redis::load(host, &file)?,
    };
    let differences = differences(&dump.counts, &loaded);
    if !differences.is_empty() {
        let what = format!("loaded, it is not what was dumped: {}", differences.join(", "));
        return Err(Problem::machine(what, "the same counts", Retry::Safe));
    }
    let counted: u64 = loaded.values().sum();
    Ok(match dump.engine {
        Engine::Sqlite => format!("integrity check, and {counted} rows in {} tables counted again", loaded.len()),
        Engine::PostgreSql | Engine::MySql => {
            format!("loaded into a scratch database, {counted} rows in {} tables counted again", loaded.len())
        }
        Engine::Redis => format!("loaded into a scratch server, {counted} keys counted again"),
    })
}

fn differences(dumped: &BTreeMap<String, Count>, loaded: &BTreeMap<String, u64>) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, count) in dumped {
        // Of a Redis database without keys nothing is said.
        let there = loaded.get(name).copied().unwrap_or(0);
        if !loaded.contains_key(name) && count.least > 0 {
            differences.push(format!("`{name}` is missing"));
        } else if there < count.least || there > count.most {
            differences.push(format!("`{name}` has {there} and had {}", count.least));
        }
    }
    let new = loaded.keys().filter(|name| !dumped.contains_key(*name));
    differences.extend(new.map(|name| format!("`{name}` was not there")));
    differences
}

/// The list of dumps of a backup.
pub(crate) fn read_list(bytes: &[u8]) -> Result<Vec<Dump>, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let what = format!("the list of databases in the backup is not understood: {error}");
        Problem::input(what, "what this version of the program writes, or an older one", Retry::SafeOnceMended)
    })
}

fn named_by_parts(database: &Database, port: u16) -> Option<String> {
    let url = ServerUrl::read(&database.url)?;
    Some(format!("{}:{}{}", one_name(&url.host), url.port.unwrap_or(port), url.path))
}

/// One name for this machine, of which there are several.
fn one_name(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    if ["localhost", "::1"].contains(&host.as_str()) { "127.0.0.1".to_owned() } else { host }
}

/// A name for what is loaded and then removed.
fn scratch_name(host: &dyn Host) -> Result<String, Problem> {
    let random = host.random().map_err(|refusal| refusal.problem())?;
    let random = u64::from_le_bytes(*random.first_chunk().unwrap_or(&[0; 8]));
    Ok(format!("setpoint_verify_{random:016x}"))
}

/// Whatever a database or one of its programs says, in words for a person.
fn failed(database: &Database, doing: &str, said: &str) -> Problem {
    let mut said = said.trim().lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
    if let Some(password) = ServerUrl::read(&database.url).and_then(|url| url.password) {
        said = said.replace(&password, "***");
    }
    Problem::machine(format!("`{}`: {doing} failed: {said}", database.name), "a database that can be read", Retry::Safe)
}

#[cfg(test)]
mod tests {
    use super::{Count, differences};

    #[test]
    fn what_is_missing_new_or_more_is_told() {
        let dumped = [("a", 1, 1), ("b", 2, 4), ("c", 0, 0), ("d", 5, 5)];
        let dumped = dumped.map(|(name, least, most)| (name.to_owned(), Count { least, most })).into();
        let loaded = [("a", 1), ("b", 3), ("d", 4), ("e", 0)].map(|(name, count)| (name.to_owned(), count)).into();
        assert_eq!(differences(&dumped, &loaded), ["`d` has 4 and had 5", "`e` was not there"]);
    }
}
