//! Where the files of a proxy's configuration come from: the machine that the proxy runs on, or a folder that holds a
//! part of its configuration.

use crate::within::Within;
use setpoint_formats::Files;
use setpoint_host::Host;
use setpoint_model::Problem;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Bytes of the longest file that is read. Proxies have no limit; nobody writes a configuration of this size.
const LONGEST: u64 = 16 << 20;

/// The machine that the proxy runs on.
pub(crate) struct Machine<'a> {
    pub(crate) host: &'a dyn Host,
    /// The main file; what is included is named relative to its folder (`ngx_conf_full_name` upstream).
    pub(crate) main: &'a Path,
}

impl Files for Machine<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Problem>> {
        read(self.host, path)
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        list(self.host, folder)
    }

    fn locate(&self, included: &Path, _from: &Path) -> Option<PathBuf> {
        Some(self.main.parent()?.join(included))
    }

    fn shown(&self, path: &Path) -> String {
        path.display().to_string()
    }
}

/// A service's folder. Nothing is looked for outside of it.
pub(crate) struct Folder<'a> {
    pub(crate) host: &'a dyn Host,
    pub(crate) root: &'a Path,
    /// The file that the reading began with.
    pub(crate) start: &'a Path,
    /// Where the proxy's packages put the configuration; a folder that is copied there holds the same files.
    pub(crate) prefix: &'a str,
}

impl Files for Folder<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Problem>> {
        read(self.host, path)
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        list(self.host, folder)
    }

    /// Where the files would be copied to is not known: each folder from the first file's up to the root may become
    /// `/etc/nginx`, and the root itself may become `/`. A path that is already one of the folder stays as it is.
    fn locate(&self, included: &Path, _from: &Path) -> Option<PathBuf> {
        let below_prefix = included.strip_prefix(self.prefix).ok();
        let relative = below_prefix.or_else(|| included.is_relative().then_some(included));
        let folders = self.start.ancestors().skip(1).take_while(|folder| folder.starts_with(self.root));
        let beside = relative.into_iter().flat_map(|relative| folders.clone().map(move |folder| folder.join(relative)));
        let mirrored = included.strip_prefix("/").ok().map(|absolute| self.root.join(absolute));
        let own = included.starts_with(self.root).then(|| included.to_owned());
        own.into_iter().chain(beside).chain(mirrored).find(|path| self.is_inside(without_pattern(path)))
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.root).unwrap_or(path).display().to_string()
    }
}

impl Folder<'_> {
    /// True for what is there, and not by a way of `..` or a link that leads out of the folder.
    fn is_inside(&self, path: &Path) -> bool {
        Within::Folder(self.root).holds(self.host, path)
    }
}

/// The path itself, or the folder in which a pattern looks.
fn without_pattern(path: &Path) -> &Path {
    let is_plain = |path: &&Path| !path.as_os_str().as_bytes().iter().any(|byte| b"*?[".contains(byte));
    path.ancestors().find(is_plain).unwrap_or(path)
}

fn read(host: &dyn Host, path: &Path) -> Result<Vec<u8>, Box<Problem>> {
    host.read(path, LONGEST).map_err(|refusal| Box::new(refusal.problem()))
}

fn list(host: &dyn Host, folder: &Path) -> Vec<OsString> {
    host.list(folder).unwrap_or_default().into_iter().map(|listed| listed.name).collect()
}
