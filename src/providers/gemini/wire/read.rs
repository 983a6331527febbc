//! What the API answers: one type for a whole answer and for a chunk of a stream.
//!
//! A chunk is read in one pass. What most chunks do not have, or what is wanted of one chunk only,
//! is kept as it is written and read where it is asked for.
//!
//! Fields that tell something about the answer count as absent where they are not what they should
//! be; the answer itself (candidates and their parts) must be understood, or nothing is.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{Fault, Reader};
use crate::providers::json::{Few, Str};

pub(in super::super) use beside::{
    CitationMetadata, GroundingChunk, GroundingMetadata, LogprobsResult, Token,
};
pub(in super::super) use usage::UsageMetadata;

mod beside;
mod usage;

/// More candidates than can be asked for.
pub(in super::super) const MAX_CANDIDATES: u32 = 128;

/// More parts than a chunk has.
const MAX_PARTS: u32 = 16 * 1024;

/// A whole answer, or a chunk of a streamed one.
#[derive(Debug, Default)]
pub(in super::super) struct Chunk<'a> {
    pub(in super::super) candidates: Few<Candidate<'a>>,
    prompt_feedback: Option<&'a str>,
    pub(in super::super) usage_metadata: Option<UsageMetadata<'a>>,
    model_version: Option<&'a str>,
    response_id: Option<&'a str>,
    /// Whether it is an error.
    pub(in super::super) is_error: bool,
}

impl<'a> Chunk<'a> {
    /// Reads a chunk.
    ///
    /// # Errors
    /// [`Fault`] where it is no object, or its candidates cannot be understood.
    pub(in super::super) fn read(json: &'a [u8]) -> Result<Self, Fault> {
        let mut chunk = Self::default();
        let mut reader = Reader::new(json)?;
        reader.object(|reader, name| chunk.member(reader, &name.text))?;
        reader.end()?;
        Ok(chunk)
    }

    fn member(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "candidates" => {
                let candidates =
                    |reader: &mut _| Few::read(reader, MAX_CANDIDATES, Candidate::read);
                self.candidates = reader.optional(candidates)?.unwrap_or_default();
            }
            "usageMetadata" => self.usage_metadata = reader.attempt(UsageMetadata::read)?,
            "modelVersion" => self.model_version = Some(reader.text()?),
            "responseId" => self.response_id = Some(reader.text()?),
            "promptFeedback" => self.prompt_feedback = Some(reader.text()?),
            "error" => self.is_error = reader.text()? != "null",
            _ => reader.skip()?,
        }
        Ok(())
    }

    pub(in super::super) fn prompt_feedback(&self) -> Option<PromptFeedback<'a>> {
        lenient(self.prompt_feedback)
    }

    pub(in super::super) fn model_version(&self) -> Option<Str<'a>> {
        lenient(self.model_version)
    }

    pub(in super::super) fn response_id(&self) -> Option<Str<'a>> {
        lenient(self.response_id)
    }
}

/// What is written there; absent where it is not what it should be.
fn lenient<'a, T: Deserialize<'a>>(json: Option<&'a str>) -> Option<T> {
    serde_json::from_str(json?).ok()
}

/// One of the alternative answers.
#[derive(Debug, Default)]
pub(in super::super) struct Candidate<'a> {
    pub(in super::super) index: Option<u32>,
    /// Its parts; `None` in place of one that cannot be understood.
    pub(in super::super) parts: Few<Option<Part<'a>>>,
    pub(in super::super) finish_reason: Option<Cow<'a, str>>,
    finish_message: Option<&'a str>,
    grounding_metadata: Option<&'a str>,
    citation_metadata: Option<&'a str>,
    logprobs_result: Option<&'a str>,
}

