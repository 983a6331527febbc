/// Why a choice ended: OpenAI's closed set.
///
/// A provider's raw value never reaches a client; what has no place here becomes an
/// [`Error`](super::Error).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// The model was done, or met a stop sequence.
    Stop,
    /// The token limit or the context window was reached.
    Length,
    /// The model wants tools to be called.
    ToolCalls,
    /// A filter, or the model itself, withheld the answer.
    ContentFilter,
}

impl FinishReason {
    /// The value of OpenAI's `finish_reason`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
        }
    }
}
