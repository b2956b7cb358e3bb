//! The programs of a database server.

use super::{Database, failed};
use setpoint_host::{Host, Refusal};
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// So long may a program work on one database.
const PATIENCE: Duration = Duration::from_hours(6);

/// Runs the first of the programs that this machine has; what it printed.
pub(super) fn run(
    host: &dyn Host,
    database: &Database,
    programs: &[&str],
    arguments: &[&str],
) -> Result<Vec<u8>, Problem> {
    for program in programs {
        match host.run(program, arguments, PATIENCE) {
            Ok(said) if said.succeeded() => return Ok(said.stdout),
            Ok(said) => {
                return Err(failed(database, &format!("`{program}`"), &String::from_utf8_lossy(&said.stderr)));
            }
            Err(Refusal::Missing(_)) => {}
            Err(refusal) => return Err(refusal.problem()),
        }
    }
    let names: Vec<String> = programs.iter().map(|program| format!("`{program}`")).collect();
    let names = names.join(" or ");
    let what = format!("`{}` cannot be dumped or loaded: {names} is not on this machine", database.name);
    Err(Problem::machine(what, "the client programs of the server", Retry::SafeOnceMended))
}
