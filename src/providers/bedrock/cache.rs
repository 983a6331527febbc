//! `cache_control` markers → `cachePoint`, an element of its own behind what it marks.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::model_profile::{Cache, ModelProfile};
use super::wire::read::Str;
use super::wire::write::{Block, CachePoint};
use crate::chat::Error;
use crate::providers::losses::Losses;

/// The cache point for a marker at `param`; none where the model has no such cache.
///
/// # Errors
/// Where the target is strict and the marker cannot be honoured as it is.
pub(super) fn point(
    marker: &RawValue,
    least: Cache,
    profile: &ModelProfile,
    param: impl Fn() -> String,
    losses: &mut Losses,
) -> Result<Option<CachePoint>, Error> {
    if rank(profile.cache) < rank(least) {
        losses.dropped(param())?;
        return Ok(None);
    }
    let marker = serde_json::from_str::<Marker<'_>>(marker.get()).unwrap_or_default();
    let ttl = match marker.ttl.as_deref() {
        Some("1h") if profile.cache == Cache::AllForAnHour => Some("1h"),
        Some("1h") => {
            losses.clamped(param())?;
            None
        }
        _ => None, // Five minutes are what a point means that says nothing.
    };
    let kind = "default";
    Ok(Some(CachePoint { kind, ttl }))
}

#[derive(Default, Deserialize)]
struct Marker<'a> {
    #[serde(borrow)]
    ttl: Option<Str<'a>>,
}

fn rank(cache: Cache) -> u8 {
    match cache {
        Cache::Nothing => 0,
        Cache::Messages => 1,
        Cache::All => 2,
        Cache::AllForAnHour => 3,
    }
}

/// Puts a point behind the last block. Bedrock takes none directly behind a film, or behind a
/// document that it shows to the model as text (on Claude: all but PDFs); it then stands before
/// them. `false` where there is nothing before.
pub(super) fn insert(
    blocks: &mut Vec<Block<'_>>,
    point: CachePoint,
    profile: &ModelProfile,
) -> bool {
    let may_precede = |block: &Block<'_>| match block {
        Block::Document(document) => profile.is_claude() && document.format == "pdf",
        Block::Video(_) => false,
        _ => true,
    };
    let Some(last) = blocks.iter().rposition(may_precede) else {
        return false;
    };
    if !matches!(blocks.get(last), Some(Block::CachePoint(_))) {
        blocks.insert(last + 1, Block::CachePoint(point));
    }
    true
}
