//! How a look-alike differs from OpenAI, as data.

/// How a look-alike differs from OpenAI.
///
/// The default is OpenAI itself: nothing to change.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// What its answers need before a client of OpenAI's API can read them.
    pub(super) answer: &'static [AnswerQuirk],
}

impl Preset {
    /// OpenAI itself.
    pub(super) const OPENAI: Self = Self { answer: &[] };
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
    /// Token counts are spelled or summed in the vendor's own way.
    UsageCounts,
}

impl Preset {
    /// Whether answers differ in this way.
    pub(super) fn has(&self, quirk: AnswerQuirk) -> bool {
        self.answer.contains(&quirk)
    }
}
