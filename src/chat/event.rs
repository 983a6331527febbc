use super::{Annotation, Error, FinishReason, TokenLogprob, Usage, VendorPart};

/// One step of a streamed answer.
///
/// The grammar, which `transcode::Grammar` checks:
///
/// ```text
/// stream  = *heartbeat start *step end
///         / [start *step] error
/// step    = block | annotation | vendor | image | audio | logprobs | told | finish
/// told    = usage | service-tier | heartbeat
/// block   = block-start *(block-delta | signature) block-end     ; blocks may interleave
/// ```
///
/// Heartbeats, usage and the tier may stand anywhere, also within a block. Every choice that has begun
/// finishes once before `end`, after its last block; other choices may still go on.
///
/// A stream has three endings: complete (`End`), failed (`Error` from the upstream) and truncated
/// (`Error` made by the decoder when the bytes stop before the upstream's terminal marker).
/// Nothing follows `End` or `Error`.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// The answer begins.
    Start {
        /// The upstream's id of the answer, if it has one.
        id: Option<&'a str>,
        /// The model that the upstream says is answering.
        model: Option<&'a str>,
    },
    /// A block of output opens. `block` is dense and unique in the stream.
    BlockStart {
        /// Number of the block, counted from 0 over the whole stream.
        block: u32,
        /// Index of the choice (candidate) that the block belongs to.
        choice: u32,
        /// What the block holds.
        kind: BlockKind<'a>,
    },
    /// More of an open block: text, or a fragment of a tool call's JSON arguments.
    BlockDelta {
        /// The open block.
        block: u32,
        /// What is added, never empty.
        text: &'a str,
    },
    /// The opaque proof that belongs to an open block of reasoning or text, see
    /// [`signature`](super::signature).
    Signature {
        /// The open block.
        block: u32,
        /// The upstream's bytes, to be replayed unchanged.
        signature: &'a str,
    },
    /// A block closes.
    BlockEnd {
        /// The block that was open.
        block: u32,
    },
    /// A citation in the text so far.
    Annotation {
        /// Index of the choice.
        choice: u32,
        /// What is cited.
        annotation: Annotation,
    },
    /// What only one vendor has words for.
    Vendor {
        /// Index of the choice.
        choice: u32,
        /// The vendor, see [`Vendor::name`](super::Vendor::name).
        name: &'static str,
        /// What it adds.
        part: VendorPart<'a>,
    },
    /// A whole picture that the model has made.
    Image {
        /// Index of the choice.
        choice: u32,
        /// Its media type, such as `image/png`.
        media_type: &'a str,
        /// Its bytes, as base64.
        base64: &'a str,
    },
    /// More of the speech that the model makes.
    Audio {
        /// Index of the choice.
        choice: u32,
        /// Samples in the form that was asked for, as base64.
        base64: &'a str,
    },
    /// How likely the next tokens of a choice's text were.
    Logprobs {
        /// Index of the choice.
        choice: u32,
        /// The tokens, in order.
        tokens: Vec<TokenLogprob>,
    },
    /// Token counts so far; each one replaces the one before.
    Usage(Usage),
    /// The tier that serves the answer, in OpenAI's words.
    ServiceTier(&'a str),
    /// The upstream is alive but has nothing to say yet.
    Heartbeat,
    /// A choice is complete.
    Finish {
        /// Index of the choice.
        choice: u32,
        /// Why it ended.
        reason: FinishReason,
    },
    /// The whole answer is complete.
    End,
    /// The answer failed; nothing follows.
    Error(Error),
}

/// What a block of output holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind<'a> {
    /// Text for the user.
    Text,
    /// The model's reasoning.
    Reasoning,
    /// Reasoning that only the provider can read, to be replayed unchanged.
    RedactedReasoning {
        /// The upstream's opaque bytes.
        data: &'a str,
    },
    /// The model declines to answer, and says so.
    Refusal,
    /// A call of one of the client's tools; the deltas are its JSON arguments.
    ToolCall {
        /// Id that the tool's result must name.
        id: &'a str,
        /// Name of the tool.
        name: &'a str,
        /// The provider's opaque proof, see [`ToolCall::signature`](super::ToolCall::signature).
        signature: Option<&'a str>,
    },
}

/// Where a decoder's events go.
pub trait Sink {
    /// Takes the next event.
    fn event(&mut self, event: Event<'_>);
}
