use crate::register::UnsoundCheck;
use crate::{Place, ProblemKind, Retry};
use serde::{Serialize, Serializer};
use std::time::Duration;

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The check's name.
    pub check: String,
    /// The key of the register that says what it looks at: `http`, `unit`.
    pub kind: &'static str,
    /// What was looked at: `GET http://127.0.0.1:8000/health`.
    pub subject: String,
    /// Whether it holds.
    #[serde(flatten)]
    pub conclusion: Conclusion,
    /// The reason of the register's waiver, where a failure is accepted for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived: Option<String>,
    /// How many tries were made; 0 where it was skipped, or where files say it and nothing is tried.
    pub tries: u32,
    /// How long the last try took.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub took: Duration,
    /// The parts of the last try, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phase>,
    /// What came back in the last try, as far as it helps to understand a failure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Where the check stands in the register.
    pub place: Place,
}

impl Outcome {
    /// That of a check that nobody has tried: nothing was measured, and nothing came back.
    pub fn untried(
        check: impl Into<String>,
        kind: &'static str,
        subject: impl Into<String>,
        conclusion: Conclusion,
        place: Place,
    ) -> Self {
        Self {
            check: check.into(),
            kind,
            subject: subject.into(),
            conclusion,
            waived: None,
            tries: 0,
            took: Duration::ZERO,
            phases: Vec::new(),
            evidence: Vec::new(),
            place,
        }
    }
}

/// Whether a check holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "conclusion", rename_all = "kebab-case")]
pub enum Conclusion {
    /// Everything was as expected.
    Passed,
    /// Something was not, or could not be looked at. There is at least one failure.
    Failed {
        /// All that is wrong, in the order in which the register names it.
        failures: Vec<Failure>,
    },
    /// It was not run, since what it needs was not there.
    Skipped {
        /// What was not there.
        because: String,
    },
}

/// One thing that a check found wrong. It cannot be built without what was found, what was expected, and whether a
/// retry makes sense.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Of which sort it is.
    pub reason: Reason,
    /// What was found, as a sentence without a full stop.
    pub message: String,
    /// What was expected instead.
    pub expected: String,
    /// Whether trying again makes sense.
    pub retry: Retry,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Failure {
    /// A failure of which the retry is what its reason says.
    pub fn new(reason: Reason, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { reason, message: message.into(), expected: expected.into(), retry: reason.retry(), hint: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A part of a try whose time is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// Which.
    pub name: PhaseName,
    /// How long it took.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub took: Duration,
}

/// The parts of a request over a network, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseName {
    /// Finding the addresses of the name.
    Lookup,
    /// Opening the TCP connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// From the end of the handshake to the first byte of the answer: what the service thinks.
    FirstByte,
    /// From the first byte to the last.
    Transfer,
}

impl PhaseName {
    /// The word for a person.
    pub fn as_str(self) -> &'static str {
        match self {
            PhaseName::Lookup => "lookup",
            PhaseName::Connect => "connect",
            PhaseName::Tls => "tls",
            PhaseName::FirstByte => "first byte",
            PhaseName::Transfer => "transfer",
        }
    }
}

/// Something that came back, and what it is: the first bytes of a body, a line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What it is: `body`, `stderr`, `line`.
    pub of: &'static str,
    /// The text, cut to a bounded length; bytes that are no UTF-8 are replaced.
    pub text: String,
}

/// A closed set of reasons, each with the word under which reports name it and what it means.
macro_rules! reasons {
    ($( $(#[doc = $meaning:literal])+ $variant:ident = $word:literal $retry:ident, )+) => {
        /// Why a check failed. The set is closed and a word never changes its meaning, so that an alert can be built on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $( $(#[doc = $meaning])+ $variant, )+ }

        impl Reason {
            /// Every reason, in the order in which a person is told of them.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),+];

            /// The word under which reports name it.
            pub fn as_str(self) -> &'static str {
                match self { $(Reason::$variant => $word),+ }
            }

            /// What it means.
            pub fn meaning(self) -> &'static str {
                match self { $(Reason::$variant => concat!($($meaning),+)),+ }
            }

            /// Whether the same again may end otherwise by itself.
            pub fn retry(self) -> Retry {
                match self { $(Reason::$variant => Retry::$retry),+ }
            }
        }
    };
}

