//! Every kind of check, one file each: a spec in, what one try saw out.

pub(crate) mod http;
pub(crate) mod tcp;
