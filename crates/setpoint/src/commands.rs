//! One file per command: its arguments, whose doc comments are the help, and a function that runs it.

pub(crate) mod backup;
pub(crate) mod cache;
pub(crate) mod capture;
pub(crate) mod change;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod docs;
pub(crate) mod explain;
pub(crate) mod recover;
pub(crate) mod rehearse;
pub(crate) mod release;
pub(crate) mod rollback;
