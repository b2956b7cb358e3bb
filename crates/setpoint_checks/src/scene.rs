use crate::web::Tls;
use setpoint_host::Host;
use setpoint_model::register::Environment;
use setpoint_model::{Failure, Held, NamedDefault, Reason, Snapshot};
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
    /// The URL that a default holds, also where it is secret. It is connected to and shown to nobody.
    pub urls: &'a (dyn Fn(&Held) -> Option<String> + Sync),
    /// Who is trusted, read once for all.
    pub(crate) tls: Tls,
}

impl<'a> Scene<'a> {
    /// A scene of a machine alone, without an environment or a capture.
    pub fn of_machine(host: &'a dyn Host, folder: &'a Path) -> Self {
        Self { host, folder, environment: None, snapshot: None, urls: &|_| None, tls: Tls::default() }
    }

    /// The same for an environment.
    #[must_use]
    pub fn in_environment(self, environment: Option<&'a Environment>) -> Self {
        Self { environment, ..self }
    }

    /// The same for a site that was captured, and for what its defaults lead to.
    #[must_use]
    pub fn of_site(self, snapshot: &'a Snapshot, urls: &'a (dyn Fn(&Held) -> Option<String> + Sync)) -> Self {
        Self { snapshot: Some(snapshot), urls, ..self }
    }

    /// Where the environment answers.
    pub(crate) fn url(&self) -> Option<&'a str> {
        self.environment?.url.as_deref()
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.host.now().timestamp().as_second()
    }

    /// A default of the site.
    pub(crate) fn default(&self, name: &str) -> Result<&'a NamedDefault, Failure> {
        let snapshot = self
            .snapshot
            .ok_or_else(|| Failure::new(Reason::NotKnown, "the site was not captured", "a capture of it"))?;
        snapshot.defaults.iter().find(|default| default.is_called(name)).ok_or_else(|| {
            let message = format!("the site has no default `{name}`");
            Failure::new(Reason::Missing, message, "a name that `setpoint capture` lists")
        })
    }

    /// The URL that a default of the site holds. Where processes have different ones, nobody knows which is meant.
    ///
    /// # Errors
    /// The site has no such default, or it holds no URL.
    pub fn url_in(&self, name: &str) -> Result<String, Failure> {
        let default = self.default(name)?;
        let own = default.per_process.iter().map(|(_, effective)| effective);
        let mut held: Vec<&Held> = own.chain(&default.effective).map(|effective| &effective.value).collect();
        held.dedup();
        match held.as_slice() {
            [] => Err(Failure::new(Reason::Missing, format!("`{name}` is not set"), "a URL")),
            [one] => (self.urls)(one).ok_or_else(|| {
                let message = format!("`{name}` holds no URL of a server that is known from here");
                Failure::new(Reason::NotKnown, message, "a URL such as `postgresql://USER@HOST/NAME`")
            }),
            _ => Err(Failure::new(
                Reason::NotKnown,
                format!("`{name}` differs between the processes"),
                "one URL for all",
            )),
        }
    }
}
