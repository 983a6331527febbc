//! How a look-alike differs from OpenAI, as data.
//!
//! A new difference is a new variant here, one small function where the variant is read, and one
//! test. The table itself is in [`super::presets`].

use std::borrow::Cow;

use super::embeddings::Embeddings;
use super::marks::Marks;
use super::pattern;
use crate::chat::Operation;
use crate::providers::TargetOptions;

/// How a look-alike differs from OpenAI.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// Path of an operation, below the base URL.
    pub(super) path: fn(Operation, &TargetOptions<'_>) -> Cow<'static, str>,
    /// Whose models it serves.
    pub(super) models: Models,
    /// Whether its streams report token counts.
    pub(super) stream_usage: StreamUsage,
    /// Models that answer with a stream only: a client that wants the whole answer gets the stream
    /// folded.
    pub(super) stream_only: &'static [&'static str],
    /// Fields of the request that make any model one of those: name and value (as JSON).
    pub(super) stream_only_with: &'static [(&'static str, &'static str)],
    /// Fields of the request that it treats differently. Of several rows for a field, the first one
    /// that is about the model counts.
    pub(super) params: &'static [Param],
    /// Fields of OpenAI's, or of many other vendors, that it has nothing like: left out, and said so.
    pub(super) lacks: &'static [&'static str],
    /// Whether it knows a `tool_choice` of type `allowed_tools`; otherwise it is given the allowed
    /// tools only.
    pub(super) takes_allowed_tools: bool,
    /// Fields of the request that it knows and OpenAI does not.
    pub(super) extras: &'static [&'static str],
    /// What it does not take in messages.
    pub(super) messages: &'static [MessageQuirk],
    /// What its answers need before a client of OpenAI's API can read them.
    pub(super) answer: &'static [AnswerQuirk],
    /// What becomes of `<think>` in its answers, unless the provider's options say otherwise.
    pub(super) think_tags: ThinkTags,
    /// How its embeddings differ.
    pub(super) embeddings: Embeddings,
}

impl Preset {
    /// Nothing differs.
    pub(super) const PLAIN: Self = Self {
        path: |operation, _| operation_path(operation).into(),
        models: Models::Any,
        stream_usage: StreamUsage::OnRequest,
        stream_only: &[],
        stream_only_with: &[],
        params: &[],
        lacks: &[],
        takes_allowed_tools: true,
        extras: &[],
        messages: &[],
        answer: &[],
        think_tags: ThinkTags::Stay,
        embeddings: Embeddings::PLAIN,
    };

    /// The rule for a field of a request for this model.
    pub(super) fn rule(&self, field: &str, model: &str) -> Option<&'static Param> {
        self.params
            .iter()
            .find(|param| param.name == field && param.is_about(model))
    }

    /// What shows that an answer may differ.
    pub(super) fn marks(&self) -> Marks {
        let marks = self.answer.iter().map(|quirk| quirk.mark());
        marks.fold(Marks::NONE, Marks::and)
    }

    /// Whether answers differ in this way.
    pub(super) fn has(&self, quirk: AnswerQuirk) -> bool {
        self.answer.contains(&quirk)
    }
}

/// OpenAI's own path of an operation, behind the version.
pub(super) fn operation_path(operation: Operation) -> &'static str {
    match operation {
        Operation::Chat => "/chat/completions",
        Operation::Embeddings => "/embeddings",
    }
}

/// Whose models a provider serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Models {
    /// Anybody's: a name says nothing.
    Any,
    /// OpenAI's: what each of them takes is in `openai_models`.
    OpenAi,
}

/// When a stream reports token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StreamUsage {
    /// With `stream_options.include_usage`, as OpenAI does.
    OnRequest,
    /// Always.
    Always,
    /// Always, and the vendor refuses `stream_options`.
    AlwaysWithoutOptions,
    /// Never, and it refuses `stream_options`.
    Never,
}

/// What becomes of `<think>` and `</think>` in the text of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThinkTags {
    /// They are text like any other.
    #[default]
    Stay,
    /// An answer that begins with `<think>` has its reasoning up to `</think>`.
    Split,
    /// The prompt has opened the tag already: every answer begins with reasoning, up to `</think>`.
    Opened,
}

/// A field of the request that the vendor treats differently.
#[derive(Debug, Clone, Copy)]
pub(super) struct Param {
    pub(super) name: &'static str,
    /// The models that this is about, as patterns.
    pub(super) models: &'static [&'static str],
    pub(super) rule: Rule,
}

impl Param {
    fn is_about(&self, model: &str) -> bool {
        pattern::any_matches(self.models.iter().copied(), model)
    }
}

