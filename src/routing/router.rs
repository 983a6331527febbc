//! Plans requests: conditions and needs first, then each stage's strategy, with what is known of the
//! targets.

use std::rc::Rc;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::config::routing::{Cause, Causes, Cooldowns, Strategy, WhenAllCool};
use crate::config::runtime::{Model, Stage, Target};
use crate::policies::auth::Key;

use super::board::{Board, Place};
use super::draft::Draft;
use super::facts::Mismatch;
use super::hash;
use super::plan::PlannedAttempt;
use super::profile::Profile;
use super::reason::Reason;
use super::strategy::Memory;

/// All models' stages, ready for use.
#[derive(Debug)]
pub struct Router {
    models: Vec<Vec<CompiledStage>>,
    board: Rc<Board>,
    when_all_cool: WhenAllCool,
}

/// Targets among which one strategy chooses, ready for use.
#[derive(Debug)]
pub(super) struct CompiledStage {
    pub(super) via: Option<String>,
    /// This stage and those whose failure leads to it.
    pub(super) after: Rc<[usize]>,
    pub(super) causes: Causes,
    pub(super) strategy: Strategy,
    pub(super) entries: Vec<Entry>,
    pub(super) memory: Memory,
}

/// A target of a stage.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) target: Rc<Target>,
    pub(super) place: Place,
    /// What its name hashes to.
    pub(super) hash: u64,
}

/// A request's attempts, and why they are these.
#[derive(Debug)]
pub struct Planned {
    /// In order; never empty.
    pub attempts: Vec<PlannedAttempt>,
    /// Why.
    pub reason: Reason,
}

/// Why there is no attempt to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unplanned {
    /// No target suits the request.
    Unsuited(Mismatch),
    /// All that suit it have as many requests under way as they take.
    Full,
    /// All that suit it are left alone for now.
    Cooling {
        /// When the first of them may be tried again.
        retry_after: Duration,
        /// Why it is left alone.
        cause: Cause,
    },
    /// What the client wishes leaves nothing.
    Unwanted,
}

impl Router {
    /// Makes the models' targets known to the board.
    pub fn compile(
        models: &[Model],
        rules: &Cooldowns,
        retry_budget: u32,
        board: &Rc<Board>,
    ) -> Self {
        board.set_rules(rules, retry_budget);
        let stages = |model: &Model| {
            let stages = model.stages.iter().enumerate();
            stages
                .map(|(index, stage)| CompiledStage::of(stage, ancestors(model, index), board))
                .collect()
        };
        Self {
            models: models.iter().map(stages).collect(),
            board: Rc::clone(board),
            when_all_cool: rules.when_all_cool,
        }
    }

    /// What is known of the targets.
    pub fn board(&self) -> &Rc<Board> {
        &self.board
    }

    /// The attempts of a request for the model at this place; `now` is by the board's own clock.
    ///
    /// # Errors
    /// [`Unplanned`] where there is none to make.
    pub fn plan(
        &self,
        model: usize,
        key: &Key,
        profile: &Profile,
        now: Timestamp,
    ) -> Result<Planned, Unplanned> {
        let stages = self.models.get(model).map(Vec::as_slice);
        let mut draft = Draft::new(&self.board, profile, now);
        for (index, stage) in stages.unwrap_or_default().iter().enumerate() {
            if stage.via.as_deref().is_none_or(|via| key.may_use(via)) {
                draft.stage(index, stage);
            } else {
                draft.close(index);
            }
        }
        draft.finish(self.when_all_cool)
    }
}

impl CompiledStage {
    fn of(stage: &Stage, after: Rc<[usize]>, board: &Board) -> Self {
        let entry = |target: &Target| {
            let id = target.id();
            Entry {
                target: Rc::new(target.clone()),
                place: board.register(&id),
                hash: hash::of(id.as_bytes(), 0),
            }
        };
        Self {
            via: stage.via.clone(),
            after,
            causes: stage.causes,
            strategy: stage.strategy,
            entries: stage.targets.iter().map(entry).collect(),
            memory: Memory::default(),
        }
    }
}

/// A stage and those whose failure leads to it; a circle, which the `tidegate` command refuses, ends.
fn ancestors(model: &Model, stage: usize) -> Rc<[usize]> {
    let mut path = vec![stage];
    let mut at = stage;
    while at > 0
        && let Some(parent) = model.stages.get(at).map(|stage| stage.after)
        && !path.contains(&parent)
    {
        path.push(parent);
        at = parent;
    }
    path.into()
}
