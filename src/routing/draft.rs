//! A plan in the making.

use std::rc::Rc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::config::routing::{Cause, Causes, Strategy, WhenAllCool};

use super::board::{Board, Health, View};
use super::facts::Mismatch;
use super::plan::PlannedAttempt;
use super::profile::{Profile, Wishes};
use super::reason::{Reason, Skip};
use super::router::{CompiledStage, Entry, Planned, Unplanned};
use super::strategy::{self, Candidate};

pub(super) struct Draft<'r> {
    board: &'r Board,
    profile: &'r Profile,
    now: Timestamp,
    attempts: Vec<PlannedAttempt>,
    /// Targets that are left alone by our own judgement, with the time of their last failure.
    resting: Vec<(Timestamp, PlannedAttempt)>,
    /// Stages without an attempt, and what opens the fallbacks behind them.
    empty: Vec<(usize, Causes)>,
    reason: Reason,
    is_full: bool,
    mismatch: Option<Mismatch>,
    /// When the first target may be tried again.
    soonest: Option<(Duration, Cause)>,
}

impl<'r> Draft<'r> {
    pub(super) fn new(board: &'r Board, profile: &'r Profile, now: Timestamp) -> Self {
        Self {
            board,
            profile,
            now,
            attempts: Vec::with_capacity(4),
            resting: Vec::new(),
            empty: Vec::new(),
            reason: Reason::default(),
            is_full: false,
            mismatch: None,
            soonest: None,
        }
    }

    /// Adds what a stage has to try, where a request can come to it at all.
    pub(super) fn stage(&mut self, index: usize, stage: &CompiledStage) {
        if !self.is_reachable(index, stage) {
            return self.close(index);
        }
        let (mut ready, causes) = self.ready(index, stage);
        let strategy = self.profile.wishes.strategy.unwrap_or(stage.strategy);
        let hash = self.hash(index);
        let explores = strategy::order(
            strategy,
            &mut ready,
            self.profile,
            hash,
            &stage.memory,
            (self.board, self.now),
        );
        self.sort_by_wish(&mut ready);
        if self.attempts.is_empty() {
            self.explain(strategy, explores, hash, &ready, stage);
        }
        if ready.is_empty() {
            self.empty.push((index, causes));
        }
        for candidate in &ready {
            self.attempts.push(attempt(index, stage, candidate.entry));
        }
    }

    /// No request comes to this stage, nor through it to another.
    pub(super) fn close(&mut self, index: usize) {
        self.empty.push((index, Causes::NONE));
    }

    /// A failure leads to it, or the stage before it has nothing to try for a cause that it is for.
    fn is_reachable(&self, index: usize, stage: &CompiledStage) -> bool {
        let Some(parent) = stage.after.get(1) else {
            return index == 0;
        };
        let empty = self.empty.iter().find(|(empty, _)| empty == parent);
        empty.is_none_or(|(_, causes)| !causes.and(stage.causes).is_empty())
    }