/// How the vendor treats a field of the request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// It takes the field; said to except some models from a later row.
    Taken,
    /// It refuses the field, or ignores it: left out.
    Refused,
    /// The same for all but these values (as JSON).
    RefusedBut(&'static [&'static str]),
    /// It refuses to be told this value, its default: left out, and nothing is lost.
    Unsaid(&'static str),
    /// It always is one of these values, which are one and the same, and refuses to be told: left
    /// out, and only another value is lost.
    Fixed(&'static [&'static str]),
    /// It has no `tool_choice`: where that is `none`, the field is left out instead.
    OffByChoice,
    /// Only these values (as JSON) can be had; leaving out another one would give the client
    /// something else than it asked for.
    Only(&'static [&'static str]),
    /// The same, where the vendor does not know the field: it is left out where it has that value.
    OnlyUnsaid(&'static str),
    /// Numbers above this one are brought down to it.
    AtMost(&'static str),
    /// It has another name for it.
    Named(&'static str),
    /// It has words of its own.
    Words(Words),
    /// It refuses the field beside this value (as JSON) of another one, where it would mean nothing:
    /// left out, and nothing is lost.
    MootBeside(&'static str, &'static [&'static str]),
    /// It ignores the field, unless some other field has this value (as JSON): left out.
    IgnoredUnless(&'static [(&'static str, &'static str)]),
}

/// The values of a field that a vendor knows, all of them as JSON. A value that is in no list is
/// left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// It takes these.
    pub(super) takes: &'static [&'static str],
    /// It has another word for the same.
    pub(super) same: &'static [(&'static str, &'static str)],
    /// It has only something near.
    pub(super) near: &'static [(&'static str, &'static str)],
    /// It has another field for it: name and value.
    pub(super) other: &'static [(&'static str, (&'static str, &'static str))],
}

impl Words {
    /// No words at all.
    pub(super) const NONE: Self = Self {
        takes: &[],
        same: &[],
        near: &[],
        other: &[],
    };
}

/// Something that the vendor does not take in messages.
#[derive(Debug, Clone, Copy)]
pub(super) enum MessageQuirk {
    /// The role `developer`; it is OpenAI's newer word for `system`.
    NoDeveloper,
    /// Fields beside these, in messages of this role.
    OnlyFields(&'static str, &'static [&'static str]),
    /// A field that this gateway puts into answers of other providers, and a client may replay.
    Without(&'static str),
    /// Reasoning of earlier turns has this name instead of `reasoning_content`.
    ReasoningNamed(&'static str),
    /// A turn with tool calls must have `reasoning_content`, if only an empty one.
    ReasoningWithCalls,
    /// `content` that is `null` or absent.
    NoNullContent,
    /// Ids of tool calls that are not nine letters and digits.
    ShortCallIds,
    /// Reasoning of earlier turns and media are parts of `content` in a form of its own.
    MistralParts,
    /// Pictures by address, which it does not fetch.
    NoRemoteImages,
    /// Turns of the assistant that say nothing and call nothing.
    EmptyTurns,
    /// A user's turn right behind a tool's result, with these models.
    UserAfterTool(&'static [&'static str]),
}

/// A way in which answers differ from OpenAI's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswerQuirk {
    /// Reasoning is in `reasoning`; clients know `reasoning_content`.
    ReasoningField,
    /// Every chunk repeats `role`, which OpenAI's SDK would join to `assistantassistant`.
    RepeatedRole,
    /// Pieces of tool calls lack `index` or `type`, repeat their id, or blank it.
    ToolDeltas,
    /// `content` may be a list of parts.
    ListContent,
    /// `delta` may be `null` where a choice has nothing to add.
    NullDelta,
    /// Token counts are spelled or summed in the vendor's own way.
    UsageCounts,
    /// The id of an answer is a small number that comes again.
    RepeatedIds,
    /// A stream begins with a chunk that tells what a filter found in the prompt, and has neither
    /// choices nor an id: clients take the first chunk's for the answer's. It comes with the next
    /// one instead.
    PromptFilter,
    /// A filter that runs beside the answer tells what it found in chunks without `delta` and id.
    LateFilter,
}

impl AnswerQuirk {
    /// What shows the quirk in a chunk or an answer.
    pub(super) const fn mark(self) -> Marks {
        match self {
            Self::ReasoningField => Marks::REASONING,
            Self::RepeatedRole => Marks::ROLE,
            Self::ToolDeltas => Marks::TOOL_CALLS,
            Self::ListContent => Marks::LIST_CONTENT,
            Self::NullDelta => Marks::NULL_DELTA,
            Self::UsageCounts => Marks::USAGE,
            // Every answer has an id: there is nothing to look for.
            Self::RepeatedIds => Marks::NONE,
            // It comes before the answer has begun, when everything is read.
            Self::PromptFilter => Marks::NONE,
            Self::LateFilter => Marks::FILTER_OFFSETS,
        }
    }
}
