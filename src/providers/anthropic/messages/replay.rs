//! A turn of the assistant, as it was: what only Anthropic had words for goes back to its place.
//!
//! The client holds one text, one list of reasoning blocks and one of calls, and with each block of
//! Anthropic's own how much of these stood before it (`chat::Before`). Without such blocks the order
//! is the usual one: reasoning, text, calls. Numbers that do not fit, because the client has changed
//! the message, move a block and lose nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Block, plain_text};
use crate::chat::Error;
use crate::providers::json::{Fields, Str};

/// What the client gives back under `anthropic`.
#[derive(Default, Deserialize)]
pub(super) struct Given<'a> {
    #[serde(borrow, default)]
    blocks: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(default)]
    before: Place,
    #[serde(borrow)]
    block: Option<&'a RawValue>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Place {
    thinking_blocks: usize,
    content: usize,
    tool_calls: usize,
}

/// What a call comes back with.
#[derive(Clone, Copy, Default, Deserialize)]
pub(super) struct Beside<'a> {
    #[serde(borrow)]
    pub(super) caller: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) toolset_name: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    id: Option<Str<'a>>,
}

impl<'a> Given<'a> {
    /// Reads the member of a message.
    ///
    /// # Errors
    /// Where it is not what an answer has had.
    pub(super) fn read(json: Option<&'a RawValue>, at: usize) -> Result<Self, Error> {
        let Some(json) = json.filter(|json| json.get() != "null") else {
            return Ok(Self::default());
        };
        serde_json::from_str(json.get()).map_err(|_| {
            let param = format!("messages[{at}].anthropic");
            let message = format!("`{param}` must be given back as it was in the answer");
            Error::invalid(message).with_param(param)
        })
    }

    /// What stands beside calls, by their ids.
    pub(super) fn beside_calls(&self) -> BTreeMap<Cow<'a, str>, Beside<'a>> {
        let blocks = self.blocks.iter().filter_map(|entry| entry.block);
        let calls = blocks.filter_map(|json| {
            let id = tag(json).filter(is_call)?.id?.into_cow();
            Some((id, serde_json::from_str(json.get()).ok()?))
        });
        calls.collect()
    }
}

fn tag(json: &RawValue) -> Option<Tag<'_>> {
    serde_json::from_str(json.get()).ok()
}

fn is_call(tag: &Tag<'_>) -> bool {
    tag.kind.as_deref() == Some("tool_use")
}

/// The pieces of a turn that the client knows.
pub(super) struct Pieces<'a> {
    /// By their place among the reasoning blocks; `None` where one may not go back.
    pub(super) thoughts: VecDeque<Option<Block<'a>>>,
    pub(super) content: VecDeque<Piece<'a>>,
    pub(super) calls: VecDeque<Block<'a>>,
}

/// A piece of the content.
pub(super) enum Piece<'a> {
    /// Text, which may be divided; what else is said of it stays with its end.
    Text {
        text: &'a str,
        cache_control: Option<&'a RawValue>,
        own: Fields<'a>,
    },
    /// What is not counted as text.
    Other(Block<'a>),
}

/// Puts a turn together.
pub(super) fn assemble<'a>(pieces: Pieces<'a>, given: &Given<'a>) -> Vec<Block<'a>> {
    let mut turn = Assembly {
        pieces,
        done: Place::default(),
        blocks: Vec::new(),
    };
    for entry in &given.blocks {
        turn.go_on_to(entry.before);
        let own = entry
            .block
            .filter(|json| !tag(json).is_some_and(|tag| is_call(&tag)));
        turn.blocks.extend(own.map(Block::Raw));
    }
    turn.go_on_to(Place {
        thinking_blocks: usize::MAX,
        content: usize::MAX,
        tool_calls: usize::MAX,
    });
    turn.blocks
}

struct Assembly<'a> {
    pieces: Pieces<'a>,
    /// How much has been given.
    done: Place,
    blocks: Vec<Block<'a>>,
}

impl<'a> Assembly<'a> {
    fn go_on_to(&mut self, place: Place) {
        while self.done.thinking_blocks < place.thinking_blocks
            && let Some(thought) = self.pieces.thoughts.pop_front()
        {
            self.done.thinking_blocks += 1;
            self.blocks.extend(thought);
        }
        while self.done.content < place.content
            && let Some(piece) = self.pieces.content.pop_front()
        {
            self.give(piece, place.content - self.done.content);
        }
        while self.done.tool_calls < place.tool_calls
            && let Some(call) = self.pieces.calls.pop_front()
        {
            self.done.tool_calls += 1;
            self.blocks.push(call);
        }
    }

    /// Gives a piece, or its first characters where there is no more room.
    fn give(&mut self, piece: Piece<'a>, room: usize) {
        let (text, cache_control, own) = match piece {
            Piece::Other(block) => return self.blocks.push(block),
            Piece::Text {
                text,
                cache_control,
                own,
            } => (text, cache_control, own),
        };
        let end = text.char_indices().nth(room).map(|(at, _)| at);
        let Some((head, rest)) = end.and_then(|at| text.split_at_checked(at)) else {
            self.done.content = self.done.content.saturating_add(text.chars().count());
            self.blocks
                .extend(super::text_block(text, cache_control, own));
            return;
        };
        self.done.content = self.done.content.saturating_add(room);
        self.blocks.extend(plain_text(head));
        self.pieces.content.push_front(Piece::Text {
            text: rest,
            cache_control,
            own,
        });
    }
}
