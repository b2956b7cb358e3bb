//! A site by its folder: the files in it that say how it is deployed, and the processes that run its code.
//!
//! Nothing outside the folder is read but `/proc`, so that the same tree gives the same files on every machine.

use super::found::{shown, state};
use super::kind::{FileKind, is_nginx};
use super::program::{GUNICORN_FILE, configuration_file};
use super::running::running;
use super::service::{self, Service};
use super::walk::{Walked, walk};
use super::{Found, environment_name};
use crate::systemd::{Home, UnitFiles};
use crate::{Request, nginx};
use setpoint_host::Host;
use setpoint_model::Problem;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// More than a server's configuration has.
const LONGEST_NGINX: u64 = 1 << 20;

/// The deployment files of a folder, absolute, each group in the order in which it was found.
#[derive(Debug, Default)]
struct Files {
    by_kind: BTreeMap<FileKind, Vec<PathBuf>>,
}

pub(super) fn discover(host: &dyn Host, request: &Request, root: &Path) -> Result<Found, Problem> {
    let root = host.resolve(root).map_err(|refusal| refusal.problem())?;
    let walked = walk(host, &root).map_err(|refusal| refusal.problem())?;
    let mut found = Found::new(Some(root.clone()), request);
    let files = Files::of(host, &root, request, walked, &mut found);
    read_units(host, &mut found, &files, &root);
    for file in files.all(FileKind::Gunicorn) {
        // One that no unit's gunicorn reads is read by whatever else starts it.
        if !found.has(file) && !found.has_gunicorn() {
            found.read_gunicorn(host, file, None);
        }
    }
    files.dotenv(&root).iter().for_each(|file| found.read_dotenv(host, file));
    let again = format!("sudo setpoint capture --root {}", root.display());
    for running in running(host, &root) {
        let known = found.site.processes.iter().position(|process| process.name == running.name());
        let process = match known {
            Some(at) => found.site.processes.remove(at),
            None => state(&running.name(), Some(&running.program), host),
        };
        found.observe(host, running.pid, process, None, &again);
    }
    let servers = files.all(FileKind::PerhapsNginx);
    if !servers.is_empty() {
        let proxied = nginx::read(host, nginx::Start::Folder { root: &root, files: servers }, None, None);
        found.deployment.extend(proxied.deployment);
        proxied.files.iter().for_each(|file| found.list(host, file));
    }
    found.give_servers_their_variables();
    Ok(found)
}

fn read_units(host: &dyn Host, found: &mut Found, files: &Files, root: &Path) {
    let installed_at = |path: &Path| files.installed_at(path).cloned();
    for fragment in files.all(FileKind::Unit) {
        let Some(name) = fragment.file_name().and_then(|name| name.to_str()) else { continue };
        let drop_ins = files.drop_ins(fragment);
        let unit_files = UnitFiles { name, fragment, drop_ins: &drop_ins };
        let service = service::read(host, &unit_files, &Home::Folder(&installed_at), &|path| shown(Some(root), path));
        std::iter::once(fragment).chain(&drop_ins).for_each(|file| found.list(host, file));
        if let Some(program) = service.program.as_ref().filter(|program| program.name == "gunicorn") {
            let named = program.configuration.as_deref().map_or(Some(Path::new(GUNICORN_FILE)), configuration_file);
            let file = named.and_then(|named| files.gunicorn(root, &service, named));
            file.into_iter().for_each(|file| found.read_gunicorn(host, &file, Some(name)));
        }
        found.site.processes.push(state(name, service.program.as_ref(), host));
        found.take(host, service.unit);
    }
}

impl Files {
    fn of(host: &dyn Host, root: &Path, request: &Request, walked: Walked, found: &mut Found) -> Self {
        found.deployment.problems.extend(walked.problems);
        let mut files = Self::default();
        for (kind, path) in walked.files {
            let absolute = root.join(&path);
            let is_what_it_seems = match kind {
                FileKind::PerhapsNginx => host.read(&absolute, LONGEST_NGINX).is_ok_and(|text| is_nginx(&text)),
                FileKind::Dotenv
                | FileKind::EnvironmentFile
                | FileKind::Unit
                | FileKind::DropIn
                | FileKind::Gunicorn
                | FileKind::Procfile
                | FileKind::Dockerfile
                | FileKind::Compose => true,
            };
            if is_what_it_seems && environment_name::concerns(&path, request.environment.as_deref()) {
                files.by_kind.entry(kind).or_default().push(absolute);
            }
        }
        files
    }

    fn all(&self, kind: FileKind) -> &[PathBuf] {
        self.by_kind.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// The drop-ins for a unit file, by name: of a folder `shop.service.d` anywhere, since installing puts them
    /// beside the unit. systemd reads them in the order of their names.
    fn drop_ins(&self, unit: &Path) -> Vec<PathBuf> {
        let Some(name) = unit.file_name() else { return Vec::new() };
        let folder = format!("{}.d", name.to_string_lossy());
        let is_of_unit =
            |path: &&PathBuf| path.parent().and_then(Path::file_name).is_some_and(|of| of == folder.as_str());
        let mut drop_ins: Vec<_> = self.all(FileKind::DropIn).iter().filter(is_of_unit).cloned().collect();
        drop_ins.sort_by(|one, two| one.file_name().cmp(&two.file_name()));
        drop_ins
    }

    /// The file of the folder that will be installed at an absolute path: of the same name, and of those the one
    /// with the longest common end, then the nearest to the top.
    fn installed_at(&self, path: &Path) -> Option<&PathBuf> {
        let candidates = self.all(FileKind::EnvironmentFile).iter().chain(self.all(FileKind::Dotenv));
        nearest(candidates, path)
    }

    /// The configuration file that a unit's gunicorn reads: relative to the folder that it runs in, which is the
    /// root's place on the machine.
    fn gunicorn(&self, root: &Path, service: &Service, named: &Path) -> Option<PathBuf> {
        let working_directory = service.working_directory().unwrap_or_default();
        let relative = named.strip_prefix(&working_directory).unwrap_or(named);
        let candidates = self.all(FileKind::Gunicorn);
        let exact = candidates.iter().find(|file| **file == root.join(relative));
        exact.or_else(|| nearest(candidates.iter(), named)).cloned()
    }

    /// Files of variables that the code reads itself, the weakest first: deep ones before those near the top, where
    /// the service is started, and `.env` before `.env.production`.
    fn dotenv(&self, root: &Path) -> Vec<PathBuf> {
        let mut files = [self.all(FileKind::EnvironmentFile), self.all(FileKind::Dotenv)].concat();
        let depth = |file: &PathBuf| file.strip_prefix(root).unwrap_or(file).components().count();
        files.sort_by(|one, two| (Reverse(depth(one)), one).cmp(&(Reverse(depth(two)), two)));
        files
    }
}

/// Of the files of the same name the one with the longest common end; the first of several.
fn nearest<'f>(files: impl DoubleEndedIterator<Item = &'f PathBuf>, path: &Path) -> Option<&'f PathBuf> {
    let common = |file: &Path| file.iter().rev().zip(path.iter().rev()).take_while(|(one, two)| one == two).count();
    files.rev().filter(|file| file.file_name() == path.file_name()).max_by_key(|file| common(file))
}
