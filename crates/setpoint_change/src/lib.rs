//! A change of a machine, in five steps that are written down before they are done: capture, backup, test, watch, note. It is
//! kept or undone, and nothing in between is the end.
//!
//! [`Journal`] is the record, and alone is enough to get back; [`State`] and [`next`] are the table that says what may
//! follow; [`Steps`] goes forward and [`recover`] back. It never guesses: a file that is neither as found nor as left is
//! somebody else's, and is left alone.

mod bytes;
mod changes;
mod deployment;
mod draft;
mod event;
mod file_edit;
mod guard;
mod journal;
mod machine;
mod note;
mod plan;
mod planning;
mod settling;
mod step;
mod switch;
mod trust;
mod undo;
mod units;
mod validate;
mod walk;
mod word;

pub use bytes::Bytes;
pub use changes::{Changes, Turn};
pub use deployment::deployment;
pub use draft::Draft;
pub use event::{AsFound, Event, Evidence, UnitState};
pub use file_edit::{FileEdit, Found, Seen};
pub use guard::{Guard, Revision};
pub use journal::{Journal, Record};
pub use machine::{Happening, State, next};
pub use note::{by_hand, note};
pub use plan::{Class, Direction, Plan, Settle, Wanted};
pub use planning::{Assignment, FileTexts, Planned, plan};
pub use step::Step;
pub use switch::Switch;
pub use trust::trust;
pub use undo::{recover, take_back};
pub use units::states;
pub use validate::validate;
pub use walk::{Fault, Look, Steps, Told, as_found};
pub use word::Word;
