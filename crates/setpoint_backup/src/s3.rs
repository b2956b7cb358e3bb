//! A store that speaks Amazon's S3, as much of it as a repository needs. The names of the objects are restic's, so that restic
//! itself works on the same bucket.

mod backend;
mod client;
mod credentials;
mod fault;

pub(crate) use backend::Objects;
pub(crate) use client::Client;
pub(crate) use credentials::Key;
pub(crate) use fault::{Because, Fault};
