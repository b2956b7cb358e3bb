//! MySQL and `MariaDB`, by the programs of either. Rows cannot be counted in the view that the dump has, and so are counted
//! before and after it.

use super::program::run_by;
use super::{Count, Database, failed, go_on, scratch};
use setpoint_host::{Access, Host, TemporaryFolder};
use setpoint_model::{Problem, Retry, ServerUrl};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Where a URL names no port.
pub(super) const PORT: u16 = 3306;
/// Of either project, the newer one's first.
const CLIENTS: [&str; 2] = ["mariadb", "mysql"];
const DUMPERS: [&str; 2] = ["mariadb-dump", "mysqldump"];

/// Gives a program a file as its standard input, where a statement that fails ends either client. After `source` they go on
/// with the next one and succeed, so that a dump would be called whole that is not; only `MariaDB` has an option against that.
/// Oracle's read `~/.mylogin.cnf` after all option files, unless this variable names another.
const WITH_INPUT: &str = "export MYSQL_TEST_LOGIN_FILE=$1; input=$2; shift 2; exec \"$@\" < \"$input\"";
const NO_INPUT: &str = "/dev/null";

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
    server.run(&DUMPERS, NO_INPUT, &arguments)?;
    let after = server.counts(&server.name)?;
    let counts = after.into_iter().map(|(table, after)| {
        let before = before.get(&table).copied().unwrap_or(0);
        (table, Count { least: before.min(after), most: before.max(after) })
    });
    Ok(counts.collect())
}

pub(super) fn load(host: &dyn Host, database: &Database, file: &Path) -> Result<BTreeMap<String, u64>, Problem> {
    let server = Server::of(host, database)?;
    if let Some(trigger) = bound_trigger(BufReader::new(host.source(file).open().map_err(|refusal| refusal.problem())?))
    {
        let said = format!("its trigger `{trigger}` names its database, and would be made there and not in scratch");
        return Err(
            failed(database, "loading into a scratch database", &said).hint("make the trigger again without that")
        );
    }
    server.sweep();
    let name = scratch::name(host)?;
    let loaded = server
        .ask(&format!("CREATE DATABASE {name}"))
        .and_then(|_| go_on())
        .and_then(|()| server.load(&name, file))
        .and_then(|()| server.counts(&name));
    // It can be there also where the program that was to make it was ended.
    let dropped = server.ask(&format!("DROP DATABASE IF EXISTS {name}"));
    let loaded = loaded?;
    dropped?;
    Ok(loaded)
}

/// A trigger whose own name has that of its database before it. The dumpers write a trigger as it was once written, behind this
/// beginning of a line, which no text of a row can have.
fn bound_trigger(dump: impl BufRead) -> Option<String> {
    let mut lines = dump.split(b'\n').map_while(Result::ok);
    while let Some(line) = lines.next() {
        if !line.starts_with(b"/*!50003 CREATE*/") {
            continue;
        }
        let mut text = String::from_utf8_lossy(&line).into_owned();
        // The name can stand on a line of its own.
        text.extend(lines.next().map(|line| format!(" {}", String::from_utf8_lossy(&line))));
        let (_, behind) = text.split_once("/*!50003 TRIGGER")?;
        let mut words = behind.split_whitespace();
        let name = words.find(|word| !["IF", "NOT", "EXISTS"].contains(&word.to_ascii_uppercase().as_str()));
        if let Some(name) = name.filter(|name| outside_quotes(name).contains('.')) {
            return Some(name.replace('`', ""));
        }
    }
    None
}

fn outside_quotes(name: &str) -> String {
    name.split('`').step_by(2).collect()
}

/// The rows that it has now.
pub(super) fn rows(host: &dyn Host, database: &Database) -> Result<BTreeMap<String, u64>, Problem> {
    let server = Server::of(host, database)?;
    server.counts(&server.name)
}

/// Loads a dump in the place of all that the database holds. That cannot be done as a whole: a statement that makes or drops
/// a table commits by itself ("Statements That Cause an Implicit Commit"). Whoever calls it has loaded the dump into scratch.
pub(super) fn replace(host: &dyn Host, database: &Database, file: &Path) -> Result<BTreeMap<String, u64>, Problem> {
    let server = Server::of(host, database)?;
    // Not for as long as the server would wait for a table that somebody holds, which is a day and more.
    let begin = "SET lock_wait_timeout = 60;\nSET FOREIGN_KEY_CHECKS = 0;\n";
    let empty = server.folder.path().join("empty.sql");
    let statements = format!("{begin}{}", server.ask(&drop_all(&server.name))?);
    let written = host.write_with(&empty, statements.as_bytes(), Access::PRIVATE);
    written.map_err(|refusal| refusal.problem())?;
    let load = |file: &Path| server.load(&server.name, file);
    let loaded = load(&empty).and_then(|()| load(file)).and_then(|()| server.counts(&server.name));
    loaded.map_err(|problem| Problem { retry: Retry::Unsafe, ..problem })
}

/// Asks for a statement for each thing that a database holds. What belongs to a table goes with it.
fn drop_all(name: &str) -> String {
    let schema = name.replace('\'', "''");
    let quoted = |column: &str| format!("' IF EXISTS `', REPLACE({column}, '`', '``'), '`;'");
    format!(
        "SELECT CONCAT('DROP ', IF(table_type IN ('VIEW', 'SEQUENCE'), table_type, 'TABLE'), {}) \
         FROM information_schema.tables WHERE table_schema = '{schema}' \
         UNION ALL SELECT CONCAT('DROP ', routine_type, {}) FROM information_schema.routines \
         WHERE routine_schema = '{schema}' \
         UNION ALL SELECT CONCAT('DROP EVENT', {}) FROM information_schema.events WHERE event_schema = '{schema}'",
        quoted("table_name"),
        quoted("routine_name"),
        quoted("event_name"),
    )
}

