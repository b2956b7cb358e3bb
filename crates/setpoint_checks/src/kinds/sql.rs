//! Runs a query and looks at the first column of its first row. Nothing is changed: the query runs read only.

mod mysql;
mod postgresql;
mod sqlite;

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::scene::Scene;
use setpoint_model::register::{Comparison, SqlCheck};
use setpoint_model::{Backend, Comparison as Sameness, Failure, Reason, Value};

/// What a query found.
#[derive(Debug, Default, PartialEq)]
struct Found {
    /// The first column of the first row; `None` without a row.
    first: Option<Value>,
    /// How many rows there are; where only the first is asked for, 0 or 1.
    rows: u64,
}

/// How many rows are to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    TheFirst,
    All,
}

pub(crate) fn subject(check: &SqlCheck) -> String {
    format!("{} {}", check.database, check.sql)
}

pub(crate) fn look(check: &SqlCheck, scene: &Scene<'_>, deadline: Deadline) -> Look {
    let mut look = Look::default();
    match ask(check, scene, deadline) {
        Ok(found) => {
            look.expect(check.rows.filter(|rows| *rows != found.rows).map(|rows| {
                Failure::new(Reason::WrongValue, format!("there are {} rows", found.rows), format!("{rows}"))
            }));
            if check.value != Comparison::default() {
                look.expect(first(&found, &check.value));
            }
        }
        Err(failure) => look.expect([failure]),
    }
    look.expect(expect::within("the answer", check.within, deadline.elapsed()));
    look
}

fn first(found: &Found, wanted: &Comparison) -> Option<Failure> {
    let Some(value) = &found.first else {
        return Some(Failure::new(Reason::Missing, "the query finds no row", expect::comparison_in_words(wanted)));
    };
    expect::comparison("the value", value, wanted, &|wanted| Sameness::AsWritten.is_same(value, wanted))
}

fn ask(check: &SqlCheck, scene: &Scene<'_>, deadline: Deadline) -> Result<Found, Failure> {
    let url = scene.url_in(&check.database)?;
    let query = check.sql.trim().trim_end_matches(';').to_owned();
    let count = if check.rows.is_some() { Count::All } else { Count::TheFirst };
    let name = check.database.clone();
    match Backend::of_url(&url) {
        Some(Backend::PostgreSql) => postgresql::ask(&url, &name, query, count, scene, deadline),
        Some(Backend::Sqlite) => sqlite::ask(&url, &query, count, scene.folder, deadline),
        Some(Backend::MySql) => mysql::ask(&url, &name, &query, count, scene, deadline),
        Some(Backend::Redis | Backend::Amqp | Backend::Sqs) | None => {
            let message = format!("`{name}` leads to no database of SQL");
            Err(Failure::new(Reason::NotKnown, message, "a URL of PostgreSQL, MySQL or SQLite"))
        }
    }
}

fn timed_out(deadline: Deadline) -> Failure {
    Failure::new(Reason::TimedOut, "the database did not answer in time", crate::web::answer_within(deadline))
}
