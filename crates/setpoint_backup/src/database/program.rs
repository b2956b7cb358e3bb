//! The programs of a database server.

use super::{Database, failed};
use setpoint_host::{Host, Refusal};
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// So long may a program work on one database.
const PATIENCE: Duration = Duration::from_hours(6);

/// What a shell ends with that finds no program of the name.
const NOT_FOUND: i32 = 127;

/// Runs the first of the programs that this machine has; what it printed.
pub(super) fn run(
    host: &dyn Host,
    database: &Database,
    programs: &[&str],
    arguments: &[&str],
) -> Result<Vec<u8>, Problem> {
    run_by(&[], host, database, programs, arguments)
}

/// The same by a shell, whose words stand before those of the program.
pub(super) fn run_by(
    shell: &[&str],
    host: &dyn Host,
    database: &Database,
    programs: &[&str],
    arguments: &[&str],
) -> Result<Vec<u8>, Problem> {
    for program in programs {
        let words = [shell, &[program], arguments].concat();
        match host.run(words[0], &words[1..], PATIENCE) {
            Ok(said) if said.succeeded() => return Ok(said.stdout),
            Ok(said) if !shell.is_empty() && said.code == Some(NOT_FOUND) => {}
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
