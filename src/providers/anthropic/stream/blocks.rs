//! The blocks of a streamed answer: from Anthropic's indices to dense ones.
//!
//! Anthropic numbers all blocks, ours count only those that OpenAI has a word for. All others
//! (server tools' calls and results, fallback notes, what is still to be invented) are put together
//! and reported whole when they close.

use super::kept::{self, Kept};
use super::report::{report_delta, report_part, report_signature};
use super::{Block, BlockKind, Delta, Error, Event, Sink, malformed};
use crate::providers::anthropic::places::{Places, Stage};
use crate::providers::anthropic::{beside_call, citations};

/// More open blocks at a time than any answer has; Anthropic opens one after the other.
const MAX_OPEN: usize = 64;

/// More citations than any block of text has.
const MAX_CITATIONS: usize = 1024;

/// Most types of lost blocks that are told.
const MAX_LOST: usize = 16;

#[derive(Default)]
pub(super) struct Blocks {
    open: Vec<Slot>,
    /// Number of the next block that is reported.
    next: u32,
    places: Places,
    called_tools: bool,
    /// Types of blocks that could not be put together.
    lost: Vec<String>,
}

/// An open block.
struct Slot {
    /// Anthropic's number.
    index: u64,
    form: Form,
}

enum Form {
    Kept(Kept),
    Text {
        block: u32,
        start: usize,
        citations: Vec<String>,
    },
    Reasoning {
        block: u32,
        is_signed: bool,
    },
    Redacted {
        block: u32,
    },
    Tool {
        block: u32,
        arguments: Arguments,
    },
}

/// How a tool call's arguments come.
enum Arguments {
    /// No fragment has come; some hosts put the whole object into the block's start.
    Awaited { whole: Option<String> },
    /// Fragment by fragment, passed on.
    Streamed,
}

impl Blocks {
    pub(super) fn any_reported(&self) -> bool {
        self.next > 0
    }

    pub(super) fn called_tools(&self) -> bool {
        self.called_tools
    }

    pub(super) fn open(
        &mut self,
        index: u64,
        block: &Block<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        if self.open.len() >= MAX_OPEN || self.open.iter().any(|slot| slot.index == index) {
            return Err(malformed());
        }
        let form = self.report_start(block, sink)?;
        self.open.push(Slot { index, form });
        Ok(())
    }

    pub(super) fn delta(
        &mut self,
        index: u64,
        delta: &Delta<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let slot = self.open.iter_mut().find(|slot| slot.index == index);
        match (&mut slot.ok_or_else(malformed)?.form, delta) {
            (Form::Text { block, .. }, Delta::Text(text)) => {
                self.places.wrote(text);
                report_delta(*block, text, sink);
            }
            (Form::Tool { block, arguments }, Delta::InputJson(json)) if !json.is_empty() => {
                *arguments = Arguments::Streamed;
                report_delta(*block, json, sink);
            }
            (Form::Reasoning { block, .. }, Delta::Thinking(text)) => {
                report_delta(*block, text, sink);
            }
            (Form::Reasoning { block, is_signed }, Delta::Signature(signature)) => {
                *is_signed |= !signature.is_empty();
                report_signature(*block, signature, sink);
            }
            (Form::Text { citations, .. }, Delta::Citation(citation))
                if citations.len() < MAX_CITATIONS =>
            {
                citations.push(citation.get().to_owned());
            }
            (Form::Kept(kept), delta) => kept.add(delta),
            _ => {}
        }
        Ok(())
    }

    /// Closes a block; one that is not open is nobody's.
    pub(super) fn close(&mut self, index: u64, sink: &mut dyn Sink) {
        if let Some(at) = self.open.iter().position(|slot| slot.index == index) {
            let slot = self.open.remove(at);
            self.report_end(slot.form, sink);
        }
    }

    pub(super) fn close_all(&mut self, sink: &mut dyn Sink) {
        for slot in std::mem::take(&mut self.open) {
            self.report_end(slot.form, sink);
        }
    }

    /// Types of blocks that could not be put together, as JSON.
    pub(super) fn lost(&self) -> Option<String> {
        let lost = Some(&self.lost).filter(|lost| !lost.is_empty())?;
        serde_json::to_string(lost).ok()
    }

    /// Reports the model's refusal as a block of its own.
    pub(super) fn refuse(&mut self, explanation: &str, sink: &mut dyn Sink) {
        let Ok(block) = self.report_block(BlockKind::Refusal, sink) else {
            return;
        };
        report_delta(block, explanation, sink);
        sink.event(Event::BlockEnd { block });
    }

