//! What the kernel of this machine keeps imported code from.

use serde::Serialize;
use setpoint_host::{Host, Output};
use setpoint_model::{Problem, Retry};
use std::collections::BTreeSet;
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
    /// What this machine allows. Root asks with the rights of the one to whom the code belongs: its folder, what leads
    /// from there to the modules, and the interpreter. Code of several others could do to each what the other may do.
    pub(super) fn of<'p>(host: &dyn Host, run: impl Iterator<Item = &'p Path>) -> Result<Self, Problem> {
        let made = |flags: &[&str]| {
            let arguments = [flags, &["--", "true"]].concat();
            host.run("unshare", &arguments, PATIENCE).is_ok_and(|said| said.succeeded())
        };
        let is_root = host.run("id", &["-u"], PATIENCE).is_ok_and(|said: Output| said.stdout == b"0\n");
        let by_root = is_root && made(&NAMESPACES);
        let by_user = !by_root && made(&[&OF_USER[..], &NAMESPACES].concat());
        let cut = if by_root || by_user { Cut::Off } else { Cut::NotOff };
        let owners = run.filter_map(|path| host.status(path).ok()).map(|status| (status.user, status.group));
        let owners: BTreeSet<(u32, u32)> = owners.filter(|(user, _)| is_root && *user != 0).collect();
        let users: BTreeSet<u32> = owners.iter().map(|(user, _)| *user).collect();
        if users.len() > 1 {
            let users: Vec<String> = users.iter().map(u32::to_string).collect();
            let what = format!("the code belongs to several users ({}), and root runs none of it", users.join(", "));
            return Err(Problem::machine(what, "code that belongs to one user or to root", Retry::SafeOnceMended)
                .hint("ask as the user that the service runs as: `sudo -u USER setpoint capture --prove`"));
        }
        let owner = owners.first().copied();
        Ok(Self {
            network: cut,
            processes: cut,
            user: owner.map(|(user, _)| user),
            as_root: is_root && owner.is_none(),
            group: owner.map_or(0, |(_, group)| group),
            by_user,
        })
    }

    /// The words in front of a command that runs so, with `home` as its own folder.
    pub(super) fn command(&self, host: &dyn Host, home: &str) -> Result<Vec<String>, Problem> {
        // It ends with the one who asked, whatever ends that.
        let mut words: Vec<String> = ["setpriv", "--pdeathsig", "KILL", "--"].map(str::to_owned).into();
        if self.network == Cut::Off {
            words.push("unshare".to_owned());
            let of_user: &[&str] = if self.by_user { &OF_USER } else { &[] };
            words.extend(of_user.iter().chain(&NAMESPACES).map(|flag| (*flag).to_owned()));
            words.push("--".to_owned());
        }
        if let Some(user) = self.user {
            let owner = format!("{user}:{}", self.group);
            let said = host.run("chown", &["-R", &owner, "--", home], PATIENCE).map_err(|refusal| refusal.problem())?;
            if !said.succeeded() {
                let what = format!("`{home}` could not be given to the user {user}");
                return Err(Problem::machine(what, "a temporary folder that root may give away", Retry::Safe));
            }
            words.extend(["setpriv".to_owned(), format!("--reuid={user}"), format!("--regid={}", self.group)]);
            // Another user's signal is not kept.
            words.extend(["--clear-groups", "--no-new-privs", "--pdeathsig", "KILL", "--"].map(str::to_owned));
        }
        Ok(words)
    }
}
