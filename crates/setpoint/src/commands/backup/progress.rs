//! How far a long work is, for a person who waits at a terminal. In a pipe nothing is said.

use super::told::size;
use setpoint_backup::Tell;
use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const BETWEEN: Duration = Duration::from_millis(100);

/// Tells a person; `None` where there is none.
pub(super) fn told(doing: &'static str) -> Option<Tell> {
    std::io::stderr().is_terminal().then(|| {
        let began = Instant::now();
        let next = AtomicU64::new(0);
        let tell = move |done: u64, all: u64| {
            let now = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let due = next.load(Ordering::Relaxed);
            let after = now.saturating_add(u64::try_from(BETWEEN.as_millis()).unwrap_or_default());
            // One of the threads that are due tells it.
            let is_mine = now >= due && next.compare_exchange(due, after, Ordering::Relaxed, Ordering::Relaxed).is_ok();
            if is_mine || done == all {
                // Over the line before it, which `\r` goes back to and `\x1b[K` empties (ECMA-48).
                let end = if done == all { "\r\x1b[K" } else { "" };
                let of = if all == 0 { String::new() } else { format!(" of {}", size(all)) };
                let _ = write!(std::io::stderr().lock(), "\r\x1b[K{doing}: {}{of}{end}", size(done));
            }
        };
        Arc::new(tell) as Tell
    })
}
