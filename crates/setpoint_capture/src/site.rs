//! Finds what belongs to a site: from a folder, or from units on a live machine.

mod environment_name;
mod kind;
mod walk;

use crate::Request;
use crate::process::Live;
use crate::source::Deployment;
use setpoint_host::Host;
use setpoint_model::{Problem, Retry, Site};
use std::path::PathBuf;

/// What was found, with what the deployment sets.
#[derive(Debug)]
pub(crate) struct Found {
    /// The folder of the code.
    pub(crate) root: PathBuf,
    pub(crate) site: Site,
    pub(crate) deployment: Deployment,
    /// The processes that were seen running.
    pub(crate) live: Vec<Live>,
}

pub(crate) fn discover(host: &dyn Host, request: &Request) -> Result<Found, Problem> {
    let Some(root) = &request.root else {
        return Err(Problem::input("no folder was given", "`--root DIR`", Retry::SafeOnceMended));
    };
    let root = host.resolve(root).map_err(|refusal| refusal.problem())?;
    let walked = walk::walk(host, &root).map_err(|refusal| refusal.problem())?;
    let mut site =
        Site { root: root.display().to_string(), environment: request.environment.clone(), ..Site::default() };
    for (kind, path) in walked.files {
        if kind != kind::FileKind::PerhapsNginx && environment_name::concerns(&path, request.environment.as_deref()) {
            site.files.push(path.display().to_string());
        }
    }
    let deployment = Deployment { assignments: Vec::new(), problems: walked.problems };
    Ok(Found { root, site, deployment, live: Vec::new() })
}
