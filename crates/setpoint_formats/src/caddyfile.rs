//! Caddy's configuration in its own format, read as Caddy reads it (`caddyconfig/caddyfile` upstream): first the text
//! by the lexer's rules into tokens, then the tokens with everything that they import into a [`Configuration`], which
//! knows which requests go to which address and what is in force on the way.
//!
//! It does not know which directives exist, so that it reads those of modules that it has never heard of. A variable
//! `{$NAME}` belongs to Caddy's own environment, which is not known: it stays as it is written.

mod configuration;
mod import;
mod lexer;
mod upstream;
mod way;

#[cfg(test)]
mod oracle;

pub use configuration::{Configuration, Kind, Line, Node, SourceFile};
pub use lexer::Token;
pub use way::{Given, Part, Way};
