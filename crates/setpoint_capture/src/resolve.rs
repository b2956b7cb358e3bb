//! Lays what the deployment sets over what the code declares: one default per name and mechanism, its readings in
//! order of precedence, the one that wins, and secrets hidden. The only place that looks inside `Sensitive`.

use crate::{python::Code, site::Found};
use setpoint_host::Host;
use setpoint_model::Snapshot;

pub(crate) fn resolve(_host: &dyn Host, mut found: Found, code: Code) -> Snapshot {
    found.site.python_files = code.files;
    found.problems.extend(code.problems);
    Snapshot { version: 1, site: found.site, defaults: Vec::new(), problems: found.problems }
}
