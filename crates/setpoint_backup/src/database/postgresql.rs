//! PostgreSQL: dumped by `pg_dump`, in the same view of the data in which the rows are counted.

mod cluster;
mod in_place;

use super::program::run;
pub(super) use in_place::replace;

use super::{Count, Database, failed, go_on, one_name, scratch};
use cluster::Cluster;
use postgres::config::{Host as Address, SslMode};
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};
use rustls::{ClientConfig, RootCertStore};
use setpoint_host::{Access, Host, TemporaryFolder};
use setpoint_model::Problem;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Where a URL names no port.
const PORT: u16 = 5432;

/// So long may a server take to answer who connects, in seconds.
const LONGEST_CONNECT: u64 = 30;
/// So long is waited for a table that somebody holds, as a migration does: `pg_dump` would wait for a migration that waits for
/// our own look at the table, and none of the three would ever go on. Said within a transaction, since behind a pool of
/// connections it would hold for others too.
const LONGEST_WAIT: &str = "60s";

/// What `pg_dump` takes the rows of: ordinary tables, partitions among them, that are not an extension's own.
const TABLES: &str = "select format('%I.%I', n.nspname, c.relname) from pg_class c \
    join pg_namespace n on n.oid = c.relnamespace \
    where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' \
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') \
    order by 1";

pub(super) fn dump(host: &dyn Host, database: &Database, to: &Path) -> Result<BTreeMap<String, Count>, Problem> {
    let said = |doing: &str, error: &postgres::Error| failed(database, doing, &told(error));
    let mut client = connect(database, None)?;
    // What this transaction sees is what the dump sees: `pg_export_snapshot`.
    client.batch_execute(&begin(LONGEST_WAIT)).map_err(|error| said("beginning a transaction", &error))?;
    let row = client.query_one("select pg_export_snapshot()", &[]);
    let snapshot: String = row.and_then(|row| row.try_get(0)).map_err(|error| said("keeping what is seen", &error))?;
    let counts = counts(database, &mut client)?;
    let access = Passage::of(host, database)?;
    let address = access.address(database, None);
    let (to, snapshot) = (format!("--file={}", to.display()), format!("--snapshot={snapshot}"));
    let wait = format!("--lock-wait-timeout={LONGEST_WAIT}");
    let arguments = ["--format=custom", "--no-password", &wait, &to, &snapshot, "--dbname", &address];
    run(host, database, &["pg_dump"], &arguments)?;
    Ok(counts.into_iter().map(|(name, count)| (name, Count::exactly(count))).collect())
}

/// Loads a dump into a database of the same server, or into a server of our own where that one does not let us make one.
pub(super) fn load(host: &dyn Host, database: &Database, file: &Path) -> Result<BTreeMap<String, u64>, Problem> {
    match load_beside(host, database, file)? {
        Ok(loaded) => Ok(loaded),
        Err(refused) => {
            go_on()?;
            let Ok(cluster) = Cluster::start(host, database) else { return Err(refused) };
            go_on()?;
            load_into(host, &cluster.database(), "postgres", file)
        }
    }
}

/// Into the same server; the inner error where nothing was made there.
fn load_beside(
    host: &dyn Host,
    database: &Database,
    file: &Path,
) -> Result<Result<BTreeMap<String, u64>, Problem>, Problem> {
    let said = |doing: &str, error: &postgres::Error| failed(database, doing, &told(error));
    let name = scratch::name(host)?;
    let mut client = match connect(database, None) {
        Ok(client) => client,
        Err(problem) => return Ok(Err(problem)),
    };
    sweep(host, &mut client);
    // The template without anything of this machine's own.
    if let Err(error) = client.batch_execute(&format!("create database {name} template template0")) {
        let problem = said("making a scratch database", &error);
        return Ok(Err(problem.hint("give the user `CREATEDB`, so that a dump can be proven")));
    }
    let loaded = go_on().and_then(|()| load_into(host, database, &name, file));
    let drop = format!("drop database {name}");
    // The server can still be at work for a program that was ended. Before version 13 nothing ends that at once.
    let dropped = client.batch_execute(&format!("{drop} with (force)")).or_else(|_| client.batch_execute(&drop));
    let loaded = loaded?;
    dropped.map_err(|error| said(&format!("removing the scratch database `{name}`"), &error))?;
    Ok(Ok(loaded))
}

