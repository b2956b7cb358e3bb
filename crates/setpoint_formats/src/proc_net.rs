//! The kernel's tables of sockets, `/proc/net/tcp`, `udp` and `unix` (`proc_net(5)`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// `__SO_ACCEPTCON`: a Unix socket that waits for connections.
const ACCEPTS: u32 = 0x1_0000;

/// A socket of TCP or UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// The address and port on this machine.
    pub local: SocketAddr,
    /// Its state in the numbers of TCP, which UDP borrows.
    pub state: u8,
    /// By which a process's descriptor names it.
    pub inode: u64,
}

impl Socket {
    /// `TCP_LISTEN`: it waits for connections.
    pub const LISTENS: u8 = 0x0A;
    /// `TCP_CLOSE`: of UDP, a socket that takes what comes from anybody.
    pub const UNCONNECTED: u8 = 0x07;

    /// A line of `tcp`, `tcp6`, `udp` or `udp6`: `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt
    /// uid timeout inode …`. `None` for the heading.
    pub fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
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
        let state = u8::from_str_radix(state, 16).ok()?;
        Some(Self { local: SocketAddr::new(address, port), state, inode: inode.parse().ok()? })
    }
}

/// The inode and path of a Unix socket that waits for connections, by a line of `unix`: `Num: RefCount Protocol Flags Type St
/// Inode Path`.
pub fn unix_listener(line: &str) -> Option<(u64, &str)> {
    let mut fields = line.split_whitespace().skip(3);
    let flags = u32::from_str_radix(fields.next()?, 16).ok()?;
    let (inode, path) = (fields.nth(2)?.parse().ok()?, fields.next()?);
    (flags & ACCEPTS != 0).then_some((inode, path))
}

/// The inode of the socket that a process's descriptor is, by where its link in `/proc/PID/fd` leads: `socket:[4711]`.
pub fn inode_of(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Socket, inode_of, unix_listener};

    #[test]
    #[cfg(target_endian = "little")]
    fn sockets_of_both_versions_of_ip() {
        let tcp = "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0";
        let socket = Socket::parse(tcp).unwrap();
        assert_eq!((socket.local.to_string().as_str(), socket.state, socket.inode), ("127.0.0.1:8000", 10, 4711));
        let six =
            "0: 00000000000000000000000001000000:1F41 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 12 1";
        assert_eq!(Socket::parse(six).unwrap().local.to_string(), "[::1]:8001");
        assert_eq!(Socket::parse("sl local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid"), None);
    }

    #[test]
    fn unix_sockets_that_listen_and_no_others() {
        let unix = "0000000000000000: 00000002 00000000 00010000 0001 01 4712 /run/shop/shop.sock";
        assert_eq!(unix_listener(unix), Some((4712, "/run/shop/shop.sock")));
        assert_eq!(unix_listener(&unix.replace("00010000", "00000000")), None);
        assert_eq!(unix_listener("Num       RefCount Protocol Flags    Type St Inode Path"), None);
        assert_eq!((inode_of("socket:[4711]"), inode_of("/dev/null")), (Some(4711), None));
    }
}
