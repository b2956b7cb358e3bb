//! Finds every default of a site and where it lives: site → sources → readings → snapshot.
//!
//! A source turns one kind of place into [`Declaration`]s (what code declares) or [`Assignment`]s (what a
//! deployment sets); `resolve` merges them by the precedence of each mechanism. Nothing here judges or writes, and
//! `prove` alone runs the service's code, where it is asked to.

mod assignment;
mod backends;
mod caddy;
mod catalog;
mod celery;
mod containers;
mod declaration;
mod dotenv;
mod engine;
mod granian;
mod gunicorn;
mod hypercorn;
mod launch;
mod libraries;
mod library_call;
mod machine;
mod nginx;
mod options;
mod process;
mod prove;
mod proxied;
mod python;
mod redact;
mod resolve;
mod sensitive;
#[cfg(test)]
mod servers;
mod settings_class;
mod site;
mod source;
mod systemd;
mod uvicorn;
mod within;

pub use assignment::{Assignment, Target};
pub use catalog::{CataloguedDefault, CataloguedPackage, catalogued};
pub(crate) use declaration::OptionUse;
pub use declaration::{Clear, Declaration};
pub use machine::{needs, standings};
pub use nginx::nginx_configurations;
pub use prove::{Aspect, Cut, Difference, Isolation, Proof, ProvenClass, Proving};
pub use redact::{Scrubber, Vault};
pub use sensitive::Sensitive;

use setpoint_host::Host;
use setpoint_model::{Problem, Snapshot};
use std::path::{Path, PathBuf};

/// What to capture.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The folder of the code; found from the units or containers, else the current folder, where it is not given.
    pub root: Option<PathBuf>,
    /// Units on the live machine: `shop.service`.
    pub units: Vec<String>,
    /// Containers on the live machine, where no unit was asked for.
    pub containers: Vec<String>,
    /// The environment of the register, for the snapshot's head.
    pub environment: Option<String>,
    /// Whether running processes are looked at.
    pub processes: Processes,
    /// Whether the defaults of libraries and servers are read.
    pub libraries: Libraries,
    /// Where the service's interpreter is asked about its settings classes: how. Only then is its code run.
    pub proving: Option<Proving>,
    /// With which secrets are hashed, so that two captures can be compared; drawn anew where it is not given.
    pub key: Option<[u8; 16]>,
}

/// Whether running processes are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Processes {
    /// What they hold is what is effective now.
    #[default]
    LookedAt,
    /// The files alone count: what is committed must not depend on what runs at the moment.
    LeftOut,
}

/// Whether the defaults that libraries and servers have themselves are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Libraries {
    /// From the installed versions.
    #[default]
    Read,
    /// The tree alone counts: what is committed must not depend on what is installed beside it.
    LeftOut,
}

/// What was captured.
#[derive(Debug)]
pub struct Captured {
    /// All that may be shown.
    pub snapshot: Snapshot,
    /// Finds the site's secrets in what else is shown of it: a line of a file, a sentence of the register.
    pub scrubber: Scrubber,
    /// The URLs of servers that are secrets, for what has to connect to them.
    pub vault: Vault,
    /// What the service's interpreter said, where it was asked.
    pub proof: Option<Proof>,
}

/// Captures one site. `Err` only where nothing could be looked at; everything else is in the snapshot's problems.
pub fn capture(host: &dyn Host, request: &Request) -> Result<Captured, Problem> {
    let mut found = site::discover(host, request)?;
    let read = |root: &Path| python::read(host, root, &found.site.processes, libraries::followed(&found.site));
    let mut code = found.root.as_deref().map(read).unwrap_or_default();
    found.read_env_files(host, &code.dotenv_files);
    found.read_own_options(host, &code.declarations);
    backends::add(host, &mut found, &code.declarations);
    libraries::add(host, request.libraries, &mut found, &mut code);
    let settings = std::mem::take(&mut code.settings);
    let mut captured = resolve::resolve(host, found, code, request.key)?;
    if let Some(proving) = &request.proving {
        let proof = prove::prove(host, &captured.snapshot.site, settings, proving, &captured.scrubber)?;
        captured.proof = Some(proof);
    }
    Ok(captured)
}

/// Captures the libraries of the catalog that are installed in a folder: a virtual environment, or one that libraries
/// were unpacked into. All their own defaults count, since nobody says who uses them. `Err` only where the machine has no
/// random bytes to hide secrets with.
pub fn capture_installed(host: &dyn Host, folder: &Path) -> Result<Captured, Problem> {
    let (found, code) = libraries::installed(host, folder);
    resolve::resolve(host, found, code, None)
}
