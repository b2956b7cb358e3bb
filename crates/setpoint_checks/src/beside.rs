use std::sync::mpsc::channel;
use std::time::Duration;

/// Does something that knows no time limit of its own, and leaves it behind where it takes longer; `None` then. What is left
/// behind ends by itself or with the program.
pub(crate) fn beside<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (teller, told) = channel();
    let spawned = std::thread::Builder::new().spawn(move || {
        // Nobody may be waiting any more.
        let _ = teller.send(work());
    });
    spawned.ok()?;
    told.recv_timeout(limit).ok()
}
