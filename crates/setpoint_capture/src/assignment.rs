use crate::{Clear, Sensitive};
use setpoint_model::{Layer, Mechanism, Place};

/// A value that the deployment gives to a default: a line of an env file, an option on a command line, a directive.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// What it sets.
    pub target: Target,
    /// The kind of place.
    pub layer: Layer,
    /// The mechanism of the default that it becomes where no code declares it.
    pub mechanism: Mechanism,
    /// What it sets it to; environment variables are always text. `Dynamic` where the place computes it
    /// (`workers = cpu_count() * 2`), `Nothing` where it takes the value away (`UnsetEnvironment=`).
    pub value: Clear,
    /// As written.
    pub text: Sensitive<String>,
    /// Where.
    pub place: Place,
    /// `[Service]`, `server shop.example/location /`.
    pub symbol: Option<String>,
    /// The unit whose process it concerns; `None` where it concerns all.
    pub process: Option<String>,
}

/// What an assignment sets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// An environment variable, whatever code reads it.
    Variable(String),
    /// A default by its name: `gunicorn.timeout`, `nginx.proxy_read_timeout`, `systemd.TimeoutStopSec`.
    Default(String),
    /// A default that the program reads from a variable, such as `gunicorn.workers` from `WEB_CONCURRENCY`.
    FromVariable {
        /// The default.
        name: String,
        /// The variable.
        variable: String,
        /// How many of the default's variables the program looks at before this one.
        stronger: usize,
    },
}

impl Target {
    /// The default, where one is named and not a variable alone.
    pub(crate) fn default(&self) -> Option<&str> {
        match self {
            Target::Default(name) | Target::FromVariable { name, .. } => Some(name),
            Target::Variable(_) => None,
        }
    }
}
