//! How fast a lease is spent, in whole numbers.

/// How many ticks ahead a lease should reach: two seconds of ticks of 100 ms.
const HORIZON: u64 = 20;
/// Fractions of a unit that are kept.
const SCALE: u64 = 256;
/// A tick weighs one part in this many of the average.
const WEIGHT: u64 = 8;

/// A moving average of what is spent in a tick, and the recent peak of what is held at a time.
#[derive(Debug, Default)]
pub(super) struct Pace {
    in_this_tick: u64,
    average: u64,
    peak: u64,
}

impl Pace {
    /// Units were set aside; `held` are now.
    pub(super) fn spent(&mut self, units: u64, held: u64) {
        self.in_this_tick = self.in_this_tick.saturating_add(units);
        self.peak = self.peak.max(held.saturating_mul(SCALE));
    }

    /// A tick is over.
    pub(super) fn tick(&mut self, held: u64) {
        let now = std::mem::take(&mut self.in_this_tick).saturating_mul(SCALE);
        let old = self.average - self.average / WEIGHT;
        // An average below a fraction of a unit is none: it would never fade.
        self.average = if now == 0 && old < WEIGHT {
            0
        } else {
            old.saturating_add(now / WEIGHT)
        };
        let faded = self.peak - self.peak.div_ceil(WEIGHT);
        self.peak = faded.max(held.saturating_mul(SCALE));
    }

    /// What will be spent within the horizon.
    pub(super) fn ahead(&self) -> u64 {
        self.average.saturating_mul(HORIZON) / SCALE
    }

    /// What should be at hand beside what is held: a quarter of the recent peak, and a few.
    pub(super) fn spare(&self) -> u64 {
        let peak = self.peak / SCALE;
        if peak == 0 { 0 } else { peak / 4 + 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_pace_is_known_and_an_idle_one_fades_to_nothing() {
        let mut pace = Pace::default();
        for _ in 0..100 {
            pace.spent(10, 1);
            pace.tick(0);
        }
        assert!((190..=200).contains(&pace.ahead()), "{}", pace.ahead());
        for _ in 0..200 {
            pace.tick(0);
        }
        assert_eq!((pace.ahead(), pace.spare()), (0, 0));
    }
}
