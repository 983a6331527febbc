//! When what a teller knows is worth telling again.

use std::time::Duration;

use super::report::{FORGOTTEN_AFTER, Mean, Report, Target};
use crate::clock::Timestamp;

/// Between two reports that are not urgent. Ticks are a hundred milliseconds apart, more or less.
const UNHURRIED: Duration = Duration::from_millis(190);
/// What has not changed is told again after this time: well before it would be forgotten.
const RENEWED_AFTER: Duration = Duration::from_secs(2);
/// A cooldown that ends so much later than was told has grown; the rest is rounding.
const ROUNDING_MS: u64 = 20;

/// What was told last, and when.
#[derive(Debug, Default)]
pub struct Told {
    at: Timestamp,
    targets: Vec<Target>,
}

impl Told {
    /// It has been told.
    pub fn tell(&mut self, targets: Vec<Target>, now: Timestamp) {
        *self = Self { at: now, targets };
    }

    /// Whether something was told that still counts.
    pub fn counts(&self, now: Timestamp) -> bool {
        !self.targets.is_empty() && now.since(self.at) < FORGOTTEN_AFTER
    }

    /// Whether this is to be told now. Where there never was anything to tell, it never is.
    pub fn is_due(&self, targets: &[Target], now: Timestamp) -> bool {
        let age = now.since(self.at);
        self.is_urgent(targets, now)
            || (age >= UNHURRIED && self.is_news(targets))
            || (age >= RENEWED_AFTER && !targets.is_empty())
    }

    /// Whether a cooldown has begun or grown.
    pub fn is_urgent(&self, targets: &[Target], now: Timestamp) -> bool {
        let age = now.since(self.at);
        targets.iter().any(|target| {
            let told = self.of(&target.id).map(|told| told.aged(age).cooling_ms);
            target.cooling_ms > told.map_or(0, |ms| ms.saturating_add(ROUNDING_MS))
        })
    }

    /// Whether it is more than that time has passed.
    fn is_news(&self, targets: &[Target]) -> bool {
        targets.len() != self.targets.len()
            || targets.iter().any(|target| {
                let told = self.of(&target.id);
                told.is_none_or(|told| target.has_more_than(told))
            })
    }

    fn of(&self, id: &str) -> Option<&Target> {
        self.targets.iter().find(|told| told.id == id)
    }
}

impl Target {
    /// The same, told so long ago: a cooldown has that much less to go.
    #[must_use]
    pub fn aged(&self, age: Duration) -> Self {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        let mut aged = self.clone();
        aged.cooling_ms = self.cooling_ms.saturating_sub(age);
        if aged.cooling_ms == 0 {
            aged.told = false;
            aged.cause.clear();
        }
        aged
    }

    fn has_more_than(&self, before: &Self) -> bool {
        let means = |target: &Self| [target.first_token, target.total, target.output];
        let is_new = |(mean, before): (Mean, Mean)| mean.is_newer(before);
        self.in_flight != before.in_flight || means(self).into_iter().zip(means(before)).any(is_new)
    }
}

impl Report {
    /// The same, told so long ago.
    #[must_use]
    pub fn aged(&self, age: Duration) -> Self {
        Self {
            teller: self.teller.clone(),
            targets: self.targets.iter().map(|target| target.aged(age)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn at(ms: u64) -> Timestamp {
        Timestamp(ms * MS)
    }

    fn cooling(ms: u64) -> Vec<Target> {
        vec![Target {
            id: "a/x".into(),
            cooling_ms: ms,
            cause: "error".into(),
            ..Target::default()
        }]
    }

    fn busy(in_flight: u32) -> Vec<Target> {
        vec![Target {
            id: "a/x".into(),
            in_flight,
            ..Target::default()
        }]
    }

    #[test]
    fn nothing_is_never_told_until_something_was() {
        let mut told = Told::default();
        assert!(!told.is_due(&[], at(100_000)));
        told.tell(busy(1), at(100_000));
        assert!(!told.is_due(&[], at(100_100)));
        assert!(told.is_due(&[], at(100_200)));
        told.tell(Vec::new(), at(100_200));
        assert!(!told.is_due(&[], at(200_000)));
    }

    #[test]
    fn a_cooldown_is_told_at_once_and_again_where_it_has_grown() {
        let mut told = Told::default();
        told.tell(busy(1), at(0));
        assert!(told.is_due(&cooling(5_000), at(10)));
        told.tell(cooling(5_000), at(10));
        assert!(!told.is_due(&cooling(4_900), at(110)));
        assert!(
            !told.is_due(&cooling(4_005), at(1_010)),
            "only time has passed"
        );
        assert!(told.is_due(&cooling(9_000), at(110)));
    }

    #[test]
    fn other_news_has_time_and_the_rest_is_renewed() {
        let mut told = Told::default();
        told.tell(busy(1), at(1_000));
        assert!(!told.is_due(&busy(2), at(1_100)));
        assert!(told.is_due(&busy(2), at(1_200)));
        assert!(!told.is_due(&busy(1), at(2_900)));
        assert!(told.is_due(&busy(1), at(3_000)));
    }

    #[test]
    fn what_is_old_has_less_to_go() {
        let [target] = &cooling(5_000)[..] else {
            panic!("there is one");
        };
        let aged = target.aged(Duration::from_secs(2));
        assert_eq!((aged.cooling_ms, &*aged.cause), (3_000, "error"));
        let over = target.aged(Duration::from_secs(6));
        assert_eq!((over.cooling_ms, &*over.cause), (0, ""));
    }
}
