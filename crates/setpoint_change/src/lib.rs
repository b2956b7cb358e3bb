//! A change of a machine, in five steps that are written down before they are done: capture, backup, test, watch, note. It is
//! kept or undone, and nothing in between is the end.
//!
//! [`Journal`] is the record, and alone is enough to get back; [`State`] and [`next`] are the table that says what may
//! follow; [`Steps`] goes forward and [`WayBack`] back. It never guesses: a file that is neither as found nor as left is
//! somebody else's, and is left alone.

mod bytes;
mod changes;
mod compare;
mod copying;
mod deployment;
mod draft;
mod empty;
mod event;
mod file_edit;
mod footprint;
mod guard;
mod journal;
mod keeping;
mod left;
mod machine;
mod note;
mod plan;
mod planning;
mod proof;
mod rehearsal;
mod revision;
mod scripts;
mod settling;
mod sharing;
mod step;
mod switch;
mod trust;
mod undo;
mod units;
mod validate;
mod walk;
mod word;

pub use bytes::Bytes;
pub use changes::{Changes, Pending, Turn};
pub use copying::{Copied, Copying, copying};
pub use deployment::{class_of_deployment, deployment};
pub use draft::Draft;
pub use event::{AsFound, Event, Evidence, UnitState};
pub use file_edit::{FileEdit, Found, Seen};
pub use footprint::Footprint;
pub use guard::Guard;
pub use journal::{Journal, Record};
pub use left::Left;
pub use machine::{Happening, State, next};
pub use note::{note, note_file, runbook};
pub use plan::{Class, Direction, Plan, Purpose, Saves, Settle, Wanted};
pub use planning::{Assignment, FileTexts, Planned, plan};
pub use proof::{Commands, Proof, Ran, Witness};
pub use rehearsal::{origin, refuse_same_place, rehearsal, staging_of, variables};
pub use revision::{Installed, Link, Revision};
pub use sharing::{Connected, shared};
pub use step::Step;
pub use switch::Switch;
pub use trust::{trust, trust_checkout, trust_scripts};
pub use undo::WayBack;
pub use units::states;
pub use validate::validate;
pub use walk::{Eyes, Fault, Look, Saved, Steps, Told, as_found};
pub use word::Word;