impl<'a> Candidate<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut candidate = Self::default();
        reader.object(|reader, name| candidate.member(reader, &name.text))?;
        Ok(candidate)
    }

    fn member(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "index" => self.index = reader.optional(Reader::integer)?,
            "content" => self.parts = reader.optional(parts)?.unwrap_or_default(),
            "finishReason" => self.finish_reason = reader.optional(Reader::string)?,
            "finishMessage" => self.finish_message = Some(reader.text()?),
            "groundingMetadata" => self.grounding_metadata = Some(reader.text()?),
            "citationMetadata" => self.citation_metadata = Some(reader.text()?),
            "logprobsResult" => self.logprobs_result = Some(reader.text()?),
            _ => reader.skip()?,
        }
        Ok(())
    }

    pub(in super::super) fn finish_message(&self) -> Option<Str<'a>> {
        lenient(self.finish_message)
    }

    pub(in super::super) fn grounding_metadata(&self) -> Option<GroundingMetadata<'a>> {
        lenient(self.grounding_metadata)
    }

    pub(in super::super) fn citation_metadata(&self) -> Option<CitationMetadata<'a>> {
        lenient(self.citation_metadata)
    }

    pub(in super::super) fn logprobs_result(&self) -> Option<LogprobsResult<'a>> {
        lenient(self.logprobs_result)
    }
}

/// Takes the content of a candidate.
fn parts<'a>(reader: &mut Reader<'a>) -> Result<Few<Option<Part<'a>>>, Fault> {
    let mut parts = None;
    reader.object(|reader, name| {
        if name.text != "parts" {
            return reader.skip();
        }
        let part = |reader: &mut Reader<'a>| reader.attempt(Part::read);
        parts = reader.optional(|reader| Few::read(reader, MAX_PARTS, part))?;
        Ok(())
    })?;
    Ok(parts.unwrap_or_default())
}

/// A piece of an answer: at most one of text, call and bytes.
#[derive(Debug, Default)]
pub(in super::super) struct Part<'a> {
    pub(in super::super) text: Option<Cow<'a, str>>,
    pub(in super::super) is_thought: bool,
    pub(in super::super) thought_signature: Option<Cow<'a, str>>,
    function_call: Option<&'a str>,
    inline_data: Option<&'a str>,
}

impl<'a> Part<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut part = Self::default();
        reader.object(|reader, name| part.member(reader, &name.text))?;
        Ok(part)
    }

    fn member(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "text" => self.text = reader.optional(Reader::string)?,
            "thought" => self.is_thought = reader.optional(Reader::boolean)? == Some(true),
            "thoughtSignature" => self.thought_signature = reader.optional(Reader::string)?,
            "functionCall" => self.function_call = Some(reader.text()?),
            "inlineData" => self.inline_data = Some(reader.text()?),
            _ => reader.skip()?,
        }
        Ok(())
    }

    /// Its call.
    ///
    /// # Errors
    /// Where it cannot be understood.
    pub(in super::super) fn function_call(&self) -> serde_json::Result<Option<FunctionCall<'a>>> {
        self.function_call.map_or(Ok(None), serde_json::from_str)
    }

    /// Its bytes.
    ///
    /// # Errors
    /// Where they cannot be understood.
    pub(in super::super) fn inline_data(&self) -> serde_json::Result<Option<Blob<'a>>> {
        self.inline_data.map_or(Ok(None), serde_json::from_str)
    }
}

/// A call, or a piece of one: Vertex can be asked to stream arguments.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct FunctionCall<'a> {
    #[serde(borrow)]
    pub(in super::super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) name: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) args: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super) partial_args: Option<Vec<PartialArg<'a>>>,
    pub(in super::super) will_continue: Option<bool>,
}

/// A piece of a call's arguments: a value in its place, or null.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct PartialArg<'a> {
    #[serde(borrow)]
    pub(in super::super) json_path: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) string_value: Option<Str<'a>>,
    pub(in super::super) number_value: Option<serde_json::Number>,
    pub(in super::super) bool_value: Option<bool>,
}

/// Bytes in an answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Blob<'a> {
    #[serde(borrow)]
    pub(in super::super) mime_type: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) data: Option<Str<'a>>,
}

/// What was thought of the prompt.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct PromptFeedback<'a> {
    #[serde(borrow)]
    pub(in super::super) block_reason: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) block_reason_message: Option<Str<'a>>,
}