reasons! {
    /// The name has no address.
    NoSuchName = "no-such-name" Safe,
    /// Nobody listens there.
    ConnectionRefused = "connection-refused" Safe,
    /// No way leads there.
    Unreachable = "unreachable" Safe,
    /// There was no answer, or not all of it, within the time limit of a try.
    TimedOut = "timed-out" Safe,
    /// The connection ended before the answer did.
    ConnectionLost = "connection-lost" Safe,
    /// The TLS handshake failed.
    TlsFailed = "tls-failed" SafeOnceMended,
    /// Nobody whom this machine trusts vouches for the certificate.
    CertificateUntrusted = "certificate-untrusted" SafeOnceMended,
    /// The certificate is for other names.
    CertificateForAnotherName = "certificate-for-another-name" SafeOnceMended,
    /// The certificate is not valid any more, not yet, or not for as long as demanded.
    CertificateExpired = "certificate-expired" SafeOnceMended,
    /// What came back breaks the rules of its protocol or format.
    NotUnderstood = "not-understood" SafeOnceMended,
    /// What came back is longer than what is read of it.
    TooLong = "too-long" SafeOnceMended,
    /// More redirects than may be followed.
    TooManyRedirects = "too-many-redirects" SafeOnceMended,
    /// This user may not look at it, or the server did not accept who asked.
    Denied = "denied" SafeOnceMended,
    /// A program that is needed for it is not on this machine.
    ToolMissing = "tool-missing" SafeOnceMended,
    /// What it asks for cannot be known from here.
    NotKnown = "not-known" SafeOnceMended,
    /// The server or program answered with an error of its own.
    Refused = "refused" SafeOnceMended,
    /// It should be there and is not.
    Missing = "missing" SafeOnceMended,
    /// It is there and should not be.
    Unwanted = "unwanted" SafeOnceMended,
    /// The status or exit code is another.
    WrongStatus = "wrong-status" SafeOnceMended,
    /// A header of the answer is missing or says something else.
    WrongHeader = "wrong-header" SafeOnceMended,
    /// The text says something else.
    WrongText = "wrong-text" SafeOnceMended,
    /// The value is another.
    WrongValue = "wrong-value" SafeOnceMended,
    /// It is in another state.
    WrongState = "wrong-state" SafeOnceMended,
    /// It belongs to, or runs as, somebody else, or others may do more with it.
    WrongRights = "wrong-rights" SafeOnceMended,
    /// All was right, but too late.
    TooSlow = "too-slow" Safe,
    /// It is older than it may be, or younger.
    WrongAge = "wrong-age" SafeOnceMended,
    /// There is more of it, or it is larger, than it may be.
    TooMuch = "too-much" SafeOnceMended,
    /// There is less of it than there must be.
    TooLittle = "too-little" SafeOnceMended,
    /// Bad input was taken.
    Accepted = "accepted" SafeOnceMended,
    /// An error does not say what it must.
    Unexplained = "unexplained" SafeOnceMended,
    /// An answer gives away the inside of the service.
    GivesAway = "gives-away" SafeOnceMended,
    /// Two things that the register says cannot both hold.
    Contradiction = "contradiction" SafeOnceMended,
    /// It is there and changes nothing.
    NoEffect = "no-effect" SafeOnceMended,
    /// No example shows that it holds.
    Untried = "untried" SafeOnceMended,
    /// What must come from the cache does not.
    NotCached = "not-cached" SafeOnceMended,
    /// What must not come from the cache does.
    Cached = "cached" SafeOnceMended,
    /// The cache gives what was made for one to another.
    Shared = "shared" SafeOnceMended,
    /// Its entry in the register is wrong, so that it was not run.
    WrongEntry = "wrong-entry" SafeOnceMended,
    /// Setpoint itself made a mistake, so that nobody knows whether it holds.
    OwnFault = "own-fault" Safe,
}

impl Reason {
    /// Whose fault it is that a check cannot be written from what is there: the machine's, or of who named what is not there
    /// or not right.
    pub fn kind(self) -> ProblemKind {
        use Reason as R;
        match self {
            R::NoSuchName | R::ConnectionRefused | R::Unreachable | R::TimedOut | R::ConnectionLost | R::TlsFailed => {
                ProblemKind::Machine
            }
            R::Denied | R::ToolMissing | R::Refused | R::OwnFault => ProblemKind::Machine,
            R::CertificateUntrusted | R::CertificateForAnotherName | R::CertificateExpired => ProblemKind::Input,
            R::NotUnderstood | R::TooLong | R::TooManyRedirects | R::NotKnown | R::Missing => ProblemKind::Input,
            R::Unwanted | R::WrongStatus | R::WrongHeader | R::WrongText | R::WrongValue => ProblemKind::Input,
            R::WrongState | R::WrongRights | R::TooSlow | R::WrongAge | R::TooMuch | R::TooLittle => ProblemKind::Input,
            R::Accepted | R::Unexplained | R::GivesAway | R::Contradiction | R::NoEffect => ProblemKind::Input,
            R::Untried | R::NotCached | R::Cached | R::Shared | R::WrongEntry => ProblemKind::Input,
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Outcome {
    /// That of a check whose entry in the register is wrong.
    pub fn unsound(check: &UnsoundCheck) -> Self {
        let failures = check.problems.iter().map(|problem| {
            let at = problem.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
            let message = format!("it was not run, since its entry is wrong: {}{at}", problem.what);
            Failure {
                hint: problem.hint.clone(),
                ..Failure::new(Reason::WrongEntry, message, problem.expected.as_str())
            }
        });
        let conclusion = Conclusion::Failed { failures: failures.collect() };
        let kind = check.kind.unwrap_or("check");
        Self::untried(check.name.as_str(), kind, check.place.to_string(), conclusion, check.place.clone())
    }

    /// True if it fails a run: it failed, and nobody accepts that.
    pub fn fails(&self) -> bool {
        matches!(self.conclusion, Conclusion::Failed { .. }) && self.waived.is_none()
    }

    /// All that is wrong.
    pub fn failures(&self) -> &[Failure] {
        match &self.conclusion {
            Conclusion::Failed { failures } => failures,
            Conclusion::Passed | Conclusion::Skipped { .. } => &[],
        }
    }
}

/// As a number of seconds, to the microsecond.
fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn a_word_means_one_reason() {
        let mut words: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
