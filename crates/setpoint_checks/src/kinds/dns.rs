//! Looks up a name.

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::scene::Scene;
use crate::web::Connection;
use setpoint_host::Unreached;
use setpoint_model::register::{DnsCheck, DnsRecord, Worded as _};
use setpoint_model::{Failure, Reason};
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

pub(crate) fn subject(check: &DnsCheck) -> String {
    let at = check.server.as_ref().map(|server| format!(" at {server}")).unwrap_or_default();
    format!("{} {}{at}", check.dns, check.record.as_str())
}

pub(crate) fn look(check: &DnsCheck, scene: &Scene<'_>, deadline: Deadline) -> Look {
    let mut look = Look::default();
    match answers(check, scene, deadline, &mut look) {
        Ok(found) if found.is_empty() => {
            let message = format!("`{}` has no record of the type {}", check.dns, check.record.as_str());
            look.expect([Failure::new(Reason::Missing, message, "one")]);
        }
        Ok(found) => {
            let is_there =
                |wanted: &String| found.iter().any(|it| it.eq_ignore_ascii_case(wanted.trim_end_matches('.')));
            for wanted in check.answers.iter().filter(|wanted| !is_there(wanted)) {
                let message = format!("the answer is {}", found.join(", "));
                look.expect([Failure::new(Reason::WrongValue, message, format!("`{wanted}` among it"))]);
            }
        }
        Err(failure) => look.expect([failure]),
    }
    look.expect(expect::within("the lookup", check.within, deadline.elapsed()));
    look
}

/// What the name leads to. Addresses without a server are asked of the machine's own resolver, which knows `/etc/hosts` too;
/// everything else of a name server.
fn answers(check: &DnsCheck, scene: &Scene<'_>, deadline: Deadline, look: &mut Look) -> Result<Vec<String>, Failure> {
    let is_address = matches!(check.record, DnsRecord::A | DnsRecord::Aaaa);
    if is_address && check.server.is_none() {
        let found = scene.host.lookup(&check.dns, deadline.left_or_none()).map_err(|refused| {
            let reason = match refused {
                Unreached::NoAnswer(_) => Reason::TimedOut,
                Unreached::NoSuchName(_) | Unreached::Refused(_) | Unreached::NoWay(_) | Unreached::Failed { .. } => {
                    Reason::NoSuchName
                }
            };
            Failure::new(reason, refused.to_string(), "an address")
        })?;
        let of_version = found.iter().filter(|address| address.is_ipv4() == (check.record == DnsRecord::A));
        return Ok(of_version.map(ToString::to_string).collect());
    }
    let server = match &check.server {
        Some(server) => server.clone(),
        None => name_server(scene)?,
    };
    let to = expect::host_and_port(&server)?;
    let mut connection = Connection::open_plain(scene, to, deadline, &mut look.phases)?;
    ask(check, &mut connection, &server)
}

/// The first name server of resolv.conf(5).
fn name_server(scene: &Scene<'_>) -> Result<String, Failure> {
    let bytes = scene.host.read(Path::new("/etc/resolv.conf"), 1 << 20).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let named = text.lines().find_map(|line| line.trim().strip_prefix("nameserver")).map(str::trim);
    let address = named.filter(|address| !address.is_empty()).ok_or_else(|| {
        let message = "`/etc/resolv.conf` names no name server";
        Failure::new(Reason::NotKnown, message, "a `nameserver` there, or a `server` of the check")
    })?;
    Ok(if address.contains(':') { format!("[{address}]:53") } else { format!("{address}:53") })
}

/// One question over TCP, which every server must answer (RFC 7766) and where nothing is cut short.
fn ask(check: &DnsCheck, connection: &mut Connection, server: &str) -> Result<Vec<String>, Failure> {
    let not_understood = |what: &dyn std::fmt::Display| {
        Failure::new(
            Reason::NotUnderstood,
            format!("the answer of `{server}` is not understood: {what}"),
            "an answer of DNS",
        )
    };
    let name = Name::new(&check.dns)
        .map_err(|_| Failure::new(Reason::NotUnderstood, format!("`{}` is no name", check.dns), "a name of DNS"))?;
    let mut query = Packet::new_query(1);
    query.set_flags(PacketFlag::RECURSION_DESIRED);
    query.questions.push(Question::new(name, QTYPE::TYPE(type_of(check.record)), QCLASS::CLASS(CLASS::IN), false));
    let query = query.build_bytes_vec().map_err(|error| not_understood(&error))?;
    let length = u16::try_from(query.len()).unwrap_or(u16::MAX);
    let lost = |error: &std::io::Error| match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => {
            Failure::new(Reason::TimedOut, format!("`{server}` did not answer in time"), "an answer")
        }
        _ => {
            Failure::new(Reason::ConnectionLost, format!("the connection to `{server}` was lost: {error}"), "an answer")
        }
    };
    connection.send(&[&length.to_be_bytes()[..], &query].concat()).map_err(|error| lost(&error))?;
    let mut answer = Vec::new();
    let mut room = [0; 4096];
    loop {
        let whole = answer.first_chunk().map(|length| usize::from(u16::from_be_bytes(*length)) + 2);
        if whole.is_some_and(|whole| answer.len() >= whole) {
            break;
        }
        match connection.receive(&mut room).map_err(|error| lost(&error))? {
            0 => return Err(lost(&ErrorKind::UnexpectedEof.into())),
            count => answer.extend_from_slice(&room[..count]),
        }
    }
    let packet = Packet::parse(&answer[2..]).map_err(|error| not_understood(&error))?;
    match packet.rcode() {
        RCODE::NoError => {}
        RCODE::NameError => {
            return Err(Failure::new(
                Reason::NoSuchName,
                format!("`{}` does not exist", check.dns),
                "a name that exists",
            ));
        }
        other => {
            let message = format!("`{server}` answered with the error {other:?}");
            return Err(Failure::new(Reason::Refused, message, "an answer"));
        }
    }
    let wanted = type_of(check.record);
    let records = packet.answers.iter().filter(|record| record.match_qtype(QTYPE::TYPE(wanted)));
    Ok(records.filter_map(|record| in_words(&record.rdata)).collect())
}

fn type_of(record: DnsRecord) -> TYPE {
    match record {
        DnsRecord::A => TYPE::A,
        DnsRecord::Aaaa => TYPE::AAAA,
        DnsRecord::Cname => TYPE::CNAME,
        DnsRecord::Mx => TYPE::MX,
        DnsRecord::Txt => TYPE::TXT,
        DnsRecord::Ns => TYPE::NS,
        DnsRecord::Srv => TYPE::SRV,
        DnsRecord::Caa => TYPE::CAA,
    }
}

/// A record as `dig +short` writes it, names without the dot at their end and texts without quotes.
fn in_words(record: &RData<'_>) -> Option<String> {
    Some(match record {
        RData::A(a) => Ipv4Addr::from(a.address).to_string(),
        RData::AAAA(a) => Ipv6Addr::from(a.address).to_string(),
        RData::CNAME(name) => name.0.to_string(),
        RData::NS(name) => name.0.to_string(),
        RData::MX(mx) => format!("{} {}", mx.preference, mx.exchange),
        RData::SRV(srv) => format!("{} {} {} {}", srv.priority, srv.weight, srv.port, srv.target),
        RData::TXT(txt) => txt.clone().try_into().ok()?,
        RData::CAA(caa) => format!("{} {} {}", caa.flag, caa.tag, String::from_utf8_lossy(&caa.value)),
        _ => return None,
    })
}
