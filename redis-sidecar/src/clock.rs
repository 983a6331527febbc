//! The clocks, read here and nowhere else.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where the time comes from; tests bring their own.
pub trait Clock: Send + Sync {
    /// The time of day, in milliseconds since 1970 (UTC). It can be stepped, in both directions.
    fn wall_ms(&self) -> u64;
    /// A time that only ever passes, in milliseconds. It began near the time of day.
    fn steady_ms(&self) -> u64;
}

/// The system's clocks.
#[derive(Debug, Clone)]
pub struct SystemClock {
    origin: Instant,
    origin_ms: u64,
}

impl SystemClock {
    /// Clocks that begin now.
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    pub fn start() -> Self {
        Self {
            origin: Instant::now(),
            origin_ms: wall(),
        }
    }
}

impl Clock for SystemClock {
    fn wall_ms(&self) -> u64 {
        wall()
    }

    fn steady_ms(&self) -> u64 {
        let passed = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.origin_ms.saturating_add(passed)
    }
}

/// Before 1970 it is 1970.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
fn wall() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
