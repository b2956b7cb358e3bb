//! `SQLite`: copied by its own backup API, which gives one state of the database however it is written to meanwhile.

use super::{Count, Database, failed};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use setpoint_model::{Problem, Retry};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// So long is waited for who writes.
const PATIENCE: Duration = Duration::from_mins(1);
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// The file that a URL of `SQLAlchemy` names: behind three slashes a relative path, behind four an absolute one; `None` for
/// a database in memory.
pub(super) fn file(url: &str, folder: &Path) -> Option<PathBuf> {
    let (_, rest) = url.split_once("://")?;
    let path = rest[..rest.find('?').unwrap_or(rest.len())].strip_prefix('/')?;
    (!path.is_empty() && path != ":memory:").then(|| folder.join(path))
}

pub(super) fn dump(database: &Database, root: &Path, to: &Path) -> Result<(PathBuf, BTreeMap<String, Count>), Problem> {
    let from = file(&database.url, root).ok_or_else(|| {
        let what = format!("`{}` is in the memory of a process", database.name);
        Problem::input(what, "a database in a file", Retry::SafeOnceMended)
    })?;
    let copied = Connection::open(to).and_then(|mut copy| {
        copy_into(&from, &mut copy)?;
        counts(&copy)
    });
    let counts =
        copied.map_err(|error| failed(database, &format!("copying `{}`", from.display()), &error.to_string()))?;
    Ok((from, counts.into_iter().map(|(name, count)| (name, Count::exactly(count))).collect()))
}

/// A database that is there. Whoever opens one in another way makes it where it is missing.
fn open(file: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

fn copy_into(from: &Path, to: &mut Connection) -> rusqlite::Result<()> {
    let source = open(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let backup = Backup::new(&source, to)?;
    let began = Instant::now();
    // All pages in one step: in several, each write of another process would begin the copy again, without end.
    loop {
        match backup.step(-1)? {
            StepResult::Done => return Ok(()),
            StepResult::More | StepResult::Busy | StepResult::Locked if began.elapsed() < PATIENCE => {
                std::thread::sleep(BETWEEN_TRIES);
            }
            _ => {
                let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                return Err(rusqlite::Error::SqliteFailure(busy, None));
            }
        }
    }
}

/// Rows by table. What a module that is not here would have to count is left out.
fn counts(connection: &Connection) -> rusqlite::Result<BTreeMap<String, u64>> {
    let tables = "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' \
                  and sql not like 'create virtual%'";
    let mut statement = connection.prepare(tables)?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let count = |name: String| {
        let query = format!("select count(*) from \"{}\"", name.replace('"', "\"\""));
        let rows: i64 = connection.query_row(&query, [], |row| row.get(0))?;
        Ok((name, u64::try_from(rows).unwrap_or_default()))
    };
    names.into_iter().map(count).collect()
}

pub(super) fn load(file: &Path) -> Result<BTreeMap<String, u64>, Problem> {
    let broken = |error: rusqlite::Error| {
        Problem::machine(format!("the copy cannot be read: {error}"), "a database of SQLite", Retry::Safe)
    };
    let connection = Connection::open(file).map_err(broken)?;
    let said: String = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0)).map_err(broken)?;
    if said != "ok" {
        let what = format!("the copy is damaged: {said}");
        return Err(Problem::machine(what, "`pragma integrity_check` to say `ok`", Retry::Safe));
    }
    counts(&connection).map_err(broken)
}

/// The rows that it has now.
pub(super) fn rows(database: &Database, file: &Path) -> Result<BTreeMap<String, u64>, Problem> {
    let counted = open(file, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|connection| counts(&connection));
    counted.map_err(|error| {
        failed(database, &format!("reading `{}`", file.display()), &error.to_string()).hint(
            "nothing is loaded into a file that is damaged or missing; put an empty one of the same owner and mode in its \
             place",
        )
    })
}

/// Loads a copy into the file that services have open. It is one transaction there: who reads goes on with the old state or
/// with the new one, and after a crash the next who opens the file has the old one. Owner, mode and journal stay.
pub(super) fn replace(database: &Database, copy: &Path, file: &Path) -> Result<BTreeMap<String, u64>, Problem> {
    let said = |error: &rusqlite::Error| failed(database, &format!("loading `{}`", file.display()), &error.to_string());
    let mut live = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(|error| said(&error))?;
    copy_into(copy, &mut live).map_err(|error| said(&error))?;
    counts(&live).map_err(|error| said(&error))
}

#[cfg(test)]
mod tests {
    use super::{Database, dump, load};
    use rusqlite::Connection;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Ends who writes, also where the test fails.
    struct Ending<'a>(&'a AtomicBool);

    impl Drop for Ending<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_copy_is_whole_while_others_write() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        let writer = Connection::open(&file).unwrap();
        writer.execute_batch("pragma journal_mode = wal; create table one (x); create table two (x);").unwrap();
        let is_over = AtomicBool::new(false);
        let database = Database { name: "SHOP".to_owned(), url: format!("sqlite:///{}", file.display()) };
        std::thread::scope(|scope| {
            let is_over = &is_over;
            scope.spawn(move || {
                let mut number = 0;
                while !is_over.load(Ordering::Relaxed) || number < 20 {
                    // Both get a row, or none.
                    writer.execute_batch("begin").unwrap();
                    writer.execute("insert into one values (?1)", [number]).unwrap();
                    writer.execute("insert into two values (?1)", [number]).unwrap();
                    writer.execute_batch("commit").unwrap();
                    number += 1;
                }
            });
            let _ending = Ending(is_over);
            let mut last = 0;
            for round in 0..20 {
                let to = folder.path().join(format!("copy-{round}"));
                let (_, counts) = dump(&database, folder.path(), &to).unwrap();
                assert_eq!(counts["one"], counts["two"]);
                assert!(counts["one"].least >= last);
                last = counts["one"].least;
                assert_eq!(load(&to).unwrap()["one"], last);
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            assert!(last > 0);
        });
    }

    #[test]
    fn a_damaged_copy_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch("create table one (x); create index on_x on one (x);").unwrap();
        connection.execute_batch("begin").unwrap();
        for number in 0..1000 {
            connection.execute("insert into one values (?1)", [number]).unwrap();
        }
        connection.execute_batch("commit").unwrap();
        drop(connection);
        let host = setpoint_host::LiveHost;
        let mut bytes = setpoint_host::Host::read(&host, &file, 1 << 30).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 64].fill(7);
        setpoint_host::Host::write(&host, &file, &bytes).unwrap();
        assert!(load(&file).is_err());
    }
}
