use setpoint_formats::unit;
use setpoint_host::Host;
use setpoint_model::{Need, Needed, Problem, Retry};
use std::path::PathBuf;
use std::time::Duration;

/// Longer than systemd takes for anything but a hang.
const PATIENCE: Duration = Duration::from_secs(10);
/// The properties that are asked for (org.freedesktop.systemd1(5)).
const PROPERTIES: &str = "--property=Id,LoadState,UnitFileState,FragmentPath,DropInPaths,ExecStartPre,ExecStart,\
    ExecReload,User,Group,SupplementaryGroups,WorkingDirectory,StateDirectory,TriggeredBy";

/// What systemd says of a unit.
#[derive(Clone, Debug, Default)]
pub(super) struct Unit {
    name: String,
    /// It is started with the machine.
    enabled: bool,
    files: Vec<PathBuf>,
    /// What its commands run.
    pub(super) programs: Vec<PathBuf>,
    /// `root` where it says none.
    pub(super) user: String,
    pub(super) groups: Vec<String>,
    /// Where it runs, where it says so.
    pub(super) works_in: Option<PathBuf>,
    /// What systemd makes for its state.
    pub(super) state_folders: Vec<PathBuf>,
    /// The timers and sockets that start it.
    pub(super) triggered_by: Vec<String>,
}

impl Unit {
    fn of(properties: &[(&str, &str)]) -> Option<Self> {
        let all =
            |wanted: &'static str| properties.iter().filter(move |(key, _)| *key == wanted).map(|(_, value)| *value);
        let first = |wanted: &'static str| all(wanted).next().unwrap_or_default();
        if first("LoadState") != "loaded" {
            return None;
        }
        let words = |wanted| first(wanted).split_whitespace();
        let paths = |wanted| words(wanted).map(PathBuf::from);
        // `{ path=/usr/sbin/nginx ; argv[]=/usr/sbin/nginx -g … ; ignore_errors=no ; … }`, a line for each command.
        let program = |value: &str| Some(PathBuf::from(value.strip_prefix("{ path=")?.split(" ;").next()?));
        let commands = ["ExecStartPre", "ExecStart", "ExecReload"].into_iter().flat_map(all);
        // `!` says that the folder may be missing.
        let works_in = first("WorkingDirectory").trim_start_matches('!');
        let group = Some(first("Group").to_owned()).filter(|group| !group.is_empty());
        Some(Self {
            name: first("Id").to_owned(),
            enabled: first("UnitFileState") == "enabled",
            files: paths("FragmentPath").chain(paths("DropInPaths")).collect(),
            programs: commands.filter_map(program).collect(),
            user: Some(first("User")).filter(|user| !user.is_empty()).unwrap_or("root").to_owned(),
            groups: group.into_iter().chain(words("SupplementaryGroups").map(str::to_owned)).collect(),
            works_in: Some(works_in).filter(|path| path.starts_with('/') && path.len() > 1).map(PathBuf::from),
            state_folders: words("StateDirectory").map(|name| PathBuf::from("/var/lib").join(name)).collect(),
            triggered_by: words("TriggeredBy").map(str::to_owned).collect(),
        })
    }

    /// Its file and its drop-ins.
    pub(super) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter()
    }

    pub(super) fn need(&self) -> Need {
        Need { name: self.name.clone(), what: Needed::Unit { enabled: self.enabled } }
    }
}

/// What systemd says of those of these units that are here.
///
/// # Errors
/// It could not be asked.
pub(super) fn ask(host: &dyn Host, names: &[String]) -> Result<Vec<Unit>, Problem> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut arguments = vec!["show", PROPERTIES, "--"];
    arguments.extend(names.iter().map(String::as_str));
    let output = host.run("systemctl", &arguments, PATIENCE).map_err(|refusal| {
        let what = format!("systemd could not be asked what `{}` needs: {refusal}", names.join("`, `"));
        Problem::machine(what, "a machine that systemd runs", Retry::Safe)
    })?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(unit::show(&text).iter().filter_map(|properties| Unit::of(properties)).collect())
}
