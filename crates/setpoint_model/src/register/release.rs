use crate::Place;
use crate::register::Documentation;
use std::time::Duration;

documented! {
    /// How a new version is put in place, and how one gets back.
    pub struct Release {
        /// The deployment command, as for `sh -c`, in the register's folder.
        pub deploy: String,
        /// The command that puts the version before in place again.
        pub rollback: String,
        /// How long the service is watched afterwards; 10 m where it is left out.
        pub watch: Duration,
        /// The environment in which it is rehearsed.
        pub staging: Option<String>,
        /// How long a rehearsal's proof is fresh; 7 d where it is left out.
        pub proof_lasts: Duration,
        /// Who answers for it and why; the way back is the command above.
        pub documentation: Documentation,
        /// Where it stands.
        pub place: Place,
    }
}

impl Release {
    /// How long the service is watched where the register does not say.
    pub const WATCH: Duration = Duration::from_mins(10);
    /// How long a proof is fresh where the register does not say.
    pub const PROOF_LASTS: Duration = Duration::from_hours(7 * 24);
}
