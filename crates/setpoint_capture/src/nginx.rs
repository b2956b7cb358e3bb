//! What nginx does with the requests that it passes to this service: every directive that is in force where they
//! pass through.

use crate::source::Deployment;
use setpoint_host::Host;
use std::path::{Path, PathBuf};

/// Where nginx's configuration begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start<'a> {
    /// The configuration that nginx runs with on this machine, by its main file ([`MAIN_FILE`] most often).
    Machine(&'a Path),
    /// Files in a service's folder, each a main file or a fragment such as `deploy/nginx/shop.conf`. What they
    /// include is looked for in the same folder alone.
    Folder {
        /// The folder of the service; places are named relative to it.
        root: &'a Path,
        /// The files.
        files: &'a [PathBuf],
    },
}

/// The main file of Debian's and of nginx's own packages.
pub(crate) const MAIN_FILE: &str = "/etc/nginx/nginx.conf";

/// What was read, and from which files.
#[derive(Debug, Default)]
pub(crate) struct Proxied {
    /// Directives in force where requests pass to the service, and what could not be read or understood.
    pub(crate) deployment: Deployment,
    /// The files that the assignments stand in, absolute, sorted.
    pub(crate) files: Vec<PathBuf>,
}

/// Reads what concerns the service that listens on `listens` (`127.0.0.1:8000`, `unix:/run/shop.sock`). `None`
/// stands for whatever the files pass requests to, for a folder that does not say where its service listens.
/// Each assignment carries `process`.
pub(crate) fn read(host: &dyn Host, start: Start<'_>, listens: Option<&[String]>, process: Option<&str>) -> Proxied {
    let _ = (host, start, listens, process);
    Proxied::default()
}