/// Removes what processes that were killed have left on the server, where it is this user's and nobody is connected to it.
fn sweep(host: &dyn Host, client: &mut Client) {
    let query = "select datname::text from pg_database where starts_with(datname, $1) and pg_get_userbyid(datdba) = current_user";
    for row in client.query(query, &[&scratch::BEGINNING]).unwrap_or_default() {
        let name: String = row.try_get(0).unwrap_or_default();
        if scratch::is_left_behind(host, &name) {
            // Whoever may not can do without.
            let _ = client.batch_execute(&format!("drop database {name}"));
        }
    }
}

fn load_into(host: &dyn Host, database: &Database, name: &str, file: &Path) -> Result<BTreeMap<String, u64>, Problem> {
    let access = Passage::of(host, database)?;
    let address = access.address(database, Some(name));
    let file = file.display().to_string();
    let arguments = ["--exit-on-error", "--no-owner", "--no-privileges", "--no-password", "--dbname", &address, &file];
    run(host, database, &["pg_restore"], &arguments)?;
    counts_now(database, &mut connect(database, Some(name))?)
}

/// The rows that it has now.
pub(super) fn rows(database: &Database) -> Result<BTreeMap<String, u64>, Problem> {
    counts_now(database, &mut connect(database, None)?)
}

/// On a connection that is closed then.
fn counts_now(database: &Database, client: &mut Client) -> Result<BTreeMap<String, u64>, Problem> {
    let begun = client.batch_execute(&begin(LONGEST_WAIT));
    begun.map_err(|error| failed(database, "beginning a transaction", &told(&error)))?;
    counts(database, client)
}

fn begin(longest_wait: &str) -> String {
    format!("begin isolation level repeatable read read only; set local lock_timeout = '{longest_wait}'")
}

/// Which database of which server: all of them where the URL names several, of which one is the first that answers.
pub(super) fn server(database: &Database) -> Result<String, Problem> {
    let config = config(database)?;
    let mut hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Address::Tcp(name) => one_name(name),
            Address::Unix(folder) => folder.display().to_string(),
        })
        .collect();
    if hosts.is_empty() {
        hosts = config.get_hostaddrs().iter().map(|address| one_name(&address.to_string())).collect();
    }
    let ports: Vec<u16> = if config.get_ports().is_empty() { vec![PORT] } else { config.get_ports().to_vec() };
    // One port is that of all of them.
    let port = |number: usize| ports.get(number).or(ports.first()).copied().unwrap_or(PORT);
    let named: Vec<String> =
        hosts.iter().enumerate().map(|(number, host)| format!("{host}:{}", port(number))).collect();
    let name = config.get_dbname().or(config.get_user()).unwrap_or_default();
    Ok(format!("{}/{name}", named.join(",")))
}

fn counts(database: &Database, client: &mut Client) -> Result<BTreeMap<String, u64>, Problem> {
    let said = |error: postgres::Error| failed(database, "counting rows", &told(&error));
    let mut counts = BTreeMap::new();
    for row in client.query(TABLES, &[]).map_err(said)? {
        go_on()?;
        let table: String = row.try_get(0).map_err(said)?;
        let row = client.query_one(&format!("select count(*) from {table}"), &[]);
        let count: i64 = row.and_then(|row| row.try_get(0)).map_err(said)?;
        counts.insert(table, u64::try_from(count).unwrap_or_default());
    }
    Ok(counts)
}

/// The URL without the driver of `SQLAlchemy`, which only Python knows.
fn rest(database: &Database) -> &str {
    database.url.split_once("://").map_or("", |(_, rest)| rest)
}

fn config(database: &Database) -> Result<Config, Problem> {
    let parsed = format!("postgresql://{}", rest(database)).parse::<Config>();
    parsed.map_err(|error| failed(database, "reading its URL", &told(&error)))
}

