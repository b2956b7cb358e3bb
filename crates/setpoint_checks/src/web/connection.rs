use crate::deadline::Deadline;
use crate::phases::Phases;
use crate::scene::Scene;
use crate::web::{Address, Certificate};
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use setpoint_host::Unreached;
use setpoint_model::{Failure, PhaseName, Reason};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// What is trusted, read from the machine when first needed.
#[derive(Debug, Default)]
pub(crate) struct Tls {
    config: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Tls {
    /// The certificate authorities that the machine trusts: what OpenSSL would, `SSL_CERT_FILE` honoured.
    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>, Failure> {
        let made = self.config.get_or_init(|| {
            let found = rustls_native_certs::load_native_certs();
            let mut roots = RootCertStore::empty();
            let (usable, _) = roots.add_parsable_certificates(found.certs);
            if usable == 0 {
                return Err("this machine has no certificate authorities that can be read".to_owned());
            }
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?
                .with_root_certificates(roots)
                .with_no_client_auth();
            Ok(Arc::new(config))
        });
        made.clone().map_err(|because| {
            Failure::new(Reason::CertificateUntrusted, because, "the certificate authorities of the operating system")
                .hint("install the package `ca-certificates`, or name a file in the variable `SSL_CERT_FILE`")
        })
    }
}

/// An open connection; every read and write ends with the try.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: Stream,
}

#[derive(Debug)]
enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Connection {
    /// Looks up the name, connects to the first of its addresses that answers, and makes the TLS handshake where the
    /// address wants one. What each took is added to `phases`, also of the part that failed.
    pub(crate) fn open(
        scene: &Scene<'_>,
        address: &Address,
        deadline: Deadline,
        phases: &mut Phases,
    ) -> Result<Self, Failure> {
        let stream = connect(scene, &address.host, address.port, deadline, phases)?;
        if !address.is_tls {
            return Ok(Self { stream: Stream::Plain(stream) });
        }
        Self::secure(scene, stream, &address.host, phases)
    }

    /// As [`Connection::open`] with TLS, for a server that is asked for under another name than its address has.
    pub(crate) fn open_tls(
        scene: &Scene<'_>,
        (host, port): (&str, u16),
        server_name: &str,
        deadline: Deadline,
        phases: &mut Phases,
    ) -> Result<Self, Failure> {
        let stream = connect(scene, host, port, deadline, phases)?;
        Self::secure(scene, stream, server_name, phases)
    }

    /// As [`Connection::open`] without TLS.
    pub(crate) fn open_plain(
        scene: &Scene<'_>,
        (host, port): (&str, u16),
        deadline: Deadline,
        phases: &mut Phases,
    ) -> Result<Self, Failure> {
        let stream = connect(scene, host, port, deadline, phases)?;
        Ok(Self { stream: Stream::Plain(stream) })
    }

    fn secure(scene: &Scene<'_>, mut stream: Timed, host: &str, phases: &mut Phases) -> Result<Self, Failure> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Failure::new(
                Reason::TlsFailed,
                format!("`{host}` is no name for a certificate"),
                "a DNS name or an address",
            )
        })?;
        let config = scene.tls.config()?;
        let mut session = ClientConnection::new(config, name).map_err(|error| {
            Failure::new(Reason::TlsFailed, format!("TLS could not begin: {error}"), "a handshake with the server")
        })?;
        let started = Instant::now();
        let mut shaken = Ok(());
        while session.is_handshaking() && shaken.is_ok() {
            shaken = session.complete_io(&mut stream).map(drop);
        }
        phases.add(PhaseName::Tls, started.elapsed());
        shaken.map_err(|error| handshake_failed(&error, host, stream.deadline))?;
        Ok(Self { stream: Stream::Tls(Box::new(StreamOwned::new(session, stream))) })
    }

    /// The server's own certificate, and the version of TLS as rustls names it; `None` without TLS.
    pub(crate) fn certificate(&self) -> Option<Certificate> {
        match &self.stream {
            Stream::Plain(_) => None,
            Stream::Tls(stream) => Certificate::read(stream.conn.peer_certificates()?.first()?),
        }
    }

    /// The version of TLS that was agreed on.
    pub(crate) fn version(&self) -> Option<rustls::ProtocolVersion> {
        match &self.stream {
            Stream::Plain(_) => None,
            Stream::Tls(stream) => stream.conn.protocol_version(),
        }
    }

    /// Sends all of it.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }

    /// What has come, at most as much as there is room; 0 once the other side has ended.
    pub(crate) fn receive(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let received = match &mut self.stream {
            Stream::Plain(stream) => stream.read(room),
            Stream::Tls(stream) => stream.read(room),
        };
        match received {
            // A server that ends TLS without saying so (RFC 8446, 6.1) has ended all the same; whether the answer was
            // whole is HTTP's to say.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
            Err(error) if error.kind() == ErrorKind::Interrupted => self.receive(room),
            other => other,
        }
    }
}

