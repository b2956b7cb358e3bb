use crate::Place;
use jiff::civil::Date;

documented! {
    /// A finding or a failing check that is accepted for now, by somebody, until a day.
    pub struct Waiver {
        /// A rule's code or name, or the name of a check or a cache rule.
        pub name: String,
        /// The default, file or unit it is limited to; of a check or a cache rule, the environment.
        pub where_ as "where": Option<String>,
        /// Why it is accepted.
        pub reason: String,
        /// Who accepted it; the service's owner where it names none.
        pub owner: Option<String>,
        /// The last day on which it holds: `2027-03-01`.
        pub until: Date,
        /// Where it stands.
        pub place: Place,
    }
}
