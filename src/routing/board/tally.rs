//! What has happened at a target, for statistics.

use std::rc::Rc;

use super::report::saturated;
use super::{Board, Ewma, Health, Known, Place};
use crate::clock::Timestamp;
use crate::config::routing::Cause;

/// How many causes there are.
const CAUSES: usize = Cause::ALL.len();

/// What has happened at a target since this worker knows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that came here first.
    pub requests: u64,
    /// Attempts that were answered.
    pub answered: u64,
    /// Attempts whose answer, with status 200, was left for a flaw.
    pub flawed: u64,
    /// Attempts that say nothing of the target: the client left, or its request is at fault.
    pub unknown: u64,
    /// Attempts that failed, by the cause's place in [`Cause::ALL`].
    pub failed: [u64; CAUSES],
    /// Attempts that failed, by cause, whose request went on to another target.
    pub fallbacks: [u64; CAUSES],
    /// Attempts that failed, and whose request tried this target again.
    pub retries: u64,
    /// Cooldowns that have begun or grown.
    pub cooldowns: u64,
    /// Input tokens, of whatever kind.
    pub input_tokens: u64,
    /// Output tokens, reasoning included.
    pub output_tokens: u64,
    /// What the tokens have cost where that is known, in pico-dollars.
    pub cost: u64,
}

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was answered.
    Answered,
    /// Its answer was left for a flaw.
    Flawed,
    /// It failed for this.
    Failed(Cause),
    /// It says nothing of its target.
    Unknown,
}

/// A target and all that statistics tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Provider and model, as in `openai/gpt-4o`.
    pub id: Rc<str>,
    /// What has happened there.
    pub tally: Tally,
    /// This worker's requests under way.
    pub in_flight: u32,
    /// Whether it is left alone.
    pub is_cooling: bool,
    /// Milliseconds to the first token of a stream; 0 where nobody knows.
    pub first_token_ms: u32,
    /// Milliseconds to the end of a whole answer; 0 where nobody knows.
    pub total_ms: u32,
}

impl Tally {
    fn concluded(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Answered => more(&mut self.answered, 1),
            Verdict::Flawed => more(&mut self.flawed, 1),
            Verdict::Failed(cause) => by_cause(&mut self.failed, cause),
            Verdict::Unknown => more(&mut self.unknown, 1),
        }
    }
}

impl Board {
    /// A request begins with this target.
    pub fn asked_first(&self, place: Place) {
        self.tally(place, |tally| more(&mut tally.requests, 1));
    }

    /// An attempt has come to this.
    pub fn concluded(&self, place: Place, verdict: Verdict) {
        self.tally(place, |tally| tally.concluded(verdict));
    }

    /// A request goes on from a target that has failed for this: to another one, or to the same again.
    pub fn left(&self, place: Place, cause: Cause, is_retry: bool) {
        self.tally(place, |tally| match is_retry {
            true => more(&mut tally.retries, 1),
            false => by_cause(&mut tally.fallbacks, cause),
        });
    }

    /// An attempt has used so many tokens, which cost so much, in pico-dollars.
    pub fn used(&self, place: Place, input: u64, output: u64, cost: u64) {
        self.tally(place, |tally| {
            more(&mut tally.input_tokens, input);
            more(&mut tally.output_tokens, output);
            more(&mut tally.cost, cost);
        });
    }

    /// What statistics tell of the target that was registered as this one; `None` behind the last.
    pub fn reading(&self, index: usize, now: Timestamp) -> Option<Reading> {
        let targets = self.targets.borrow();
        targets.get(index).map(|known| known.reading(now))
    }

    fn tally(&self, place: Place, count: impl FnOnce(&mut Tally)) {
        self.with(place, |known| count(&mut known.tally));
    }
}

impl Known {
    fn reading(&self, now: Timestamp) -> Reading {
        let health = self.cooldown.health(self.in_flight, now);
        let means = self.means(now);
        let ms = |mean: Ewma| mean.mean().map_or(0, |micros| saturated(micros / 1_000.0));
        Reading {
            id: Rc::clone(&self.id),
            tally: self.tally,
            in_flight: self.in_flight,
            is_cooling: matches!(health, Health::Cooling { .. }),
            first_token_ms: ms(means.first_token),
            total_ms: ms(means.total),
        }
    }
}

fn by_cause(counts: &mut [u64; CAUSES], cause: Cause) {
    if let Some(count) = counts.get_mut(cause as usize) {
        more(count, 1);
    }
}

fn more(count: &mut u64, by: u64) {
    *count = count.saturating_add(by);
}
