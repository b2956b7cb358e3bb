//! The words of Setpoint as plain types: what a default, a reading, a finding and a register entry are.
//!
//! Nothing here reads a file, asks the clock or knows a machine; everything here can be printed, since a
//! secret's text never gets into these types (see [`Held`]).

mod finding;
mod held;
mod layer;
mod library;
mod mechanism;
mod named_default;
mod place;
mod precedence;
mod problem;
mod secret;
mod snapshot;
mod value;

pub mod register;

pub use finding::{Finding, Severity};
pub use held::{Fingerprint, Held};
pub use layer::{Layer, Origin};
pub use library::{Argument, Library, LibraryCall};
pub use mechanism::Mechanism;
pub use named_default::{Effective, NamedDefault, Reading};
pub use place::{ByteSpan, Place};
pub use precedence::{Seen, SiteProcesses, Winners, winner};
pub use problem::{Problem, ProblemKind, Retry};
pub use secret::{hide_url_password, is_secret_name, is_secret_text, name_words, url_passwords};
pub use snapshot::{ProcessState, Site, Snapshot};
pub use value::Value;