    /// The targets that may be tried now; of the others, what opens the fallbacks behind them.
    fn ready<'s>(
        &mut self,
        index: usize,
        stage: &'s CompiledStage,
    ) -> (Vec<Candidate<'s>>, Causes) {
        let mut ready = Vec::with_capacity(stage.entries.len());
        let mut causes = Causes::NONE;
        for (at, entry) in stage.entries.iter().enumerate() {
            let tokens = self.profile.input_tokens;
            let Some(view) = self.board.view(entry.place, tokens, self.now) else {
                continue;
            };
            match self.obstacle(index, at, entry, &view) {
                None => ready.push(Candidate {
                    index: at,
                    entry,
                    in_flight: view.in_flight,
                }),
                Some(skip) => {
                    causes = causes.with(skip.cause());
                    self.skip(index, stage, entry, &view, skip);
                }
            }
        }
        (ready, causes)
    }

    /// What keeps a target from being tried.
    fn obstacle(&self, stage: usize, at: usize, entry: &Entry, view: &View) -> Option<Skip> {
        if let Some(mismatch) = self.profile.mismatch(stage, at) {
            return Some(Skip::Mismatch(mismatch));
        }
        if !self.profile.wishes.allow(&entry.target) {
            return Some(Skip::Unwanted);
        }
        if let Health::Cooling { until, cause, .. } = view.health {
            return Some(Skip::Cooling(until.since(self.now), cause));
        }
        if let Some(exhausted) = view.exhausted {
            return Some(Skip::Exhausted(exhausted.until.since(self.now)));
        }
        let most = entry.target.max_parallel_requests;
        most.is_some_and(|most| view.in_flight >= most)
            .then_some(Skip::Full)
    }

    fn skip(
        &mut self,
        index: usize,
        stage: &CompiledStage,
        entry: &Entry,
        view: &View,
        skip: Skip,
    ) {
        match skip {
            Skip::Mismatch(mismatch) => self.mismatch = self.mismatch.or(Some(mismatch)),
            Skip::Cooling(left, cause) => {
                self.wait(left, cause);
                if let Health::Cooling {
                    told: false,
                    failed_at,
                    ..
                } = view.health
                {
                    self.resting.push((failed_at, attempt(index, stage, entry)));
                }
            }
            Skip::Exhausted(left) => {
                self.wait(left, Cause::RateLimit);
                // What is refused for an estimate might have been served.
                if view.exhausted.is_some_and(|exhausted| exhausted.is_guess) {
                    let never = Timestamp::default();
                    self.resting.push((never, attempt(index, stage, entry)));
                }
            }
            Skip::Full => self.is_full = true,
            Skip::Unwanted => {}
        }
        self.reason.skipped.push((Rc::clone(&entry.target), skip));
    }

    fn wait(&mut self, left: Duration, cause: Cause) {
        if self.soonest.is_none_or(|(soonest, _)| left < soonest) {
            self.soonest = Some((left, cause));
        }
    }

    fn hash(&self, stage: usize) -> Option<u64> {
        self.profile.hashes.get(stage).copied().flatten()
    }

    /// The client's own order, where it has named targets.
    fn sort_by_wish(&self, ready: &mut [Candidate<'_>]) {
        if let Some(wished) = &self.profile.wishes.targets {
            ready.sort_by_key(|candidate| {
                let target = &candidate.entry.target;
                wished.iter().position(|name| Wishes::names(name, target))
            });
        }
    }

    /// Says what has chosen the first attempt.
    fn explain(
        &mut self,
        strategy: Strategy,
        explores: bool,
        hash: Option<u64>,
        ready: &[Candidate<'_>],
        stage: &CompiledStage,
    ) {
        self.reason.strategy = strategy;
        self.reason.explores = explores;
        if strategy != Strategy::Weighted {
            return;
        }
        let arm = match hash {
            Some(hash) => strategy::arm(hash, &stage.entries),
            None => ready.first().map(|candidate| candidate.entry),
        };
        self.reason.arm = arm.map(|entry| Rc::clone(&entry.target));
    }

    /// The plan, with the targets that rest as its last resort.
    pub(super) fn finish(mut self, when_all_cool: WhenAllCool) -> Result<Planned, Unplanned> {
        let mut resting = std::mem::take(&mut self.resting);
        resting.sort_by_key(|(failed_at, _)| *failed_at);
        let mut resting = resting.into_iter().map(|(_, attempt)| attempt);
        if !self.attempts.is_empty() {
            self.attempts.extend(resting);
        } else if when_all_cool == WhenAllCool::Try && !self.is_full {
            // One of them: an outage must not multiply the traffic.
            self.attempts.extend(resting.next());
        }
        if self.profile.wishes.no_fallback {
            self.attempts.truncate(1);
        }
        let Some(first) = self.attempts.first() else {
            return Err(self.unplanned());
        };
        if let Some(place) = first.place {
            self.board.probe(place, self.now);
        }
        Ok(Planned {
            attempts: self.attempts,
            reason: self.reason,
        })
    }

    fn unplanned(&self) -> Unplanned {
        if self.is_full {
            return Unplanned::Full;
        }
        match (self.soonest, self.mismatch) {
            (Some((retry_after, cause)), _) => Unplanned::Cooling { retry_after, cause },
            (None, Some(mismatch)) => Unplanned::Unsuited(mismatch),
            (None, None) => Unplanned::Unwanted,
        }
    }
}

fn attempt(index: usize, stage: &CompiledStage, entry: &Entry) -> PlannedAttempt {
    PlannedAttempt {
        target: Rc::clone(&entry.target),
        place: Some(entry.place),
        stage: index,
        after: Rc::clone(&stage.after),
        causes: stage.causes,
    }
}
