//! `reasoning_effort`: whether the model thinks, and how much.
//!
//! Models that can think do so unless they are told not to. They have no levels but a limit in
//! tokens, beyond which they go on with the answer.

use super::model_profile::ModelProfile;
use super::wire::write::Thinking;
use crate::chat::{Error, ReasoningEffort, Request};
use crate::providers::losses::Losses;

/// Decides on thinking; `None` leaves it to the model.
///
/// # Errors
/// Where the target is strict and the model cannot think.
pub(super) fn plan(
    request: &Request<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Option<Thinking>, Error> {
    match request.reasoning_effort {
        None => Ok(None),
        Some(ReasoningEffort::None) => Ok(profile.thinks.then_some(Thinking::Disabled)),
        Some(_) if !profile.thinks => losses.dropped("reasoning_effort").map(|()| None),
        Some(level) => {
            losses.emulated("reasoning_effort");
            let token_budget = budget(level, request.max_output_tokens);
            Ok(Some(Thinking::Enabled { token_budget }))
        }
    }
}

/// The numbers are those of pydantic-ai (2.68.0) for other models with budgets; from `high` on the
/// model's own limit holds. Half of a limit that the client gives is left for the answer.
fn budget(level: ReasoningEffort, limit: Option<u64>) -> Option<u64> {
    let budget = match level {
        ReasoningEffort::None | ReasoningEffort::Minimal => Some(1024),
        ReasoningEffort::Low => Some(2048),
        ReasoningEffort::Medium => Some(10_000),
        ReasoningEffort::High | ReasoningEffort::XHigh | ReasoningEffort::Max => None,
    };
    let room = limit.map(|limit| (limit / 2).max(1));
    match (budget, room) {
        (Some(budget), Some(room)) => Some(budget.min(room)),
        (budget, room) => budget.or(room),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_limit_is_left_for_the_answer() {
        assert_eq!(budget(ReasoningEffort::Low, None), Some(2048));
        assert_eq!(budget(ReasoningEffort::Low, Some(1000)), Some(500));
        assert_eq!(budget(ReasoningEffort::Low, Some(1)), Some(1));
        assert_eq!(budget(ReasoningEffort::Max, None), None);
        assert_eq!(budget(ReasoningEffort::Max, Some(60_000)), Some(30_000));
    }
}
