//! The client's request on its way to the provider: its own bytes, but for what must differ.
//!
//! Only places are edited: the model's name, the wish for token counts in a stream, and fields that
//! the preset's vendor does not take as they are. All other bytes stay the client's. Where the last
//! edit is near the front, only the front is replaced and the rest of the body, however large, is
//! not copied: Envoy can replace a prefix of its buffer.
//!
//! What is left out or brought into range is reported, or refused where the target is strict.

mod messages;
mod params;

use serde::Deserialize;

use super::edit::{Fate, Member, Splice, apply, splices};
use super::preset::{Preset, StreamUsage};
use super::stream::{ClientUsage, StreamOptions};
use crate::chat::{Error, Warning};
use crate::dialects::openai_chat::Scan;
use crate::providers::TargetOptions;
use crate::providers::losses::Losses;

/// Edits that all lie in so many bytes are made as a prefix.
const PREFIX_LIMIT: usize = 64 * 1024;

/// A request as the provider wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// What becomes of the client's body.
    pub edit: Edit,
    /// Path below the base URL.
    pub path: &'static str,
    /// What could not be given to the provider as it was.
    pub warnings: Vec<Warning>,
    /// How the answer is to be passed on if it is a stream.
    pub stream: StreamOptions,
}

/// What becomes of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// It goes as it is.
    Unchanged,
    /// Its first `replaced` bytes become these; the rest goes as it is.
    Prefix {
        /// How many bytes are replaced.
        replaced: usize,
        /// What comes in their place.
        bytes: Vec<u8>,
    },
    /// It becomes this.
    Whole(Vec<u8>),
}

/// Prepares the client's body, which `scan` has found in order, for a provider.
///
/// # Errors
/// 400 naming the field, where the provider cannot do what the client asks, or the target says to
/// refuse it.
pub(super) fn prepare(
    preset: &Preset,
    body: &[u8],
    scan: &Scan<'_>,
    target: &TargetOptions<'_>,
) -> Result<Prepared, Error> {
    let members: Vec<Member<'_>> = scan.fields.iter().map(Member::of).collect();
    let mut losses = Losses::new(target.strict, "this model's provider");
    let mut fates = Vec::with_capacity(members.len());
    for (field, member) in scan.fields.iter().zip(&members) {
        fates.push(match &*member.name {
            "model" => model(scan, target),
            "stream_options" => stream_options(preset),
            _ if field.is_known => params::known(preset, body, member, &members, &mut losses)?,
            _ => params::unknown(preset, body, member, scan, target, &mut losses)?,
        });
    }
    let mut splices = splices(&members, &fates);
    splices.extend(usage_wish(preset, scan));
    splices.extend(messages::splices(preset, body, &members, &mut losses)?);
    Ok(Prepared {
        edit: edit(body, splices),
        path: preset.path,
        warnings: losses.into_warnings(),
        stream: StreamOptions {
            usage: client_usage(body, scan),
        },
    })
}

fn model(scan: &Scan<'_>, target: &TargetOptions<'_>) -> Fate {
    if scan.model == target.model {
        return Fate::Stays;
    }
    Fate::Becomes(serde_json::Value::from(target.model).to_string())
}

fn stream_options(preset: &Preset) -> Fate {
    match preset.stream_usage {
        StreamUsage::OnRequest | StreamUsage::Always => Fate::Stays,
        StreamUsage::AlwaysWithoutOptions => Fate::Goes,
    }
}

/// Token counts are asked for in every stream, whether the client wants to see them or not.
fn usage_wish(preset: &Preset, scan: &Scan<'_>) -> Option<Splice> {
    if !scan.stream || preset.stream_usage != StreamUsage::OnRequest {
        return None;
    }
    let edit = scan.ask_for_usage()?;
    Some(Splice {
        range: edit.range,
        text: edit.text.into(),
    })
}

fn client_usage(body: &[u8], scan: &Scan<'_>) -> ClientUsage {
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

/// What the splices make of the body. They do not overlap.
fn edit(body: &[u8], mut splices: Vec<Splice>) -> Edit {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let Some(last) = splices.last() else {
        return Edit::Unchanged;
    };
    let replaced = last.range.end;
    if replaced <= PREFIX_LIMIT {
        let bytes = apply(body.get(..replaced).unwrap_or(body), &splices);
        return Edit::Prefix { replaced, bytes };
    }
    Edit::Whole(apply(body, &splices))
}

#[cfg(test)]
mod tests;
