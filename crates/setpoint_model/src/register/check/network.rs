use crate::register::ExpectedText;
use std::time::Duration;

documented! {
    /// Opens a TCP connection.
    pub struct TcpCheck {
        /// `HOST:PORT`.
        pub tcp: String,
        /// What is sent once it is open.
        pub send: Option<String>,
        /// What comes back.
        pub answer: Option<ExpectedText>,
        /// The connection must stand in this time.
        pub within: Option<Duration>,
    }

    /// Makes a TLS handshake and looks at the certificate; its chain is always verified.
    pub struct TlsCheck {
        /// `HOST:PORT`.
        pub tls: String,
        /// The name that is asked for, where it is not the host.
        pub server_name: Option<String>,
        /// Names that the certificate must be for.
        pub names: Vec<String>,
        /// How many days it must still be valid.
        pub days: Option<u32>,
        /// The oldest version of TLS that may be agreed on.
        pub oldest: Option<TlsVersion>,
        /// The handshake must be done in this time.
        pub within: Option<Duration>,
    }

    /// Looks up a name.
    pub struct DnsCheck {
        /// The name.
        pub dns: String,
        /// The type of record; `A` where it is left out.
        pub record: DnsRecord,
        /// Answers that must all be there; any answer will do where it is left out.
        pub answers: Vec<String>,
        /// The server that is asked, `HOST:PORT`; the machine's own resolver where it is left out.
        pub server: Option<String>,
        /// The answer must come in this time.
        pub within: Option<Duration>,
    }

    /// Looks at who listens on a port of this machine.
    pub struct PortCheck {
        /// The port.
        pub port: u16,
        /// `tcp` where it is left out.
        pub transport: Transport,
        /// Whether anything may listen at all; true where it is left out.
        pub listening: bool,
        /// The only addresses that may be listened on: `127.0.0.1`.
        pub addresses: Vec<String>,
        /// The program that listens: `nginx`.
        pub program: Option<String>,
    }
}

worded! {
    /// A version of TLS.
    pub enum TlsVersion {
        /// RFC 5246.
        V1_2 = "1.2",
        /// RFC 8446.
        V1_3 = "1.3",
    }

    /// A type of DNS record (RFC 1035, RFC 3596, RFC 2782, RFC 8659).
    pub enum DnsRecord {
        /// An IPv4 address.
        A = "A",
        /// An IPv6 address.
        Aaaa = "AAAA",
        /// Another name.
        Cname = "CNAME",
        /// A mail server.
        Mx = "MX",
        /// Text.
        Txt = "TXT",
        /// A name server.
        Ns = "NS",
        /// A service's host and port.
        Srv = "SRV",
        /// Who may issue certificates.
        Caa = "CAA",
    }

    /// A transport protocol.
    pub enum Transport {
        /// A stream.
        Tcp = "tcp",
        /// Datagrams.
        Udp = "udp",
    }
}
