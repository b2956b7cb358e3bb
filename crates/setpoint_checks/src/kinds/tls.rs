//! Makes a TLS handshake and looks at the certificate, whose chain is always verified.

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::scene::Scene;
use crate::web::{Certificate, Connection};
use setpoint_model::register::{TlsCheck, TlsVersion, Worded as _};
use setpoint_model::{Failure, PhaseName, Reason};

pub(crate) fn subject(check: &TlsCheck) -> String {
    match &check.server_name {
        Some(name) => format!("{} as {name}", check.tls),
        None => check.tls.clone(),
    }
}

pub(crate) fn look(check: &TlsCheck, scene: &Scene<'_>, deadline: Deadline) -> Look {
    let mut look = Look::default();
    let opened = expect::host_and_port(&check.tls).and_then(|to| {
        let name = check.server_name.as_deref().unwrap_or(to.0);
        Connection::open_tls(scene, to, name, deadline, &mut look.phases)
    });
    let connection = match opened {
        Ok(connection) => connection,
        Err(failure) => {
            look.expect([failure]);
            return look;
        }
    };
    if let Some(certificate) = connection.certificate() {
        look.expect(check.names.iter().filter_map(|name| is_for(&certificate, name)));
        look.expect(check.days.and_then(|days| certificate.lasts(days, scene.now())));
    }
    if let (Some(oldest), Some(version)) = (check.oldest, connection.version()) {
        look.expect(version_of(version).and_then(|agreed| at_least(agreed, oldest)));
    }
    let shaken = look.phases.of(PhaseName::Tls).unwrap_or_default();
    look.expect(expect::within("the TLS handshake", check.within, shaken));
    look
}

fn is_for(certificate: &Certificate, name: &str) -> Option<Failure> {
    let is_named = certificate.names.iter().any(|pattern| matches(pattern, name));
    (!is_named).then(|| {
        let message = format!("the certificate is for {}, and not for `{name}`", certificate.names.join(", "));
        Failure::new(Reason::CertificateForAnotherName, message, format!("a certificate for `{name}`"))
    })
}

/// A star stands for one label, the first (RFC 9525, 6.3).
fn matches(pattern: &str, name: &str) -> bool {
    let under_star = || Some((pattern.strip_prefix("*.")?, name.split_once('.')?.1));
    pattern.eq_ignore_ascii_case(name) || under_star().is_some_and(|(pattern, name)| pattern.eq_ignore_ascii_case(name))
}

fn version_of(version: rustls::ProtocolVersion) -> Option<TlsVersion> {
    match version {
        rustls::ProtocolVersion::TLSv1_2 => Some(TlsVersion::V1_2),
        rustls::ProtocolVersion::TLSv1_3 => Some(TlsVersion::V1_3),
        // rustls agrees on no other.
        _ => None,
    }
}

fn at_least(agreed: TlsVersion, oldest: TlsVersion) -> Option<Failure> {
    let is_older = matches!((agreed, oldest), (TlsVersion::V1_2, TlsVersion::V1_3));
    is_older.then(|| {
        let message = format!("the two agreed on TLS {}", agreed.as_str());
        Failure::new(Reason::WrongValue, message, format!("TLS {} or newer", oldest.as_str()))
    })
}
