use std::borrow::Cow;

use serde_json::value::RawValue;

use super::ToolCall;

/// One turn of a conversation.
#[derive(Debug, Clone)]
pub enum Message<'a> {
    /// Instructions; OpenAI's `system` and `developer` roles. May stand anywhere.
    Instructions {
        /// What to do, text parts only.
        content: Vec<Part<'a>>,
    },
    /// What the user said.
    User {
        /// At least one part.
        content: Vec<Part<'a>>,
        /// Name of the participant.
        name: Option<Cow<'a, str>>,
    },
    /// What the model said before.
    Assistant {
        /// Text or refusals; empty for a turn of tool calls only.
        content: Vec<Part<'a>>,
        /// Reasoning to be replayed, in order; stands before the content.
        reasoning: Vec<Reasoning<'a>>,
        /// The tools it called.
        tool_calls: Vec<ToolCall<'a>>,
        /// Name of the participant.
        name: Option<Cow<'a, str>>,
        /// Extension `cache_control` on the whole message, where its last part cannot have it.
        cache_control: Option<&'a RawValue>,
        /// Extension `anthropic`: what only Anthropic had words for in this answer, given back.
        anthropic: Option<&'a RawValue>,
    },
    /// What a tool returned.
    Tool {
        /// The call that this answers.
        tool_call_id: Cow<'a, str>,
        /// The result.
        content: Vec<Part<'a>>,
        /// Extension `is_error`: the tool failed.
        is_error: Option<bool>,
        /// Extension `cache_control` on the whole message.
        cache_control: Option<&'a RawValue>,
    },
}

/// A piece of a message.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// Plain text.
    Text(Text<'a>),
    /// The model's refusal, in history.
    Refusal(Cow<'a, str>),
    /// A picture.
    Image(Media<'a>),
    /// A sound, always inline.
    Audio(Media<'a>),
    /// A document.
    File(Media<'a>),
}

/// A text part.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// Extension `cache_control`, Anthropic's prompt cache marker.
    pub cache_control: Option<&'a RawValue>,
    /// Extension `anthropic`: what only Anthropic understands of this part.
    pub anthropic: Option<&'a RawValue>,
    /// The provider's opaque proof that belongs to a text of the model, see
    /// [`signature`](super::signature).
    pub signature: Option<Cow<'a, str>>,
}

/// A picture, sound or document.
#[derive(Debug, Clone)]
pub struct Media<'a> {
    /// Where its bytes are.
    pub source: MediaSource<'a>,
    /// OpenAI's `detail` of an image.
    pub detail: Option<Cow<'a, str>>,
    /// Name of a file.
    pub filename: Option<Cow<'a, str>>,
    /// Extension `cache_control`.
    pub cache_control: Option<&'a RawValue>,
    /// Extension `anthropic`: what only Anthropic understands of this part.
    pub anthropic: Option<&'a RawValue>,
}

/// Where the bytes of a medium are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaSource<'a> {
    /// Inline, as base64 with its media type, such as `image/png`.
    Inline {
        /// Media type without parameters.
        media_type: Cow<'a, str>,
        /// Base64 text as the client sent it.
        base64: Cow<'a, str>,
    },
    /// To be fetched by the upstream.
    Url(Cow<'a, str>),
    /// Uploaded to the provider earlier.
    FileId(Cow<'a, str>),
}

/// Reasoning of an earlier turn that some providers want back.
#[derive(Debug, Clone)]
pub enum Reasoning<'a> {
    /// Text, with the provider's proof where it gave one.
    Thinking {
        /// What the model thought.
        text: Cow<'a, str>,
        /// The opaque proof, without which Anthropic refuses the text.
        signature: Option<Cow<'a, str>>,
    },
    /// Text that only the provider can read.
    Redacted {
        /// The provider's opaque bytes.
        data: Cow<'a, str>,
    },
}
