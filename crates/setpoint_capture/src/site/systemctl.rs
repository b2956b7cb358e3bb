//! What systemd knows about a unit that its files do not say.

use setpoint_formats::unit;
use setpoint_host::Host;
use setpoint_model::{Problem, Retry};
use std::path::PathBuf;
use std::time::Duration;

/// Longer than systemd takes for anything but a hang.
const PATIENCE: Duration = Duration::from_secs(10);
/// The properties that are asked for (org.freedesktop.systemd1(5)).
const PROPERTIES: &str = "--property=Id,LoadState,ActiveState,FragmentPath,DropInPaths,NeedDaemonReload,MainPID";

/// A unit as systemd has it loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LoadedUnit {
    /// The full name: `shop.service` also where `shop` was asked for.
    pub(crate) name: String,
    /// `active`, `inactive`, `failed`, `activating`.
    pub(crate) state: String,
    /// The unit file.
    pub(crate) fragment: PathBuf,
    /// The drop-ins, in the order in which they are read.
    pub(crate) drop_ins: Vec<PathBuf>,
    /// The files were changed after systemd read them.
    pub(crate) needs_daemon_reload: bool,
    /// The main process, if it runs.
    pub(crate) pid: Option<u32>,
}

/// Asks systemd for a unit. An error where there is no such unit, or no systemd to ask.
pub(crate) fn show(host: &dyn Host, name: &str) -> Result<LoadedUnit, Problem> {
    let output = host.run("systemctl", &["show", PROPERTIES, "--", name], PATIENCE).map_err(|refusal| {
        let what = format!("systemd could not be asked for the unit `{name}`: {refusal}");
        Problem::machine(what, "a machine that systemd runs", Retry::Safe)
            .hint("without systemd, name the folder of the service with `--root`")
    })?;
    if !output.succeeded() {
        let said = in_one_line(&output.stderr);
        let what = format!("systemd could not be asked for the unit `{name}`: {said}");
        return Err(Problem::machine(what, "a machine that systemd runs", Retry::Safe));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let properties = unit::show(&text).into_iter().next().unwrap_or_default();
    let property = |wanted: &str| {
        properties.iter().find(|(key, _)| *key == wanted).map(|(_, value)| (*value).to_owned()).unwrap_or_default()
    };
    let fragment = property("FragmentPath");
    if fragment.is_empty() {
        let load_state = property("LoadState");
        let what = format!("there is no unit file for `{name}`: systemd says `{load_state}`");
        return Err(Problem::input(what, "the name of a unit, such as `shop.service`", Retry::SafeOnceMended)
            .hint("`systemctl list-units --type=service` lists them"));
    }
    Ok(LoadedUnit {
        name: property("Id"),
        state: property("ActiveState"),
        fragment: fragment.into(),
        // Paths of drop-ins hold no spaces but those that systemd escapes.
        drop_ins: property("DropInPaths").split_whitespace().map(PathBuf::from).collect(),
        needs_daemon_reload: property("NeedDaemonReload") == "yes",
        pid: property("MainPID").parse().ok().filter(|pid| *pid != 0),
    })
}

/// What a program said over several lines, as a part of a sentence.
fn in_one_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    said.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::in_one_line;

    #[test]
    fn two_lines_of_systemctl_are_one_sentence() {
        let said = b"System has not been booted with systemd as init system (PID 1). Can't operate.\n\
            Failed to connect to bus: Host is down\n";
        let expected = "System has not been booted with systemd as init system (PID 1). Can't operate.; \
            Failed to connect to bus: Host is down";
        assert_eq!(in_one_line(said), expected);
    }
}
