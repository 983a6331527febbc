//! An item of the output that is being told.

use crate::chat::{BlockKind, Event, Sink};

/// More parts than any message has.
const MAX_PARTS: usize = 64;

/// An open item.
pub(super) struct Slot {
    /// Its place in the output.
    pub(super) at: u64,
    pub(super) form: Form,
}

pub(super) enum Form {
    Message(Vec<OpenPart>),
    Reasoning(OpenThought),
    Call {
        block: u32,
        /// Some of its arguments have come.
        has_arguments: bool,
    },
}

/// A part of a message.
pub(super) struct OpenPart {
    pub(super) at: u64,
    pub(super) block: u32,
    /// Characters of text before it, from which its citations count.
    pub(super) start: usize,
}

/// A thought, whose block opens with its first text.
#[derive(Default)]
pub(super) struct OpenThought {
    pub(super) block: Option<u32>,
    /// The part that the last text belongs to.
    pub(super) part: u64,
}

/// Numbers blocks and reports them.
#[derive(Default)]
pub(super) struct Blocks {
    next: u32,
}

impl Blocks {
    pub(super) fn any(&self) -> bool {
        self.next > 0
    }

    pub(super) fn open(&mut self, kind: BlockKind<'_>, sink: &mut dyn Sink) -> u32 {
        let block = self.next;
        self.next = block.saturating_add(1);
        sink.event(Event::BlockStart {
            block,
            choice: 0,
            kind,
        });
        block
    }
}

pub(super) fn delta(block: u32, text: &str, sink: &mut dyn Sink) {
    if !text.is_empty() {
        sink.event(Event::BlockDelta { block, text });
    }
}

pub(super) fn close(block: u32, sink: &mut dyn Sink) {
    sink.event(Event::BlockEnd { block });
}

/// Room for one more part; `None` where there are too many.
pub(super) fn add_part(parts: &mut Vec<OpenPart>, part: OpenPart) -> Option<()> {
    (parts.len() < MAX_PARTS).then(|| parts.push(part))
}
