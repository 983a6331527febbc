//! `reasoning_effort` → `think`: whether the model thinks, or how hard.
//!
//! Ollama knows three levels; a model that has none takes each of them for "yes". One that cannot
//! think refuses to be asked to, and Ollama says so.

use super::wire::write::Think;
use crate::chat::{Error, ReasoningEffort, Request};
use crate::providers::losses::Losses;

/// The client's wish; `None` leaves it to the model.
///
/// # Errors
/// Where the target is strict and the level is not one that Ollama has.
pub(super) fn think(request: &Request<'_>, losses: &mut Losses) -> Result<Option<Think>, Error> {
    let Some(effort) = request.reasoning_effort else {
        return Ok(None);
    };
    let (think, is_exact) = match effort {
        ReasoningEffort::None => (Think::Switch(false), true),
        ReasoningEffort::Minimal => (Think::Level("low"), false),
        ReasoningEffort::Low => (Think::Level("low"), true),
        ReasoningEffort::Medium => (Think::Level("medium"), true),
        ReasoningEffort::High => (Think::Level("high"), true),
        ReasoningEffort::XHigh | ReasoningEffort::Max => (Think::Level("high"), false),
    };
    if !is_exact {
        losses.clamped("reasoning_effort")?;
    }
    Ok(Some(think))
}
