//! The checker of the grammar that [`Event`]s follow.
//!
//! Decoders are many and encoders rely on what they send; this says at once which of them is wrong.
//! It runs in tests, fuzzers and debug builds.

use std::collections::BTreeMap;
use std::fmt;

use crate::chat::{BlockKind, Event};

/// Follows a stream of events.
#[derive(Debug, Default)]
pub struct Grammar {
    has_started: bool,
    is_over: bool,
    blocks: u32,
    open: BTreeMap<u32, Open>,
    /// Choice → whether it has finished.
    choices: BTreeMap<u32, bool>,
}

/// An open block.
#[derive(Debug)]
struct Open {
    choice: u32,
    kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Plain,
    Reasoning,
    Redacted,
}

/// A stream broke the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation(pub &'static str);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Violation {}

type Check = Result<(), Violation>;

impl Grammar {
    /// Takes the next event.
    ///
    /// # Errors
    /// [`Violation`] where it may not come here.
    pub fn check(&mut self, event: &Event<'_>) -> Check {
        require(!self.is_over, "nothing follows the end")?;
        match event {
            Event::Heartbeat => return Ok(()),
            Event::Error(_) => {
                self.is_over = true;
                return Ok(());
            }
            Event::Start { .. } => {
                require(!self.has_started, "a stream starts once")?;
                self.has_started = true;
                return Ok(());
            }
            _ => require(self.has_started, "a stream begins with its start")?,
        }
        self.check_inner(event)
    }

    /// Whether the stream has ended, well or badly.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    fn check_inner(&mut self, event: &Event<'_>) -> Check {
        match event {
            Event::BlockStart {
                block,
                choice,
                kind,
            } => self.start_block(*block, *choice, *kind),
            Event::BlockDelta { block, text } => self.delta(*block, text),
            Event::Signature { block, .. } => self.sign(*block),
            Event::BlockEnd { block } => {
                let closed = self.open.remove(block).is_some();
                require(closed, "only an open block can end")
            }
            Event::Annotation { choice, .. }
            | Event::Vendor { choice, .. }
            | Event::Image { choice, .. }
            | Event::Audio { choice, .. }
            | Event::Logprobs { choice, .. } => self.touch(*choice),
            Event::Finish { choice, .. } => self.finish(*choice),
            Event::End => self.end(),
            Event::Usage(_)
            | Event::ServiceTier(_)
            | Event::Heartbeat
            | Event::Start { .. }
            | Event::Error(_) => Ok(()),
        }
    }

    fn start_block(&mut self, block: u32, choice: u32, kind: BlockKind<'_>) -> Check {
        require(block == self.blocks, "blocks are numbered densely")?;
        self.blocks = self.blocks.saturating_add(1);
        self.touch(choice)?;
        let kind = match kind {
            BlockKind::Text => Kind::Text,
            BlockKind::Reasoning => Kind::Reasoning,
            BlockKind::RedactedReasoning { .. } => Kind::Redacted,
            _ => Kind::Plain,
        };
        self.open.insert(block, Open { choice, kind });
        Ok(())
    }

    fn delta(&self, block: u32, text: &str) -> Check {
        require(!text.is_empty(), "a delta is never empty")?;
        let open = self.open.get(&block);
        let open = open.ok_or(Violation("only an open block has deltas"))?;
        require(open.kind != Kind::Redacted, "a redacted block has no text")
    }

    fn sign(&self, block: u32) -> Check {
        let open = self.open.get(&block);
        let signs = |open: &Open| matches!(open.kind, Kind::Reasoning | Kind::Text);
        require(
            open.is_some_and(signs),
            "only an open block of reasoning or text is signed",
        )
    }

    /// Something of this choice comes.
    fn touch(&mut self, choice: u32) -> Check {
        let finished = self.choices.entry(choice).or_default();
        require(!*finished, "nothing of a choice follows its finish")
    }

    fn finish(&mut self, choice: u32) -> Check {
        self.touch(choice)?;
        let is_open = self.open.values().any(|open| open.choice == choice);
        require(!is_open, "a choice finishes after its blocks")?;
        self.choices.insert(choice, true);
        Ok(())
    }

    fn end(&mut self) -> Check {
        require(!self.choices.is_empty(), "a complete stream has a choice")?;
        let all_finished = self.choices.values().all(|finished| *finished);
        require(all_finished, "every choice finishes before the end")?;
        self.is_over = true;
        Ok(())
    }
}

fn require(holds: bool, rule: &'static str) -> Check {
    if holds { Ok(()) } else { Err(Violation(rule)) }
}

#[cfg(test)]
mod tests;
