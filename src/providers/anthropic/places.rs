//! Where in an answer a block stands, in the terms of the client, who sees one text, one list of
//! reasoning blocks and one of tool calls.

use crate::chat::{Before, VendorPart};

/// Where the answer is.
#[derive(Debug, Default)]
pub(super) struct Places {
    before: Before,
    last: Stage,
}

/// The usual order of an answer, which is also that in which a message is written when it comes
/// back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    #[default]
    Reasoning,
    Text,
    Calls,
}

impl Places {
    /// Something of this stage comes. Where that is out of the usual order, the place is marked.
    pub(super) fn enter(&mut self, stage: Stage) -> Option<VendorPart<'static>> {
        let is_out_of_order = stage < self.last;
        self.last = stage;
        is_out_of_order.then_some(VendorPart::Block {
            before: self.before,
            json: None,
        })
    }

    /// A block of reasoning has ended that the client can replay.
    pub(super) fn thought(&mut self) {
        self.before.thinking_blocks = self.before.thinking_blocks.saturating_add(1);
    }

    /// Text has come.
    pub(super) fn wrote(&mut self, text: &str) {
        self.before.content = self.before.content.saturating_add(text.chars().count());
    }

    /// A tool of the client's is called.
    pub(super) fn called(&mut self) {
        self.before.tool_calls = self.before.tool_calls.saturating_add(1);
    }

    /// Characters of text so far, which citations are counted in.
    pub(super) fn characters(&self) -> usize {
        self.before.content
    }

    /// A block that only Anthropic has words for; the usual order begins anew behind it.
    pub(super) fn block(&mut self, json: String) -> VendorPart<'static> {
        self.last = Stage::default();
        VendorPart::Block {
            before: self.before,
            json: Some(json.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_out_of_order_is_marked() {
        let mut places = Places::default();
        assert_eq!(places.enter(Stage::Reasoning), None);
        places.thought();
        assert_eq!(places.enter(Stage::Text), None);
        places.wrote("né");
        assert_eq!(places.enter(Stage::Calls), None);
        places.called();
        let before = Before {
            thinking_blocks: 1,
            content: 2,
            tool_calls: 1,
        };
        let mark = VendorPart::Block { before, json: None };
        assert_eq!(places.enter(Stage::Text), Some(mark));
    }

    #[test]
    fn a_block_is_a_new_beginning() {
        let mut places = Places::default();
        places.enter(Stage::Calls);
        let VendorPart::Block { json, .. } = places.block("{}".into()) else {
            panic!("a block")
        };
        assert_eq!(json.as_deref(), Some("{}"));
        assert_eq!(places.enter(Stage::Reasoning), None);
    }
}
