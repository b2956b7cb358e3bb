//! MySQL and `MariaDB`, by the client program of either, which is there where the server is.

use super::{Count, Found, timed_out};
use crate::deadline::Deadline;
use crate::expect;
use crate::refusal::{not_run, url_not_understood};
use crate::scene::Scene;
use setpoint_host::Refusal;
use setpoint_model::{Failure, Reason, ServerUrl, Value};

/// Of either project, the newer one's first.
const PROGRAMS: [&str; 2] = ["mariadb", "mysql"];

pub(super) fn ask(
    url: &str,
    name: &str,
    query: &str,
    count: Count,
    scene: &Scene<'_>,
    deadline: Deadline,
) -> Result<Found, Failure> {
    let url = ServerUrl::read(url).ok_or_else(|| url_not_understood(name))?;
    let machine = |refusal: Refusal| Failure::new(Reason::Refused, refusal.to_string(), "a folder for temporary files");
    // The password goes by a file that this user alone may read: everybody may read a command line.
    let folder = scene.host.temporary_folder().map_err(machine)?;
    let file = folder.path().join("client.cnf");
    scene.host.write(&file, url.mysql_options().as_bytes()).map_err(machine)?;
    let defaults = format!("--defaults-extra-file={}", file.display());
    let patience = format!("--connect-timeout={}", deadline.left_or_none().as_secs().max(1));
    let asked = format!("SET SESSION TRANSACTION READ ONLY; START TRANSACTION; {query}");
    let database = url.path.trim_start_matches('/');
    let mut arguments = vec![defaults.as_str(), "--batch", "--skip-column-names", "--quick", &patience, "-e", &asked];
    if !database.is_empty() {
        arguments.push(database);
    }
    let mut refused = None;
    for program in PROGRAMS {
        match scene.host.run(program, &arguments, deadline.left_or_none()) {
            Ok(said) if said.succeeded() => return Ok(found(&said.stdout, count)),
            Ok(said) => return Err(failed(&String::from_utf8_lossy(&said.stderr))),
            Err(refusal @ Refusal::Missing(_)) => refused = Some(refusal),
            Err(Refusal::TimedOut(_)) => return Err(timed_out(deadline)),
            Err(refusal) => return Err(not_run(&refusal, program)),
        }
    }
    Err(refused.map_or_else(|| timed_out(deadline), |refusal| not_run(&refusal, PROGRAMS[1])))
}

/// Lines of fields, between them tabs; in a field, tabs and ends of lines are escaped, and `NULL` stands for nothing.
fn found(output: &[u8], count: Count) -> Found {
    let text = String::from_utf8_lossy(output);
    let rows = text.lines().count() as u64;
    let field = text.lines().next().map(|line| line.split('\t').next().unwrap_or_default());
    let first = field.map(|field| match field {
        "NULL" => Value::Null,
        field => Value::Text(field.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")),
    });
    Found { first, rows: if count == Count::All { rows } else { rows.min(1) } }
}

/// `ERROR 1045 (28000): Access denied for user …`
fn failed(said: &str) -> Failure {
    let said = said.lines().find(|line| line.starts_with("ERROR")).unwrap_or(said.trim());
    let is = |numbers: &[&str]| numbers.iter().any(|number| said.starts_with(&format!("ERROR {number} ")));
    let reason = if is(&["1045", "1044", "1142", "1698"]) {
        Reason::Denied
    } else if is(&["1049", "1146"]) {
        Reason::Missing
    } else if is(&["2002", "2003"]) {
        Reason::ConnectionRefused
    } else if is(&["2005"]) {
        Reason::NoSuchName
    } else {
        Reason::Refused
    };
    Failure::new(reason, format!("the client says `{}`", expect::quoted(said)), "an answer")
}
