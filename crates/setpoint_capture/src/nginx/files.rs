//! Where the files of a configuration come from: the machine that nginx runs on, or a folder that holds a part of
//! its configuration.

use setpoint_formats::Files;
use setpoint_formats::nginx::Token;
use setpoint_host::Host;
use setpoint_model::Problem;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Bytes of the longest file that is read. nginx has no limit; nobody writes a configuration of this size.
const LONGEST: u64 = 16 << 20;

/// Where nginx's packages put the configuration; a folder that is copied there holds the same files.
const PREFIX: &str = "/etc/nginx";

/// Files that come with nginx: kinds of files, character sets, and what a request says of itself. None sets a limit.
const SHIPPED: [&str; 9] = [
    "mime.types",
    "fastcgi.conf",
    "fastcgi_params",
    "uwsgi_params",
    "scgi_params",
    "proxy_params",
    "koi-utf",
    "koi-win",
    "win-utf",
];

/// True for an `include` whose absence from a folder is no loss: a file that comes with nginx, or a pattern, which
/// may stand for no file at all.
pub(super) fn is_harmless(included: &Token) -> bool {
    let text = included.text();
    text.contains(['*', '?', '[']) || text.rsplit('/').next().is_some_and(|name| SHIPPED.contains(&name))
}

/// The machine that nginx runs on.
pub(super) struct Machine<'a> {
    pub(super) host: &'a dyn Host,
    /// The main file; what it includes is named relative to its folder (`ngx_conf_full_name` upstream).
    pub(super) main: &'a Path,
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
pub(super) struct Folder<'a> {
    pub(super) host: &'a dyn Host,
    pub(super) root: &'a Path,
    /// The file that the reading began with.
    pub(super) start: &'a Path,
}

impl Files for Folder<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Problem>> {
        read(self.host, path)
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        list(self.host, folder)
    }

    /// Where the files would be copied to is not known: each folder from the first file's up to the root may become
    /// `/etc/nginx`, and the root itself may become `/`.
    fn locate(&self, included: &Path, _from: &Path) -> Option<PathBuf> {
        let below_prefix = included.strip_prefix(PREFIX).ok();
        let relative = below_prefix.or_else(|| included.is_relative().then_some(included));
        let folders = self.start.ancestors().skip(1).take_while(|folder| folder.starts_with(self.root));
        let beside = relative.into_iter().flat_map(|relative| folders.clone().map(move |folder| folder.join(relative)));
        let mirrored = included.strip_prefix("/").ok().map(|absolute| self.root.join(absolute));
        beside.chain(mirrored).find(|path| self.is_inside(without_pattern(path)))
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.root).unwrap_or(path).display().to_string()
    }
}

impl Folder<'_> {
    /// True for what is there, and not by a way of `..` or a link that leads out of the folder.
    fn is_inside(&self, path: &Path) -> bool {
        self.host.resolve(path).is_ok_and(|path| path.starts_with(self.root))
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
