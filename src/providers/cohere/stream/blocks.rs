//! The blocks of a streamed answer.
//!
//! Cohere numbers items of content and tool calls apart, and the plan not at all; ours have one
//! dense number. An item whose start is missing opens with its first piece, which tells what it is;
//! a call cannot, because its start alone has the name.

use super::{BlockKind, Error, Event, Sink, malformed};
use crate::providers::cohere::citations::Places;
use crate::providers::cohere::wire::read::{Citation, Item, ToolCall};

/// More open blocks at a time than any answer has; Cohere opens one after the other.
const MAX_OPEN: usize = 64;

#[derive(Default)]
pub(in super::super) struct Blocks {
    open: Vec<Slot>,
    /// Number of the next block.
    next: u32,
    /// Characters of text so far, which citations are counted in.
    characters: usize,
    places: Places,
    called_tools: bool,
}

/// An open block.
struct Slot {
    key: Key,
    block: u32,
    form: Form,
}

/// Bytes of arguments that may be held back, white space in front of `null` included.
const MAX_HELD: usize = 16;

/// What Cohere calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Content(u64),
    Call(u64),
    Plan,
}

enum Form {
    Text,
    Reasoning,
    Call(Arguments),
}

/// A tool call's arguments.
enum Arguments {
    /// What has come so far may still become `null`, which is no object.
    Held(String),
    /// Fragment by fragment, passed on.
    Passed,
}

impl Blocks {
    pub(in super::super) fn called_tools(&self) -> bool {
        self.called_tools
    }

    /// An item of content begins; one of an unknown type is followed by nothing that could be read.
    pub(in super::super) fn open_content(
        &mut self,
        index: u64,
        item: &Item<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let form = match item.kind.as_deref() {
            Some("text") => Form::Text,
            Some("thinking") => Form::Reasoning,
            Some(_) => return Ok(()),
            None => return self.content(index, item, sink),
        };
        self.open(Key::Content(index), form, sink)?;
        self.content(index, item, sink)
    }

    /// A piece of an item of content.
    pub(in super::super) fn content(
        &mut self,
        index: u64,
        item: &Item<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let texts = [(&item.thinking, Form::Reasoning), (&item.text, Form::Text)];
        for (text, form) in texts {
            let text = text.as_deref().unwrap_or_default();
            if !text.is_empty() {
                self.add(Key::Content(index), form, text, sink)?;
            }
        }
        Ok(())
    }

    /// A piece of the plan.
    pub(in super::super) fn plan(&mut self, text: &str, sink: &mut dyn Sink) -> Result<(), Error> {
        match text {
            "" => Ok(()),
            text => self.add(Key::Plan, Form::Reasoning, text, sink),
        }
    }

    /// A tool call begins.
    pub(in super::super) fn open_call(
        &mut self,
        index: u64,
        call: &ToolCall<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        self.close(Key::Plan, sink);
        let function = call.function.as_ref().ok_or_else(malformed)?;
        let (Some(id), Some(name)) = (call.id.as_deref(), function.name.as_deref()) else {
            return Err(malformed());
        };
        let kind = BlockKind::ToolCall {
            id,
            name,
            signature: None,
        };
        let form = Form::Call(Arguments::Held(String::new()));
        self.start(Key::Call(index), form, kind, sink)?;
        self.called_tools = true;
        self.arguments(index, call, sink)
    }

    /// More arguments of a tool call.
    pub(in super::super) fn arguments(
        &mut self,
        index: u64,
        call: &ToolCall<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let key = Key::Call(index);
        let slot = self.open.iter_mut().find(|slot| slot.key == key);
        let Some(Slot {
            block,
            form: Form::Call(arguments),
            ..
        }) = slot
        else {
            return Err(malformed());
        };
        let function = call.function.as_ref();
        let more = function.and_then(|function| function.arguments.as_deref());
        arguments.add(more.unwrap_or_default(), |text| {
            report_delta(*block, text, sink);
        });
        Ok(())
    }

    pub(in super::super) fn close_content(&mut self, index: u64, sink: &mut dyn Sink) {
        self.close(Key::Content(index), sink);
    }

    pub(in super::super) fn close_call(&mut self, index: u64, sink: &mut dyn Sink) {
        self.close(Key::Call(index), sink);
    }

    pub(in super::super) fn close_all(&mut self, sink: &mut dyn Sink) {
        for slot in std::mem::take(&mut self.open) {
            report_end(slot, sink);
        }
    }

    pub(in super::super) fn cite(&self, citation: &Citation<'_>, sink: &mut dyn Sink) {
        self.places.annotate(citation, |annotation| {
            sink.event(Event::Annotation {
                choice: 0,
                annotation,
            });
        });
    }

    /// Adds to a block of text or reasoning, which opens where it has not.
    fn add(&mut self, key: Key, form: Form, text: &str, sink: &mut dyn Sink) -> Result<(), Error> {
        if self.find(key).is_none() {
            self.open(key, form, sink)?;
        }
        let Some(slot) = self.find(key) else {
            return Ok(());
        };
        report_delta(slot.block, text, sink);
        if matches!(slot.form, Form::Text) {
            self.characters = self.characters.saturating_add(text.chars().count());
        }
        Ok(())
    }

    fn find(&self, key: Key) -> Option<&Slot> {
        self.open.iter().find(|slot| slot.key == key)
    }

    fn open(&mut self, key: Key, form: Form, sink: &mut dyn Sink) -> Result<(), Error> {
        let kind = match (&form, key) {
            (Form::Text, Key::Content(index)) => {
                self.places.begin(index, self.characters);
                BlockKind::Text
            }
            _ => BlockKind::Reasoning,
        };
        self.start(key, form, kind, sink)
    }

    fn start(
        &mut self,
        key: Key,
        form: Form,
        kind: BlockKind<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        if self.open.len() >= MAX_OPEN || self.find(key).is_some() {
            return Err(malformed());
        }
        let block = self.next;
        self.next = block.checked_add(1).ok_or_else(malformed)?;
        sink.event(Event::BlockStart {
            block,
            choice: 0,
            kind,
        });
        self.open.push(Slot { key, block, form });
        Ok(())
    }

    /// Closes a block; one that is not open is nobody's.
    fn close(&mut self, key: Key, sink: &mut dyn Sink) {
        if let Some(at) = self.open.iter().position(|slot| slot.key == key) {
            report_end(self.open.remove(at), sink);
        }
    }
}

impl Arguments {
    fn add(&mut self, more: &str, mut report: impl FnMut(&str)) {
        match self {
            Self::Passed => report(more),
            Self::Held(held) => {
                held.push_str(more);
                if held.len() > MAX_HELD || !"null".starts_with(held.trim()) {
                    report(held);
                    *self = Self::Passed;
                }
            }
        }
    }
}

fn report_end(slot: Slot, sink: &mut dyn Sink) {
    if let Form::Call(Arguments::Held(held)) = &slot.form {
        let is_object = !matches!(held.trim(), "" | "null");
        report_delta(slot.block, if is_object { held } else { "{}" }, sink);
    }
    sink.event(Event::BlockEnd { block: slot.block });
}

fn report_delta(block: u32, text: &str, sink: &mut dyn Sink) {
    if !text.is_empty() {
        sink.event(Event::BlockDelta { block, text });
    }
}
