//! How a look-alike differs from OpenAI, as data.
//!
//! A new difference is a new variant here, one small function where the variant is read, and one
//! test. The table itself is in [`super::presets`].

use super::marks::Marks;

/// How a look-alike differs from OpenAI.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// Path of chat completions below the base URL.
    pub(super) path: &'static str,
    /// Whether its streams report token counts.
    pub(super) stream_usage: StreamUsage,
    /// Fields of the request that it treats differently.
    pub(super) params: &'static [Param],
    /// Fields of the request that it knows and OpenAI does not.
    pub(super) extras: &'static [&'static str],
    /// What it does not take in messages.
    pub(super) messages: &'static [MessageQuirk],
    /// What its answers need before a client of OpenAI's API can read them.
    pub(super) answer: &'static [AnswerQuirk],
}

impl Preset {
    /// Nothing differs.
    pub(super) const PLAIN: Self = Self {
        path: "/chat/completions",
        stream_usage: StreamUsage::OnRequest,
        params: &[],
        extras: &[],
        messages: &[],
        answer: &[],
    };

    /// The same, where the path is another.
    pub(in crate::providers) const fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
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

/// When a stream reports token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StreamUsage {
    /// With `stream_options.include_usage`, as OpenAI does.
    OnRequest,
    /// Always.
    Always,
    /// Always, and the vendor refuses `stream_options`.
    AlwaysWithoutOptions,
}

/// A field of the request that the vendor treats differently.
#[derive(Debug, Clone, Copy)]
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) rule: Rule,
}

/// How the vendor treats a field of the request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// It refuses the field, or ignores it: left out.
    Refused,
    /// The same for all but these values (as JSON).
    RefusedBut(&'static [&'static str]),
    /// It refuses to be told this value, its default: left out, and nothing is lost.
    Unsaid(&'static str),
    /// It has no `tool_choice`: where that is `none`, the field is left out instead.
    OffByChoice,
    /// Only these values (as JSON) can be had; leaving out another one would give the client
    /// something else than it asked for.
    Only(&'static [&'static str]),
    /// Numbers above this one are brought down to it.
    AtMost(&'static str),
    /// It has another name for it.
    Named(&'static str),
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
        }
    }
}
