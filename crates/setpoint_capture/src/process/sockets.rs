//! On which sockets processes listen: the kernel's tables of sockets (`proc_net(5)`), joined with the processes' open
//! files by the socket's inode.

use super::{LONGEST, path_of};
use setpoint_formats::proc_net::{self, Socket, unix_listener};
use setpoint_host::{Host, Refusal};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

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
        proc_net::inode_of(target.file_name()?.to_str()?)
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
    let tcp = [table("tcp"), table("tcp6")];
    let sockets = tcp.iter().flat_map(|table| table.lines()).filter_map(Socket::parse);
    let listening = sockets.filter(|socket| socket.state == Socket::LISTENS);
    names.extend(listening.map(|socket| (socket.inode, socket.local.to_string())));
    let unix = table("unix");
    names.extend(unix.lines().filter_map(unix_listener).map(|(inode, path)| (inode, format!("unix:{path}"))));
    names
}
