//! Backups in a repository of restic's format, which restic itself can read: made, proven and taken back.
//!
//! This is the only user of the backup library and of the programs that dump databases. A backup is called safe only once it
//! was restored into scratch and compared with what was saved ([`Store::verify`]).

mod collect;
mod compare;
mod create;
mod database;
mod gate;
mod keep;
mod list;
mod load;
mod location;
mod lock;
mod machine;
mod password;
mod plan;
mod private_file;
mod progress;
mod record;
mod restic_lock;
mod restore;
mod s3;
mod saved;
mod sentences;
mod store;
mod tree;
mod verify;
mod write;

pub use create::{Created, Wanted};
pub use database::{Count, Database, Dump, Engine};
pub use keep::{Doing, Fate, Kept, Pruned};
pub use list::Listed;
pub use load::{Loaded, Loading, PlannedLoad, Rows};
pub use plan::{Difference, Planned, WhatIsDone};
pub use progress::{Tell, quiet};
pub use record::{Record, Verification};
pub use restore::{Destination, Restored, Restoring};
pub use store::{Settings, Store};
