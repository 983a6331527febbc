//! Bedrock's routes in OpenAI's own dialect, for models of that family.
//!
//! `/openai/v1/chat/completions` stands beside Converse on the same host (AWS's documentation as
//! of 2026-11-21). An ARN names a resource of Converse; these routes take the names of models.

use super::model_profile::names;
use crate::providers::openai_compatible::Preset;
use crate::providers::openai_compatible::presets::OPENAI;

/// As OpenAI's own API.
pub(super) static PRESET: Preset = OPENAI.at("/openai/v1/chat/completions");

/// Whether a model has such a route.
pub(super) fn serves(model: &str) -> bool {
    let is_openais = |name: &&str| name.starts_with("openai.");
    !model.starts_with("arn:") && names(model).iter().any(is_openais)
}
