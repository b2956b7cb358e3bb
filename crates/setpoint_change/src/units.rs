//! The units of a change: how they are, and what makes them take up what was written.

use crate::{Direction, Event, Settle, UnitState};
use setpoint_host::{Host, Output, Refusal};
use setpoint_model::{Problem, Retry};
use std::time::{Duration, Instant};

/// systemd's own limits for a stop and a start are 90 s each where a unit does not say (`DefaultTimeoutStopSec=`,
/// systemd-system.conf(5)); a unit that hangs in both is given up after this.
const LIMIT: Duration = Duration::from_mins(5);
/// How long systemctl may take to tell how a unit is.
pub(crate) const LOOK: Duration = Duration::from_secs(20);

/// How the units are.
///
/// # Errors
/// systemd does not tell.
pub fn states(host: &dyn Host, units: &[impl AsRef<str>]) -> Result<Vec<UnitState>, Problem> {
    units.iter().map(|unit| state(host, unit.as_ref())).collect()
}

fn state(host: &dyn Host, unit: &str) -> Result<UnitState, Problem> {
    let said = host.run("systemctl", &["show", "--property=ActiveState,NRestarts", "--", unit], LOOK);
    let output = said.map_err(|refusal| refusal.problem())?;
    if !output.succeeded() {
        return Err(failed(&format!("systemctl show {unit}"), &output));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let property = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    Ok(UnitState {
        name: unit.to_owned(),
        active: property("ActiveState").unwrap_or("unknown").to_owned(),
        restarts: property("NRestarts").and_then(|count| count.parse().ok()).unwrap_or(0),
    })
}

/// Does one of a plan's last things; the event says what was run.
pub(crate) fn settle(
    host: &dyn Host,
    settle: &Settle,
    direction: Direction,
    site: &str,
) -> (Event, Result<(), Problem>) {
    let (script, place, pairs): (String, String, Vec<String>);
    let (command, limit): (Vec<&str>, _) = match settle {
        Settle::ReloadManager => (vec!["systemctl", "daemon-reload"], LIMIT),
        Settle::Reload(unit) => (vec!["systemctl", "reload", unit], LIMIT),
        Settle::Restart(unit) => (vec!["systemctl", "restart", unit], LIMIT),
        Settle::Command { forward, back, limit, folder, variables } => {
            let text = if direction == Direction::Forward { forward } else { back };
            // The folder is an argument, so that no character of it is taken for the shell's.
            script = format!("cd -- \"$1\" || exit\n{text}");
            pairs = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
            place = folder.as_ref().map_or_else(|| site.to_owned(), |folder| folder.display().to_string());
            let mut command = vec!["env"];
            command.extend(pairs.iter().map(String::as_str));
            command.extend(["sh", "-c", &script, "sh", &place]);
            (command, *limit)
        }
    };
    let shown = match settle {
        Settle::Command { forward, back, .. } => if direction == Direction::Forward { forward } else { back }.clone(),
        _ => command.join(" "),
    };
    let begun = Instant::now();
    let said = host.run(command[0], &command[1..], limit);
    let code = said.as_ref().ok().and_then(|output| output.code);
    let event = Event::Ran { command: shown.clone(), code, took: begun.elapsed() };
    let done = match said {
        Ok(output) if output.succeeded() => Ok(()),
        Ok(output) => Err(failed(&shown, &output)),
        Err(Refusal::TimedOut(_)) => Err(Problem::machine(
            format!("`{shown}` did not end within {} s and was stopped", limit.as_secs()),
            "it to end in time",
            Retry::Unsafe,
        )),
        Err(refusal) => Err(refusal.problem()),
    };
    (event, done)
}

/// A command that ended with a failure, with the end of what it said.
pub(crate) fn failed(command: &str, output: &Output) -> Problem {
    let code = output.code.map_or("a signal".to_owned(), |code| format!("code {code}"));
    let said = String::from_utf8_lossy(&output.stderr);
    let last =
        said.lines().rev().find(|line| !line.trim().is_empty()).map_or(String::new(), |line| format!(": {line}"));
    Problem::machine(format!("`{command}` ended with {code}{last}"), "code 0", Retry::Unsafe)
}
