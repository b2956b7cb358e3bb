//! The words of Setpoint as plain types: what a default, a reading, a finding and a register entry are.
//!
//! Nothing here reads a file, asks the clock or knows a machine; everything here can be printed, since a
//! secret's text never gets into these types (see [`Held`]).

mod backend;
mod comparison;
mod finding;
mod health_route;
mod held;
mod layer;
mod library;
mod mechanism;
mod named_default;
mod near;
mod need;
mod outcome;
mod place;
mod precedence;
mod problem;
mod secret;
mod server_url;
mod snapshot;
mod system_variable;
mod time_span;
mod type_name;
mod value;

pub mod register;

pub use backend::Backend;
pub use comparison::Comparison;
pub use finding::{Finding, Severity};
pub use health_route::HealthRoute;
pub use held::{Fingerprint, Held};
pub use layer::{Layer, Origin};
pub use library::{Argument, Library, LibraryCall};
pub use mechanism::{Mechanism, Variables};
pub use named_default::{Effective, NamedDefault, Reading, Takes, TypeOrigin};
pub use near::{near, nearest};
pub use need::{Need, Needed, Ownership, Purpose, Standing};
pub use outcome::{Conclusion, Evidence, Failure, Outcome, Phase, PhaseName, Reason};
pub use place::{ByteSpan, Place};
pub use precedence::{Seen, SiteProcesses, Winners, winner};
pub use problem::{Problem, ProblemKind, Retry};
pub use secret::{
    Written, hide_secrets, hide_url_password, holds_secret, is_secret_name, is_secret_text, literals, name_words,
    secret_of_option, secrets_in, url_passwords,
};
pub use server_url::ServerUrl;
pub use snapshot::{AbsentLibraries, DynamicRead, IgnoredKey, ProcessState, Site, Snapshot, Unanswered, UnreadFile};
pub use system_variable::is_set_by_the_system;
pub use time_span::{sum_of_spans, systemd_seconds};
pub use type_name::{bare_type, type_arguments};
pub use value::Value;
