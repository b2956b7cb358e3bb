//! What a site needs of its machine, and what another machine has of that.
//!
//! What is needed is asked of the machine on which the units run: systemd says how they are started, dpkg which package
//! a program belongs to, and the snapshot which files were read. Nothing of a file's content is taken but the variables of
//! environment files, and of a secret only that it is set.

mod accounts;
mod files;
mod here;
mod packages;
mod python;
mod units;
mod variables;

pub use here::standings;

use accounts::Accounts;
use files::Files;
use packages::Packages;
use setpoint_host::Host;
use setpoint_model::{Need, Needed, Problem, Snapshot};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use units::Unit;

/// Longer than any file of accounts, packages or variables, in bytes.
const LONGEST: u64 = 16 << 20;
/// The units of the servers beside a service, by the folder of their configuration.
const SERVERS: [(&str, &str); 4] = [
    ("/etc/nginx/", "nginx.service"),
    ("/etc/caddy/", "caddy.service"),
    ("/etc/postgresql/", "postgresql.service"),
    ("/etc/redis/", "redis-server.service"),
];
/// User and group ids below it are the same on every Debian (Debian Policy 9.2.2).
const FIRST_OF_MACHINE: u32 = 100;
/// `nobody` and `nogroup`, which every Debian has (Debian Policy 9.2.2).
const NOBODY: u32 = 65_534;

/// What units of this machine need of it, in the order in which a machine is set up. `private` are the files below the
/// root that a checkout does not bring, by their names in places.
///
/// # Errors
/// systemd could not be asked.
pub fn needs(
    host: &dyn Host,
    snapshot: &Snapshot,
    units: &[String],
    private: &BTreeSet<String>,
) -> Result<Vec<Need>, Problem> {
    let root = PathBuf::from(&snapshot.site.root);
    let mut own = units::ask(host, units)?;
    let timers: Vec<String> = own.iter().flat_map(|unit| unit.triggered_by.clone()).collect();
    own.extend(units::ask(host, &timers)?);
    let is_read = |folder: &str| snapshot.site.files.iter().any(|file| file.starts_with(folder));
    let servers = SERVERS.iter().filter(|(folder, _)| is_read(folder)).map(|(_, unit)| (*unit).to_owned());
    let servers = units::ask(host, &servers.collect::<Vec<_>>())?;

    let environments = python::environments(host, &snapshot.site);
    let of_tree = |path: &Path| path.starts_with(&root) || environments.iter().any(|folder| path.starts_with(folder));
    let programs = own.iter().chain(&servers).flat_map(|unit| &unit.programs).filter(|program| !of_tree(program));
    let interpreters = environments.iter().flat_map(|folder| python::files_of_interpreter(host, folder));
    let programs: BTreeSet<PathBuf> = programs.cloned().chain(interpreters).collect();

    let site_files = snapshot.site.files.iter().filter(|file| file.starts_with('/') || private.contains(*file));
    let of_units = own.iter().flat_map(Unit::files).cloned();
    let configuration: BTreeSet<PathBuf> = site_files.map(|file| root.join(file)).chain(of_units).collect();
    let packages = Packages::of(host, programs.iter().chain(&configuration));
    let accounts = Accounts::of(host);

    let mut needs = packages_of(&packages, &programs);
    let mut files = Files { host, accounts: &accounts, packages: &packages, root: &root, needs: BTreeMap::new() };
    own.iter().for_each(|unit| files.add_folders(unit));
    configuration.iter().for_each(|path| files.add(path));
    needs.extend(files.needs.into_values());
    needs.extend(accounts_of(&accounts, &own, &needs));
    needs.extend(environments.iter().flat_map(|folder| python::needs(host, folder)));
    needs.extend(variables::needs(host, snapshot, &needs));
    needs.extend(own.iter().chain(&servers).map(Unit::need));
    needs.sort_by(|one, two| one.order().cmp(&two.order()));
    needs.dedup_by(|one, two| one.order() == two.order());
    Ok(needs)
}

/// The packages of programs. One that every Debian has is none.
fn packages_of(packages: &Packages, programs: &BTreeSet<PathBuf>) -> Vec<Need> {
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for program in programs {
        if let Some(package) = packages.owner(program).filter(|package| !packages.is_essential(package)) {
            files.entry(package).or_default().push(program.display().to_string());
        }
    }
    let need = |(package, files): (&str, _)| Need { name: package.to_owned(), what: Needed::Package { files } };
    files.into_iter().map(need).collect()
}

/// The users and groups that units run as, and whose their files are. One that every Debian has is none.
fn accounts_of(accounts: &Accounts, units: &[Unit], needs: &[Need]) -> Vec<Need> {
    let owners = needs.iter().filter_map(|need| match &need.what {
        Needed::Folder { access, .. } | Needed::File { access } => Some(access),
        _ => None,
    });
    let owners: Vec<_> = owners.collect();
    let users: BTreeSet<&str> =
        units.iter().map(|unit| unit.user.as_str()).chain(owners.iter().map(|access| access.owner.as_str())).collect();
    let of_units = units.iter().flat_map(|unit| unit.groups.iter().map(String::as_str));
    let mut groups: BTreeSet<&str> = of_units.chain(owners.iter().map(|access| access.group.as_str())).collect();
    let mut needed = Vec::new();
    for user in users.into_iter().filter(|user| accounts.is_of_machine(user)) {
        let Some(what) = accounts.user(user) else { continue };
        groups.extend(accounts.groups_of(user));
        needed.push(Need { name: user.to_owned(), what });
    }
    let groups = groups.into_iter().filter(|group| accounts.is_group_of_machine(group));
    needed.extend(groups.map(|group| Need { name: group.to_owned(), what: Needed::Group }));
    needed
}

#[cfg(test)]
mod tests;
