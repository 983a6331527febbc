//! Attempts whose first token has not come yet: a target that has become slow says so by what it does
//! not say.

use std::time::Duration;

use crate::clock::Timestamp;

/// How many attempts are looked at: one for each part of the time that is usual.
const SEATS: usize = 16;
/// So many in the usual time; together they look back four times as far.
const IN_USUAL_TIME: u32 = 4;
/// A wait counts for at most so many times what was usual: it is not over yet, and may hang.
const MOST: f64 = 4.0;
/// For how many values what was usual counts beside those that wait for longer.
const USUAL: f64 = 4.0;

/// Some of the latest attempts, each with its beginning until its first token has come. They are taken
/// at intervals: many that begin at once say no more than one, and one that hangs is out of sight
/// after some time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pending {
    begun: [Option<Timestamp>; SEATS],
    next: usize,
    last: Timestamp,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    index: usize,
    begun: Timestamp,
}

impl Pending {
    /// An attempt begins, at a target whose first token usually takes so many microseconds.
    pub(super) fn begin(&mut self, usual: Option<f64>, now: Timestamp) -> Option<Seat> {
        let interval = usual.map_or(Duration::ZERO, |micros| {
            Duration::from_secs_f64(micros.clamp(0.0, 1e12) / 1e6) / IN_USUAL_TIME
        });
        if self.next > 0 && now.since(self.last) < interval {
            return None;
        }
        let index = self.next % SEATS;
        (self.next, self.last) = (self.next.wrapping_add(1), now);
        *self.begun.get_mut(index)? = Some(now);
        Some(Seat { index, begun: now })
    }

    /// Its first token has come, or it is over.
    pub(super) fn done(&mut self, seat: Option<Seat>) {
        if let Some(seat) = seat
            && let Some(begun) = self.begun.get_mut(seat.index)
            && *begun == Some(seat.begun)
        {
            *begun = None;
        }
    }

    /// Whether nobody waits for a first token.
    pub(super) fn is_empty(&self) -> bool {
        self.begun.iter().all(Option::is_none)
    }

    /// What `mean`, of so much `weight`, becomes by those that have waited for longer already; in
    /// microseconds.
    pub(super) fn expected(&self, mean: f64, weight: f64, now: Timestamp) -> f64 {
        let waits = self.begun.iter().flatten();
        let waits = waits.map(|begun| now.since(*begun).as_secs_f64() * 1e6);
        let (sum, count) = waits
            .filter(|wait| *wait > mean)
            .fold((0.0, 0.0), |(sum, count), wait| {
                (sum + wait.min(mean * MOST), count + 1.0)
            });
        if count == 0.0 {
            return mean;
        }
        let weight = weight.min(USUAL);
        (mean * weight + sum) / (weight + count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn begin(pending: &mut Pending, ms: u64) -> Option<Seat> {
        pending.begin(Some(1e5), Timestamp(ms * MS))
    }

    fn expected(pending: &Pending, ms: u64) -> f64 {
        pending.expected(1e5, 16.0, Timestamp(ms * MS))
    }

    #[test]
    fn many_that_wait_for_long_tell_of_a_slow_target() {
        let mut pending = Pending::default();
        for ms in 0..400 {
            begin(&mut pending, ms);
        }
        assert_eq!(expected(&pending, 50), 1e5);
        assert!(expected(&pending, 300) > 1.5e5);
        assert!(expected(&pending, 400) > 1.8e5);
    }

    #[test]
    fn one_that_hangs_says_little_and_is_out_of_sight_soon() {
        let mut pending = Pending::default();
        let hung = begin(&mut pending, 0);
        assert!(expected(&pending, 60_000) <= 1.6e5);
        for ms in 1..=400 {
            let seat = begin(&mut pending, ms);
            pending.done(seat);
        }
        assert_eq!(expected(&pending, 60_000), 1e5);
        let other = begin(&mut pending, 500);
        pending.done(hung);
        assert!(!pending.is_empty(), "its seat is another's now");
        pending.done(other);
        assert!(pending.is_empty());
    }
}
