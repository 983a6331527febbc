//! Token counts, as the API tells them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Str;

/// Token counts.
#[derive(Debug, Default, Deserialize)]
pub(in super::super::super) struct Usage<'a> {
    pub(in super::super::super) input_tokens: Option<u64>,
    pub(in super::super::super) cache_read_input_tokens: Option<u64>,
    pub(in super::super::super) cache_creation_input_tokens: Option<u64>,
    #[serde(borrow)]
    pub(in super::super::super) cache_creation: Option<&'a RawValue>,
    pub(in super::super::super) output_tokens: Option<u64>,
    pub(in super::super::super) output_tokens_details: Option<OutputTokensDetails>,
    #[serde(borrow)]
    pub(in super::super::super) service_tier: Option<Str<'a>>,
    /// How often the vendor's own tools have run.
    #[serde(borrow)]
    pub(in super::super::super) server_tool_use: Option<&'a RawValue>,
    /// The counts of each round, where there were several.
    #[serde(borrow)]
    pub(in super::super::super) iterations: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super::super) fallback_credit: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super::super) speed: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super::super) inference_geo: Option<&'a RawValue>,
}

impl Usage<'_> {
    /// Cache writes by lifetime.
    pub(in super::super::super) fn cache_creation(&self) -> Option<CacheCreation> {
        serde_json::from_str(self.cache_creation?.get()).ok()
    }

    /// The tier in OpenAI's words; its `batch` has none.
    pub(in super::super::super) fn tier(&self) -> Option<&'static str> {
        match self.service_tier.as_deref()? {
            "standard" => Some("default"),
            "priority" => Some("priority"),
            _ => None,
        }
    }
}

/// Cache writes by lifetime.
#[derive(Debug, Deserialize)]
pub(in super::super::super) struct CacheCreation {
    pub(in super::super::super) ephemeral_5m_input_tokens: Option<u64>,
    pub(in super::super::super) ephemeral_1h_input_tokens: Option<u64>,
}

/// What the output was spent on.
#[derive(Debug, Deserialize)]
pub(in super::super::super) struct OutputTokensDetails {
    pub(in super::super::super) thinking_tokens: Option<u64>,
}

/// The counts of one round of an answer that took several.
#[derive(Debug, Deserialize)]
pub(in super::super::super) struct Iteration<'a> {
    #[serde(borrow, rename = "type")]
    pub(in super::super::super) kind: Option<Str<'a>>,
    pub(in super::super::super) input_tokens: Option<u64>,
    pub(in super::super::super) cache_read_input_tokens: Option<u64>,
    pub(in super::super::super) cache_creation_input_tokens: Option<u64>,
    pub(in super::super::super) output_tokens: Option<u64>,
}
