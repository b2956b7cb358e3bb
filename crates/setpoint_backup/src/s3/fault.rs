//! What a store can have against a request, and what a person can do about it.

use setpoint_model::{Place, Problem, Retry};
use std::fmt;

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    /// No whole answer came.
    Unreached(String),
    /// The server is not who it says, as far as this machine knows.
    Untrusted(String),
    /// The store said no; the code is its own ("Error Responses" of Amazon's reference).
    Refused { status: u16, code: String },
    /// There is no such object.
    Missing,
    /// An object is not as long as it has to be.
    Length { expected: u64, got: Option<u64> },
    /// The answer is none that S3 has.
    NotUnderstood(String),
}

impl Because {
    /// True for what may be otherwise in a moment. Every request can be sent again: an object is named by the hash of what is in
    /// it, and to remove it twice is to remove it.
    pub(crate) fn may_pass(&self) -> bool {
        const CODES: [&str; 6] =
            ["BadDigest", "IncompleteBody", "InternalError", "RequestTimeout", "SlowDown", "ServiceUnavailable"];
        match self {
            Self::Unreached(_) => true,
            Self::Refused { status, code } => {
                [408, 429, 500, 502, 503, 504].contains(status) || CODES.contains(&code.as_str())
            }
            Self::Untrusted(_) | Self::Missing | Self::Length { .. } | Self::NotUnderstood(_) => false,
        }
    }
}

/// A request that was not done, after all tries.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// The repository, as restic spells it.
    pub(crate) repository: String,
    /// What was to be done: "read `config`".
    pub(crate) doing: String,
    pub(crate) because: Because,
    pub(crate) tries: u32,
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { repository, doing, because, tries } = self;
        match because {
            Because::Unreached(why) => write!(f, "`{repository}` gave no answer to {doing}: {why}"),
            Because::Untrusted(why) => write!(f, "`{repository}` has a certificate that is not trusted: {why}"),
            Because::Refused { status, code } if code.is_empty() => {
                write!(f, "`{repository}` refused to {doing}: HTTP status {status}")
            }
            Because::Refused { status, code } => {
                write!(f, "`{repository}` refused to {doing}: {code} (HTTP status {status})")
            }
            Because::Missing => write!(f, "`{repository}` has nothing to {doing}: it is missing"),
            Because::Length { expected, got: Some(got) } => {
                write!(f, "`{repository}` gave {got} bytes to {doing}, and there have to be {expected}")
            }
            Because::Length { expected, got: None } => {
                write!(f, "`{repository}` has less than the {expected} bytes to {doing}")
            }
            Because::NotUnderstood(why) => {
                write!(f, "what `{repository}` answered to {doing} is not understood: {why}")
            }
        }?;
        if *tries > 1 { write!(f, ", tried {tries} times") } else { Ok(()) }
    }
}

impl Fault {
    /// It in words for a person. Only what says something of the repository's own content has it as its place.
    pub(crate) fn problem(&self, doing: &str) -> Problem {
        let what = format!("{doing} failed: {self}");
        match &self.because {
            Because::Unreached(_) => Problem::machine(what, "a store that answers", Retry::Safe)
                .hint("look whether it runs and is reached from here, and do the same again"),
            Because::Untrusted(_) => {
                let expected = "a certificate of an authority that this machine trusts, for that name";
                Problem::machine(what, expected, Retry::SafeOnceMended)
                    .hint("the package `ca-certificates` has the public ones; `SSL_CERT_FILE` names a file with others")
            }
            Because::Refused { status, code } => refused(what, *status, code),
            Because::Missing | Because::Length { .. } => {
                Problem::machine(what, "all of the repository's files, whole", Retry::SafeOnceMended)
                    .at(Place::file(self.repository.clone()))
                    .hint("`restic check` looks for what is wrong with a repository")
            }
            Because::NotUnderstood(_) => Problem::machine(what, "an answer of S3", Retry::SafeOnceMended)
                .hint("`repository` of `[backup]` names the store; look whether something else answers there"),
        }
    }
}

fn refused(what: String, status: u16, code: &str) -> Problem {
    let input = |expected: &str| Problem::input(what.clone(), expected, Retry::SafeOnceMended);
    match code {
        "NoSuchBucket" => {
            input("a bucket that is there").hint("make it with the means of the store: this program makes no buckets")
        }
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken" => {
            input("a key that the store knows, and its secret")
                .hint("`credentials_file` of `[backup]` names the file that holds both")
        }
        "RequestTimeTooSkewed" => {
            Problem::machine(what, "this machine's clock to be right within 15 minutes", Retry::SafeOnceMended)
                .hint("`timedatectl` says whether it is kept right")
        }
        "PermanentRedirect"
        | "AuthorizationHeaderMalformed"
        | "AuthorizationQueryParametersError"
        | "IllegalLocationConstraintException" => input("the region and the address that the bucket is in")
            .hint("`region` of `[backup]` is `us-east-1` where it is left out"),
        _ if (300..400).contains(&status) => input("the address that the bucket is at, without a redirection"),
        _ if [401, 403].contains(&status) => input("a key that may list, read, write and remove in the bucket")
            .hint("`credentials_file` of `[backup]` names the file with the key; what it may do is said at the store"),
        _ => Problem::machine(what, "a store that does it", Retry::Safe),
    }
}
