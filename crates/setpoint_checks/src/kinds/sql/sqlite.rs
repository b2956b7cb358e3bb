//! `SQLite`, opened read only.

use super::{Count, Found, timed_out};
use crate::deadline::Deadline;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use setpoint_model::{Failure, Reason, Value};
use std::path::{Path, PathBuf};

/// So many steps of the virtual machine run between two looks at the clock.
const STEPS: i32 = 10_000;

pub(super) fn ask(url: &str, query: &str, count: Count, folder: &Path, deadline: Deadline) -> Result<Found, Failure> {
    let file = file(url, folder).ok_or_else(|| {
        Failure::new(Reason::NotKnown, "the database is in the memory of another process", "a database in a file")
    })?;
    let failed = |error: &rusqlite::Error| failed(error, &file, deadline);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&file, flags).map_err(|error| failed(&error))?;
    connection.busy_timeout(deadline.left_or_none()).map_err(|error| failed(&error))?;
    connection.progress_handler(STEPS, Some(move || deadline.left().is_none())).map_err(|error| failed(&error))?;
    let mut statement = connection.prepare(query).map_err(|error| failed(&error))?;
    let mut rows = statement.query([]).map_err(|error| failed(&error))?;
    let mut found = Found::default();
    while let Some(row) = rows.next().map_err(|error| failed(&error))? {
        if found.rows == 0 {
            found.first = Some(row.get_ref(0).map(value).map_err(|error| failed(&error))?);
        }
        found.rows += 1;
        if count == Count::TheFirst {
            break;
        }
    }
    Ok(found)
}

/// The file that a URL of `SQLAlchemy` names: behind three slashes a relative path, behind four an absolute one; `None` for
/// a database in memory.
fn file(url: &str, folder: &Path) -> Option<PathBuf> {
    let (_, rest) = url.split_once("://")?;
    let path = rest[..rest.find('?').unwrap_or(rest.len())].strip_prefix('/')?;
    (!path.is_empty() && path != ":memory:").then(|| folder.join(path))
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(whole) => Value::Integer(i128::from(whole)),
        ValueRef::Real(float) => Value::Float(float),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn failed(error: &rusqlite::Error, file: &Path, deadline: Deadline) -> Failure {
    use rusqlite::ErrorCode;
    let reason = match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            return timed_out(deadline);
        }
        Some(ErrorCode::CannotOpen) => Reason::Missing,
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Reason::NotUnderstood,
        Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => Reason::Denied,
        Some(_) | None => Reason::Refused,
    };
    Failure::new(reason, format!("`{}`: {error}", file.display()), "a database that answers")
}
