//! Token counts, which come with every chunk: read in place, whatever is wrong with one of them.

use super::lenient;
use crate::json::{Fault, Reader};
use crate::providers::json::Str;

/// Token counts; of details, only how much of it was audio.
#[derive(Debug, Default)]
pub(in super::super::super) struct UsageMetadata<'a> {
    pub(in super::super::super) prompt_token_count: Option<u64>,
    pub(in super::super::super) cached_content_token_count: Option<u64>,
    pub(in super::super::super) candidates_token_count: Option<u64>,
    pub(in super::super::super) thoughts_token_count: Option<u64>,
    pub(in super::super::super) tool_use_prompt_token_count: Option<u64>,
    pub(in super::super::super) prompt_audio: Option<u64>,
    pub(in super::super::super) cache_audio: Option<u64>,
    pub(in super::super::super) candidates_audio: Option<u64>,
    pub(in super::super::super) tool_use_prompt_audio: Option<u64>,
    service_tier: Option<&'a str>,
    traffic_type: Option<&'a str>,
}

impl<'a> UsageMetadata<'a> {
    /// Takes the counts.
    ///
    /// # Errors
    /// [`Fault`] where something else comes.
    pub(in super::super::super) fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut counts = Self::default();
        reader.object(|reader, name| counts.member(reader, &name.text))?;
        Ok(counts)
    }

    fn member(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "promptTokenCount" => self.prompt_token_count = count(reader)?,
            "cachedContentTokenCount" => self.cached_content_token_count = count(reader)?,
            "candidatesTokenCount" => self.candidates_token_count = count(reader)?,
            "thoughtsTokenCount" => self.thoughts_token_count = count(reader)?,
            "toolUsePromptTokenCount" => self.tool_use_prompt_token_count = count(reader)?,
            "promptTokensDetails" => self.prompt_audio = audio(reader)?,
            "cacheTokensDetails" => self.cache_audio = audio(reader)?,
            "candidatesTokensDetails" => self.candidates_audio = audio(reader)?,
            "toolUsePromptTokensDetails" => self.tool_use_prompt_audio = audio(reader)?,
            "serviceTier" => self.service_tier = Some(reader.text()?),
            "trafficType" => self.traffic_type = Some(reader.text()?),
            _ => reader.skip()?,
        }
        Ok(())
    }

    /// The tier that has served, in OpenAI's words. AI Studio and Vertex name it each in their own
    /// way; capacity that was bought in advance has no such word.
    pub(in super::super::super) fn tier(&self) -> Option<&'static str> {
        let tier: Option<Str<'a>> = lenient(self.service_tier);
        let traffic: Option<Str<'a>> = lenient(self.traffic_type);
        match (tier.as_deref(), traffic.as_deref()) {
            (Some("standard"), _) => Some("default"),
            (Some("flex"), _) | (_, Some("ON_DEMAND_FLEX")) => Some("flex"),
            (Some("priority"), _) | (_, Some("ON_DEMAND_PRIORITY")) => Some("priority"),
            (_, Some("ON_DEMAND")) => Some("default"),
            _ => None,
        }
    }
}

/// Takes a count; nothing where it is something else.
fn count(reader: &mut Reader<'_>) -> Result<Option<u64>, Fault> {
    Ok(reader.text()?.parse().ok())
}

/// Takes a list of how many tokens were of which kind; nothing where it tells of no audio.
fn audio(reader: &mut Reader<'_>) -> Result<Option<u64>, Fault> {
    let sum = reader.attempt(|reader| {
        let mut sum = None;
        reader.array(|reader| {
            if let Some(more) = audio_tokens(reader)? {
                sum = Some(more.saturating_add(sum.unwrap_or(0)));
            }
            Ok(())
        })?;
        Ok(sum)
    })?;
    Ok(sum.flatten())
}

fn audio_tokens(reader: &mut Reader<'_>) -> Result<Option<u64>, Fault> {
    let (mut is_audio, mut tokens) = (false, None);
    reader.object(|reader, name| {
        match &*name.text {
            "modality" => is_audio = reader.optional(Reader::string)?.as_deref() == Some("AUDIO"),
            "tokenCount" => tokens = reader.optional(Reader::integer)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(tokens.filter(|_| is_audio))
}
