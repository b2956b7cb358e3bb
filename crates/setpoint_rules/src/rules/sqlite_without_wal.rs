//! ## What it finds
//!
//! A SQLite file that several processes work on while nothing in the code turns on its write-ahead log (`PRAGMA
//! journal_mode = WAL`) or gives writers more patience than the five seconds that Python has for them.
//!
//! ## Why it hurts
//!
//! Without the log a reader blocks the writer and the writer blocks every reader. It works on a laptop with one
//! process; in production, with three workers and a nightly job, requests fail with `sqlite3.OperationalError:
//! database is locked` whenever one of them holds the file for longer, and it is always the busiest hour.
//!
//! ## Example
//!
//! ```python
//! engine = create_engine("sqlite:////var/lib/shop/shop.db")     # gunicorn --workers 3
//! ```
//!
//! ## What to do
//!
//! Run `PRAGMA journal_mode = WAL` on each new connection (SQLAlchemy's `connect` event), and set `PRAGMA
//! busy_timeout` or `connect_args={"timeout": 30}`. The log is a property of the file and stays once it is on: if
//! `sqlite3 shop.db 'PRAGMA journal_mode'` says `wal`, somebody turned it on by hand; then write that down in a
//! waiver, since the next machine's file will not have it.
//!
//! It is looked for in every text of the code, so that a pragma anywhere in it is enough. Nothing is said of a file
//! that only one process works on, nor of one in memory.
//!
//! Sources: sqlite.org, "Write-Ahead Logging" and "File Locking"; docs.python.org, `sqlite3.connect`, `timeout`;
//! docs.sqlalchemy.org, "SQLite".

use crate::calls::Given;
use crate::server::Server;
use crate::{Facts, Report, Rule};
use setpoint_model::{Backend, LibraryCall, Place};

const FUNCTIONS: [&str; 4] = [
    "sqlalchemy.create_engine",
    "sqlalchemy.engine.create_engine",
    "sqlalchemy.ext.asyncio.create_async_engine",
    "sqlite3.connect",
];

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    if !facts.snapshot.site.journal_modes.is_empty() {
        return;
    }
    for call in facts.calls_of(&FUNCTIONS) {
        let mut users = Vec::new();
        let mut place = &call.place;
        for process in call.imported_by.iter().filter(|process| is_a_file(facts, call, process)) {
            let given = facts.given(call, &["0", "url", "database"], process).known();
            place = given.map_or(place, |url| url.place);
            let workers = facts.servers().find(|server| server.name() == process.as_str()).map(Server::workers);
            users.push((process.as_str(), workers.flatten().unwrap_or(1.0)));
        }
        let processes: f64 = users.iter().map(|(_, workers)| workers).sum();
        let has_patience = ["connect_args", "timeout", "1"].iter().any(|name| !call.lacks(name));
        if processes > 1.0 && !has_patience {
            report.sqlite_without_wal(rule, call, place, &users);
        }
    }
}

/// True if it is known to be a SQLite file, as opposed to one in memory.
fn is_a_file(facts: Facts<'_>, call: &LibraryCall, process: &str) -> bool {
    let Given::Known(url) = facts.given(call, &["0", "url", "database"], process) else { return false };
    let text = url.text();
    let is_sqlite = call.function == "sqlite3.connect" || Backend::of_url(&text) == Some(Backend::Sqlite);
    let path = text.split_once("://").map_or(text.as_str(), |(_, path)| path);
    let is_memory = path.trim_matches('/').is_empty() || path.contains(":memory:") || path.contains("mode=memory");
    // A URI may say what else holds of the file: `?timeout=30`, `?mode=ro`.
    is_sqlite && !is_memory && !path.contains('?')
}

impl Report {
    fn sqlite_without_wal(&mut self, rule: &Rule, call: &LibraryCall, place: &Place, users: &[(&str, f64)]) {
        let each: Vec<String> = users
            .iter()
            .map(|(process, workers)| {
                if *workers > 1.0 { format!("{workers} workers of `{process}`") } else { format!("`{process}`") }
            })
            .collect();
        self.add(
            rule,
            format!(
                "{} work on one SQLite file, and nothing in the code turns on its write-ahead log or waits longer for it",
                each.join(" and ")
            ),
            "`PRAGMA journal_mode = WAL` and a `busy_timeout` on each connection",
        )
        .about(&call.function)
        .at(&call.place)
        .at(place)
        .hint("`sqlite3 FILE 'PRAGMA journal_mode'` tells what it has now; turn it on in the code");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        process shop.service program=gunicorn app=shop.main:app
        process shop-import.service program=python app=shop.import_prices
        gunicorn.workers gunicorn
          command-line  3  shop.service:9  shop.service
        SHOP_DATABASE_URL environ
          code  \"sqlite:///shop.db\"  shop/settings.py:3
          environment-file  sqlite:////var/lib/shop/shop.db  /etc/shop/shop.env:4
    ";

    #[test]
    fn several_workers_and_a_job_on_one_file() {
        assert_snapshot!(findings("sqlite-without-wal", &format!("{SITE}
            call sqlalchemy.create_engine shop/db.py:7 0=@SHOP_DATABASE_URL by=shop-import.service by=shop.service
        ")), @"
        warning: `shop-import.service` and 3 workers of `shop.service` work on one SQLite file, and nothing in the code turns on its write-ahead log or waits longer for it
          --> shop/db.py:7
          --> /etc/shop/shop.env:4
          expected: `PRAGMA journal_mode = WAL` and a `busy_timeout` on each connection
          hint: `sqlite3 FILE 'PRAGMA journal_mode'` tells what it has now; turn it on in the code
        ");
    }

    #[test]
    fn silent_with_a_log_with_patience_with_one_process_and_in_memory() {
        assert_snapshot!(findings("sqlite-without-wal", &format!("{SITE}
            journal-mode shop/db.py:9
            call sqlalchemy.create_engine shop/db.py:7 0=@SHOP_DATABASE_URL by=shop.service
        ")), @"");
        assert_snapshot!(findings("sqlite-without-wal", &format!("{SITE}
            call sqlalchemy.create_engine shop/db.py:7 0=@SHOP_DATABASE_URL connect_args=? by=shop.service
            call sqlite3.connect shop/db.py:8 0=\"shop.db\" timeout=30 by=shop.service
            call sqlite3.connect shop/db.py:9 0=\"jobs.db\" by=shop-import.service
            call sqlite3.connect shop/db.py:10 0=\":memory:\" by=shop.service
            call sqlalchemy.create_engine shop/db.py:11 0=\"postgresql://db/shop\" by=shop.service
        ")), @"");
    }
}