impl<'s> Server<'s> {
    fn of(host: &'s dyn Host, database: &'s Database) -> Result<Self, Problem> {
        let url = ServerUrl::read(&database.url).filter(|url| url.path.len() > 1);
        let url = url.ok_or_else(|| failed(database, "reading its URL", "it names no database"))?;
        let folder = host.temporary_folder().map_err(|refusal| refusal.problem())?;
        let file = folder.path().join("client.cnf");
        let mut options = url.mysql_options();
        if url.port.is_none() {
            // Else `MYSQL_TCP_PORT` would say it.
            options.push_str(&format!("port={PORT}\n"));
        }
        let written = host.write_with(&file, options.as_bytes(), Access::PRIVATE);
        written.map_err(|refusal| refusal.problem())?;
        Ok(Self { host, database, name: url.path.trim_start_matches('/').to_owned(), folder })
    }

    /// Its own option file and no other: what `~/.my.cnf` says of user, password and host would win over the URL, and what is
    /// emptied could be the database of another server.
    fn options(&self) -> String {
        format!("--defaults-file={}", self.folder.path().join("client.cnf").display())
    }

    fn run(&self, programs: &[&str], input: &str, arguments: &[&str]) -> Result<Vec<u8>, Problem> {
        // There is none of that name.
        let login = self.folder.path().join("login.cnf").display().to_string();
        run_by(&["sh", "-c", WITH_INPUT, "sh", &login, input], self.host, self.database, programs, arguments)
    }

    /// What a statement gives.
    fn ask(&self, query: &str) -> Result<String, Problem> {
        let options = self.options();
        let arguments = [options.as_str(), "--batch", "--raw", "--skip-column-names", "-e", query];
        let said = self.run(&CLIENTS, NO_INPUT, &arguments)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// Does what is in a file, up to the first statement that fails.
    fn load(&self, name: &str, file: &Path) -> Result<(), Problem> {
        let options = self.options();
        let arguments = [options.as_str(), "--batch", name];
        self.run(&CLIENTS, &file.display().to_string(), &arguments).map(drop)
    }

    /// Removes what processes that were killed have left on the server. Whoever may not can do without.
    fn sweep(&self) {
        let query = format!(
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '{}%'",
            scratch::BEGINNING
        );
        let listed = self.ask(&query).unwrap_or_default();
        for name in listed.lines().filter(|name| scratch::is_left_behind(self.host, name)) {
            let _ = self.ask(&format!("DROP DATABASE IF EXISTS {name}"));
        }
    }

    fn counts(&self, name: &str) -> Result<BTreeMap<String, u64>, Problem> {
        let literal = name.replace('\'', "''");
        let tables = self.ask(&format!(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = '{literal}' \
                 AND table_type = 'BASE TABLE' ORDER BY 1"
        ))?;
        let mut counts = BTreeMap::new();
        for table in tables.lines() {
            go_on()?;
            let quoted = |name: &str| name.replace('`', "``");
            let said = self.ask(&format!("SELECT COUNT(*) FROM `{}`.`{}`", quoted(name), quoted(table)))?;
            counts.insert(table.to_owned(), said.trim().parse().unwrap_or_default());
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::{Database, bound_trigger, load};
    use setpoint_host::{Host as _, LiveHost};
    use setpoint_testkit::mariadb;

    #[test]
    fn a_trigger_that_names_its_database_is_found() {
        let dump = |trigger: &str| {
            let line = "/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER";
            format!(
                "INSERT INTO `t` VALUES ('TRIGGER a.b');\n{line} {trigger} BEFORE INSERT ON `t`\nFOR EACH ROW SET @x = 1 */;;\n"
            )
        };
        let check = |trigger: &str| bound_trigger(dump(trigger).as_bytes());
        assert_eq!(check("trimmed"), None);
        assert_eq!(check("`a.b`"), None);
        assert_eq!(check("shop.trimmed").as_deref(), Some("shop.trimmed"));
        assert_eq!(check("if not exists\n`shop`.`trimmed`").as_deref(), Some("shop.trimmed"));
    }

    #[test]
    fn a_dump_that_fails_half_way_is_not_called_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let Some((_server, port, ask)) = mariadb(&folder.path().join("mariadb")) else { return };
        ask("create database shop; create user 'shop'@'%' identified by 'x'; grant all on *.* to 'shop'@'%'");
        let url = format!("mysql://shop:x@127.0.0.1:{port}/shop");
        let database = Database { name: "SHOP".to_owned(), url };
        let file = folder.path().join("dump.sql");
        LiveHost.write(&file, b"create table a (x int);\ncreate table b;\ncreate table c (x int);\n").unwrap();
        let told = load(&LiveHost, &database, &file).unwrap_err().what;
        assert!(told.contains("at line 2"), "{told}");
        // What was half loaded is removed as well.
        ask(
            "select if(count(*) = 0, 1, exp(1000)) from information_schema.schemata where schema_name like 'setpoint%'",
        );
        LiveHost.write(&file, b"create table a (x int);\ninsert into a values (1);\n").unwrap();
        assert_eq!(load(&LiveHost, &database, &file).unwrap()["a"], 1);
    }
}
