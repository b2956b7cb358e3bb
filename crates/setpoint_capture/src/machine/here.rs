use super::accounts::Accounts;
use super::{python, variables};
use setpoint_host::{Host, Refusal};
use setpoint_model::{Need, Needed, Problem, Standing};
use std::path::Path;
use std::time::Duration;

/// How long systemd may take to say what it knows of a unit.
const PATIENCE: Duration = Duration::from_secs(5);

/// What this machine has of what is needed. What it refused to show is no standing but a problem.
pub fn standings(host: &dyn Host, needs: &[Need]) -> (Vec<Standing>, Vec<Problem>) {
    let accounts = Accounts::of(host);
    let mut standings = Vec::new();
    let mut problems = Vec::new();
    for need in needs {
        match look(host, &accounts, need) {
            Ok(here) => standings.push(Standing { need: need.clone(), here }),
            Err(refusal) => problems.push(refusal.problem()),
        }
    }
    problems.dedup();
    (standings, problems)
}

fn look(host: &dyn Host, accounts: &Accounts, need: &Need) -> Result<Option<Needed>, Refusal> {
    let path = Path::new(&need.name);
    Ok(match &need.what {
        // Another package may bring the same programs, and other systems have other packages.
        Needed::Package { files } => {
            let mut all_here = true;
            for file in files {
                all_here &= status(host, Path::new(file))?.is_some();
            }
            all_here.then(|| need.what.clone())
        }
        Needed::Group => accounts.has_group(&need.name).then_some(Needed::Group),
        Needed::User { .. } => accounts.user(&need.name),
        Needed::Folder { purpose, .. } => status(host, path)?.map(|status| Needed::Folder {
            access: accounts.ownership(status.mode, status.user, status.group),
            purpose: *purpose,
        }),
        Needed::File { .. } => status(host, path)?
            .map(|status| Needed::File { access: accounts.ownership(status.mode, status.user, status.group) }),
        // A file in the link's place serves as well.
        Needed::Link { .. } => status(host, path)?.map(|_| need.what.clone()),
        Needed::Python { .. } => python::interpreter(host, path)
            .map(|interpreter| Needed::Python { interpreter: interpreter.display().to_string() }),
        Needed::Distributions { .. } => {
            python::interpreter(host, path).map(|_| Needed::Distributions { pins: python::pins(host, path) })
        }
        Needed::Variables { .. } => match status(host, path)? {
            // What may not be read is said of the file where the site was captured.
            Some(_) => variables::names(host, path)
                .map(|names| Needed::Variables { values: names.into_iter().map(|name| (name, None)).collect() }),
            None => None,
        },
        Needed::Unit { .. } => unit(host, &need.name),
    })
}

/// `None` where there is nothing of that name.
fn status(host: &dyn Host, path: &Path) -> Result<Option<setpoint_host::Status>, Refusal> {
    match host.status(path) {
        Ok(status) => Ok(Some(status)),
        Err(refusal) if refusal.is_missing() => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// A machine without systemd has no units.
fn unit(host: &dyn Host, name: &str) -> Option<Needed> {
    let arguments = ["show", "--property=LoadState,UnitFileState", "--", name];
    let said = host.run("systemctl", &arguments, PATIENCE).ok()?;
    let said = String::from_utf8_lossy(&said.stdout);
    let is = |line: &str| said.lines().any(|said| said == line);
    is("LoadState=loaded").then(|| Needed::Unit { enabled: is("UnitFileState=enabled") })
}
