//! Rows of the ledger on their way to the sidecar.
//!
//! A row stays here until the sidecar says that it is in the database; it may arrive twice, and is
//! kept once by its request id. The box is bounded: rows that do not fit are counted, and said.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Timestamp;

/// Bytes of rows that wait at most, in one worker: some 20,000 rows.
const CAPACITY: usize = 12 << 20;
/// Bytes of rows in one message.
const BATCH: usize = 256 << 10;
/// A row waits this long at most where requests are under way, so that rows come in batches.
const UNHURRIED: Duration = Duration::from_secs(1);
/// At a steady pace there are moments without a request: the next one is near.
const CALM: Duration = Duration::from_millis(100);
/// An answer that has not come by then never will.
const OVERDUE: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The rows of one worker.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Row after row, each with a line break.
    rows: String,
    /// How long each is.
    lengths: VecDeque<usize>,
    /// How many rows at the front are on their way, and since when.
    under_way: Option<(usize, Timestamp)>,
    oldest: Option<Timestamp>,
    newest: Timestamp,
    not_before: Timestamp,
    pause: Duration,
    /// Rows in one message, after one was too large.
    most: Option<usize>,
    lost: u64,
}

/// What the sidecar has said of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// All good rows are in the database; bad ones never will be.
    Kept,
    /// The batch was too large.
    TooLarge,
    /// It was not kept.
    Failed,
}

impl Outbox {
    /// Puts a row in: one JSON object without a line break.
    pub fn push(&mut self, row: &str, now: Timestamp) {
        let length = row.len().saturating_add(1);
        if self.rows.len().saturating_add(length) > CAPACITY {
            self.lost = self.lost.saturating_add(1);
            return;
        }
        self.rows.push_str(row);
        self.rows.push('\n');
        self.lengths.push_back(length);
        self.oldest.get_or_insert(now);
        self.newest = now;
    }

    /// The next batch, if it is time. `is_quiet` where no request is under way; it is sent at once
    /// then, where none has ended for a moment.
    pub fn batch(&mut self, is_quiet: bool, now: Timestamp) -> Option<String> {
        // A plugin instance that goes hears of no answer.
        if self
            .under_way
            .is_some_and(|(_, sent)| now.since(sent) > OVERDUE)
        {
            self.said(Said::Failed, now);
        }
        let oldest = self.oldest.filter(|_| self.under_way.is_none())?;
        let is_calm = is_quiet && now.since(self.newest) >= CALM;
        let is_time = is_calm || self.rows.len() >= BATCH || now.since(oldest) >= UNHURRIED;
        if !is_time || now < self.not_before {
            return None;
        }
        let (mut bytes, mut count) = (0, 0);
        for length in self.lengths.iter().take(self.most.unwrap_or(usize::MAX)) {
            if count > 0 && bytes + length > BATCH {
                break;
            }
            bytes += length;
            count += 1;
        }
        self.under_way = Some((count, now));
        self.rows.get(..bytes).map(str::to_owned)
    }

    /// What has become of the batch under way.
    pub fn said(&mut self, said: Said, now: Timestamp) {
        let Some((count, _)) = self.under_way.take() else {
            return;
        };
        match said {
            Said::Kept => self.drop_first(count, now),
            Said::TooLarge if count > 1 => self.most = Some(count / 2),
            Said::TooLarge => {
                self.lost = self.lost.saturating_add(1);
                self.drop_first(1, now);
            }
            Said::Failed => {
                self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
                self.not_before = now.after(self.pause);
            }
        }
    }

    /// How many rows were lost since this was last asked, because the box was full.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    fn drop_first(&mut self, count: usize, now: Timestamp) {
        let gone = self.lengths.drain(..count.min(self.lengths.len()));
        let bytes: usize = gone.sum();
        self.rows.drain(..bytes.min(self.rows.len()));
        self.oldest = (!self.rows.is_empty()).then_some(now);
        (self.pause, self.not_before, self.most) = (Duration::ZERO, Timestamp::default(), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp(millis * 1_000_000)
    }

    #[test]
    fn rows_stay_until_they_are_kept() {
        let mut outbox = Outbox::default();
        outbox.push("a", at(0));
        outbox.push("b", at(1));
        assert_eq!(outbox.batch(false, at(10)), None);
        assert_eq!(outbox.batch(true, at(10)), None, "more may come");
        assert_eq!(outbox.batch(true, at(101)).as_deref(), Some("a\nb\n"));
        assert_eq!(outbox.batch(true, at(102)), None, "one batch at a time");
        outbox.said(Said::Failed, at(120));
        assert_eq!(outbox.batch(true, at(300)), None, "not at once again");
        outbox.push("c", at(301));
        assert_eq!(outbox.batch(true, at(500)).as_deref(), Some("a\nb\nc\n"));
        outbox.said(Said::Kept, at(501));
        assert_eq!(outbox.batch(true, at(2000)), None);
    }

    #[test]
    fn a_batch_that_is_too_large_is_halved_down_to_one_row() {
        let mut outbox = Outbox::default();
        for row in ["a", "b", "c"] {
            outbox.push(row, at(0));
        }
        outbox.batch(true, at(100)).unwrap();
        outbox.said(Said::TooLarge, at(102));
        assert_eq!(outbox.batch(true, at(103)).as_deref(), Some("a\n"));
        outbox.said(Said::TooLarge, at(104));
        assert_eq!(outbox.take_lost(), 1);
        assert_eq!(outbox.batch(true, at(105)).as_deref(), Some("b\nc\n"));
    }

    #[test]
    fn a_full_box_says_what_it_has_lost() {
        let mut outbox = Outbox::default();
        let row = "x".repeat(CAPACITY / 2 - 1);
        for _ in 0..3 {
            outbox.push(&row, at(0));
        }
        assert_eq!((outbox.take_lost(), outbox.take_lost()), (1, 0));
    }
}
