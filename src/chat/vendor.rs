//! What only one vendor has words for.
//!
//! Clients get it in a member of the vendor's name beside the members that OpenAI knows, and may
//! give it back with the message. One that knows nothing of it loses nothing of what it does know.

use std::borrow::Cow;

/// What a vendor adds to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    /// The member's name, which is the provider's kind: `anthropic`.
    pub name: &'static str,
    /// In the order of the answer.
    pub parts: Vec<VendorPart<'static>>,
}

/// A piece of what a vendor adds. All JSON is the vendor's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VendorPart<'a> {
    /// A block of the answer that is neither text nor reasoning nor a call of the client's tools:
    /// the call of a tool that the vendor runs itself, say, and its result. A model can only go on
    /// from it if the client gives it back.
    Block {
        /// What stands before it.
        before: Before,
        /// The block; `None` only marks a place where the usual order (reasoning, text, calls)
        /// begins anew.
        json: Option<Cow<'a, str>>,
    },
    /// A source of the text between two characters.
    Citation {
        /// First character of the span.
        start: usize,
        /// One past the last character.
        end: usize,
        /// The citation.
        json: Cow<'a, str>,
    },
    /// Something that is told of the whole answer.
    Note {
        /// Its name.
        name: &'static str,
        /// What is told.
        json: Cow<'a, str>,
    },
}

/// What of an answer stands before a block, in the client's terms: order between different
/// members of a message is told by nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Before {
    /// How many of the reasoning blocks that can be replayed.
    pub thinking_blocks: usize,
    /// How many characters of the text.
    pub content: usize,
    /// How many calls of the client's tools.
    pub tool_calls: usize,
}

impl VendorPart<'_> {
    /// The same, for keeps.
    pub fn into_owned(self) -> VendorPart<'static> {
        let own = |json: Cow<'_, str>| Cow::Owned(json.into_owned());
        match self {
            Self::Block { before, json } => VendorPart::Block {
                before,
                json: json.map(own),
            },
            Self::Citation { start, end, json } => VendorPart::Citation {
                start,
                end,
                json: own(json),
            },
            Self::Note { name, json } => VendorPart::Note {
                name,
                json: own(json),
            },
        }
    }

    /// Bytes of its JSON.
    pub fn size(&self) -> usize {
        match self {
            Self::Block { json, .. } => json.as_deref().map_or(0, str::len),
            Self::Citation { json, .. } | Self::Note { json, .. } => json.len(),
        }
    }
}
