use crate::web::Tls;
use setpoint_host::Host;
use setpoint_model::Snapshot;
use setpoint_model::register::Environment;
use std::path::Path;

/// Where checks look: the same checks run against another environment by another scene.
pub struct Scene<'a> {
    /// The machine from which is looked.
    pub host: &'a dyn Host,
    /// The folder that relative paths of checks begin in.
    pub folder: &'a Path,
    /// The environment that is looked at.
    pub environment: Option<&'a Environment>,
    /// What the site is set to, for checks that ask after a default or need a URL that one holds.
    pub snapshot: Option<&'a Snapshot>,
    /// Who is trusted, read once for all.
    pub(crate) tls: Tls,
}

impl<'a> Scene<'a> {
    /// A scene of which nothing has been asked yet.
    pub fn new(
        host: &'a dyn Host,
        folder: &'a Path,
        environment: Option<&'a Environment>,
        snapshot: Option<&'a Snapshot>,
    ) -> Self {
        Self { host, folder, environment, snapshot, tls: Tls::default() }
    }

    /// Where the environment answers.
    pub(crate) fn url(&self) -> Option<&'a str> {
        self.environment?.url.as_deref()
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.host.now().timestamp().as_second()
    }
}
