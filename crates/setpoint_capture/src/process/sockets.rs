//! On which sockets processes listen: the kernel's tables of sockets (`proc_net(5)`), joined with the processes' open
//! files by the socket's inode.

use super::{LONGEST, path_of};
use setpoint_host::{Host, Refusal};
use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// `TCP_LISTEN` of the kernel.
const LISTENING: &str = "0A";
/// `__SO_ACCEPTCON`: a Unix socket that waits for connections.
const ACCEPTS: u32 = 0x1_0000;

/// The listening sockets of these processes, as `127.0.0.1:8000`, `[::1]:8000` or `unix:/run/shop.sock`, sorted.
/// `Err` if the open files of the first one may not be read; those of its children belong to the same user.
pub(super) fn listening(host: &dyn Host, processes: &[u32]) -> Result<Vec<String>, Refusal> {
    let mut inodes = BTreeSet::new();
    for (at, pid) in processes.iter().enumerate() {
        match open_sockets(host, *pid) {
            Ok(open) => inodes.extend(open),
            Err(refusal) if at == 0 => return Err(refusal),
            // A worker that ended meanwhile listens on nothing.
            Err(_) => {}
        }
    }
    if inodes.is_empty() {
        return Ok(Vec::new());
    }
    let names = listeners(host);
    let listens: BTreeSet<_> = inodes.iter().filter_map(|inode| names.get(inode)).cloned().collect();
    Ok(listens.into_iter().collect())
}

/// Where anybody on the machine listens.
pub(crate) fn all_listening(host: &dyn Host) -> Vec<String> {
    listeners(host).into_values().collect()
}

/// The inodes of a process's sockets: its descriptors are links to `socket:[INODE]`.
fn open_sockets(host: &dyn Host, pid: u32) -> Result<Vec<u64>, Refusal> {
    let folder = path_of(pid, "fd");
    let sockets = host.list(&folder)?.into_iter().filter_map(|listed| {
        let target = host.link_target(&folder.join(listed.name)).ok()?;
        target.file_name()?.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    });
    Ok(sockets.collect())
}

/// Every listening socket of the machine by its inode.
fn listeners(host: &dyn Host) -> HashMap<u64, String> {
    let table = |name: &str| {
        let bytes = host.read(&Path::new("/proc/net").join(name), LONGEST).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let mut names = HashMap::new();
    names.extend(table("tcp").lines().chain(table("tcp6").lines()).filter_map(tcp_listener));
    names.extend(table("unix").lines().filter_map(unix_listener));
    names
}

/// `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …`
fn tcp_listener(line: &str) -> Option<(u64, String)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
    if *state != LISTENING {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    // The kernel prints each 32-bit word of the address, which is in network order, as a number of the machine.
    let mut words = [0u8; 16];
    for (word, digits) in words.chunks_exact_mut(4).zip(address.as_bytes().chunks(8)) {
        let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        word.copy_from_slice(&number.to_ne_bytes());
    }
    let address = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::new(words[0], words[1], words[2], words[3])),
        32 => IpAddr::V6(Ipv6Addr::from(words)),
        _ => return None,
    };
    Some((inode.parse().ok()?, SocketAddr::new(address, port).to_string()))
}

/// `Num: RefCount Protocol Flags Type St Inode Path`
fn unix_listener(line: &str) -> Option<(u64, String)> {
    let mut fields = line.split_whitespace().skip(3);
    let flags = u32::from_str_radix(fields.next()?, 16).ok()?;
    let (inode, path) = (fields.nth(2)?.parse().ok()?, fields.next()?);
    (flags & ACCEPTS != 0).then(|| (inode, format!("unix:{path}")))
}

#[cfg(test)]
mod tests {
    use super::{tcp_listener, unix_listener};

    #[test]
    #[cfg(target_endian = "little")]
    fn listening_sockets_and_no_others() {
        let tcp = "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0";
        assert_eq!(tcp_listener(tcp), Some((4711, "127.0.0.1:8000".to_owned())));
        assert_eq!(tcp_listener(&tcp.replace(" 0A ", " 01 ")), None);
        let six =
            "0: 00000000000000000000000001000000:1F41 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 12 1";
        assert_eq!(tcp_listener(six), Some((12, "[::1]:8001".to_owned())));
        let unix = "0000000000000000: 00000002 00000000 00010000 0001 01 4712 /run/shop/shop.sock";
        assert_eq!(unix_listener(unix), Some((4712, "unix:/run/shop/shop.sock".to_owned())));
        assert_eq!(unix_listener(&unix.replace("00010000", "00000000")), None);
        assert_eq!(unix_listener("Num       RefCount Protocol Flags    Type St Inode Path"), None);
    }
}
