//! The items of an answer: from the API's places to blocks.
//!
//! A reasoning item is told in two steps. Its text passes as it comes; what is needed to replay it
//! is held until the next item begins, because that is what it must come back before. Where the
//! client does not get to see that next item, or there is none, the reasoning cannot be replayed and
//! stays text.

use super::slot::{self, Blocks, Form, OpenPart, OpenThought, Slot};
use crate::chat::{Annotation, BlockKind, Event, FinishReason, Sink};
use crate::providers::openai_responses::reasoning::Carried;
use crate::providers::openai_responses::usage::Counts;
use crate::providers::openai_responses::wire::event::{Event as Wire, Piece};
use crate::providers::openai_responses::wire::read::{Answer, Content, Item, Malformed, Thought};

/// More open items at a time than any answer has; the API opens one after the other.
const MAX_OPEN: usize = 64;

/// What stands between the parts of a summary.
const BETWEEN_PARTS: &str = "\n\n";

/// The items so far.
pub(in super::super) struct Items {
    service: &'static str,
    blocks: Blocks,
    open: Vec<Slot>,
    /// The last thought, as long as nobody knows what it has led to.
    held: Option<Held>,
    /// Characters of text so far.
    characters: usize,
    called_tools: bool,
}

/// A thought that is over.
struct Held {
    block: Option<u32>,
    id: String,
    encrypted: String,
}

impl Items {
    pub(in super::super) fn new(service: &'static str) -> Self {
        Self {
            service,
            blocks: Blocks::default(),
            open: Vec::new(),
            held: None,
            characters: 0,
            called_tools: false,
        }
    }

