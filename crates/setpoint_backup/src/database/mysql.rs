//! MySQL and `MariaDB`, by the programs of either. Rows cannot be counted in the view that the dump has, and so are counted
//! before and after it.

use super::program::run;
use super::{Count, Database, failed, scratch_name};
use setpoint_host::{Access, Host, TemporaryFolder};
use setpoint_model::{Problem, ServerUrl};
use std::collections::BTreeMap;
use std::path::Path;

/// Of either project, the newer one's first.
const CLIENTS: [&str; 2] = ["mariadb", "mysql"];
const DUMPERS: [&str; 2] = ["mariadb-dump", "mysqldump"];

/// What the programs connect with.
struct Server<'s> {
    host: &'s dyn Host,
    database: &'s Database,
    /// The database's own name.
    name: String,
    /// Holds the option file with the password.
    folder: TemporaryFolder,
}

pub(super) fn dump(host: &dyn Host, database: &Database, to: &Path) -> Result<BTreeMap<String, Count>, Problem> {
    let server = Server::of(host, database)?;
    let before = server.counts(&server.name)?;
    let options = server.options();
    let to = format!("--result-file={}", to.display());
    let arguments = [
        options.as_str(),
        "--single-transaction",
        "--routines",
        "--events",
        "--triggers",
        "--hex-blob",
        &to,
        &server.name,
    ];
    run(host, database, &DUMPERS, &arguments)?;
    let after = server.counts(&server.name)?;
    let counts = after.into_iter().map(|(table, after)| {
        let before = before.get(&table).copied().unwrap_or(0);
        (table, Count { least: before.min(after), most: before.max(after) })
    });
    Ok(counts.collect())
}

pub(super) fn load(host: &dyn Host, database: &Database, file: &Path) -> Result<BTreeMap<String, u64>, Problem> {
    let server = Server::of(host, database)?;
    let name = scratch_name(host);
    server.ask(None, &format!("CREATE DATABASE {name}"))?;
    let loaded = server.ask(Some(&name), &format!("source {}", file.display())).and_then(|_| server.counts(&name));
    let dropped = server.ask(None, &format!("DROP DATABASE {name}"));
    let loaded = loaded?;
    dropped?;
    Ok(loaded)
}

impl<'s> Server<'s> {
    fn of(host: &'s dyn Host, database: &'s Database) -> Result<Self, Problem> {
        let url = ServerUrl::read(&database.url).filter(|url| url.path.len() > 1);
        let url = url.ok_or_else(|| failed(database, "reading its URL", "it names no database"))?;
        let folder = host.temporary_folder().map_err(|refusal| refusal.problem())?;
        let file = folder.path().join("client.cnf");
        let written = host.write_with(&file, url.mysql_options().as_bytes(), Access::PRIVATE);
        written.map_err(|refusal| refusal.problem())?;
        Ok(Self { host, database, name: url.path.trim_start_matches('/').to_owned(), folder })
    }

    fn options(&self) -> String {
        format!("--defaults-extra-file={}", self.folder.path().join("client.cnf").display())
    }

    fn ask(&self, name: Option<&str>, query: &str) -> Result<String, Problem> {
        let options = self.options();
        let mut arguments = vec![options.as_str(), "--batch", "--skip-column-names", "-e", query];
        arguments.extend(name);
        let said = run(self.host, self.database, &CLIENTS, &arguments)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    fn counts(&self, name: &str) -> Result<BTreeMap<String, u64>, Problem> {
        let literal = name.replace('\'', "''");
        let tables = self.ask(
            None,
            &format!(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = '{literal}' \
                 AND table_type = 'BASE TABLE' ORDER BY 1"
            ),
        )?;
        let mut counts = BTreeMap::new();
        for table in tables.lines() {
            let quoted = |name: &str| name.replace('`', "``");
            let said = self.ask(None, &format!("SELECT COUNT(*) FROM `{}`.`{}`", quoted(name), quoted(table)))?;
            counts.insert(table.to_owned(), said.trim().parse().unwrap_or_default());
        }
        Ok(counts)
    }
}
