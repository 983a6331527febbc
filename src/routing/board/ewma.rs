//! A mean that forgets.

use std::time::Duration;

use crate::clock::Timestamp;

/// What is remembered counts for half as much after this time.
const HALF_LIFE: Duration = Duration::from_secs(10);
/// A new value counts at least for one in this many.
const LONGEST_MEMORY: f64 = 16.0;

/// A mean of values, the later of which count for more: by their number, and by their age.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ewma {
    mean: f64,
    weight: f64,
    at: Timestamp,
}

impl Ewma {
    /// A mean that somebody else has made, which counts for so many values.
    pub fn of(mean: f64, weight: f64, at: Timestamp) -> Self {
        Self { mean, weight, at }
    }

    /// Takes a value.
    pub fn add(&mut self, value: f64, now: Timestamp) {
        let weight = self.weight(now);
        self.mean = (self.mean * weight + value) / (weight + 1.0);
        self.weight = (weight + 1.0).min(LONGEST_MEMORY);
        self.at = now;
    }

    /// The mean; `None` where there never was a value.
    pub fn mean(&self) -> Option<f64> {
        (self.weight > 0.0).then_some(self.mean)
    }

    /// For how many fresh values the mean counts.
    pub fn weight(&self, now: Timestamp) -> f64 {
        self.weight * freshness(now.since(self.at))
    }

    /// This one and another together.
    #[must_use]
    pub fn with(&self, other: &Self, now: Timestamp) -> Self {
        let (own, others) = (self.weight(now), other.weight(now));
        if own + others <= 0.0 {
            return *self;
        }
        Self {
            mean: (self.mean * own + other.mean * others) / (own + others),
            weight: own + others,
            at: now,
        }
    }
}

/// Halves with each half-life, as a parabola does it: no transcendental function is worth its size
/// in the filter.
fn freshness(age: Duration) -> f64 {
    let half_lives = age.as_secs_f64() / HALF_LIFE.as_secs_f64();
    let root = 1.0 + half_lives * 0.414_213_56;
    1.0 / (root * root)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn it_follows_what_changes_within_some_values() {
        let mut mean = Ewma::default();
        assert_eq!(mean.mean(), None);
        for _ in 0..100 {
            mean.add(100.0, Timestamp(0));
        }
        assert_eq!(mean.mean(), Some(100.0));
        for _ in 0..50 {
            mean.add(500.0, Timestamp(0));
        }
        assert!(mean.mean().unwrap() > 480.0, "{mean:?}");
    }

    #[test]
    fn what_is_old_counts_for_little() {
        let mut mean = Ewma::default();
        for _ in 0..16 {
            mean.add(100.0, Timestamp(0));
        }
        let half = Timestamp(10 * SECOND);
        assert!((mean.weight(half) - 8.0).abs() < 0.01);
        let later = Timestamp(600 * SECOND);
        mean.add(500.0, later);
        assert!(mean.mean().unwrap() > 450.0, "{mean:?}");
    }

    #[test]
    fn two_means_are_joined_by_their_weights() {
        let one = Ewma::of(100.0, 3.0, Timestamp(0));
        let other = Ewma::of(200.0, 1.0, Timestamp(0));
        assert_eq!(one.with(&other, Timestamp(0)).mean(), Some(125.0));
        let empty = Ewma::default();
        assert_eq!(empty.with(&empty, Timestamp(0)).mean(), None);
    }
}
