//! In which order the targets of a stage are tried.

use std::cell::{Cell, RefCell};

use crate::chat::Usage;
use crate::clock::Timestamp;
use crate::config::routing::Strategy;

use super::board::View;
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
    pub(super) view: View,
    /// How long it will probably take, in microseconds; only where that matters.
    pub(super) micros: Option<f64>,
    /// Somebody waits for its first token already; only where that matters.
    pub(super) is_awaited: bool,
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
    now: Timestamp,
) -> bool {
    match (strategy, hash) {
        (Strategy::Priority, _) => {}
        (Strategy::Weighted | Strategy::Affinity, Some(hash)) => by_hash(candidates, hash),
        (Strategy::Weighted | Strategy::Affinity, None) => memory.by_share(candidates),
        (Strategy::Cheapest, _) => by_cost(candidates, profile),
        (Strategy::Fastest, _) => return memory.by_time(candidates, profile.stream, now),
        (Strategy::LeastBusy, _) => memory.by_load(candidates),
    }
    false
}

fn sort_by_least(candidates: &mut [Candidate<'_>], of: impl Fn(&Candidate<'_>) -> f64) {
    candidates.sort_by(|one, other| of(one).total_cmp(&of(other)));
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
fn by_cost(candidates: &mut [Candidate<'_>], profile: &Profile) {
    let usual = mean_output(candidates);
    sort_by_least(candidates, |candidate| {
        let Some(price) = &candidate.entry.target.price else {
            return f64::INFINITY;
        };
        let usage = Usage {
            input: profile.input_tokens,
            output: profile.output_tokens(candidate.view.output.mean().or(usual)),
            ..Usage::default()
        };
        price.cost(&usage, None) as f64
    });
}

/// Output tokens of an answer of those that have answered.
fn mean_output(candidates: &[Candidate<'_>]) -> Option<f64> {
    let means = candidates.iter().filter_map(|c| c.view.output.mean());
    let (count, sum) = means.fold((0u32, 0.0), |(count, sum), mean| (count + 1, sum + mean));
    (count > 0).then(|| sum / f64::from(count))
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
            f64::from(candidate.view.in_flight) / f64::from(candidate.entry.target.weight.max(1))
        });
    }

    /// The fastest first, but for a target of which too little is known: its request costs the time
    /// that it takes longer, which must have been saved up before.
    fn by_time(&self, candidates: &mut [Candidate<'_>], stream: bool, now: Timestamp) -> bool {
        let weight = |candidate: &Candidate<'_>| {
            let View {
                first_token, total, ..
            } = candidate.view;
            if stream { first_token } else { total }.weight(now)
        };
        // One of which nothing is known is tried at once, by one request.
        let time = |candidate: &Candidate<'_>| match candidate.micros {
            Some(micros) => micros,
            None if !candidate.is_awaited => 0.0,
            None => f64::MAX,
        };
        sort_by_least(candidates, time);
        let Some(best) = candidates.first().map(time) else {
            return false;
        };
        if candidates.len() < 2 || best >= f64::MAX {
            return false;
        }
        let credit = self.credit.get() + best * EXPLORATION;
        let others = candidates.iter().enumerate().skip(1);
        let stale = others.filter(|(_, candidate)| {
            weight(candidate) < FRESH && !candidate.is_awaited && time(candidate) - best <= credit
        });
        let chosen = stale.min_by(|(_, one), (_, other)| weight(one).total_cmp(&weight(other)));
        let Some((at, candidate)) = chosen else {
            self.credit.set(credit);
            return false;
        };
        self.credit.set(credit - (time(candidate) - best));
        if let Some(front) = candidates.get_mut(..=at) {
            front.rotate_right(1);
        }
        true
    }
}