fn connect(
    scene: &Scene<'_>,
    host: &str,
    port: u16,
    deadline: Deadline,
    phases: &mut Phases,
) -> Result<Timed, Failure> {
    let started = Instant::now();
    let found = scene.host.lookup(host, deadline.left_or_none());
    phases.add(PhaseName::Lookup, started.elapsed());
    let addresses = found.map_err(|refused| unreached(&refused, deadline))?;
    let started = Instant::now();
    let mut refused = None;
    let mut opened = None;
    for (number, address) in addresses.iter().enumerate() {
        // An address that swallows what is sent to it leaves time for the others.
        let share = deadline.left_or_none() / u32::try_from(addresses.len() - number).unwrap_or(1);
        match scene.host.connect(SocketAddr::new(*address, port), share) {
            Ok(stream) => {
                opened = Some(stream);
                break;
            }
            Err(because) => refused = refused.or(Some(because)),
        }
    }
    phases.add(PhaseName::Connect, started.elapsed());
    match (opened, refused) {
        (Some(stream), _) => Ok(Timed { stream, deadline }),
        (None, Some(because)) => Err(unreached(&because, deadline)),
        (None, None) => Err(unreached(&Unreached::NoSuchName(host.to_owned()), deadline)),
    }
}

/// The failure that a machine's refusal to connect is.
pub(crate) fn unreached(refused: &Unreached, deadline: Deadline) -> Failure {
    let reason = match refused {
        Unreached::NoSuchName(_) => Reason::NoSuchName,
        Unreached::Refused(_) => Reason::ConnectionRefused,
        Unreached::NoWay(_) | Unreached::Failed { .. } => Reason::Unreachable,
        Unreached::NoAnswer(_) => return Failure::new(Reason::TimedOut, refused.to_string(), answer_within(deadline)),
    };
    Failure::new(reason, refused.to_string(), "a connection")
}

/// What a time limit expects.
pub(crate) fn answer_within(deadline: Deadline) -> String {
    format!("an answer within {}", crate::expect::duration(deadline.limit()))
}

fn handshake_failed(error: &std::io::Error, host: &str, deadline: Deadline) -> Failure {
    let told = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if let Some(rustls::Error::InvalidCertificate(because)) = told {
        return bad_certificate(because, host);
    }
    match (told, error.kind()) {
        (None, ErrorKind::TimedOut | ErrorKind::WouldBlock) => {
            Failure::new(Reason::TimedOut, "the TLS handshake was not done in time", answer_within(deadline))
        }
        (None, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted) => {
            Failure::new(Reason::ConnectionLost, "the connection ended within the TLS handshake", "a handshake")
        }
        _ => Failure::new(Reason::TlsFailed, format!("the TLS handshake failed: {error}"), "TLS 1.2 or 1.3"),
    }
}

fn bad_certificate(error: &CertificateError, host: &str) -> Failure {
    let (reason, message) = match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            (Reason::CertificateExpired, "the certificate is not valid any more".to_owned())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (Reason::CertificateExpired, "the certificate is not valid yet".to_owned())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            (Reason::CertificateForAnotherName, format!("the certificate is not for `{host}`"))
        }
        CertificateError::UnknownIssuer => {
            (Reason::CertificateUntrusted, "nobody whom this machine trusts vouches for the certificate".to_owned())
        }
        other => (Reason::TlsFailed, format!("the certificate is not accepted: {other}")),
    };
    let failure = Failure::new(reason, message, format!("a certificate for `{host}` that this machine trusts"));
    match error {
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            failure.hint(format!("it is for {}", presented.join(", ")))
        }
        CertificateError::UnknownIssuer => {
            failure.hint("does the server send the chain of intermediate certificates with it? A browser may know them")
        }
        _ => failure,
    }
}

/// A stream of which every read and write ends when the try does. TLS reads several times before there is something to
/// give, so that a limit for one read would not be one for the whole.
#[derive(Debug)]
struct Timed {
    stream: TcpStream,
    deadline: Deadline,
}

impl Timed {
    fn left(&self) -> std::io::Result<std::time::Duration> {
        self.deadline.left().ok_or_else(|| ErrorKind::TimedOut.into())
    }
}

impl Read for Timed {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(room)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}
