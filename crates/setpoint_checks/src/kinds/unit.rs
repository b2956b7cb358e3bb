//! Looks at a systemd unit.

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::proposal::Keys;
use crate::refusal::{complaint, not_run};
use crate::scene::Scene;
use setpoint_formats::unit;
use setpoint_model::register::{UnitCheck, UnitState, Worded as _};
use setpoint_model::{Failure, Reason, Value};
use std::path::Path;
use std::time::Duration;

/// What is always asked (org.freedesktop.systemd1(5)).
const ASKED: &str = "LoadState,ActiveState,SubState,Result,UnitFileState,NRestarts,ActiveEnterTimestampMonotonic";
/// So many lines of a failed unit's journal are kept.
const LINES: &str = "5";

pub(crate) fn subject(check: &UnitCheck) -> String {
    check.unit.clone()
}

/// A unit that runs now and is to run always; that it is started at boot only where it is.
pub(crate) fn propose(unit: &str, scene: &Scene<'_>, deadline: Deadline) -> Result<Keys, Failure> {
    let properties = Properties::ask(unit, &[], scene, deadline)?;
    let state = properties.of("ActiveState").unwrap_or_default();
    if state != UnitState::Active.as_str() {
        let expected = format!("`{}`, which can be demanded from now on", UnitState::Active.as_str());
        return Err(Failure::new(Reason::WrongState, format!("it is `{state}`"), expected));
    }
    let mut keys = vec![("unit", Value::from(unit)), ("state", Value::from(state))];
    if properties.of("UnitFileState") == Some("enabled") {
        keys.push(("enabled", Value::Bool(true)));
    }
    Ok(keys)
}

/// What systemd says of a unit.
struct Properties(Vec<(String, String)>);

impl Properties {
    fn ask(unit: &str, own: &[&str], scene: &Scene<'_>, deadline: Deadline) -> Result<Self, Failure> {
        let asked = format!("--property={}", [&[ASKED], own].concat().join(","));
        let said = match scene.host.run("systemctl", &["show", &asked, "--", unit], deadline.left_or_none()) {
            Ok(said) if said.succeeded() => said,
            Ok(said) => {
                let message = format!("systemd could not be asked: {}", complaint(&said.stderr));
                return Err(Failure::new(Reason::Refused, message, "an answer of systemd"));
            }
            Err(refusal) => return Err(not_run(&refusal, "systemctl")),
        };
        let text = String::from_utf8_lossy(&said.stdout);
        let properties = unit::show(&text).into_iter().next().unwrap_or_default();
        let owned = properties.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let properties = Self(owned.collect());
        if properties.of("LoadState") == Some("not-found") {
            let missing = Failure::new(Reason::Missing, format!("there is no unit `{unit}`"), "a unit of that name");
            return Err(missing.hint("`systemctl list-unit-files` lists them"));
        }
        Ok(properties)
    }

    fn of(&self, wanted: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }
}

pub(crate) fn look(check: &UnitCheck, scene: &Scene<'_>, deadline: Deadline) -> Look {
    let own: Vec<&str> = check.properties.iter().map(|(name, _)| name.as_str()).collect();
    let properties = match Properties::ask(&check.unit, &own, scene, deadline) {
        Ok(properties) => properties,
        Err(failure) => return Look::failed(failure),
    };
    let property = |wanted: &str| properties.of(wanted);
    let mut look = Look::default();
    let state = property("ActiveState").unwrap_or_default();
    let more = [property("SubState"), property("Result").filter(|result| *result != "success")];
    let more = more.into_iter().flatten().collect::<Vec<_>>().join(", ");
    look.expect(check.state.filter(|wanted| wanted.as_str() != state).map(|wanted| {
        Failure::new(Reason::WrongState, format!("it is `{state}` ({more})"), format!("`{}`", wanted.as_str()))
    }));
    let is_enabled = property("UnitFileState").unwrap_or_default();
    look.expect(check.enabled.and_then(|wanted| enabled(wanted, is_enabled)));
    if let Some(least) = check.active_for {
        let since =
            property("ActiveEnterTimestampMonotonic").and_then(|text| text.parse().ok()).map(Duration::from_micros);
        look.expect(active_for(least, since.filter(|_| state == UnitState::Active.as_str()), up(scene)));
    }
    if let Some(most) = check.restarts_at_most {
        let restarts: u32 = property("NRestarts").and_then(|text| text.parse().ok()).unwrap_or(0);
        look.expect((restarts > most).then(|| {
            Failure::new(Reason::TooMuch, format!("systemd restarted it {restarts} times"), format!("{most} at most"))
        }));
    }
    for (name, wanted) in &check.properties {
        look.expect(has(name, property(name), wanted));
    }
    if !look.failures.is_empty() {
        keep_journal(check, scene, deadline, &mut look);
    }
    look
}

fn enabled(wanted: bool, state: &str) -> Option<Failure> {
    // `static`, `generated` and `alias` units are started by others, and need not be enabled.
    let is_enabled = matches!(state, "enabled" | "enabled-runtime" | "static" | "generated" | "alias" | "linked");
    let expected = if wanted { "a unit that is started at boot" } else { "a unit that is not started at boot" };
    (is_enabled != wanted).then(|| Failure::new(Reason::WrongState, format!("the unit file is `{state}`"), expected))
}

fn active_for(least: Duration, since: Option<Duration>, up: Option<Duration>) -> Option<Failure> {
    let expected = format!("active for {} or longer", expect::duration(least));
    let Some(since) = since else {
        return Some(Failure::new(Reason::WrongState, "it is not active", expected));
    };
    let active = up?.saturating_sub(since);
    (active < least).then(|| {
        Failure::new(Reason::WrongAge, format!("it has been active for {} alone", expect::duration(active)), expected)
    })
}

/// How long the machine has been running (`proc_uptime(5)`); the clock of systemd's monotonic timestamps begins with it.
fn up(scene: &Scene<'_>) -> Option<Duration> {
    let text = scene.host.read(Path::new("/proc/uptime"), 4096).ok()?;
    let seconds: f64 = String::from_utf8_lossy(&text).split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn has(name: &str, found: Option<&str>, wanted: &Value) -> Option<Failure> {
    // systemd writes switches as words.
    let expected = match wanted {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    };
    match found {
        None => {
            let message = format!("the unit has no property `{name}`");
            Some(
                Failure::new(Reason::Missing, message, format!("`{name}={expected}`"))
                    .hint("`systemctl show UNIT` lists them"),
            )
        }
        Some(found) => (found != expected).then(|| {
            Failure::new(
                Reason::WrongValue,
                format!("`{name}` is `{}`", expect::quoted(found)),
                format!("`{expected}`"),
            )
        }),
    }
}

/// The last lines that the unit wrote, which mostly say why.
fn keep_journal(check: &UnitCheck, scene: &Scene<'_>, deadline: Deadline, look: &mut Look) {
    let asked = ["--unit", &check.unit, "--lines", LINES, "--output", "cat", "--no-pager", "--quiet"];
    let Ok(said) = scene.host.run("journalctl", &asked, deadline.left_or_none()) else { return };
    for line in said.stdout.split(|byte| *byte == b'\n').filter(|_| said.succeeded()) {
        look.keep("journal", line);
    }
}
