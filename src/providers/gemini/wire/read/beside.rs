//! What a candidate may tell beside its parts: sources, citations, probabilities.

use serde::Deserialize;

use super::Str;

/// Where the answer has its knowledge from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super::super) struct GroundingMetadata<'a> {
    #[serde(borrow, default)]
    pub(in super::super::super) grounding_chunks: Vec<GroundingChunk<'a>>,
    #[serde(default)]
    pub(in super::super::super) grounding_supports: Vec<GroundingSupport>,
}

/// A source.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super::super) struct GroundingChunk<'a> {
    #[serde(borrow)]
    pub(in super::super::super) web: Option<Source<'a>>,
    #[serde(borrow)]
    pub(in super::super::super) maps: Option<Source<'a>>,
    #[serde(borrow)]
    pub(in super::super::super) retrieved_context: Option<Source<'a>>,
}

#[derive(Debug, Deserialize)]
pub(in super::super::super) struct Source<'a> {
    #[serde(borrow)]
    pub(in super::super::super) uri: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super::super) title: Option<Str<'a>>,
}

/// Which sources stand behind a span of the text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super::super) struct GroundingSupport {
    pub(in super::super::super) segment: Option<Segment>,
    #[serde(default)]
    pub(in super::super::super) grounding_chunk_indices: Vec<usize>,
}

/// A span of a part's text, in bytes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super::super) struct Segment {
    #[serde(default)]
    pub(in super::super::super) part_index: usize,
    #[serde(default)]
    pub(in super::super::super) start_index: usize,
    #[serde(default)]
    pub(in super::super::super) end_index: usize,
}

/// What the answer repeats.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super::super) struct CitationMetadata<'a> {
    /// AI Studio has another name for it.
    #[serde(borrow, default, alias = "citationSources")]
    pub(in super::super::super) citations: Vec<Citation<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super::super) struct Citation<'a> {
    #[serde(default)]
    pub(in super::super::super) start_index: usize,
    #[serde(default)]
    pub(in super::super::super) end_index: usize,
    #[serde(borrow)]
    pub(in super::super::super) uri: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super::super) title: Option<Str<'a>>,
}

/// How likely tokens were.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super::super) struct LogprobsResult<'a> {
    #[serde(borrow, default)]
    pub(in super::super::super) chosen_candidates: Vec<Token<'a>>,
    #[serde(borrow, default)]
    pub(in super::super::super) top_candidates: Vec<TopCandidates<'a>>,
}

#[derive(Debug, Deserialize)]
pub(in super::super::super) struct TopCandidates<'a> {
    #[serde(borrow, default)]
    pub(in super::super::super) candidates: Vec<Token<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super::super) struct Token<'a> {
    #[serde(borrow)]
    pub(in super::super::super) token: Option<Str<'a>>,
    pub(in super::super::super) log_probability: Option<f64>,
}
