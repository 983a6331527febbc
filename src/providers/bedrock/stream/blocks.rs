//! The blocks of a streamed answer: from Bedrock's indices to dense ones.
//!
//! Only tool calls are announced; text and reasoning begin with their first delta. Some models begin
//! a block with an empty text and go on with reasoning in the same block (recorded of gpt-oss): a
//! delta of another kind ends the block before it. Calls of the model's own tools and their
//! results are followed and reported to nobody.

use crate::chat::{BlockKind, Error, Event, Sink};
use crate::providers::Recall;
use crate::providers::bedrock::wire::read::{
    Citation, Delta, Picture, ReasoningDelta, Start, ToolUse,
};

use super::form::{Form, report_delta};
use super::malformed;

/// More open blocks at a time than any answer has; Bedrock opens one after the other.
const MAX_OPEN: usize = 64;

/// More citations than any block of text has.
const MAX_CITATIONS: usize = 256;

pub(super) struct Blocks {
    recall: Recall,
    open: Vec<Slot>,
    /// Number of the next block that is reported.
    next: u32,
    /// Characters of text so far, which citations are counted in.
    characters: usize,
    called_tools: bool,
}

/// An open block.
struct Slot {
    /// Bedrock's number.
    index: u64,
    form: Form,
}

impl Blocks {
    pub(super) fn new(recall: Recall) -> Self {
        Self {
            recall,
            open: Vec::new(),
            next: 0,
            characters: 0,
            called_tools: false,
        }
    }

    pub(super) fn called_tools(&self) -> bool {
        self.called_tools
    }

