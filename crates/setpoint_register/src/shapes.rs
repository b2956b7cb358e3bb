//! The shapes that a value of the register can have. A shape is read, and says itself in JSON Schema and in the
//! words of an error, in one place, so that the three cannot disagree.

mod numbers_as_text;
mod pattern;
mod place_of_backups;
mod plain;
mod reference;
mod said;
mod several;
mod tables;
mod time;

pub(crate) use numbers_as_text::{ByteCount, FileMode};
pub(crate) use pattern::{Pattern, RegularExpression};
pub(crate) use place_of_backups::PlaceOfBackups;
pub(crate) use plain::{Anything, Flag, Number, Text, Whole, Word};
pub(crate) use reference::Reference;
pub(crate) use said::Said;
pub(crate) use several::{List, OneOrMany, Pairs, Prefixed};
pub(crate) use tables::{NAME, Named, Only};
pub(crate) use time::{CRON, Day, Time};

use crate::node::Node;
use crate::report::Report;
use serde_json::Value as Json;

/// One shape.
pub(crate) trait Shape {
    /// What it is read into.
    type Read;

    /// It in an error, after "expected".
    fn expected(&self) -> String;

    /// It in JSON Schema, draft 7, which editors know best.
    fn schema(&self) -> Json;

    /// Reads it, or reports why not.
    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<Self::Read>;
}
