//! What each kind of entry consists of: one file each, which reads as the declaration of its keys.

mod backup;
mod cache;
mod check;
mod default_entry;
mod environment;
mod job;
mod register;
mod release;
mod service;
mod waiver;

use crate::fields::Fields;
use setpoint_model::register::Documented;

/// A table of the register.
pub(crate) trait Entry: Documented + Sized {
    /// Asks for every key that the table can have, and only then gives up where one is missing, so that the schema
    /// and a person hear of all of them.
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self>;
}
