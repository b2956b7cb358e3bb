//! Looks at who listens on a port of this machine.

use crate::deadline::Deadline;
use crate::look::Look;
use crate::proposal::Keys;
use crate::scene::Scene;
use setpoint_formats::proc_net::{self, Socket};
use setpoint_host::Host;
use setpoint_model::register::{PortCheck, Transport, Worded as _};
use setpoint_model::{Failure, Reason, Value};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;

/// The kernel's tables are not longer, in bytes.
const LONGEST: u64 = 64 << 20;

pub(crate) fn subject(check: &PortCheck) -> String {
    format!("{}/{}", check.port, check.transport.as_str())
}

/// On which addresses who listens; which program is left out where this user may not see it or there are several.
pub(crate) fn propose(port: &str, scene: &Scene<'_>, _: Deadline) -> Result<Keys, Failure> {
    let number: u16 = port.parse().map_err(|_| {
        Failure::new(Reason::NotUnderstood, format!("`{port}` is no port"), "a number between 1 and 65535")
    })?;
    let sockets = listeners(number, Transport::Tcp, scene.host)?;
    if sockets.is_empty() {
        return Err(nobody());
    }
    let addresses: BTreeSet<IpAddr> = sockets.iter().map(|socket| socket.local.ip()).collect();
    let addresses = addresses.iter().map(|address| Value::Text(address.to_string())).collect();
    let mut keys = vec![("port", Value::Integer(number.into())), ("addresses", Value::List(addresses))];
    let (programs, _) = programs(&sockets, scene.host);
    if let (1, Some(program)) = (programs.len(), programs.first()) {
        keys.push(("program", Value::from(program.as_str())));
    }
    Ok(keys)
}

fn nobody() -> Failure {
    Failure::new(Reason::Missing, "nobody listens there", "somebody who listens")
}

pub(crate) fn look(check: &PortCheck, scene: &Scene<'_>) -> Look {
    let sockets = match listeners(check.port, check.transport, scene.host) {
        Ok(sockets) => sockets,
        Err(failure) => return Look::failed(failure),
    };
    let addresses: BTreeSet<IpAddr> = sockets.iter().map(|socket| socket.local.ip()).collect();
    let heard = addresses.iter().map(|address| format!("`{address}`")).collect::<Vec<_>>().join(", ");
    if !check.listening {
        let unwanted = || Failure::new(Reason::Unwanted, format!("somebody listens on {heard}"), "nobody");
        return if sockets.is_empty() { Look::default() } else { Look::failed(unwanted()) };
    }
    if sockets.is_empty() {
        return Look::failed(nobody());
    }
    let mut look = Look::default();
    let allowed: Vec<IpAddr> = check.addresses.iter().filter_map(|address| address.parse().ok()).collect();
    if !allowed.is_empty() && !addresses.iter().all(|address| allowed.contains(address)) {
        let message = format!("somebody listens on {heard}");
        look.expect([Failure::new(Reason::WrongValue, message, format!("{} alone", check.addresses.join(", ")))]);
    }
    look.expect(check.program.as_ref().and_then(|program| listens(program, &sockets, scene.host)));
    look
}

fn listeners(port: u16, transport: Transport, host: &dyn Host) -> Result<Vec<Socket>, Failure> {
    let (tables, state) = match transport {
        Transport::Tcp => (["tcp", "tcp6"], Socket::LISTENS),
        Transport::Udp => (["udp", "udp6"], Socket::UNCONNECTED),
    };
    let mut found = Vec::new();
    for (number, table) in tables.iter().enumerate() {
        match host.read(&Path::new("/proc/net").join(table), LONGEST) {
            Ok(bytes) => {
                let sockets = String::from_utf8_lossy(&bytes).lines().filter_map(Socket::parse).collect::<Vec<_>>();
                found.extend(sockets.into_iter().filter(|it| it.local.port() == port && it.state == state));
            }
            // A machine without IPv6 has no table of it.
            Err(refusal) if number == 0 || !refusal.is_missing() => {
                return Err(Failure::new(Reason::Denied, refusal.to_string(), "a readable `/proc/net`"));
            }
            Err(_) => {}
        }
    }
    Ok(found)
}

/// The programs that have one of the sockets open, of the processes into which this user may look; and whether there are
/// others.
fn programs(sockets: &[Socket], host: &dyn Host) -> (BTreeSet<String>, bool) {
    let inodes: BTreeSet<u64> = sockets.iter().map(|socket| socket.inode).collect();
    let mut programs = BTreeSet::new();
    let mut is_denied = false;
    for listed in host.list(Path::new("/proc")).unwrap_or_default() {
        let Some(pid) = listed.name.to_str().filter(|name| name.parse::<u32>().is_ok()) else { continue };
        let folder = Path::new("/proc").join(pid);
        let open = match host.list(&folder.join("fd")) {
            Ok(open) => open,
            Err(refusal) => {
                is_denied |= !refusal.is_missing();
                continue;
            }
        };
        let inode = |name| proc_net::inode_of(host.link_target(&folder.join("fd").join(name)).ok()?.to_str()?);
        if open.into_iter().filter_map(|listed| inode(listed.name)).any(|inode| inodes.contains(&inode)) {
            // The kernel cuts a program's name to 15 bytes (`proc_pid_comm(5)`).
            let name = host.read(&folder.join("comm"), 4096).unwrap_or_default();
            programs.insert(String::from_utf8_lossy(&name).trim().to_owned());
        }
    }
    (programs, is_denied)
}

fn listens(wanted: &str, sockets: &[Socket], host: &dyn Host) -> Option<Failure> {
    let (programs, is_denied) = programs(sockets, host);
    if programs.contains(&wanted.chars().take(15).collect::<String>()) {
        return None;
    }
    if programs.is_empty() && is_denied {
        let message = "this user may not see which program listens";
        return Some(
            Failure::new(Reason::Denied, message, format!("the program `{wanted}`")).hint("run the check with `sudo`"),
        );
    }
    let found = programs.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let message =
        if found.is_empty() { "no program on this machine listens".to_owned() } else { format!("{found} listens") };
    Some(Failure::new(Reason::WrongValue, message, format!("the program `{wanted}`")))
}
