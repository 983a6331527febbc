//! Time is an input of the core: the host's clock is read in `shell` only.

use std::cell::Cell;
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

/// The time of a tick.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tick {
    /// By a clock that nobody sets.
    pub steady: Timestamp,
    /// By the clock on the wall.
    pub wall: Timestamp,
}

/// A clock that nobody sets, reckoned from the last tick by the clock on the wall, which is at hand
/// where a steady one costs a host call.
#[derive(Debug)]
pub struct SteadyClock(Cell<Tick>);

impl SteadyClock {
    /// A clock that begins at `tick`.
    pub fn new(tick: Tick) -> Self {
        Self(Cell::new(tick))
    }

    /// Time has passed.
    pub fn tick(&self, tick: Tick) {
        self.0.set(tick);
    }

    /// The steady time. Where the wall's clock is set back, it is the tick's.
    pub fn now(&self, wall: Timestamp) -> Timestamp {
        let tick = self.0.get();
        tick.steady.after(wall.since(tick.wall))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_first_tick_time_is_reckoned_from_the_beginning() {
        let at = |steady, wall| Tick {
            steady: Timestamp(steady),
            wall: Timestamp(wall),
        };
        let clock = SteadyClock::new(at(1, 5_000));
        assert_eq!(clock.now(Timestamp(5_700)), Timestamp(701));
        clock.tick(at(900, 6_000));
        assert_eq!(clock.now(Timestamp(6_001)), Timestamp(901));
        assert_eq!(clock.now(Timestamp(4_000)), Timestamp(900));
    }
}
