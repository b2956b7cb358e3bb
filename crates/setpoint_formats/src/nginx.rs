//! nginx's configuration, read as nginx reads it: first the text by the token rules of `ngx_conf_read_token`
//! (`src/core/ngx_conf_file.c` upstream) into a [`Tree`], then the files that it includes into a
//! [`Configuration`], which knows what is in force where and which requests go to which address.
//!
//! It does not know which directives exist or how many arguments they take, so that it reads the directives of
//! modules that it has never heard of. `nginx -t` is the judge of those.

mod answer;
mod configuration;
mod inheritance;
mod lexer;
mod location;
mod lua;
mod request;
mod rewrite;
mod route;
mod server;
mod token;
mod tree;
mod value;
mod variable;

#[cfg(test)]
mod oracle;

pub use answer::{Answer, Answers, End};
pub use configuration::{Configuration, Node, SourceFile};
pub use inheritance::Setting;
pub use request::Request;
pub use route::{Destination, Route};
pub use token::{Quoting, Token, written};
pub use tree::{Body, Directive, Tree, parse};
