use setpoint_model::{Failure, Reason};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// What a check wants to know of a server's certificate (RFC 5280).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// The names it is for: the DNS names and addresses of its `subjectAltName`.
    pub(crate) names: Vec<String>,
    /// The last second in which it is valid, since 1970.
    pub(crate) not_after: i64,
}

impl Certificate {
    /// Of its DER form; `None` if that is broken, which no handshake gets past.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let alternative = certificate.subject_alternative_name().ok().flatten();
        let names =
            alternative.iter().flat_map(|extension| &extension.value.general_names).filter_map(|name| match name {
                GeneralName::DNSName(name) => Some((*name).to_owned()),
                GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
                GeneralName::IPAddress(bytes) => {
                    <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string())
                }
                _ => None,
            });
        Some(Self { names: names.collect(), not_after: certificate.validity().not_after.timestamp() })
    }

    /// Whole days for which it is still valid; negative once it is not.
    pub(crate) fn days_left(&self, now: i64) -> i64 {
        (self.not_after - now).div_euclid(24 * 60 * 60)
    }

    /// A failure if it is valid for fewer days than that.
    pub(crate) fn lasts(&self, days: u32, now: i64) -> Option<Failure> {
        let left = self.days_left(now);
        (left < i64::from(days)).then(|| {
            Failure::new(
                Reason::CertificateExpired,
                format!("the certificate is valid for {left} more days"),
                format!("{days} days or more"),
            )
            .hint("renew it; `systemctl list-timers` shows whether something should have done so")
        })
    }
}
