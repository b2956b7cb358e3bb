//! The register's entries: what people decided and wrote down in `setpoint.toml`.

use crate::{Place, Value};
use jiff::civil::Date;

/// The whole of `setpoint.toml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Register {
    /// The file's name for messages: `setpoint.toml`.
    pub file: String,
    /// What is run; `None` while the file has no `[service]`.
    pub service: Option<Service>,
    /// In the order of the file.
    pub environments: Vec<Environment>,
    /// In the order of the file.
    pub defaults: Vec<DefaultEntry>,
    /// Findings and failing checks that are accepted for now.
    pub waivers: Vec<Waiver>,
}

/// `[service]`
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Who answers for every entry that names nobody.
    pub owner: Option<String>,
    /// Where the Python is, relative to the register.
    pub code: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// `[environment.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// `production`.
    pub name: String,
    /// Its units.
    pub units: Vec<String>,
    /// Where it answers.
    pub url: Option<String>,
    /// `journal:UNIT` or a path.
    pub logs: Vec<String>,
    /// The environment whose configuration it starts from.
    pub copy_from: Option<String>,
    /// What differs from that one.
    pub overrides: Vec<(String, Value)>,
    /// Where it stands.
    pub place: Place,
}

/// Who answers for an entry and what is expected of it. Every kind of entry carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documentation {
    /// Who answers for it; the service's owner where the entry names none.
    pub owner: Option<String>,
    /// Why the value is what it is.
    pub why: Option<String>,
    /// The result by which one sees that it is right.
    pub expect: Option<String>,
    /// How to get back.
    pub rollback: Option<String>,
}

/// `[default."NAME"]`
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultEntry {
    /// The default's name.
    pub name: String,
    /// The documented value; `None` where only the meaning is documented, as for a secret.
    pub value: Option<Value>,
    /// Who, why, and how to get back.
    pub documentation: Documentation,
    /// Where it stands.
    pub place: Place,
}

/// `[waiver."CODE or check"]`: accepted for now, by somebody, until a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiver {
    /// A rule's code or name, or a check's name.
    pub name: String,
    /// The default, file or unit it is limited to.
    pub where_: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub owner: Option<String>,
    /// The last day on which it holds.
    pub until: Date,
    /// Where it stands.
    pub place: Place,
}
