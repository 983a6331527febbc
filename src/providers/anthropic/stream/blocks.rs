//! The blocks of a streamed answer: from Anthropic's indices to dense ones.
//!
//! Anthropic numbers all blocks, ours count only those that the client may see. Server tools'
//! calls and results, fallback notes and unknown blocks are followed (their deltas must not be
//! taken for another's) and reported to nobody.

use super::{Block, BlockKind, Delta, Error, Event, Sink, malformed};
use crate::chat::Annotation;

/// More open blocks at a time than any answer has; Anthropic opens one after the other.
const MAX_OPEN: usize = 64;

/// More citations than any block of text has.
const MAX_CITATIONS: usize = 256;

#[derive(Default)]
pub(super) struct Blocks {
    open: Vec<Slot>,
    /// Number of the next block that is reported.
    next: u32,
    /// Characters of text so far, which citations are counted in.
    characters: usize,
    called_tools: bool,
}

/// An open block.
struct Slot {
    /// Anthropic's number.
    index: u64,
    form: Form,
}

enum Form {
    Skipped,
    Text {
        block: u32,
        start: usize,
        citations: Vec<(String, String)>,
    },
    Reasoning {
        block: u32,
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
                self.characters = self.characters.saturating_add(text.chars().count());
                report_delta(*block, text, sink);
            }
            (Form::Tool { block, arguments }, Delta::InputJson(json)) if !json.is_empty() => {
                *arguments = Arguments::Streamed;
                report_delta(*block, json, sink);
            }
            (Form::Reasoning { block }, Delta::Thinking(text)) => {
                report_delta(*block, text, sink);
            }
            (Form::Reasoning { block }, Delta::Signature(signature)) => {
                report_signature(*block, signature, sink);
            }
            (Form::Text { citations, .. }, Delta::Citation(citation)) => {
                if let Some(url) = &citation.url
                    && citations.len() < MAX_CITATIONS
                {
                    let title = citation.title.as_deref().unwrap_or_default();
                    citations.push((title.to_owned(), (**url).to_owned()));
                }
            }
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
            Block::Text { text, .. } => {
                let start = self.characters;
                let block = self.report_block(BlockKind::Text, sink)?;
                self.characters = start.saturating_add(text.chars().count());
                report_delta(block, text, sink);
                Ok(Form::Text {
                    block,
                    start,
                    citations: Vec::new(),
                })
            }
            Block::Thinking {
                thinking,
                signature,
            } => {
                let block = self.report_block(BlockKind::Reasoning, sink)?;
                report_delta(block, thinking, sink);
                report_signature(block, signature.as_deref().unwrap_or_default(), sink);
                Ok(Form::Reasoning { block })
            }
            Block::RedactedThinking { data } => {
                let block = self.report_block(BlockKind::RedactedReasoning { data }, sink)?;
                Ok(Form::Redacted { block })
            }
            Block::ToolUse { id, name, input } => {
                let block = self.report_block(
                    BlockKind::ToolCall {
                        id,
                        name,
                        signature: None,
                    },
                    sink,
                )?;
                self.called_tools = true;
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
            Block::Other => Ok(Form::Skipped),
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
            Form::Skipped => {}
            Form::Reasoning { block } | Form::Redacted { block } => {
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
                for (title, url) in citations {
                    sink.event(Event::Annotation {
                        choice: 0,
                        annotation: Annotation {
                            start,
                            end: self.characters,
                            title,
                            url,
                        },
                    });
                }
            }
        }
    }
}

fn report_delta(block: u32, text: &str, sink: &mut dyn Sink) {
    if !text.is_empty() {
        sink.event(Event::BlockDelta { block, text });
    }
}

fn report_signature(block: u32, signature: &str, sink: &mut dyn Sink) {
    if !signature.is_empty() {
        sink.event(Event::Signature { block, signature });
    }
}

/// Whether a JSON text is an object with something in it.
fn holds_fields(json: &str) -> bool {
    json.strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .is_some_and(|inside| !inside.trim().is_empty())
}
