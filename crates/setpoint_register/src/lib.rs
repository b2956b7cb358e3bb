//! `setpoint.toml`, which people write, and `setpoint.lock`, which the tool writes: read, checked, described and
//! edited as text. Nothing here touches the machine; the texts come in and go out.
//!
//! Each kind of entry is one file below `entries/`, which reads as the declaration of its keys. The same declaration
//! reads the file and makes the JSON Schema.

#[cfg(test)]
mod agreement;
mod edit;
mod entries;
mod fields;
mod load;
mod node;
mod references;
mod report;
mod schema;
mod shapes;
mod syntax;
mod unsound;
mod value;
mod words;

pub mod lock;

pub use edit::{NewDefault, add_check, add_defaults, document_value, starter};
pub use load::load;
pub use schema::schema;

/// The register's name in the folder of the service.
pub const REGISTER: &str = "setpoint.toml";
/// The lock's name beside it.
pub const LOCK: &str = "setpoint.lock";
