//! Whether the provider is asked for a stream, and what the stream is to tell.

use serde::Deserialize;

use super::params::Fields;
use crate::chat::Error;
use crate::dialects::openai_chat::Scan;
use crate::providers::TargetOptions;
use crate::providers::losses::Losses;
use crate::providers::openai_compatible::edit::{Fate, Splice};
use crate::providers::openai_compatible::options;
use crate::providers::openai_compatible::preset::{Preset, StreamUsage};
use crate::providers::openai_compatible::stream::ClientUsage;

/// Whether this request is answered with a stream or not at all.
pub(super) fn is_needed(preset: &Preset, fields: Fields<'_>, target: &TargetOptions<'_>) -> bool {
    options::is_stream_only(preset, target.options, target.model)
        || (preset.stream_only_with.iter()).any(|(name, value)| fields.has(name, &[value]))
}

/// What becomes of the client's `stream_options`.
pub(super) fn options(
    preset: &Preset,
    scan: &Scan<'_>,
    losses: &mut Losses,
) -> Result<Fate, Error> {
    match preset.stream_usage {
        StreamUsage::OnRequest | StreamUsage::Always => return Ok(Fate::Stays),
        StreamUsage::AlwaysWithoutOptions => {}
        StreamUsage::Never if scan.include_usage() => losses.dropped("stream_options")?,
        StreamUsage::Never => {}
    }
    Ok(Fate::Goes)
}

/// What is added to the request of a stream. Token counts are asked for in every one, whether the
/// client wants to see them or not.
pub(super) fn wishes(preset: &Preset, scan: &Scan<'_>, is_streamed: bool) -> Vec<Splice> {
    let mut wishes = Vec::new();
    if is_streamed && preset.stream_usage == StreamUsage::OnRequest {
        wishes.extend(scan.ask_for_usage().map(|edit| Splice {
            range: edit.range,
            text: edit.text.into(),
        }));
    }
    if is_streamed && scan.fields.iter().all(|field| field.name != "stream") {
        wishes.push(Splice {
            range: scan.after_brace..scan.after_brace,
            text: r#""stream":true,"#.into(),
        });
    }
    wishes
}

/// What the client wants to see of the token counts.
pub(super) fn client_usage(body: &[u8], scan: &Scan<'_>) -> ClientUsage {
    let Some(options) = scan.stream_options.as_ref().filter(|o| o.include_usage) else {
        return ClientUsage::Hidden;
    };
    let options = body.get(options.value.clone()).unwrap_or_default();
    match serde_json::from_slice(options) {
        Ok(VendorOptions {
            continuous_usage_stats: Some(true),
        }) => ClientUsage::AsSent,
        _ => ClientUsage::AtEnd,
    }
}

/// Options beyond OpenAI's: vLLM's and SGLang's (docs.vllm.ai, checked 2026-11-21).
#[derive(Deserialize)]
struct VendorOptions {
    continuous_usage_stats: Option<bool>,
}
