//! What the API is asked: one request's body, borrowing from the client's.
//!
//! Fields that are absent are left out, never written as null.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

pub(in super::super) use crate::providers::function::{Input, Schema};
pub(in super::super) use crate::providers::json::Fields;

/// The request's body.
#[derive(Serialize)]
pub(in super::super) struct Body<'a> {
    pub(in super::super) model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in super::super) stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) stop_sequences: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "OutputConfig::is_empty")]
    pub(in super::super) output_config: OutputConfig<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) metadata: Option<Metadata<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) service_tier: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool_choice: Option<ToolChoice<'a>>,
    #[serde(skip_serializing_if = "System::is_empty")]
    pub(in super::super) system: System<'a>,
    pub(in super::super) messages: Vec<Turn<'a>>,
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

/// Instructions that stand before the conversation.
#[derive(Default)]
pub(in super::super) struct System<'a>(pub(in super::super) Vec<Block<'a>>);

impl System<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Blocks where one carries a cache marker; else one string, joined with line feeds as
/// Anthropic's own OpenAI layer does.
impl Serialize for System<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let marked = |block: &Block<'_>| match block {
            Block::Text {
                cache_control, own, ..
            } => cache_control.is_some() || !own.0.is_empty(),
            _ => true,
        };
        if self.0.iter().any(marked) {
            return self.0.serialize(serializer);
        }
        serializer.collect_str(&Joined(&self.0))
    }
}

struct Joined<'a>(&'a [Block<'a>]);

impl std::fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, block) in self.0.iter().enumerate() {
            if let Block::Text { text, .. } = block {
                f.write_str(if at == 0 { "" } else { "\n" })?;
                f.write_str(text)?;
            }
        }
        Ok(())
    }
}

/// One turn of the conversation.
#[derive(Serialize)]
pub(in super::super) struct Turn<'a> {
    pub(in super::super) role: Role,
    pub(in super::super) content: Vec<Block<'a>>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Role {
    User,
    Assistant,
    System,
}

/// A block of content.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in super::super) enum Block<'a> {
    Text {
        text: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<&'a RawValue>,
        #[serde(flatten)]
        own: Fields<'a>,
    },
    Image {
        source: Source<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<&'a RawValue>,
        #[serde(flatten)]
        own: Fields<'a>,
    },
    Document {
        source: Source<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<&'a RawValue>,
        #[serde(flatten)]
        own: Fields<'a>,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: &'a str,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: Input<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        caller: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        toolset_name: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<&'a RawValue>,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Block<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        is_error: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        toolset_name: Option<&'a RawValue>,
    },
    /// A block in the API's own words.
    #[serde(untagged)]
    Raw(&'a RawValue),
}

impl<'a> Block<'a> {
    /// The place of a cache marker, where the block can have one.
    pub(in super::super) fn cache_control_mut(&mut self) -> Option<&mut Option<&'a RawValue>> {
        match self {
            Self::Text { cache_control, .. }
            | Self::Image { cache_control, .. }
            | Self::Document { cache_control, .. }
            | Self::ToolUse { cache_control, .. }
            | Self::ToolResult { cache_control, .. } => Some(cache_control),
            Self::Thinking { .. } | Self::RedactedThinking { .. } | Self::Raw(_) => None,
        }
    }
}

/// Where the bytes of an image or document are.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in super::super) enum Source<'a> {
    Base64 { media_type: &'a str, data: &'a str },
    Text { media_type: &'a str, data: String },
    Url { url: &'a str },
    File { file_id: &'a str },
}

/// A tool.
#[derive(Serialize)]
#[serde(untagged)]
pub(in super::super) enum Tool<'a> {
    Function {
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a str>,
        input_schema: Schema<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        strict: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cache_control: Option<&'a RawValue>,
        #[serde(flatten)]
        own: Fields<'a>,
    },
    /// A tool in the API's own words.
    Raw(&'a RawValue),
    WebSearch {
        #[serde(rename = "type")]
        kind: &'static str,
        name: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_location: Option<UserLocation<'a>>,
    },
}

/// Where the user roughly is.
#[derive(Serialize)]
pub(in super::super) struct UserLocation<'a> {
    #[serde(rename = "type")]
    pub(in super::super) kind: &'static str,
    #[serde(flatten)]
    pub(in super::super) place: Fields<'a>,
}

/// Which tools the model may or must call.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(in super::super) enum ToolChoice<'a> {
    Auto {
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        disable_parallel_tool_use: bool,
    },
    Any {
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        disable_parallel_tool_use: bool,
    },
    Tool {
        name: &'a str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        disable_parallel_tool_use: bool,
    },
    None,
}

/// Whether and how the model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in crate::providers) enum Thinking {
    Adaptive {
        #[serde(skip_serializing_if = "Option::is_none")]
        display: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        block_binding: Option<BlockBinding>,
    },
    Enabled {
        budget_tokens: u64,
    },
    Disabled,
    BetweenTools,
}

/// What becomes of thoughts from an earlier turn that do not fit to what stands before them now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(in crate::providers) struct BlockBinding {
    pub(in super::super) prefix_mismatch_behavior: &'static str,
}

/// Form of the output, and the effort behind it.
#[derive(Default, Serialize)]
pub(in super::super) struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) format: Option<OutputFormat<'a>>,
    /// What the client says in the API's own words.
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

impl OutputConfig<'_> {
    fn is_empty(&self) -> bool {
        self.effort.is_none() && self.format.is_none() && self.vendor.0.is_empty()
    }
}

/// Form of the output.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in super::super) enum OutputFormat<'a> {
    JsonSchema { schema: Cow<'a, RawValue> },
}

/// Who the request is for.
#[derive(Serialize)]
pub(in super::super) struct Metadata<'a> {
    pub(in super::super) user_id: Cow<'a, str>,
}
