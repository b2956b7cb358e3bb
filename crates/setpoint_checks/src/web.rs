//! HTTP/1.1 over TCP and TLS, with a time limit for the whole and the time of each part.
//!
//! The protocol itself is `ureq-proto`'s and `rustls`'s; here are the bytes that go to and fro, and the limits. Each request
//! has a connection of its own, so that what is measured is what a new visitor gets.

mod address;
mod certificate;
mod connection;
mod exchange;

pub(crate) use address::Address;
pub(crate) use certificate::Certificate;
pub(crate) use connection::{Connection, Tls, answer_within};
pub(crate) use exchange::{Answer, Request, exchange};
