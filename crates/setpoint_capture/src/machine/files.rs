use super::accounts::Accounts;
use super::packages::Packages;
use super::units::Unit;
use setpoint_host::{Host, Kind};
use setpoint_model::{Need, Needed, Purpose};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Gathers the files, links and folders that no package and no checkout brings.
pub(super) struct Files<'a> {
    pub(super) host: &'a dyn Host,
    pub(super) accounts: &'a Accounts,
    pub(super) packages: &'a Packages,
    pub(super) root: &'a Path,
    pub(super) needs: BTreeMap<PathBuf, Need>,
}

impl Files<'_> {
    /// A configuration file, with the folder around it; of a link also what it points to.
    pub(super) fn add(&mut self, path: &Path) {
        let is_known = self.needs.contains_key(path) || self.packages.owner(path).is_some();
        if is_known {
            return;
        }
        let Ok(details) = self.host.details(path) else { return };
        let what = match details.kind {
            Kind::Link => {
                let Ok(target) = self.host.link_target(path) else { return };
                Needed::Link { target: target.display().to_string() }
            }
            Kind::File => Needed::File { access: self.accounts.ownership(details.mode, details.user, details.group) },
            Kind::Folder | Kind::Socket | Kind::Other => return,
        };
        let is_link = matches!(what, Needed::Link { .. });
        self.insert(path, what);
        if let Some(folder) = path.parent().filter(|folder| !folder.starts_with(self.root)) {
            self.add_folder(folder, Purpose::Other);
        }
        // What a link points to in the tree comes with the checkout.
        if let Ok(target) = self.host.resolve(path)
            && is_link
            && !target.starts_with(self.root)
        {
            self.add(&target);
        }
    }

    /// The folders in which a unit runs and keeps its state.
    pub(super) fn add_folders(&mut self, unit: &Unit) {
        if let Some(folder) = &unit.works_in {
            let holds_code = folder.starts_with(self.root) || self.root.starts_with(folder);
            self.add_folder(folder, if holds_code { Purpose::Code } else { Purpose::Other });
        }
        unit.state_folders.iter().for_each(|folder| self.add_folder(folder, Purpose::State));
    }

    fn add_folder(&mut self, folder: &Path, purpose: Purpose) {
        if self.needs.contains_key(folder) || self.packages.owner(folder).is_some() {
            return;
        }
        let Ok(status) = self.host.status(folder) else { return };
        if status.kind == Kind::Folder {
            let access = self.accounts.ownership(status.mode, status.user, status.group);
            self.insert(folder, Needed::Folder { access, purpose });
        }
    }

    fn insert(&mut self, path: &Path, what: Needed) {
        self.needs.insert(path.to_owned(), Need { name: path.display().to_string(), what });
    }
}
