use crate::Place;
use crate::register::Documentation;
use std::fmt;
use std::time::Duration;

documented! {
    /// What may be cached and when the cache is bypassed.
    pub struct CacheRule {
        /// Its name, which a person looks for when debugging.
        pub name: String,
        /// The paths it speaks of: `/catalog/*`, where `*` stands for anything, `/` too. Of several rules the first that covers a path decides.
        pub pattern as "match": String,
        /// How long an answer is kept.
        pub ttl: Duration,
        /// When the cache is neither asked nor filled: `cookie:NAME`, `header:NAME`, `query:NAME`, `method:NAME` or `path:/PATTERN`.
        pub bypass: Vec<Bypass>,
        /// What besides the address makes two answers different: `header:NAME`, `cookie:NAME` or `query:NAME`.
        pub varies: Vec<Varying>,
        /// Statuses besides 200 whose answers are kept as long: `[404]`. What is not named here is kept for less, and errors of the server (5xx) not at all.
        pub also_kept: Vec<u16>,
        /// A header that the service, and not the proxy, makes anew with each answer: a random id, or a number that all workers count on. An answer that repeats it came from the cache. It is looked at where no header says what the cache did.
        pub made_anew: Option<String>,
        /// Methods that a probe may send to the paths of this rule although they may change something: `["POST"]`. They are sent without a body.
        pub may_send: Vec<String>,
        /// Addresses that must be cached.
        pub cached: Vec<String>,
        /// Addresses that must not be cached.
        pub not_cached: Vec<String>,
        /// Who, why, and how to get back.
        pub documentation: Documentation,
        /// Where it stands.
        pub place: Place,
    }
}

/// A condition under which the cache is neither asked nor filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bypass {
    /// The request carries a cookie of that name.
    Cookie(String),
    /// The request carries a header of that name.
    Header(String),
    /// The address has a query parameter of that name.
    Query(String),
    /// The request has that method.
    Method(String),
    /// The path matches that pattern.
    Path(String),
}

/// A part of the request that belongs to the cache's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Varying {
    /// The value of a header.
    Header(String),
    /// The value of a cookie.
    Cookie(String),
    /// The value of a query parameter.
    Query(String),
}

/// As the register has it: `cookie:session`.
impl fmt::Display for Bypass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bypass::Cookie(name) => write!(f, "cookie:{name}"),
            Bypass::Header(name) => write!(f, "header:{name}"),
            Bypass::Query(name) => write!(f, "query:{name}"),
            Bypass::Method(name) => write!(f, "method:{name}"),
            Bypass::Path(pattern) => write!(f, "path:{pattern}"),
        }
    }
}

/// As the register has it: `header:Accept-Language`.
impl fmt::Display for Varying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Varying::Header(name) => write!(f, "header:{name}"),
            Varying::Cookie(name) => write!(f, "cookie:{name}"),
            Varying::Query(name) => write!(f, "query:{name}"),
        }
    }
}
