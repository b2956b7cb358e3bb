//! `/proc/PID/limits` (`proc_pid_limits(5)`).

use super::{LONGEST, path_of};
use crate::{Assignment, Clear, Sensitive, Target};
use setpoint_host::{Host, Refusal};
use setpoint_model::{ByteSpan, Layer, Mechanism, Place, Value};

/// The limits that a Python service meets, by the kernel's words for them, and the defaults that they become.
const LIMITS: [(&str, &str); 6] = [
    ("Max open files", "process.max_open_files"),
    ("Max processes", "process.max_processes"),
    ("Max address space", "process.max_address_space"),
    ("Max core file size", "process.max_core_file_size"),
    ("Max cpu time", "process.max_cpu_time"),
    ("Max locked memory", "process.max_locked_memory"),
];

/// The soft limits, which are in force, in the kernel's units: files, processes, bytes, seconds.
pub(super) fn read(host: &dyn Host, pid: u32, process: &str) -> Result<Vec<Assignment>, Refusal> {
    let path = path_of(pid, "limits");
    let bytes = host.read(&path, LONGEST)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut start = 0;
    let lines = text.split_inclusive('\n').filter_map(|line| {
        let from = start;
        start += line.len();
        let (name, soft) = LIMITS
            .iter()
            .find_map(|(words, name)| Some((*name, line.strip_prefix(words)?.split_whitespace().next()?)))?;
        let offset = from + line.find(soft)?;
        let span = ByteSpan { start: offset, end: offset + soft.len() };
        Some(Assignment {
            target: Target::Default(name.to_owned()),
            layer: Layer::Process,
            mechanism: Mechanism::Process,
            value: Clear::from(soft.parse().map_or_else(|_| Value::from(soft), Value::Integer)),
            text: Sensitive::new(soft.to_owned()),
            place: Place::in_text(path.display().to_string(), &bytes, span),
            symbol: None,
            process: Some(process.to_owned()),
        })
    });
    Ok(lines.collect())
}
