//! What the model has said before.

use std::collections::VecDeque;

use serde_json::value::RawValue;

use super::replay::{Beside, Given, Piece, Pieces, assemble};
use super::{Block, Role, Turn, Writer, plain_text};
use crate::chat::{Error, Message, Part, Reasoning, ToolCall};
use crate::providers::anthropic::own::Own;
use crate::providers::anthropic::tool_loop::proof;
use crate::providers::anthropic::wire::write::Input;
use crate::providers::json::Fields;

impl<'a> Writer<'a, '_> {
    pub(super) fn assistant(&mut self, at: usize, message: &'a Message<'_>) -> Result<(), Error> {
        let Message::Assistant {
            content,
            reasoning,
            tool_calls,
            name,
            cache_control,
            anthropic,
        } = message
        else {
            return Ok(());
        };
        self.drop_name(at, name.is_some())?;
        self.end_user_turn();
        let given = Given::read(*anthropic, at)?;
        let pieces = Pieces {
            thoughts: self.thoughts(at, reasoning)?,
            content: self.pieces(at, content)?,
            calls: self.calls(at, tool_calls, &given)?,
        };
        let mut blocks = assemble(pieces, &given);
        if let Some(marker) = cache_control {
            mark_last(&mut blocks, marker);
        }
        self.push(Role::Assistant, blocks);
        Ok(())
    }

    /// Only what the provider has signed; it refuses its own thoughts without their proof, and
    /// those of other models have none.
    fn thoughts(
        &mut self,
        at: usize,
        reasoning: &'a [Reasoning<'_>],
    ) -> Result<VecDeque<Option<Block<'a>>>, Error> {
        let block = |thought: &'a Reasoning<'_>| match thought {
            Reasoning::Redacted { data } => Some(Block::RedactedThinking {
                data: proof(Some(data))?,
            }),
            Reasoning::Thinking { text, signature } => Some(Block::Thinking {
                thinking: text,
                signature: proof(signature.as_deref())?,
            }),
        };
        let blocks: VecDeque<_> = reasoning.iter().map(block).collect();
        if blocks.iter().any(Option::is_none) {
            self.losses
                .dropped(format!("messages[{at}].reasoning_content"))?;
        }
        Ok(blocks)
    }

    fn pieces(&mut self, at: usize, parts: &'a [Part<'_>]) -> Result<VecDeque<Piece<'a>>, Error> {
        let mut pieces = VecDeque::with_capacity(parts.len());
        for (n, part) in parts.iter().enumerate() {
            let Part::Text(text) = part else {
                let block = match part {
                    Part::Refusal(text) => plain_text(text),
                    media => Some(self.media(at, n, media)?),
                };
                pieces.extend(block.map(Piece::Other));
                continue;
            };
            let own = Own::of_part(text.anthropic, || format!("messages[{at}].content[{n}]"))?;
            pieces.push_back(match own.block {
                Some(block) => Piece::Other(Block::Raw(block)),
                None => Piece::Text {
                    text: &text.text,
                    cache_control: text.cache_control,
                    own: own.fields,
                },
            });
        }
        Ok(pieces)
    }

    fn calls(
        &mut self,
        at: usize,
        calls: &'a [ToolCall<'_>],
        given: &Given<'a>,
    ) -> Result<VecDeque<Block<'a>>, Error> {
        let mut beside = given.beside_calls();
        let mut blocks = VecDeque::with_capacity(calls.len());
        for (n, call) in calls.iter().enumerate() {
            let param = || format!("messages[{at}].tool_calls[{n}].function.arguments");
            let input = Input::of(&call.arguments, param, self.losses)?;
            let Beside {
                caller,
                toolset_name,
            } = beside.remove(&*call.id).unwrap_or_default();
            if let Some(toolset) = toolset_name {
                self.toolsets.insert(&call.id, toolset);
            }
            blocks.push_back(Block::ToolUse {
                id: self.tool_ids.call(&call.id),
                name: &call.name,
                input,
                caller,
                toolset_name,
                cache_control: None,
            });
        }
        Ok(blocks)
    }
}

/// Puts the cache marker of a message on the last block that can have one, unless it has its own.
fn mark_last<'a>(blocks: &mut [Block<'a>], marker: &'a RawValue) {
    let place = blocks.iter_mut().rev().find_map(Block::cache_control_mut);
    if let Some(place) = place {
        place.get_or_insert(marker);
    }
}

/// Ends the conversation so that the model takes it.
///
/// A last turn of the assistant's own is continued by older models, which refuse white space at
/// its end; newer ones refuse it altogether and are asked to go on instead. A turn that Anthropic
/// has paused stays the last one: it holds blocks of its own, and goes on from them.
pub(super) fn end(turns: &mut Vec<Turn<'_>>, takes_prefill: bool) -> Ending {
    let Some(last) = turns.last_mut().filter(|last| last.role == Role::Assistant) else {
        return Ending::AsItIs;
    };
    if last
        .content
        .iter()
        .any(|block| matches!(block, Block::Raw(_)))
    {
        return Ending::AsItIs;
    }
    if let Some(Block::Text { text, .. }) = last.content.last_mut()
        && text.trim_end().len() < text.len()
    {
        *text = text.trim_end().to_owned().into();
    }
    if takes_prefill {
        return Ending::AsItIs;
    }
    turns.push(Turn {
        role: Role::User,
        content: vec![Block::Text {
            text: GO_ON.into(),
            cache_control: None,
            own: Fields::default(),
        }],
    });
    Ending::AskedToGoOn
}

/// What a model is told that does not continue its own words.
const GO_ON: &str = "Please continue.";

/// How the conversation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    AsItIs,
    AskedToGoOn,
}
