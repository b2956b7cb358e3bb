//! Runnable assertions: what all have in common here, what each kind adds below.

mod data;
mod expected;
mod http;
mod machine;
mod network;

pub use data::{ConfigCheck, RedisCheck, SqlCheck};
pub use expected::{Comparison, ExpectedText};
pub use http::{HttpCheck, Rejection, RejectsCheck};
pub use machine::{CommandCheck, DiskCheck, FileCheck, FileType, LogCheck, ProcessCheck, UnitCheck, UnitState};
pub use network::{DnsCheck, DnsRecord, PortCheck, TcpCheck, TlsCheck, TlsVersion, Transport};

use crate::register::Documentation;
use crate::{Place, Problem};
use std::time::Duration;

documented! {
    /// A runnable assertion.
    pub struct Check {
        /// Its name.
        pub name: String,
        /// What is asserted, of what.
        pub kind: CheckKind,
        /// How long one try may take before it counts as failed; 10 s where it is left out.
        pub timeout: Duration,
        /// How often a failed try is repeated.
        pub retries: u32,
        /// How long to wait before a repeat; 1 s where it is left out.
        pub wait: Duration,
        /// Words by which checks are picked: `setpoint check --tag smoke`.
        pub tags: Vec<String>,
        /// The environments it is for; all where it is left out.
        pub environments: Vec<String>,
        /// The checks that must pass first; where one fails, this one is skipped.
        pub needs: Vec<String>,
        /// Who, why, and how to get back.
        pub documentation: Documentation,
        /// Where it stands.
        pub place: Place,
    }
}

impl Check {
    /// How long one try may take where the register does not say.
    pub const TIMEOUT: Duration = Duration::from_secs(10);
    /// How long to wait before a repeat where the register does not say.
    pub const WAIT: Duration = Duration::from_secs(1);
}

/// What is left of a check whose entry in the register is wrong. Nobody knows what it was meant to assert, so that it is
/// never run, and never taken for one that passes.
#[derive(Clone, Debug, PartialEq)]
pub struct UnsoundCheck {
    /// Its name.
    pub name: String,
    /// The key that says what it looks at, where there is one such key.
    pub kind: Option<&'static str>,
    /// Words by which checks are picked, as far as they could be read.
    pub tags: Vec<String>,
    /// The environments it is for, as far as they could be read.
    pub environments: Vec<String>,
    /// Who, why, and how to get back, as far as they could be read.
    pub documentation: Documentation,
    /// What is wrong with it; never empty.
    pub problems: Vec<Problem>,
    /// Where it stands.
    pub place: Place,
}

/// What a check asserts, of what. A new kind must be noticed by everything that runs, shows or exports checks.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckKind {
    /// An HTTP answer.
    Http(HttpCheck),
    /// A TCP connection.
    Tcp(TcpCheck),
    /// A TLS certificate.
    Tls(TlsCheck),
    /// A systemd unit.
    Unit(UnitCheck),
    /// Running processes.
    Process(ProcessCheck),
    /// A listening socket.
    Port(PortCheck),
    /// A file.
    File(FileCheck),
    /// A command's exit code and output.
    Command(CommandCheck),
    /// A query's value.
    Sql(SqlCheck),
    /// A Redis command's answer.
    Redis(RedisCheck),
    /// Lines of a log.
    Log(LogCheck),
    /// Room on a disk.
    Disk(DiskCheck),
    /// A name's addresses.
    Dns(DnsCheck),
    /// The effective value of a default.
    Config(ConfigCheck),
    /// Bad input that must be refused.
    Rejects(RejectsCheck),
}
