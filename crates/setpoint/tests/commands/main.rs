//! The binary from outside, one file per command: input, command line, whole output.

mod adding;
mod backup;
mod bad_input;
mod cache;
mod capture;
mod change;
mod changing_proxies;
mod check;
mod checks;
mod completions;
mod diff;
mod docs;
mod ending;
mod every_kind;
mod explain;
mod help;
mod hurl;
mod journals;
mod libraries;
mod missing_libraries;
mod moving;
mod mysql;
mod nested;
mod not_understood;
mod object_store;
mod picking;
mod progress;
mod prove;
mod proving_ends;
mod readme;
mod rehearsing;
mod secrets;
mod small_shop;
mod transcript;
mod unsound;
mod watching;
mod whole_sites;
mod written;

use setpoint_testkit::Sandbox;

/// An empty folder with the built binary. Pictures say `ALL` rules, so that a new one changes none of them.
fn empty() -> Sandbox {
    let all = format!("{} rules asked", setpoint_rules::catalogue().len());
    Sandbox::new(env!("CARGO_BIN_EXE_setpoint")).filter(&all, "ALL rules asked")
}
