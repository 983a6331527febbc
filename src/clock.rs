//! Time is an input of the core: the host's clock is read in `shell` only.

use std::time::Duration;

/// A clock: nanoseconds since the Unix epoch.
pub trait Clock {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// A point in time, in nanoseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The time since an earlier point; zero where the clock went back.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The point that comes this much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Timestamp {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Timestamp(self.0.saturating_add(nanos))
    }

    /// Whole seconds since the Unix epoch.
    pub fn unix_seconds(self) -> u64 {
        self.0 / 1_000_000_000
    }
}
