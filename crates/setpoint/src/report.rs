//! What was found, for a person or a program: one file per format.

pub(crate) mod problem;
