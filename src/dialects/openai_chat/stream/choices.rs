//! What has been told of each choice.

use std::collections::BTreeMap;

use super::super::wire::{Thinking, ThinkingBlock};
use super::chunk::{ChunkWriter, Delta};
use crate::chat::VendorPart;

/// The choices that have begun.
#[derive(Debug, Default)]
pub(super) struct Choices(BTreeMap<u32, Choice>);

/// Everything is counted per choice, because clients put the pieces together by these indices.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// The client's `content` is a text by now, if an empty one.
    pub(super) has_content: bool,
    /// Its reason is told.
    pub(super) has_finished: bool,
    tool_calls: u32,
    annotations: u32,
    images: u32,
    /// The model has begun to speak.
    pub(super) has_speech: bool,
    thinking_blocks: u32,
    vendor_blocks: u32,
    vendor_citations: u32,
}

impl Choices {
    /// The choice with this index; where it is new, its role is told.
    pub(super) fn begin(
        &mut self,
        index: u32,
        has_content: bool,
        chunks: &ChunkWriter,
        out: &mut Vec<u8>,
    ) -> &mut Choice {
        self.0.entry(index).or_insert_with(|| {
            chunks.delta(index, Delta::Role { has_content }, out);
            Choice {
                has_content,
                ..Choice::default()
            }
        })
    }

    /// The choices whose reason is not told yet.
    pub(super) fn unfinished(&self) -> Vec<u32> {
        let unfinished = self.0.iter().filter(|(_, choice)| !choice.has_finished);
        unfinished.map(|(index, _)| *index).collect()
    }
}

impl Choice {
    pub(super) fn next_tool_call(&mut self) -> u32 {
        next(&mut self.tool_calls)
    }

    pub(super) fn next_annotation(&mut self) -> u32 {
        next(&mut self.annotations)
    }

    /// The place of a vendor's piece in its list.
    pub(super) fn next_of(&mut self, part: &VendorPart<'_>) -> u32 {
        match part {
            VendorPart::Block { .. } => next(&mut self.vendor_blocks),
            VendorPart::Citation { .. } => next(&mut self.vendor_citations),
            VendorPart::Note { .. } => 0,
        }
    }

    pub(super) fn next_image(&mut self) -> u32 {
        next(&mut self.images)
    }

    pub(super) fn thinking_block<'a>(&mut self, content: Thinking<'a>) -> ThinkingBlock<'a> {
        ThinkingBlock {
            index: Some(next(&mut self.thinking_blocks)),
            content,
        }
    }
}

fn next(counter: &mut u32) -> u32 {
    let index = *counter;
    *counter = counter.saturating_add(1);
    index
}
