//! What the API answers: one type for a whole answer and for a chunk of a stream.
//!
//! Fields that tell something about the answer count as absent where they are not what they should
//! be; the answer itself (candidates and their parts) must be understood, or nothing is.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::providers::json::{Few, Str, lenient, lenient_count, lenient_object};

/// A whole answer, or a chunk of a streamed one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Chunk<'a> {
    #[serde(borrow)]
    pub(in super::super) candidates: Option<Few<Candidate<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) prompt_feedback: Option<PromptFeedback<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient_object")]
    pub(in super::super) usage_metadata: Option<UsageMetadata<'a>>,
    #[serde(borrow)]
    model_version: Option<&'a RawValue>,
    #[serde(borrow)]
    response_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super) error: Option<&'a RawValue>,
}

/// What each chunk of a stream repeats is read where it is needed only.
impl<'a> Chunk<'a> {
    pub(in super::super) fn model_version(&self) -> Option<Str<'a>> {
        serde_json::from_str(self.model_version?.get()).ok()
    }

    pub(in super::super) fn response_id(&self) -> Option<Str<'a>> {
        serde_json::from_str(self.response_id?.get()).ok()
    }
}

/// One of the alternative answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Candidate<'a> {
    pub(in super::super) index: Option<u32>,
    #[serde(borrow)]
    pub(in super::super) content: Option<Content<'a>>,
    #[serde(borrow)]
    pub(in super::super) finish_reason: Option<Str<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) finish_message: Option<Str<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) grounding_metadata: Option<GroundingMetadata<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) citation_metadata: Option<CitationMetadata<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) logprobs_result: Option<LogprobsResult<'a>>,
}

#[derive(Debug, Deserialize)]
pub(in super::super) struct Content<'a> {
    #[serde(borrow)]
    pub(in super::super) parts: Option<Few<&'a RawValue>>,
}

/// A piece of an answer: at most one of text, call and bytes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Part<'a> {
    #[serde(borrow)]
    pub(in super::super) text: Option<Str<'a>>,
    pub(in super::super) thought: Option<bool>,
    #[serde(borrow)]
    pub(in super::super) thought_signature: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) function_call: Option<FunctionCall<'a>>,
    #[serde(borrow)]
    pub(in super::super) inline_data: Option<Blob<'a>>,
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

/// Token counts.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct UsageMetadata<'a> {
    #[serde(default, deserialize_with = "lenient_count")]
    pub(in super::super) prompt_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient_count")]
    pub(in super::super) cached_content_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient_count")]
    pub(in super::super) candidates_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient_count")]
    pub(in super::super) thoughts_token_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient_count")]
    pub(in super::super) tool_use_prompt_token_count: Option<u64>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) prompt_tokens_details: Option<Vec<ModalityTokens<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) cache_tokens_details: Option<Vec<ModalityTokens<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) candidates_tokens_details: Option<Vec<ModalityTokens<'a>>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) tool_use_prompt_tokens_details: Option<Vec<ModalityTokens<'a>>>,
    /// AI Studio's word for the tier.
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) service_tier: Option<Str<'a>>,
    /// Vertex's.
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) traffic_type: Option<Str<'a>>,
}

/// How many tokens were of one kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ModalityTokens<'a> {
    #[serde(borrow)]
    pub(in super::super) modality: Option<Str<'a>>,
    pub(in super::super) token_count: Option<u64>,
}

/// Where the answer has its knowledge from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct GroundingMetadata<'a> {
    #[serde(borrow, default)]
    pub(in super::super) grounding_chunks: Vec<GroundingChunk<'a>>,
    #[serde(default)]
    pub(in super::super) grounding_supports: Vec<GroundingSupport>,
}

/// A source.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct GroundingChunk<'a> {
    #[serde(borrow)]
    pub(in super::super) web: Option<Source<'a>>,
    #[serde(borrow)]
    pub(in super::super) maps: Option<Source<'a>>,
    #[serde(borrow)]
    pub(in super::super) retrieved_context: Option<Source<'a>>,
}

#[derive(Debug, Deserialize)]
pub(in super::super) struct Source<'a> {
    #[serde(borrow)]
    pub(in super::super) uri: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) title: Option<Str<'a>>,
}

/// Which sources stand behind a span of the text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct GroundingSupport {
    pub(in super::super) segment: Option<Segment>,
    #[serde(default)]
    pub(in super::super) grounding_chunk_indices: Vec<usize>,
}

/// A span of a part's text, in bytes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Segment {
    #[serde(default)]
    pub(in super::super) part_index: usize,
    #[serde(default)]
    pub(in super::super) start_index: usize,
    #[serde(default)]
    pub(in super::super) end_index: usize,
}

/// What the answer repeats.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct CitationMetadata<'a> {
    /// AI Studio has another name for it.
    #[serde(borrow, default, alias = "citationSources")]
    pub(in super::super) citations: Vec<Citation<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Citation<'a> {
    #[serde(default)]
    pub(in super::super) start_index: usize,
    #[serde(default)]
    pub(in super::super) end_index: usize,
    #[serde(borrow)]
    pub(in super::super) uri: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) title: Option<Str<'a>>,
}

/// How likely tokens were.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct LogprobsResult<'a> {
    #[serde(borrow, default)]
    pub(in super::super) chosen_candidates: Vec<Token<'a>>,
    #[serde(borrow, default)]
    pub(in super::super) top_candidates: Vec<TopCandidates<'a>>,
}

#[derive(Debug, Deserialize)]
pub(in super::super) struct TopCandidates<'a> {
    #[serde(borrow, default)]
    pub(in super::super) candidates: Vec<Token<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Token<'a> {
    #[serde(borrow)]
    pub(in super::super) token: Option<Str<'a>>,
    pub(in super::super) log_probability: Option<f64>,
}
