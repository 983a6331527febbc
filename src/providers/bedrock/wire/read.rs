//! What the API answers: whole answers, stream events, errors.
//!
//! The API's unions are objects with one of several fields; they are read as structs with all of
//! them optional, so that a field nobody knows yet is passed over.

use serde::Deserialize;
use serde_json::value::RawValue;

pub(in super::super) use crate::providers::json::Str;

/// A whole answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Answer<'a> {
    #[serde(borrow)]
    pub(in super::super) output: Option<Output<'a>>,
    #[serde(borrow)]
    pub(in super::super) stop_reason: Option<Str<'a>>,
    pub(in super::super) usage: Option<Usage<'a>>,
    #[serde(borrow)]
    pub(in super::super) service_tier: Option<ServiceTier<'a>>,
}

#[derive(Debug, Deserialize)]
pub(in super::super) struct Output<'a> {
    #[serde(borrow)]
    pub(in super::super) message: Option<Message<'a>>,
}

#[derive(Debug, Deserialize)]
pub(in super::super) struct Message<'a> {
    #[serde(borrow)]
    pub(in super::super) content: Option<Vec<Block<'a>>>,
}

/// A block of content. Results of the model's own tools and what is still to be invented have none
/// of these fields.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Block<'a> {
    #[serde(borrow)]
    pub(in super::super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) tool_use: Option<ToolUse<'a>>,
    #[serde(borrow)]
    pub(in super::super) reasoning_content: Option<Reasoning<'a>>,
    #[serde(borrow)]
    pub(in super::super) citations_content: Option<CitationsContent<'a>>,
    #[serde(borrow)]
    pub(in super::super) image: Option<Picture<'a>>,
}

/// A picture that the model has made; in a stream the format comes first and the bytes later.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Picture<'a> {
    #[serde(borrow)]
    format: Option<Str<'a>>,
    #[serde(borrow)]
    source: Option<PictureSource<'a>>,
}

#[derive(Debug, Deserialize)]
struct PictureSource<'a> {
    #[serde(borrow)]
    bytes: Option<Str<'a>>,
}

impl Picture<'_> {
    pub(in super::super) fn media_type(&self) -> Option<String> {
        Some(format!("image/{}", &**self.format.as_ref()?))
    }

    /// In base64.
    pub(in super::super) fn bytes(&self) -> Option<&str> {
        let bytes = self.source.as_ref()?.bytes.as_deref();
        bytes.filter(|bytes| !bytes.is_empty())
    }
}

/// A call of a tool, or the beginning of one in a stream.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ToolUse<'a> {
    #[serde(borrow)]
    pub(in super::super) tool_use_id: Str<'a>,
    #[serde(borrow)]
    pub(in super::super) name: Str<'a>,
    #[serde(borrow)]
    pub(in super::super) input: Option<&'a RawValue>,
    /// `server_tool_use`: the model's own tool, which the client knows nothing of.
    #[serde(borrow, rename = "type")]
    pub(in super::super) kind: Option<Str<'a>>,
}

impl ToolUse<'_> {
    pub(in super::super) fn is_the_clients(&self) -> bool {
        self.kind.is_none()
    }
}

/// Reasoning of a whole answer; that of a stream has another shape.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Reasoning<'a> {
    #[serde(borrow)]
    pub(in super::super) reasoning_text: Option<ReasoningText<'a>>,
    #[serde(borrow)]
    pub(in super::super) redacted_content: Option<Str<'a>>,
}

#[derive(Debug, Deserialize)]
pub(in super::super) struct ReasoningText<'a> {
    #[serde(borrow)]
    pub(in super::super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) signature: Option<Str<'a>>,
}

/// Text with what it cites.
#[derive(Debug, Deserialize)]
pub(in super::super) struct CitationsContent<'a> {
    #[serde(borrow)]
    pub(in super::super) content: Option<Vec<Generated<'a>>>,
    #[serde(borrow)]
    pub(in super::super) citations: Option<Vec<Citation<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(in super::super) struct Generated<'a> {
    #[serde(borrow)]
    pub(in super::super) text: Option<Str<'a>>,
}

