//! What a proxy in front of the service does, whichever program it is.

pub(crate) mod files;

use crate::source::Deployment;
use setpoint_formats::Address;
use setpoint_model::{Mechanism, Place};
use std::path::{Path, PathBuf};

/// Where a proxy's configuration begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start<'a> {
    /// The configuration that the proxy runs with on this machine, by its main file.
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

/// What was read, and from which files.
#[derive(Debug, Default)]
pub(crate) struct Proxied {
    /// Directives in force where requests pass to the service, and what could not be read or understood.
    pub(crate) deployment: Deployment,
    /// The files that the assignments stand in, sorted.
    pub(crate) files: Vec<PathBuf>,
    /// Every place that passes requests on, whether to this service or not.
    pub(crate) passes: Vec<Pass>,
}

/// A place that passes requests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    /// The program.
    pub(crate) proxy: Mechanism,
    pub(crate) place: Place,
    /// Where to; nothing where that is not known.
    pub(crate) addresses: Vec<Address>,
    /// True for requests over HTTP.
    pub(crate) is_http: bool,
}

impl Proxied {
    /// Lays another proxy's findings after these.
    pub(crate) fn extend(&mut self, other: Proxied) {
        self.deployment.extend(other.deployment);
        self.files.extend(other.files);
        self.passes.extend(other.passes);
    }
}
