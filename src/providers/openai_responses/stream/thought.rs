//! Reasoning items, which are told in two steps.
//!
//! Their text passes as it comes; what is needed to replay them is held until the next item begins,
//! because that is what they must come back before. Where the client does not get to see that next
//! item, or there is none, the reasoning cannot be replayed and stays text.

use super::items::{Items, close};
use super::slot::{self, Form};
use crate::chat::{BlockKind, Event, Sink};
use crate::providers::openai_responses::reasoning::Carried;
use crate::providers::openai_responses::wire::read::{Malformed, Thought};

/// What stands between the parts of a summary.
const BETWEEN_PARTS: &str = "\n\n";

/// A thought that is over.
pub(super) struct Held {
    block: Option<u32>,
    id: String,
    encrypted: String,
}

impl Items {
    /// Adds to a thought, whose parts become one text.
    pub(super) fn think(&mut self, at: u64, part: u64, text: &str, sink: &mut dyn Sink) {
        let mut open = self.open.iter_mut();
        let Some(Form::Reasoning(thought)) = open.find(|s| s.at == at).map(|s| &mut s.form) else {
            return;
        };
        if text.is_empty() {
            return;
        }
        match thought.block {
            Some(block) if thought.part != part => slot::delta(block, BETWEEN_PARTS, sink),
            Some(_) => {}
            None => thought.block = Some(self.blocks.open(BlockKind::Reasoning, sink)),
        }
        thought.part = part;
        if let Some(block) = thought.block {
            slot::delta(block, text, sink);
        }
    }

    /// A thought is over: tells what of it has not been told, and holds the rest.
    pub(super) fn hold(
        &mut self,
        at: u64,
        thought: &Thought<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Malformed> {
        if matches!(self.slot(at), Some(Form::Reasoning(open)) if open.block.is_none()) {
            for (part, text) in (0..).zip(&thought.parts) {
                self.think(at, part, text, sink);
            }
        }
        let place = self.open.iter().position(|slot| slot.at == at);
        let place = place.ok_or(Malformed)?;
        let Form::Reasoning(open) = self.open.remove(place).form else {
            return Err(Malformed);
        };
        self.settle(None, sink);
        match &thought.encrypted {
            Some(encrypted) => {
                self.held = Some(Held {
                    block: open.block,
                    id: (*thought.id).to_owned(),
                    encrypted: (**encrypted).to_owned(),
                });
            }
            None => close(Form::Reasoning(open), sink),
        }
        Ok(())
    }

    /// Tells the held thought, now that it is known what it has led to: the call of this id, a
    /// message (empty), or nothing that the client sees.
    pub(super) fn settle(&mut self, led_to: Option<&str>, sink: &mut dyn Sink) {
        let Some(Held {
            block,
            id,
            encrypted,
        }) = self.held.take()
        else {
            return;
        };
        let proof = led_to.map(|follows| {
            let carried = Carried {
                id: &id,
                follows,
                encrypted: &encrypted,
            };
            carried.signature(self.service)
        });
        let block = match (block, &proof) {
            (Some(block), Some(signature)) => {
                sink.event(Event::Signature { block, signature });
                block
            }
            (Some(block), None) => block,
            (None, Some(data)) => self
                .blocks
                .open(BlockKind::RedactedReasoning { data }, sink),
            (None, None) => return,
        };
        slot::close(block, sink);
    }
}
