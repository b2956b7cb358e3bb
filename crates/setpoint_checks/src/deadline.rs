use std::time::{Duration, Instant};

/// When a try ends, whatever it is doing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    start: Instant,
    limit: Duration,
}

impl Deadline {
    /// That long from now.
    pub(crate) fn after(limit: Duration) -> Self {
        Self { start: Instant::now(), limit }
    }

    /// What is left of the time; `None` once nothing is.
    pub(crate) fn left(self) -> Option<Duration> {
        self.limit.checked_sub(self.start.elapsed()).filter(|left| !left.is_zero())
    }

    /// What is left of the time, for what takes no `None`: nothing is left, then it has to hurry.
    pub(crate) fn left_or_none(self) -> Duration {
        self.left().unwrap_or(Duration::from_millis(1))
    }

    /// How long the whole was meant to take at most.
    pub(crate) fn limit(self) -> Duration {
        self.limit
    }

    /// How long it has been taking.
    pub(crate) fn elapsed(self) -> Duration {
        self.start.elapsed()
    }
}
