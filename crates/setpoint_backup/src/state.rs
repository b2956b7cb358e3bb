use setpoint_host::Host;
use std::path::PathBuf;

/// Where the tool keeps what it must remember on this machine: `SETPOINT_STATE`, else `/var/lib/setpoint` for root and for
/// anybody else `setpoint` where the XDG Base Directory Specification puts state.
pub fn state_folder(host: &dyn Host) -> PathBuf {
    let variable = |name: &str| host.variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(named) = variable("SETPOINT_STATE") {
        return named;
    }
    if host.owner().0 == 0 {
        return PathBuf::from("/var/lib/setpoint");
    }
    // A relative path there is to be ignored, says the specification.
    let states = variable("XDG_STATE_HOME").filter(|folder| folder.is_absolute());
    let states = states.or_else(|| Some(variable("HOME")?.join(".local/state")));
    states.map_or_else(|| PathBuf::from("/var/lib/setpoint"), |folder| folder.join("setpoint"))
}