    /// Takes an event that tells of items.
    ///
    /// # Errors
    /// Where there are too many of them, or one that is open opens again.
    pub(super) fn event(&mut self, event: Wire<'_>, sink: &mut dyn Sink) -> Result<(), Malformed> {
        match event {
            Wire::ItemAdded { at, item } => self.add(at, &item, sink),
            Wire::ItemDone { at, item } => self.done(at, &item, sink),
            Wire::Delta { at, part, of, text } => self.delta(at, part, of, &text, sink),
            Wire::Arguments { at, text } => {
                self.whole_arguments(at, &text, sink);
                Ok(())
            }
            Wire::Citation {
                at,
                part,
                annotation,
            } => {
                self.cite(at, part, annotation, sink);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The answer is over. Where nothing has been told yet, its output is told now.
    ///
    /// # Errors
    /// As [`Items::event`].
    pub(in super::super) fn complete(
        &mut self,
        answer: &Answer<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Malformed> {
        if !self.blocks.any() && self.open.is_empty() {
            for (at, json) in (0..).zip(answer.output.iter().flatten()) {
                let item = Item::parse(json)?;
                self.add(at, &item, sink)?;
                self.done(at, &item, sink)?;
            }
        }
        for slot in std::mem::take(&mut self.open) {
            close(slot.form, sink);
        }
        self.settle(None, sink);
        if let Some(counts) = &answer.usage {
            sink.event(Event::Usage(Counts::usage(counts)));
        }
        let reason = finish_reason(answer, self.called_tools);
        sink.event(Event::Finish { choice: 0, reason });
        sink.event(Event::End);
        Ok(())
    }

    fn add(&mut self, at: u64, item: &Item<'_>, sink: &mut dyn Sink) -> Result<(), Malformed> {
        if self.open.len() >= MAX_OPEN || self.slot(at).is_some() {
            return Err(Malformed);
        }
        let led_to = match item {
            Item::Message(_) => Some(""),
            Item::Call { id, .. } => Some(&**id),
            Item::Reasoning(_) | Item::Other => None,
        };
        self.settle(led_to, sink);
        let form = match item {
            Item::Message(_) => Form::Message(Vec::new()),
            Item::Reasoning(_) => Form::Reasoning(OpenThought::default()),
            Item::Call { id, name, .. } => {
                self.called_tools = true;
                let kind = BlockKind::ToolCall {
                    id,
                    name,
                    signature: None,
                };
                Form::Call {
                    block: self.blocks.open(kind, sink),
                    has_arguments: false,
                }
            }
            Item::Other => return Ok(()),
        };
        self.open.push(Slot { at, form });
        Ok(())
    }

    fn done(&mut self, at: u64, item: &Item<'_>, sink: &mut dyn Sink) -> Result<(), Malformed> {
        if self.slot(at).is_none() {
            self.add(at, item, sink)?;
        }
        match item {
            Item::Message(parts) => self.whole_message(at, parts, sink)?,
            Item::Call { arguments, .. } => self.whole_arguments(at, arguments, sink),
            Item::Reasoning(thought) => return self.hold(at, thought, sink),
            Item::Other => {}
        }
        if let Some(place) = self.open.iter().position(|slot| slot.at == at) {
            close(self.open.remove(place).form, sink);
        }
        Ok(())
    }

    fn delta(
        &mut self,
        at: u64,
        part: u64,
        of: Piece,
        text: &str,
        sink: &mut dyn Sink,
    ) -> Result<(), Malformed> {
        match of {
            Piece::Text => self.say(at, part, BlockKind::Text, text, sink),
            Piece::Refusal => self.say(at, part, BlockKind::Refusal, text, sink),
            Piece::Reasoning => {
                self.think(at, part, text, sink);
                Ok(())
            }
            Piece::Arguments => {
                if let Some(Form::Call {
                    block,
                    has_arguments,
                }) = self.slot(at)
                {
                    *has_arguments |= !text.is_empty();
                    slot::delta(*block, text, sink);
                }
                Ok(())
            }
        }
    }

    /// Adds to a part of a message, which opens with its first text.
    fn say(
        &mut self,
        at: u64,
        part: u64,
        kind: BlockKind<'_>,
        text: &str,
        sink: &mut dyn Sink,
    ) -> Result<(), Malformed> {
        if self.slot(at).is_none() {
            self.add(at, &Item::Message(Vec::new()), sink)?;
        }
        let mut open = self.open.iter_mut();
        let Some(Form::Message(parts)) = open.find(|s| s.at == at).map(|s| &mut s.form) else {
            return Ok(());
        };
        let block = match parts.iter().find(|open| open.at == part) {
            Some(open) => open.block,
            None => {
                let block = self.blocks.open(kind, sink);
                let start = self.characters;
                let open = OpenPart {
                    at: part,
                    block,
                    start,
                };
                slot::add_part(parts, open).ok_or(Malformed)?;
                block
            }
        };
        if kind == BlockKind::Text {
            self.characters = self.characters.saturating_add(text.chars().count());
        }
        slot::delta(block, text, sink);
        Ok(())
    }

    /// Adds to a thought, whose parts become one text.
    fn think(&mut self, at: u64, part: u64, text: &str, sink: &mut dyn Sink) {
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

    /// All of a call's arguments, told where no piece of them was.
    fn whole_arguments(&mut self, at: u64, text: &str, sink: &mut dyn Sink) {
        if let Some(Form::Call {
            block,
            has_arguments,
        }) = self.slot(at)
            && !*has_arguments
            && !text.is_empty()
        {
            *has_arguments = true;
            slot::delta(*block, text, sink);
        }
    }

    /// All of a message, told where no piece of it was.
    fn whole_message(
        &mut self,
        at: u64,
        parts: &[Content<'_>],
        sink: &mut dyn Sink,
    ) -> Result<(), Malformed> {
        if !matches!(self.slot(at), Some(Form::Message(open)) if open.is_empty()) {
            return Ok(());
        }
        for (place, content) in (0..).zip(parts) {
            match content {
                Content::Refusal(text) => self.say(at, place, BlockKind::Refusal, text, sink)?,
                Content::Text { text, annotations } => {
                    self.say(at, place, BlockKind::Text, text, sink)?;
                    for annotation in annotations {
                        self.cite(at, place, annotation.clone(), sink);
                    }
                }
            }
        }
        Ok(())
    }

    /// Reports a citation, its place counted from the start of all text.
    fn cite(&mut self, at: u64, part: u64, cited: Annotation, sink: &mut dyn Sink) {
        let Some(Form::Message(parts)) = self.slot(at) else {
            return;
        };
        let Some(open) = parts.iter().find(|open| open.at == part) else {
            return;
        };
        let annotation = Annotation {
            start: cited.start.saturating_add(open.start),
            end: cited.end.saturating_add(open.start),
            ..cited
        };
        sink.event(Event::Annotation {
            choice: 0,
            annotation,
        });
    }

    /// A thought is over: tells what of it has not been told, and holds the rest.
    fn hold(
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
    fn settle(&mut self, led_to: Option<&str>, sink: &mut dyn Sink) {
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
                service: self.service,
                id: &id,
                follows,
                encrypted: &encrypted,
            };
            carried.to_string()
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

    fn slot(&mut self, at: u64) -> Option<&mut Form> {
        let mut open = self.open.iter_mut();
        open.find(|slot| slot.at == at).map(|slot| &mut slot.form)
    }
}

fn close(form: Form, sink: &mut dyn Sink) {
    match form {
        Form::Message(parts) => {
            for part in parts {
                slot::close(part.block, sink);
            }
        }
        Form::Reasoning(OpenThought { block, .. }) => {
            if let Some(block) = block {
                slot::close(block, sink);
            }
        }
        Form::Call { block, .. } => slot::close(block, sink),
    }
}

/// Why the answer ended. A client that is told `tool_calls` and finds none loops for ever, so there
/// must be some.
fn finish_reason(answer: &Answer<'_>, called_tools: bool) -> FinishReason {
    let details = answer.incomplete_details.as_ref();
    let reason = details.and_then(|details| details.reason.as_deref());
    match (answer.status.as_deref(), reason) {
        (Some("incomplete"), Some("content_filter")) => FinishReason::ContentFilter,
        (Some("incomplete"), Some("max_output_tokens" | "max_messages")) => FinishReason::Length,
        _ if called_tools => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    }
}
