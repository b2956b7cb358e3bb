//! What a rehearsal must leave alone, as it is at one moment: production's files, units and revision.

use crate::Revision;
use crate::file_edit::{Seen, read};
use crate::units::{LOOK, failed};
use serde::{Deserialize, Serialize};
use setpoint_host::Host;
use setpoint_model::{Problem, Snapshot};
use std::path::{Path, PathBuf};

/// A site at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footprint {
    /// The files that were captured, and what each is; `None` for one that is gone.
    files: Vec<(PathBuf, Option<Seen>)>,
    units: Vec<Running>,
    revision: Option<Revision>,
}

/// A unit that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Running {
    name: String,
    /// `ActiveState`, `MainPID` and `NRestarts` of systemctl(1).
    active: String,
    pid: String,
    restarts: String,
}

impl Footprint {
    /// That of a captured site now, with the units that serve it.
    ///
    /// # Errors
    /// A file cannot be read, or systemd does not tell how a unit is.
    pub fn of(host: &dyn Host, site: &Snapshot, units: &[String]) -> Result<Self, Problem> {
        let root = Path::new(&site.site.root);
        let mut files = Vec::new();
        for file in &site.site.files {
            let path = root.join(file);
            let seen = read(host, &path).map_err(|refusal| refusal.problem())?.map(|(_, seen)| seen);
            files.push((path, seen));
        }
        let proxy = site.site.files.iter().any(|file| file.starts_with("/etc/nginx/")).then_some("nginx.service");
        let named = units.iter().map(String::as_str).chain(proxy);
        let units = named.map(|unit| running(host, unit)).collect::<Result<_, _>>()?;
        Ok(Self { files, units, revision: Revision::of(host, root) })
    }

    /// What is otherwise now. A unit that did not run before, such as a job, may have run on its own account.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        for (path, before) in &self.files {
            let now = now.files.iter().find(|(other, _)| other == path).and_then(|(_, seen)| seen.as_ref());
            if before.as_ref() != now {
                differences.push(format!("`{}` is not as it was", path.display()));
            }
        }
        for unit in self.units.iter().filter(|unit| unit.active == "active") {
            if !now.units.contains(unit) {
                differences.push(format!("`{}` is not the process that it was", unit.name));
            }
        }
        let commit = |revision: &Option<Revision>| revision.as_ref().map(|revision| revision.commit.clone());
        if commit(&self.revision) != commit(&now.revision) {
            differences.push("its code is at another revision".to_owned());
        }
        if let (Some(before), Some(now)) = (&self.revision, &now.revision) {
            let touched =
                before.touched(now).into_iter().filter(|path| !self.files.iter().any(|(file, _)| file == path));
            differences.extend(touched.map(|path| format!("`{}` is not as it was", path.display())));
        }
        differences
    }

    /// For people.
    pub(crate) fn sentence(&self) -> String {
        let units = self.units.iter().filter(|unit| unit.active == "active").count();
        let revision = if self.revision.is_some() { ", the revision" } else { "" };
        format!("production: {} files, {units} running units{revision}", self.files.len())
    }
}

fn running(host: &dyn Host, unit: &str) -> Result<Running, Problem> {
    let arguments = ["show", "--property=ActiveState,MainPID,NRestarts", "--", unit];
    let output = host.run("systemctl", &arguments, LOOK).map_err(|refusal| refusal.problem())?;
    if !output.succeeded() {
        return Err(failed(&format!("systemctl show {unit}"), &output));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let property = |name: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().to_owned()
    };
    Ok(Running {
        name: unit.to_owned(),
        active: property("ActiveState"),
        pid: property("MainPID"),
        restarts: property("NRestarts"),
    })
}
