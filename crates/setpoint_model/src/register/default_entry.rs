use crate::register::Documentation;
use crate::{Place, Value};

documented! {
    /// A production value that somebody answers for.
    pub struct DefaultEntry {
        /// The default's name.
        pub name: String,
        /// The documented value. Left out where only the meaning is documented, as for a secret.
        pub value: Option<Value>,
        /// The processes that are meant to hold another value, each with its own: `{ "shop-worker.service" = 2 }`.
        pub per_process: Vec<(String, Value)>,
        /// Who, why, and how to get back.
        pub documentation: Documentation,
        /// Where it stands.
        pub place: Place,
    }
}

/// What the register says that a default is in one environment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DocumentedValue<'a> {
    /// In every process that is not named below; `None` where only those are documented.
    pub general: Option<&'a Value>,
    /// The exceptions.
    pub per_process: &'a [(String, Value)],
    /// The environment whose override it is; `None` where the entry itself says it.
    pub environment: Option<&'a str>,
    /// Where that is written.
    pub place: &'a Place,
}

impl<'a> DocumentedValue<'a> {
    /// The exception for a process, if it is one.
    pub fn exception(&self, process: &str) -> Option<&'a Value> {
        self.per_process.iter().find(|(name, _)| name == process).map(|(_, value)| value)
    }
}
