//! In which order the targets of a stage are tried.

use std::cell::{Cell, RefCell};

use crate::chat::Usage;
use crate::clock::Timestamp;
use crate::config::routing::Strategy;

use super::board::{Board, Forecast};
use super::hash;
use super::profile::Profile;
use super::router::Entry;

/// What may be spent on learning how fast the slower targets are now: this share of the time that
/// requests take with the fastest.
const EXPLORATION: f64 = 0.015;
/// A target of which fewer fresh values than this are known is worth exploring.
const FRESH: f64 = 0.5;

/// A target that may be tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// Its place in the stage.
    pub(super) index: usize,
    pub(super) entry: &'a Entry,
    /// Requests under way, everywhere.
    pub(super) in_flight: u32,
}

/// What a stage remembers from one request to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Of each target, how far it is behind its share.
    behind: RefCell<Vec<i64>>,
    /// Microseconds that may be spent on exploration.
    credit: Cell<f64>,
    turn: Cell<usize>,
}

/// Puts candidates into the order in which they are tried. Returns whether the first one is there to
/// be explored.
pub(super) fn order(
    strategy: Strategy,
    candidates: &mut [Candidate<'_>],
    profile: &Profile,
    hash: Option<u64>,
    memory: &Memory,
    (board, now): (&Board, Timestamp),
) -> bool {
    match (strategy, hash) {
        (Strategy::Priority, _) => {}
        (Strategy::Weighted | Strategy::Affinity, Some(hash)) => by_hash(candidates, hash),
        (Strategy::Weighted | Strategy::Affinity, None) => memory.by_share(candidates),
        (Strategy::Cheapest, _) => by_cost(candidates, profile, |candidate| {
            let means = board.means(candidate.entry.place, now);
            means.and_then(|means| means.output.mean())
        }),
        (Strategy::Fastest, _) => {
            return memory.by_time(candidates, |candidate| {
                board.forecast(candidate.entry.place, profile.stream, now)
            });
        }
        (Strategy::LeastBusy, _) => memory.by_load(candidates),
    }
    false
}

/// Sorts by what is asked once of each.
fn sort_by_least(candidates: &mut [Candidate<'_>], of: impl Fn(&Candidate<'_>) -> f64) {
    let mut keyed: Vec<_> = candidates.iter().map(|one| (of(one), *one)).collect();
    keyed.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    for (to, (_, from)) in candidates.iter_mut().zip(keyed) {
        *to = from;
    }
}

fn by_hash(candidates: &mut [Candidate<'_>], hash: u64) {
    sort_by_least(candidates, |candidate| -score(hash, candidate.entry));
}

fn score(hash: u64, entry: &Entry) -> f64 {
    hash::score(hash, entry.hash, entry.target.weight)
}

/// The target that is drawn for what has this hash, whether it can be tried or not.
pub(super) fn arm(hash: u64, entries: &[Entry]) -> Option<&Entry> {
    let better = |one: &&Entry, other: &&Entry| score(hash, one).total_cmp(&score(hash, other));
    entries.iter().max_by(better)
}

/// What nobody knows the price of comes last. Of a target that has not answered yet, as many output
/// tokens are expected as of the others: else the first to answer would look cheaper for ever.
fn by_cost(
    candidates: &mut [Candidate<'_>],
    profile: &Profile,
    output: impl Fn(&Candidate<'_>) -> Option<f64>,
) {
    let known: Vec<f64> = candidates.iter().filter_map(&output).collect();
    let usual = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
    sort_by_least(candidates, |candidate| {
        let Some(price) = &candidate.entry.target.price else {
            return f64::INFINITY;
        };
        let usage = Usage {
            input: profile.input_tokens,
            output: profile.output_tokens(output(candidate).or(usual)),
            ..Usage::default()
        };
        price.cost(&usage, None) as f64
    });
}

impl Memory {
    /// Smooth weighted round robin: of any number of requests in a row, each target gets its share as
    /// exactly as whole requests allow.
    fn by_share(&self, candidates: &mut [Candidate<'_>]) {
        let mut behind = self.behind.borrow_mut();
        let mut total = 0;
        for candidate in &*candidates {
            let weight = i64::from(candidate.entry.target.weight);
            if behind.len() <= candidate.index {
                behind.resize(candidate.index + 1, 0);
            }
            if let Some(behind) = behind.get_mut(candidate.index) {
                *behind += weight;
            }
            total += weight;
        }
        let of = |index: usize| behind.get(index).copied().unwrap_or_default();
        candidates.sort_by_key(|candidate| -of(candidate.index));
        if let Some(first) = candidates.first()
            && let Some(behind) = behind.get_mut(first.index)
        {
            *behind -= total;
        }
    }

    /// The fewest requests under way for its weight; each in its turn where there are as few.
    fn by_load(&self, candidates: &mut [Candidate<'_>]) {
        let turn = self.turn.get();
        self.turn.set(turn.wrapping_add(1));
        let count = candidates.len().max(1);
        candidates.rotate_left(turn % count);
        sort_by_least(candidates, |candidate| {
            f64::from(candidate.in_flight) / f64::from(candidate.entry.target.weight.max(1))
        });
    }

    /// The fastest first, but for a target of which too little is known: its request costs the time
    /// that it takes longer, which must have been saved up before.
    fn by_time(
        &self,
        candidates: &mut [Candidate<'_>],
        forecast: impl Fn(&Candidate<'_>) -> Forecast,
    ) -> bool {
        let mut timed: Vec<_> = candidates
            .iter()
            .map(|candidate| (Timed::of(forecast(candidate)), *candidate))
            .collect();
        timed.sort_by(|(one, _), (other, _)| one.micros.total_cmp(&other.micros));
        let explored = self.explored(&timed);
        if let Some(front) = explored.and_then(|at| timed.get_mut(..=at)) {
            front.rotate_right(1);
        }
        for (to, (_, from)) in candidates.iter_mut().zip(timed) {
            *to = from;
        }
        explored.is_some()
    }

    /// Which of those that are not the fastest is worth its time, if any; that is then spent.
    fn explored(&self, timed: &[(Timed, Candidate<'_>)]) -> Option<usize> {
        let ((fastest, _), _) = timed
            .split_first()
            .filter(|(_, others)| !others.is_empty())?;
        let best = fastest.micros;
        if best >= f64::MAX {
            return None;
        }
        let credit = self.credit.get() + best * EXPLORATION;
        let others = timed.iter().map(|(timed, _)| timed).enumerate().skip(1);
        let stale = others.filter(|(_, timed)| {
            timed.weight < FRESH && !timed.is_awaited && timed.micros - best <= credit
        });
        let chosen = stale.min_by(|(_, one), (_, other)| one.weight.total_cmp(&other.weight));
        let cost = chosen.map_or(0.0, |(_, timed)| timed.micros - best);
        self.credit.set(credit - cost);
        chosen.map(|(at, _)| at)
    }
}

/// A forecast, as a time that can be compared.
struct Timed {
    micros: f64,
    weight: f64,
    is_awaited: bool,
}

impl Timed {
    /// One of which nothing is known is tried at once, by one request.
    fn of(forecast: Forecast) -> Self {
        let unknown = if forecast.is_awaited { f64::MAX } else { 0.0 };
        Self {
            micros: forecast.micros.unwrap_or(unknown),
            weight: forecast.weight,
            is_awaited: forecast.is_awaited,
        }
    }
}
