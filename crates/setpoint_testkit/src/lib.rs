//! (head to be written with the crate)
