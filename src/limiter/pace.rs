//! How fast a lease is spent, in whole numbers.

/// How many ticks ahead a lease should reach: two seconds of ticks of 100 ms.
const HORIZON: u64 = 20;
/// Fractions of a unit that are kept.
const SCALE: u64 = 256;
/// A tick weighs one part in this many of the average.
const WEIGHT: u64 = 8;

/// A moving average of what is spent for good in a tick, and the recent peak of what is set aside
/// at a time.
#[derive(Debug, Default)]
pub(super) struct Pace {
    in_this_tick: u64,
    average: u64,
    peak: u64,
}

impl Pace {
    /// Units were spent for good.
    pub(super) fn burn(&mut self, units: u64) {
        self.in_this_tick = self.in_this_tick.saturating_add(units);
    }

    /// So many units are set aside now.
    pub(super) fn hold(&mut self, units: u64) {
        self.peak = self.peak.max(units.saturating_mul(SCALE));
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
        self.peak -= self.peak.div_ceil(WEIGHT);
        self.hold(held);
    }

    /// What will be spent within the horizon.
    pub(super) fn ahead(&self) -> u64 {
        self.average.saturating_mul(HORIZON) / SCALE
    }

    /// What should be at hand beside the `held` units: up to the recent peak, and a quarter more.
    pub(super) fn spare(&self, held: u64) -> u64 {
        let peak = self.peak / SCALE;
        peak.saturating_add(peak.div_ceil(4)).saturating_sub(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_pace_is_known_and_an_idle_one_fades_to_nothing() {
        let mut pace = Pace::default();
        for _ in 0..100 {
            pace.burn(10);
            pace.hold(8);
            pace.tick(4);
        }
        assert!((190..=200).contains(&pace.ahead()), "{}", pace.ahead());
        assert!((3..=6).contains(&pace.spare(4)), "{}", pace.spare(4));
        for _ in 0..200 {
            pace.tick(0);
        }
        assert_eq!((pace.ahead(), pace.spare(0)), (0, 0));
    }
}
