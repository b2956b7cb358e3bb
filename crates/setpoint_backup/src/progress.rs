//! How far a long work is.

use rustic_core::{Progress, ProgressBars, ProgressType, RusticProgress};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Is told how many bytes are done, and of how many. It is called by many threads, and often.
pub type Tell = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Tells nobody.
pub fn quiet() -> Tell {
    Arc::new(|_, _| {})
}

/// Counts bytes, whoever does them.
#[derive(Clone)]
pub(crate) struct Counter(Arc<Inner>);

struct Inner {
    done: AtomicU64,
    all: AtomicU64,
    tell: Tell,
}

impl Counter {
    pub(crate) fn new(all: u64, tell: &Tell) -> Self {
        Self(Arc::new(Inner { done: AtomicU64::new(0), all: AtomicU64::new(all), tell: Arc::clone(tell) }))
    }

    pub(crate) fn add(&self, bytes: u64) {
        let done = self.0.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (self.0.tell)(done, self.0.all.load(Ordering::Relaxed));
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counter").field(&self.0.done).finish()
    }
}

impl RusticProgress for Counter {
    fn is_hidden(&self) -> bool {
        false
    }

    fn set_length(&self, length: u64) {
        self.0.all.store(length, Ordering::Relaxed);
    }

    fn set_title(&self, _title: &str) {}

    fn inc(&self, bytes: u64) {
        self.add(bytes);
    }

    fn finish(&self) {}
}

/// Of all that the library counts, bytes alone are told.
pub(crate) struct Bars(pub(crate) Tell);

impl fmt::Debug for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bars")
    }
}

impl ProgressBars for Bars {
    fn progress(&self, progress_type: ProgressType, _prefix: &str) -> Progress {
        match progress_type {
            ProgressType::Bytes => Progress::new(Counter::new(0, &self.0)),
            ProgressType::Spinner | ProgressType::Counter => Progress::hidden(),
        }
    }
}
