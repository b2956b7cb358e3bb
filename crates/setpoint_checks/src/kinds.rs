//! Every kind of check, one file each: a spec in, what one try saw out.

pub(crate) mod command;
pub(crate) mod config;
pub(crate) mod disk;
pub(crate) mod dns;
pub(crate) mod file;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod port;
pub(crate) mod process;
pub(crate) mod redis;
pub(crate) mod rejects;
pub(crate) mod sql;
pub(crate) mod tcp;
pub(crate) mod tls;
pub(crate) mod unit;
