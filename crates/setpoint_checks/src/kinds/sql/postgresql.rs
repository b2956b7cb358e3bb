//! PostgreSQL, in a transaction that may only read.

use super::{Count, Found, timed_out};
use crate::beside::beside;
use crate::deadline::Deadline;
use crate::expect;
use crate::scene::Scene;
use postgres::config::SslMode;
use postgres::error::SqlState;
use postgres::{Client, Config, Error, NoTls, SimpleQueryMessage};
use rustls::ClientConfig;
use setpoint_model::{Failure, Reason, Retry, Value};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

pub(super) fn ask(
    url: &str,
    name: &str,
    query: String,
    count: Count,
    scene: &Scene<'_>,
    deadline: Deadline,
) -> Result<Found, Failure> {
    let mut config = read(url, name)?;
    let limit = deadline.left_or_none();
    config.connect_timeout(limit).application_name("setpoint");
    // `prefer` encrypts for whoever answers, and so proves nothing that a check could rely on.
    let tls = if config.get_ssl_mode() == SslMode::Require { Some(scene.tls.config()?) } else { None };
    let asked = beside(limit, move || run(&config, tls, &query, count, limit));
    asked.ok_or_else(|| timed_out(deadline))?.map_err(|error| failed(&error, deadline))
}

/// The URL without the driver of `SQLAlchemy`, which only Python knows.
fn read(url: &str, name: &str) -> Result<Config, Failure> {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    format!("postgresql://{rest}").parse().map_err(|error: Error| {
        // The error names the option and not its value.
        let because = error.source().map(ToString::to_string).unwrap_or_default();
        let message = format!("the URL in `{name}` is not understood: {because}");
        Failure::new(Reason::NotUnderstood, message, "a URL as libpq knows it: `postgresql://USER@HOST/NAME`")
    })
}

fn run(
    config: &Config,
    tls: Option<Arc<ClientConfig>>,
    query: &str,
    count: Count,
    limit: Duration,
) -> Result<Found, Error> {
    let mut client = match tls {
        Some(tls) => config.connect(MakeRustlsConnect::new((*tls).clone()))?,
        None => config.connect(NoTls)?,
    };
    let found = look(&mut client, query, count, limit);
    // Nothing was written, so that there is nothing to end well.
    let _ = client.batch_execute("ROLLBACK");
    found
}

fn look(client: &mut Client, query: &str, count: Count, limit: Duration) -> Result<Found, Error> {
    // The limit is set within the transaction, since a pooler such as PgBouncer takes no option when connecting.
    client.batch_execute(&format!("BEGIN READ ONLY; SET LOCAL statement_timeout = {}", limit.as_millis().max(1)))?;
    let first_word = query.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    if !matches!(first_word.as_str(), "select" | "with" | "values" | "table") {
        return Ok(of_answer(&client.simple_query(query)?));
    }
    // A cursor leaves on the server what nobody looks at.
    client.batch_execute(&format!("DECLARE setpoint NO SCROLL CURSOR FOR {query}"))?;
    let mut found = of_answer(&client.simple_query("FETCH 1 FROM setpoint")?);
    if count == Count::All {
        let moved = client.simple_query("MOVE FORWARD ALL FROM setpoint")?;
        found.rows += moved
            .iter()
            .find_map(|message| match message {
                SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
                _ => None,
            })
            .unwrap_or(0);
    }
    Ok(found)
}

fn of_answer(messages: &[SimpleQueryMessage]) -> Found {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let mut found = Found::default();
    for row in rows {
        if found.rows == 0 {
            let text = if row.is_empty() { None } else { row.get(0) };
            found.first = Some(text.map_or(Value::Null, Value::from));
        }
        found.rows += 1;
    }
    found
}

fn failed(error: &Error, deadline: Deadline) -> Failure {
    if let Some(told) = error.as_db_error() {
        let reason = match told.code() {
            code if *code == SqlState::QUERY_CANCELED => return timed_out(deadline),
            code if *code == SqlState::INVALID_PASSWORD
                || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION
                || *code == SqlState::INSUFFICIENT_PRIVILEGE =>
            {
                Reason::Denied
            }
            code if *code == SqlState::INVALID_CATALOG_NAME || *code == SqlState::UNDEFINED_TABLE => Reason::Missing,
            _ => Reason::Refused,
        };
        let message = format!("the database says `{}` ({})", expect::quoted(told.message()), told.code().code());
        let failure = Failure::new(reason, message, "an answer");
        // One that is starting, or has no connection left, may have one later.
        let is_for_now = *told.code() == SqlState::CANNOT_CONNECT_NOW || *told.code() == SqlState::TOO_MANY_CONNECTIONS;
        return if is_for_now { Failure { retry: Retry::Safe, ..failure } } else { failure };
    }
    let mut because = error.source();
    while let Some(deeper) = because.and_then(std::error::Error::source) {
        because = Some(deeper);
    }
    let kind = because.and_then(|error| error.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
    let reason = match kind {
        Some(std::io::ErrorKind::ConnectionRefused) => Reason::ConnectionRefused,
        Some(std::io::ErrorKind::TimedOut) => return timed_out(deadline),
        Some(std::io::ErrorKind::NotFound) => Reason::Missing,
        Some(std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset) => Reason::ConnectionLost,
        Some(_) | None => Reason::Unreachable,
    };
    let because = because.map(|error| format!(": {error}")).unwrap_or_default();
    Failure::new(reason, format!("the database could not be asked{because}"), "a database that answers")
}
