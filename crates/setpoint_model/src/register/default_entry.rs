use crate::register::Documentation;
use crate::{Place, Value};

documented! {
    /// A production value that somebody answers for.
    pub struct DefaultEntry {
        /// The default's name.
        pub name: String,
        /// The documented value. Left out where only the meaning is documented, as for a secret.
        pub value: Option<Value>,
        /// Who, why, and how to get back.
        pub documentation: Documentation,
        /// Where it stands.
        pub place: Place,
    }
}
