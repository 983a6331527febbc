//! What of a request its plan depends on, without the request: it can be planned again later.

use crate::config::routing::{Sticky, Strategy};
use crate::config::runtime::{Model, Stage, Target};

use super::facts::{Facts, Mismatch};
use super::{hash, look};

/// What of a request its plan depends on.
#[derive(Debug, Default)]
pub struct Profile {
    /// Whether the answer is streamed.
    pub stream: bool,
    /// About how many input tokens it has.
    pub input_tokens: u64,
    /// The most output tokens that the client wants.
    pub max_output: Option<u64>,
    /// Of each stage, which targets do not suit it, by their place; empty where all do.
    pub(super) mismatches: Vec<Vec<Option<Mismatch>>>,
    /// Of each stage, the hash of what it stays with.
    pub(super) hashes: Vec<Option<u64>>,
    /// What the client itself asks for.
    pub wishes: Wishes,
}

/// What a client that may do so asks for by headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Providers, or `provider/model`, that may be tried, in this order.
    pub targets: Option<Vec<String>>,
    /// In which order targets are tried.
    pub strategy: Option<Strategy>,
    /// One attempt, and no other.
    pub no_fallback: bool,
}

impl Wishes {
    /// Whether a client means this target by `provider` or `provider/model`.
    pub fn names(name: &str, target: &Target) -> bool {
        let rest = name.strip_prefix(target.provider.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('/') == Some(&target.model))
    }

    /// Whether a target may be tried.
    pub(super) fn allow(&self, target: &Target) -> bool {
        let wished = self.targets.as_ref();
        wished.is_none_or(|wished| wished.iter().any(|name| Self::names(name, target)))
    }
}

impl Profile {
    /// The profile of a request for `model`.
    pub fn of(model: &Model, facts: &Facts<'_>, wishes: Wishes) -> Self {
        let strategy = |stage: &Stage| wishes.strategy.unwrap_or(stage.strategy);
        let hashes = model.stages.iter().map(|stage| match strategy(stage) {
            Strategy::Affinity => Some(conversation(facts)),
            Strategy::Weighted => stage.sticky.as_ref().and_then(|by| holder(by, facts)),
            _ => None,
        });
        Self {
            stream: facts.stream,
            input_tokens: facts.input_tokens,
            max_output: facts.max_output,
            mismatches: mismatches(model, facts),
            hashes: hashes.collect(),
            wishes,
        }
    }

    /// Output tokens to expect where answers have lately had so many.
    pub fn output_tokens(&self, usual: Option<f64>) -> u64 {
        let usual = usual.map_or(USUAL_OUTPUT, whole);
        self.max_output.map_or(usual, |most| most.min(usual))
    }

    /// Why a target does not suit the request.
    pub(super) fn mismatch(&self, stage: usize, target: usize) -> Option<Mismatch> {
        *self.mismatches.get(stage)?.get(target)?
    }
}

/// Output tokens that are expected where neither the client nor experience says more.
const USUAL_OUTPUT: u64 = 500;

/// A count that was a mean; a float that is too large becomes the largest count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "such a cast saturates"
)]
fn whole(mean: f64) -> u64 {
    mean.round() as u64
}

/// Nothing is kept where everything suits.
fn mismatches(model: &Model, facts: &Facts<'_>) -> Vec<Vec<Option<Mismatch>>> {
    let of_stage = |stage: &Stage| -> Vec<_> {
        let targets = stage.targets.iter();
        targets.map(|target| facts.mismatch(target)).collect()
    };
    if model
        .targets()
        .all(|target| facts.mismatch(target).is_none())
    {
        return Vec::new();
    }
    model.stages.iter().map(of_stage).collect()
}

/// The conversation, by its beginning and whose it is; by the client's own word where it has one.
///
/// Source: `prompt_cache_key` of <https://platform.openai.com/docs/guides/prompt-caching>, checked
/// 2026-11-25.
fn conversation(facts: &Facts<'_>) -> u64 {
    let by = |name| facts.said.field(name).filter(|value| *value != "null");
    let owner = hash::of(facts.key_id.as_bytes(), 0);
    if let Some(key) = by("prompt_cache_key") {
        return hash::of(key.as_bytes(), owner);
    }
    let tools = by("tools").map_or(owner, |tools| hash::of(tools.as_bytes(), owner));
    let beginning = by("messages").map(look::stable_prefix);
    hash::of(
        beginning
            .or_else(|| by("input"))
            .unwrap_or_default()
            .as_bytes(),
        tools,
    )
}

/// Whose arm it is; `None` where the request does not say.
fn holder(by: &Sticky, facts: &Facts<'_>) -> Option<u64> {
    let holder = match by {
        Sticky::Key => facts.key_id,
        Sticky::User => {
            let user = facts.said.field("safety_identifier");
            user.or_else(|| facts.said.field("user"))?
        }
        Sticky::Header(name) => facts.said.header(name)?,
    };
    (!holder.is_empty() && holder != "null").then(|| hash::of(holder.as_bytes(), 0))
}