    /// A block is announced.
    pub(super) fn open(
        &mut self,
        index: u64,
        start: Option<&Start<'_>>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        if self.position(index).is_some() {
            return Err(malformed());
        }
        let call = start.and_then(|start| start.tool_use.as_ref());
        let picture = start.and_then(|start| start.image.as_ref());
        let form = match (call.filter(|call| call.is_the_clients()), picture) {
            (Some(call), _) => self.start_call(call, sink)?,
            (None, Some(picture)) => Form::Picture {
                media_type: picture.media_type(),
            },
            (None, None) => Form::Skipped,
        };
        self.keep(index, form)
    }

    fn start_call(&mut self, call: &ToolUse<'_>, sink: &mut dyn Sink) -> Result<Form, Error> {
        if self.recall.output_tool.as_deref() == Some(&*call.name) {
            let block = self.report_block(BlockKind::Text, sink)?;
            return Ok(Form::Output { block });
        }
        let name = self.recall.tool_names.get(&*call.name).cloned();
        let kind = BlockKind::ToolCall {
            id: &call.tool_use_id,
            name: name.as_deref().unwrap_or(&call.name),
            signature: None,
        };
        let block = self.report_block(kind, sink)?;
        self.called_tools = true;
        Ok(Form::Tool {
            block,
            has_arguments: false,
        })
    }

    pub(super) fn delta(
        &mut self,
        index: u64,
        delta: &Delta<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        if let Some(reasoning) = &delta.reasoning_content {
            self.reasoning(index, reasoning, sink)?;
        }
        if let Some(text) = delta.text.as_deref().filter(|text| !text.is_empty()) {
            self.text(index, text, sink)?;
        }
        if let Some(call) = &delta.tool_use {
            self.arguments(index, call.input.as_deref().unwrap_or_default(), sink)?;
        }
        if let Some(base64) = delta.image.as_ref().and_then(Picture::bytes) {
            self.picture(index, base64, sink);
        }
        if let Some(citation) = &delta.citation {
            self.cite(index, citation, sink)?;
        }
        Ok(())
    }

    fn text(&mut self, index: u64, text: &str, sink: &mut dyn Sink) -> Result<(), Error> {
        let is_text = |form: &Form| matches!(form, Form::Text { .. } | Form::Skipped);
        let kind = BlockKind::Text;
        if let Form::Text { block, .. } = self.form_of(index, is_text, kind, sink)? {
            report_delta(*block, text, sink);
            self.characters = self.characters.saturating_add(text.chars().count());
        }
        Ok(())
    }

    fn reasoning(
        &mut self,
        index: u64,
        delta: &ReasoningDelta<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        if let Some(data) = &delta.redacted_content {
            let block = self.report_block(BlockKind::RedactedReasoning { data }, sink)?;
            sink.event(Event::BlockEnd { block });
        }
        let text = delta.text.as_deref().unwrap_or_default();
        let signature = delta.signature.as_deref().unwrap_or_default();
        if text.is_empty() && signature.is_empty() {
            return Ok(());
        }
        let is_reasoning = |form: &Form| matches!(form, Form::Reasoning { .. } | Form::Skipped);
        let kind = BlockKind::Reasoning;
        if let Form::Reasoning { block } = self.form_of(index, is_reasoning, kind, sink)? {
            report_delta(*block, text, sink);
            if !signature.is_empty() {
                let block = *block;
                sink.event(Event::Signature { block, signature });
            }
        }
        Ok(())
    }

    /// Arguments of a call that was not announced have no name to go with.
    fn arguments(&mut self, index: u64, json: &str, sink: &mut dyn Sink) -> Result<(), Error> {
        let slot = self.open.iter_mut().find(|slot| slot.index == index);
        match &mut slot.ok_or_else(malformed)?.form {
            Form::Skipped | Form::Picture { .. } => Ok(()),
            Form::Tool {
                block,
                has_arguments,
            } => {
                *has_arguments |= !json.is_empty();
                report_delta(*block, json, sink);
                Ok(())
            }
            Form::Output { block } => {
                report_delta(*block, json, sink);
                self.characters = self.characters.saturating_add(json.chars().count());
                Ok(())
            }
            Form::Text { .. } | Form::Reasoning { .. } => Err(malformed()),
        }
    }

    /// Reports a picture, which comes in one piece.
    fn picture(&self, index: u64, base64: &str, sink: &mut dyn Sink) {
        let slot = self.open.iter().find(|slot| slot.index == index);
        if let Some(Form::Picture {
            media_type: Some(media_type),
        }) = slot.map(|slot| &slot.form)
        {
            sink.event(Event::Image {
                choice: 0,
                media_type,
                base64,
            });
        }
    }

    fn cite(
        &mut self,
        index: u64,
        citation: &Citation<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let Some(url) = citation.url() else {
            return Ok(());
        };
        let is_text = |form: &Form| matches!(form, Form::Text { .. } | Form::Skipped);
        let form = self.form_of(index, is_text, BlockKind::Text, sink)?;
        if let Form::Text { citations, .. } = form
            && citations.len() < MAX_CITATIONS
        {
            let title = citation.title.as_deref().unwrap_or_default();
            citations.push((title.to_owned(), url.to_owned()));
        }
        Ok(())
    }

    /// The open block of this number, which begins here where there is none of the right kind.
    fn form_of(
        &mut self,
        index: u64,
        is_right: impl Fn(&Form) -> bool,
        kind: BlockKind<'_>,
        sink: &mut dyn Sink,
    ) -> Result<&mut Form, Error> {
        let position = self.position(index);
        let found = position.and_then(|at| self.open.get(at));
        if !found.is_some_and(|slot| is_right(&slot.form)) {
            self.close(index, sink);
            let start = self.characters;
            let block = self.report_block(kind, sink)?;
            let form = match kind {
                BlockKind::Text => Form::Text {
                    block,
                    start,
                    citations: Vec::new(),
                },
                _ => Form::Reasoning { block },
            };
            self.keep(index, form)?;
        }
        let mut slots = self.open.iter_mut();
        let slot = slots.find(|slot| slot.index == index);
        Ok(&mut slot.ok_or_else(malformed)?.form)
    }

    fn position(&self, index: u64) -> Option<usize> {
        self.open.iter().position(|slot| slot.index == index)
    }

    fn keep(&mut self, index: u64, form: Form) -> Result<(), Error> {
        if self.open.len() >= MAX_OPEN {
            return Err(malformed());
        }
        self.open.push(Slot { index, form });
        Ok(())
    }

    /// Closes a block; one that is not open is nobody's.
    pub(super) fn close(&mut self, index: u64, sink: &mut dyn Sink) {
        if let Some(at) = self.position(index) {
            let slot = self.open.remove(at);
            slot.form.end(self.characters, sink);
        }
    }

    pub(super) fn close_all(&mut self, sink: &mut dyn Sink) {
        for slot in std::mem::take(&mut self.open) {
            slot.form.end(self.characters, sink);
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
}