fn connect(database: &Database, name: Option<&str>) -> Result<Client, Problem> {
    let mut config = config(database)?;
    config.application_name("setpoint");
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(LONGEST_CONNECT));
    }
    if let Some(name) = name {
        config.dbname(name);
    }
    // `prefer` encrypts for whoever answers; what is asked for is what is done.
    let connected = match config.get_ssl_mode() {
        SslMode::Require => config.connect(MakeRustlsConnect::new(tls(database)?)),
        _ => config.connect(NoTls),
    };
    connected.map_err(|error| failed(database, "connecting", &told(&error)))
}

fn tls(database: &Database) -> Result<ClientConfig, Problem> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| failed(database, "preparing TLS", &error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The deepest cause, which is the one that says something.
fn told(error: &postgres::Error) -> String {
    if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
        return "somebody has held a table for a minute, as a migration does; do the same again when that has ended"
            .to_owned();
    }
    if let Some(told) = error.as_db_error() {
        return told.message().to_owned();
    }
    let mut because: &dyn std::error::Error = error;
    while let Some(deeper) = because.source() {
        because = deeper;
    }
    because.to_string()
}

/// How the programs get the password: by a file that this user alone may read (libpq, "The Password File"). Everybody may
/// read a command line.
struct Passage {
    folder: TemporaryFolder,
}

impl Passage {
    fn of(host: &dyn Host, database: &Database) -> Result<Self, Problem> {
        let folder = host.temporary_folder().map_err(|refusal| refusal.problem())?;
        let password = config(database)?.get_password().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let escaped = password.unwrap_or_default().replace('\\', "\\\\").replace(':', "\\:");
        let line = format!("*:*:*:*:{escaped}\n");
        let written = host.write_with(&folder.path().join("pass"), line.as_bytes(), Access::PRIVATE);
        written.map_err(|refusal| refusal.problem())?;
        Ok(Self { folder })
    }

    /// The URL without its password, and with that file; of another database of the same server where one is named.
    fn address(&self, database: &Database, name: Option<&str>) -> String {
        let (address, query) = rest(database).split_once('?').unwrap_or((rest(database), ""));
        let (authority, path) = address.split_once('/').unwrap_or((address, ""));
        let authority = match authority.rsplit_once('@') {
            Some((who, at)) => format!("{}@{at}", who.split(':').next().unwrap_or_default()),
            None => authority.to_owned(),
        };
        let mut address = format!("postgresql://{authority}/{}?", name.unwrap_or(path));
        let kept = query.split('&').filter(|pair| !pair.is_empty());
        let is_set = |pair: &&str| ["password=", "passfile=", "dbname="].iter().any(|name| pair.starts_with(name));
        let named: Vec<&str> = query.split('&').filter(|pair| pair.starts_with("dbname=")).collect();
        kept.filter(|pair| !is_set(pair)).for_each(|pair| address.push_str(&format!("{pair}&")));
        if let (None, Some(pair)) = (name, named.first()) {
            address.push_str(&format!("{pair}&"));
        }
        if !query.contains("connect_timeout=") {
            address.push_str(&format!("connect_timeout={LONGEST_CONNECT}&"));
        }
        address.push_str(&format!("passfile={}", self.folder.path().join("pass").display()));
        address
    }
}

#[cfg(test)]
mod tests {
    use super::{Database, begin, connect, counts};
    use setpoint_testkit::postgresql;
    use std::time::{Duration, Instant};

    #[test]
    fn a_table_that_a_migration_holds_is_not_waited_for_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let Some((_server, port)) = postgresql(folder.path(), "hunter2") else { return };
        let url = format!("postgresql://shop:hunter2@127.0.0.1:{port}/postgres");
        let database = Database { name: "SHOP".to_owned(), url };
        let began = Instant::now();
        let mut migration = loop {
            match connect(&database, None) {
                Ok(client) => break client,
                Err(problem) if began.elapsed() > Duration::from_secs(30) => panic!("{problem}"),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        migration.batch_execute("create table orders ()").unwrap();
        migration.batch_execute("begin; lock table orders").unwrap();
        let mut client = connect(&database, None).unwrap();
        client.batch_execute(&begin("100ms")).unwrap();
        let told = counts(&database, &mut client).unwrap_err().what;
        assert!(told.contains("`SHOP`: counting rows failed: somebody has held a table for a minute"), "{told}");
    }
}
