//! What the kernel of this machine keeps imported code from.

use serde::Serialize;
use setpoint_host::{Host, Output};
use setpoint_model::Problem;
use std::path::Path;
use std::time::Duration;

/// How long the kernel may take to make namespaces.
const PATIENCE: Duration = Duration::from_secs(10);

/// Network and processes of their own (unshare(1)): nothing can be reached, and what is started ends with the first
/// process.
const NAMESPACES: [&str; 5] = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
/// With which an ordinary user may have them, where the machine allows it (`user_namespaces(7)`).
const OF_USER: [&str; 2] = ["--user", "--map-current-user"];

/// What the imported code was kept from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Isolation {
    /// It could reach no network.
    pub network: Cut,
    /// What it started ended with it.
    pub processes: Cut,
    /// The user that it ran as, where that is another than the one who asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<u32>,
    /// It ran with the rights of root.
    pub as_root: bool,
    #[serde(skip)]
    group: u32,
    #[serde(skip)]
    by_user: bool,
}

/// Whether something was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// It was.
    Off,
    /// This machine does not let this user cut it off.
    NotOff,
}

impl Isolation {
    /// What this machine allows. Root asks with the rights of whom the code belongs to.
    pub(super) fn of(host: &dyn Host, root: &Path) -> Self {
        let made = |flags: &[&str]| {
            let arguments = [flags, &["--", "true"]].concat();
            host.run("unshare", &arguments, PATIENCE).is_ok_and(|said| said.succeeded())
        };
        let is_root = host.run("id", &["-u"], PATIENCE).is_ok_and(|said: Output| said.stdout == b"0\n");
        let by_root = is_root && made(&NAMESPACES);
        let by_user = !by_root && made(&[&OF_USER[..], &NAMESPACES].concat());
        let cut = if by_root || by_user { Cut::Off } else { Cut::NotOff };
        let owner = host.status(root).ok().filter(|status| is_root && status.user != 0);
        Self {
            network: cut,
            processes: cut,
            user: owner.map(|owner| owner.user),
            as_root: is_root && owner.is_none(),
            group: owner.map_or(0, |owner| owner.group),
            by_user,
        }
    }

    /// The words in front of a command that runs so, with `home` as its own folder.
    pub(super) fn command(&self, host: &dyn Host, home: &str) -> Result<Vec<String>, Problem> {
        let mut words = Vec::new();
        if self.network == Cut::Off {
            words.push("unshare".to_owned());
            let of_user: &[&str] = if self.by_user { &OF_USER } else { &[] };
            words.extend(of_user.iter().chain(&NAMESPACES).map(|flag| (*flag).to_owned()));
            words.push("--".to_owned());
        }
        if let Some(user) = self.user {
            let owner = format!("{user}:{}", self.group);
            host.run("chown", &["-R", &owner, "--", home], PATIENCE).map_err(|refusal| refusal.problem())?;
            words.extend(["setpriv".to_owned(), format!("--reuid={user}"), format!("--regid={}", self.group)]);
            words.extend(["--clear-groups", "--"].map(str::to_owned));
        }
        Ok(words)
    }
}
