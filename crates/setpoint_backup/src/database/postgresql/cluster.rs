//! A server of our own for a dump to be loaded into, where the service's server gives its user no right to make a database.
//! It listens in a private folder alone.

use super::super::{Database, failed};
use setpoint_host::{Access, Act, Host, TemporaryFolder};
use setpoint_model::{Problem, Retry};
use std::path::Path;
use std::time::Duration;

/// Where Debian puts the programs of each version, which are not on PATH.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The server refuses to run as root.
const USER: &str = "postgres";
/// So long may it take to be made, to start and to stop.
const PATIENCE: Duration = Duration::from_mins(3);

/// A server that runs until it is dropped.
pub(super) struct Cluster<'h> {
    host: &'h dyn Host,
    folder: TemporaryFolder,
    programs: String,
}

impl<'h> Cluster<'h> {
    pub(super) fn start(host: &'h dyn Host, database: &Database) -> Result<Self, Problem> {
        let versions = host.list(Path::new(VERSIONS)).unwrap_or_default();
        let number = |name: &str| name.parse::<u32>().ok();
        let newest = versions.iter().filter_map(|listed| number(&listed.name.to_string_lossy())).max();
        let programs = newest.map(|newest| format!("{VERSIONS}/{newest}/bin")).ok_or_else(|| {
            let what = format!("`{}`: no server of PostgreSQL is here to load the dump into", database.name);
            Problem::machine(what, "the package of the server, or a user with `CREATEDB`", Retry::SafeOnceMended)
        })?;
        let folder = host.temporary_folder().map_err(|refusal| refusal.problem())?;
        if let Some(owner) = user(host) {
            let access = Access { mode: 0o700, owner: Some(owner) };
            host.act(&Act::Own { path: folder.path(), access }).map_err(|refusal| refusal.problem())?;
        }
        let cluster = Self { host, folder, programs };
        let (data, log) = (cluster.file("data"), cluster.file("log"));
        let options = format!("-F -c listen_addresses='' -k {}", cluster.folder.path().display());
        cluster.run(database, "initdb", &["--no-sync", "-A", "trust", "-U", "setpoint", "-E", "UTF8", "-D", &data])?;
        cluster.run(database, "pg_ctl", &["-D", &data, "-l", &log, "-w", "-o", &options, "start"])?;
        Ok(cluster)
    }

    /// How it is reached.
    pub(super) fn database(&self) -> Database {
        let url = format!("postgresql://setpoint@/postgres?host={}", self.folder.path().display());
        Database { name: "scratch server".to_owned(), url }
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn run(&self, database: &Database, program: &str, arguments: &[&str]) -> Result<(), Problem> {
        let program = format!("{}/{program}", self.programs);
        let as_user = ["--reuid=postgres", "--regid=postgres", "--clear-groups", &program];
        let said = match user(self.host) {
            Some(_) => self.host.run("setpriv", &[&as_user[..], arguments].concat(), PATIENCE),
            None => self.host.run(&program, arguments, PATIENCE),
        };
        let said = said.map_err(|refusal| refusal.problem())?;
        if said.succeeded() {
            return Ok(());
        }
        let stderr = String::from_utf8_lossy(&said.stderr);
        Err(failed(database, &format!("`{program}`"), &stderr))
    }
}

impl Drop for Cluster<'_> {
    fn drop(&mut self) {
        let data = self.file("data");
        // What it holds is thrown away with its folder.
        let _ = self.run(&self.database(), "pg_ctl", &["-D", &data, "-m", "immediate", "stop"]);
    }
}

/// The ids of the user that the server runs as, where we are root.
fn user(host: &dyn Host) -> Option<(u32, u32)> {
    if host.owner().0 != 0 {
        return None;
    }
    let users = host.read(Path::new("/etc/passwd"), 16 << 20).ok()?;
    let users = String::from_utf8_lossy(&users).into_owned();
    let line = users.lines().find(|line| line.split(':').next() == Some(USER))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
