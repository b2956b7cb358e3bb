//! Finds what belongs to a site: from a folder, or from units or containers on a live machine.

mod code_root;
mod container;
mod env_files;
mod environment_name;
mod folder;
mod found;
mod kind;
mod listening;
mod own_options;
mod program;
mod readable;
mod running;
mod server_variables;
mod service;
mod systemctl;
mod unanswered;
mod unit;
mod walk;

use crate::Request;
pub(crate) use code_root::{VIRTUAL_ENVIRONMENTS, virtual_environment_beside};
pub(crate) use folder::nginx_files;
pub(crate) use found::{Found, Localhost, shown};
pub(crate) use program::is_of_others;
use setpoint_host::Host;
use setpoint_model::Problem;
use std::path::Path;

/// Looks at the units or containers that were asked for, else at the folder, which is the current one where none is
/// named.
pub(crate) fn discover(host: &dyn Host, request: &Request) -> Result<Found, Problem> {
    if !request.units.is_empty() {
        unit::discover(host, request)
    } else if !request.containers.is_empty() {
        container::discover(host, request)
    } else {
        folder::discover(host, request, request.root.as_deref().unwrap_or(Path::new(".")))
    }
}
