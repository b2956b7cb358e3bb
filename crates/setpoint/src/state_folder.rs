use crate::terminal::Ui;
use setpoint_model::{Problem, Retry};
use std::path::PathBuf;

/// Where this program keeps what it must remember on this machine: of root in `/var/lib/setpoint`, of others in their own
/// state folder (<https://specifications.freedesktop.org/basedir-spec/latest/>); `SETPOINT_STATE` names another.
pub(crate) fn state_folder(ui: &Ui<'_>) -> Result<PathBuf, Problem> {
    let folder = |name: &str| ui.host.variable(name).filter(|path| path.starts_with('/')).map(PathBuf::from);
    let of_root = || (ui.host.owner().0 == 0).then(|| PathBuf::from("/var/lib/setpoint"));
    let of_user = || {
        let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
        state.map(|state| state.join("setpoint"))
    };
    folder("SETPOINT_STATE").or_else(of_root).or_else(of_user).ok_or_else(|| {
        let expected = "`HOME`, `XDG_STATE_HOME` or `SETPOINT_STATE` with an absolute path";
        Problem::input("there is no folder to keep this program's records in", expected, Retry::SafeOnceMended)
    })
}
