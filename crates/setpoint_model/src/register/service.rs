use crate::{Place, Value};

documented! {
    /// What is run.
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

    /// A place in which the service runs.
    pub struct Environment {
        /// `production`.
        pub name: String,
        /// Its systemd units.
        pub units: Vec<String>,
        /// Where it answers, `http://127.0.0.1:8000`; paths in checks are below it.
        pub url: Option<String>,
        /// Where its logs are: `journal:UNIT` or a path.
        pub logs: Vec<String>,
        /// The environment whose configuration it starts from.
        pub copy_from: Option<String>,
        /// What differs from that one: defaults by name.
        pub overrides as "override": Vec<(String, Value)>,
        /// Where it stands.
        pub place: Place,
    }
}