/// A citation; only those of web pages can be told in OpenAI's words.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Citation<'a> {
    #[serde(borrow)]
    pub(in super::super) title: Option<Str<'a>>,
    #[serde(borrow)]
    location: Option<Location<'a>>,
}

impl Citation<'_> {
    pub(in super::super) fn url(&self) -> Option<&str> {
        self.location.as_ref()?.web.as_ref()?.url.as_deref()
    }
}

#[derive(Debug, Deserialize)]
struct Location<'a> {
    #[serde(borrow)]
    web: Option<Web<'a>>,
}

#[derive(Debug, Deserialize)]
struct Web<'a> {
    #[serde(borrow)]
    url: Option<Str<'a>>,
}

/// Token counts. Live traffic repeats some of them under other names.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Usage<'a> {
    pub(in super::super) input_tokens: Option<u64>,
    pub(in super::super) output_tokens: Option<u64>,
    pub(in super::super) cache_read_input_tokens: Option<u64>,
    pub(in super::super) cache_write_input_tokens: Option<u64>,
    #[serde(borrow)]
    pub(in super::super) cache_details: Option<Vec<CacheDetail<'a>>>,
}

/// Cache writes of one lifetime.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct CacheDetail<'a> {
    #[serde(borrow)]
    pub(in super::super) ttl: Option<Str<'a>>,
    pub(in super::super) input_tokens: Option<u64>,
}

/// The tier that has served.
#[derive(Debug, Deserialize)]
pub(in super::super) struct ServiceTier<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
}

impl ServiceTier<'_> {
    /// In OpenAI's words; `reserved` has none.
    pub(in super::super) fn in_openais_words(&self) -> Option<&'static str> {
        match self.kind.as_deref()? {
            "default" => Some("default"),
            "priority" => Some("priority"),
            "flex" => Some("flex"),
            _ => None,
        }
    }
}

/// Stream: a block begins. Text blocks usually begin without a word.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct BlockStart<'a> {
    pub(in super::super) content_block_index: u64,
    #[serde(borrow)]
    pub(in super::super) start: Option<Start<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Start<'a> {
    #[serde(borrow)]
    pub(in super::super) tool_use: Option<ToolUse<'a>>,
    #[serde(borrow)]
    pub(in super::super) image: Option<Picture<'a>>,
}

/// Stream: more of a block.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct BlockDelta<'a> {
    pub(in super::super) content_block_index: u64,
    #[serde(borrow)]
    pub(in super::super) delta: Option<Delta<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Delta<'a> {
    #[serde(borrow)]
    pub(in super::super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) tool_use: Option<ToolUseDelta<'a>>,
    #[serde(borrow)]
    pub(in super::super) reasoning_content: Option<ReasoningDelta<'a>>,
    #[serde(borrow)]
    pub(in super::super) citation: Option<Citation<'a>>,
    #[serde(borrow)]
    pub(in super::super) image: Option<Picture<'a>>,
}

#[derive(Debug, Deserialize)]
pub(in super::super) struct ToolUseDelta<'a> {
    #[serde(borrow)]
    pub(in super::super) input: Option<Str<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ReasoningDelta<'a> {
    #[serde(borrow)]
    pub(in super::super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) signature: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) redacted_content: Option<Str<'a>>,
}

/// Stream: a block ends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct BlockStop {
    pub(in super::super) content_block_index: u64,
}

/// Stream: the message ends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct MessageStop<'a> {
    #[serde(borrow)]
    pub(in super::super) stop_reason: Option<Str<'a>>,
}

/// Stream: what it has cost.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct StreamMetadata<'a> {
    #[serde(borrow)]
    pub(in super::super) usage: Option<Usage<'a>>,
    #[serde(borrow)]
    pub(in super::super) service_tier: Option<ServiceTier<'a>>,
}

/// An error's body, or an exception's.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Failure<'a> {
    #[serde(borrow, alias = "Message")]
    pub(in super::super) message: Option<Str<'a>>,
    /// Where the header does not say what the error is.
    #[serde(borrow, rename = "__type")]
    pub(in super::super) kind: Option<Str<'a>>,
}
