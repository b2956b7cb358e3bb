//! Parsers of the files that a deployment is written in: text or bytes in, what they say and what is wrong with
//! them out. Every item knows its bytes. Nothing here reads a file, panics, or gives up on the rest of a text
//! because of one bad line.
//!
//! Each format is read as the program that uses it reads it, quirks included: a value that Setpoint shows and
//! the service does not get would be worse than none.

mod address;
mod complaint;
mod cursor;
mod expansion;
mod files;
mod lines;
mod lossy;
mod traced;
mod yaml;

#[cfg(test)]
mod oracle;

pub mod caddyfile;
pub mod command_line;
pub mod compose;
pub mod crontab;
pub mod dockerfile;
pub mod dotenv;
pub mod environment_file;
pub mod glob;
pub mod hurl;
pub mod nginx;
pub mod postgresql;
pub mod proc_net;
pub mod procfile;
pub mod redis;
pub mod supervisor;
pub mod unit;

pub use address::Address;
pub use complaint::Complaint;
pub use expansion::limited;
pub use files::Files;
pub use lines::Lines;
pub use traced::{Traced, Word};
