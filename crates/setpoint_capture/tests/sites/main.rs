//! Whole sites, captured and looked at.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

mod containers;
mod folder;
mod libraries;
mod processes;
mod shop_vps;
mod support;
