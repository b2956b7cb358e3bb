//! Backups against the real thing: restic reads what is written here, and the databases are real servers.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]
#![expect(clippy::disallowed_methods, reason = "tests prepare the machine that the door then opens on")]

mod between;
mod databases;
mod files;
mod keeping;
mod loading;
mod restic;
mod shop;
mod store;
mod swapped;
mod trouble;
