//! The blocks that are open.

use super::super::wire::Thinking;

/// Bytes of a reasoning block that may be kept.
const REASONING_LIMIT: usize = 16 * 1024 * 1024;

/// An open block.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) number: u32,
    pub(super) choice: u32,
    pub(super) content: Content,
}

/// What must be known of a block until it closes.
#[derive(Debug)]
pub(super) enum Content {
    Text { is_empty: bool },
    Refusal,
    Reasoning(Reasoning),
    Redacted,
    ToolCall { index: u32, has_arguments: bool },
    CustomCall { index: u32 },
}

/// Reasoning, kept for the client to replay where it turns out to be signed.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    text: String,
    signature: String,
    is_too_long: bool,
}

impl Reasoning {
    pub(super) fn add(&mut self, text: &str) {
        if self.takes(text) {
            self.text.push_str(text);
        }
    }

    pub(super) fn sign(&mut self, signature: &str) {
        if self.takes(signature) {
            self.signature.push_str(signature);
        }
    }

    /// The block, if it is signed and was kept whole.
    pub(super) fn to_replay(&self) -> Option<Thinking<'_>> {
        if self.is_too_long || self.signature.is_empty() {
            return None;
        }
        Some(Thinking::Readable {
            thinking: &self.text,
            signature: Some(&self.signature),
        })
    }

    fn takes(&mut self, more: &str) -> bool {
        let size = self.text.len().saturating_add(self.signature.len());
        if size.saturating_add(more.len()) > REASONING_LIMIT {
            *self = Self {
                is_too_long: true,
                ..Self::default()
            };
        }
        !self.is_too_long
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_beyond_the_limit_is_neither_kept_nor_offered() {
        let mut reasoning = Reasoning::default();
        let megabyte = "x".repeat(1024 * 1024);
        for _ in 0..20 {
            reasoning.add(&megabyte);
        }
        reasoning.sign("proof");
        assert!(reasoning.to_replay().is_none());
        assert_eq!(reasoning.text.capacity(), 0);
    }

    #[test]
    fn unsigned_reasoning_need_not_come_back() {
        let mut reasoning = Reasoning::default();
        reasoning.add("hm");
        assert!(reasoning.to_replay().is_none());
        reasoning.sign("proof");
        assert!(reasoning.to_replay().is_some());
    }
}