    fn report_start(&mut self, block: &Block<'_>, sink: &mut dyn Sink) -> Result<Form, Error> {
        match block {
            Block::Text { text, citations } => {
                self.enter(Stage::Text, sink);
                let start = self.places.characters();
                let block = self.report_block(BlockKind::Text, sink)?;
                self.places.wrote(text);
                report_delta(block, text, sink);
                Ok(Form::Text {
                    block,
                    start,
                    citations: citations::texts(citations),
                })
            }
            Block::Thinking {
                thinking,
                signature,
            } => {
                self.enter(Stage::Reasoning, sink);
                let block = self.report_block(BlockKind::Reasoning, sink)?;
                let signature = signature.as_deref().unwrap_or_default();
                report_delta(block, thinking, sink);
                report_signature(block, signature, sink);
                Ok(Form::Reasoning {
                    block,
                    is_signed: !signature.is_empty(),
                })
            }
            Block::RedactedThinking { data } => {
                self.enter(Stage::Reasoning, sink);
                let block = self.report_block(BlockKind::RedactedReasoning { data }, sink)?;
                Ok(Form::Redacted { block })
            }
            Block::ToolUse { .. } => self.report_call(block, sink),
            Block::Vendor(json) => Ok(Form::Kept(Kept::new(json, self.room()))),
        }
    }

    fn report_call(&mut self, block: &Block<'_>, sink: &mut dyn Sink) -> Result<Form, Error> {
        let Block::ToolUse {
            id, name, input, ..
        } = block
        else {
            return Err(malformed());
        };
        self.enter(Stage::Calls, sink);
        if let Some(json) = beside_call(block) {
            report_part(self.places.block(json), sink);
        }
        self.places.called();
        self.called_tools = true;
        let kind = BlockKind::ToolCall {
            id,
            name,
            signature: None,
        };
        let block = self.report_block(kind, sink)?;
        let whole = input
            .map(|json| json.get())
            .filter(|json| holds_fields(json));
        Ok(Form::Tool {
            block,
            arguments: Arguments::Awaited {
                whole: whole.map(str::to_owned),
            },
        })
    }

    /// How much may still be kept.
    fn room(&self) -> usize {
        let sizes = self.open.iter().map(|slot| match &slot.form {
            Form::Kept(kept) => kept.size(),
            _ => 0,
        });
        kept::LIMIT.saturating_sub(sizes.sum())
    }

    fn enter(&mut self, stage: Stage, sink: &mut dyn Sink) {
        if let Some(mark) = self.places.enter(stage) {
            report_part(mark, sink);
        }
    }

    fn report_kept(&mut self, kept: Kept, sink: &mut dyn Sink) {
        let kind = kept.kind().to_owned();
        match kept.finish() {
            Some(json) => report_part(self.places.block(json), sink),
            None if self.lost.len() < MAX_LOST => self.lost.push(kind),
            None => {}
        }
    }

    fn report_block(&mut self, kind: BlockKind<'_>, sink: &mut dyn Sink) -> Result<u32, Error> {
        let block = self.next;
        self.next = block.checked_add(1).ok_or_else(malformed)?;
        sink.event(Event::BlockStart {
            block,
            choice: 0,
            kind,
        });
        Ok(block)
    }

    fn report_end(&mut self, form: Form, sink: &mut dyn Sink) {
        match form {
            Form::Kept(kept) => self.report_kept(kept, sink),
            Form::Reasoning { block, is_signed } => {
                if is_signed {
                    self.places.thought();
                }
                sink.event(Event::BlockEnd { block });
            }
            Form::Redacted { block } => {
                self.places.thought();
                sink.event(Event::BlockEnd { block });
            }
            Form::Tool { block, arguments } => {
                if let Arguments::Awaited { whole } = arguments {
                    report_delta(block, whole.as_deref().unwrap_or("{}"), sink);
                }
                sink.event(Event::BlockEnd { block });
            }
            Form::Text {
                block,
                start,
                citations,
            } => {
                sink.event(Event::BlockEnd { block });
                let end = self.places.characters();
                for citation in citations {
                    if let Some(annotation) = citations::annotation(&citation, start, end) {
                        let choice = 0;
                        sink.event(Event::Annotation { choice, annotation });
                    }
                    report_part(citations::own(citation, start, end), sink);
                }
            }
        }
    }
}

/// Whether a JSON text is an object with something in it.
fn holds_fields(json: &str) -> bool {
    json.strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(|inside| !inside.trim().is_empty())
}
