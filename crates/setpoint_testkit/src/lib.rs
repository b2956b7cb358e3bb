//! What end-to-end tests stand on: a folder with files, the built binary run in it, and its whole output as one
//! picture; and processes on free loopback ports that end with the test.
//!
//! Only tests depend on it, so it may panic: a test that cannot be set up has failed.

mod mariadb;
mod object_store;
mod postgresql;
mod process;
mod sandbox;
mod tool;

pub use mariadb::mariadb;
pub use object_store::object_store;
pub use postgresql::postgresql;
pub use process::{Background, free_port};
pub use sandbox::{Picture, Sandbox};
pub use tool::tool_is_here;
