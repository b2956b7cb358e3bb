//! Finds what belongs to a site: from a folder, or from units on a live machine.

use crate::{Assignment, Request};
use setpoint_host::Host;
use setpoint_model::{Problem, Retry, Site};
use std::path::PathBuf;

/// What was found, with what the deployment sets.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) root: PathBuf,
    pub(crate) site: Site,
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) problems: Vec<Problem>,
}

pub(crate) fn discover(host: &dyn Host, request: &Request) -> Result<Found, Problem> {
    let Some(root) = &request.root else {
        return Err(Problem::input("no folder was given", "`--root DIR`", Retry::SafeOnceMended));
    };
    let root = host.resolve(root).map_err(|refusal| refusal.problem())?;
    let site = Site { root: root.display().to_string(), environment: request.environment.clone(), ..Site::default() };
    Ok(Found { root, site, assignments: Vec::new(), problems: Vec::new() })
}
