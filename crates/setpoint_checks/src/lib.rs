//! Checks: what the register asserts, run against the machine and the service, many at once.
//!
//! A kind of check is one file in `kinds/`: it looks once and says what it saw. Tries, time limits, order and parallelism
//! are `run`'s. It writes nothing, and keeps nothing between two tries.

mod beside;
pub mod cache;
mod deadline;
mod expect;
pub mod hurl;
mod kinds;
mod look;
mod phases;
mod proposal;
mod refusal;
mod run;
mod scene;
mod web;

pub use proposal::{propose, proposed_kinds};
pub use run::{Step, run, run_without, subject};
pub use scene::Scene;
