//! What one message holds.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Block, Error, Message, Part, Writer};
use crate::chat::{Reasoning, ToolCall, signature};
use crate::providers::bedrock::cache;
use crate::providers::bedrock::model_profile::Cache;
use crate::providers::bedrock::wire::write::{Thought, ToolResult, ToolUse};
use crate::providers::function::Input;

/// What a tool's result says that holds nothing: the API refuses an empty one.
const NO_OUTPUT: &str = "(no output)";

/// What it says where all that it holds may not stand inside of it.
const ATTACHED: &str = "(attached)";

impl<'a> Writer<'a, '_> {
    /// The blocks of a message's parts, with cache points behind those that are marked.
    pub(super) fn blocks(
        &mut self,
        at: usize,
        parts: &'a [Part<'_>],
    ) -> Result<Vec<Block<'a>>, Error> {
        let mut blocks = Vec::with_capacity(parts.len());
        for (n, part) in parts.iter().enumerate() {
            let param = || format!("messages[{at}].content[{n}]");
            let block = match part {
                Part::Text(text) => plain_text(&text.text),
                Part::Refusal(text) => plain_text(text),
                medium => Some(self.media.block(medium, &param(), self.losses)?),
            };
            let Some(block) = block else { continue };
            blocks.push(block);
            if let Some(marker) = marker(part) {
                self.mark(&mut blocks, marker, || format!("{}.cache_control", param()))?;
            }
        }
        Ok(blocks)
    }

    fn mark(
        &mut self,
        blocks: &mut Vec<Block<'a>>,
        marker: &RawValue,
        param: impl Fn() -> String,
    ) -> Result<(), Error> {
        let point = cache::point(marker, Cache::Messages, self.profile, &param, self.losses)?;
        let Some(point) = point else { return Ok(()) };
        if cache::insert(blocks, point, self.profile) {
            Ok(())
        } else {
            self.losses.dropped(param())
        }
    }

    /// The blocks of a turn of the assistant; none where it says nothing.
    pub(super) fn assistant(
        &mut self,
        at: usize,
        message: &'a Message<'_>,
    ) -> Result<Vec<Block<'a>>, Error> {
        let Message::Assistant {
            content,
            reasoning,
            tool_calls,
            name,
            cache_control,
            ..
        } = message
        else {
            return Ok(Vec::new());
        };
        self.drop_name(at, name.is_some())?;
        let said = self.blocks(at, content)?;
        let thoughts = self.thoughts(at, reasoning)?;
        if said.is_empty() && tool_calls.is_empty() {
            return Ok(Vec::new()); // Thoughts that led to nothing are no turn.
        }
        let mut blocks = thoughts;
        blocks.extend(said);
        for (n, call) in tool_calls.iter().enumerate() {
            blocks.push(self.tool_use(at, n, call)?);
        }
        if let Some(marker) = *cache_control {
            self.mark(&mut blocks, marker, || {
                format!("messages[{at}].cache_control")
            })?;
        }
        Ok(blocks)
    }

    /// Only what the model has signed, and only to families that want it back.
    fn thoughts(
        &mut self,
        at: usize,
        reasoning: &'a [Reasoning<'_>],
    ) -> Result<Vec<Block<'a>>, Error> {
        let replayed = |thought: &'a Reasoning<'_>| match thought {
            _ if !self.profile.replays_reasoning => None,
            Reasoning::Redacted { data } if is_claudes(data) => {
                Some(Thought::RedactedContent(data))
            }
            Reasoning::Redacted { .. } => None,
            Reasoning::Thinking { text, signature } => {
                let signature = signature.as_deref().filter(|proof| is_claudes(proof))?;
                Some(Thought::ReasoningText { text, signature })
            }
        };
        let thoughts = reasoning.iter().filter_map(replayed);
        let blocks: Vec<_> = thoughts.map(Block::ReasoningContent).collect();
        if blocks.len() < reasoning.len() {
            self.losses
                .dropped(format!("messages[{at}].reasoning_content"))?;
        }
        Ok(blocks)
    }

    fn tool_use(
        &mut self,
        at: usize,
        n: usize,
        call: &'a ToolCall<'_>,
    ) -> Result<Block<'a>, Error> {
        let param = || format!("messages[{at}].tool_calls[{n}].function.arguments");
        Ok(Block::ToolUse(ToolUse {
            tool_use_id: self.tool_ids.call(&call.id),
            name: self.names.sent(&call.name),
            input: Input::of(&call.arguments, param, self.losses)?,
        }))
    }

    /// Adds a tool's result. What may not stand inside of it follows: cache points, and media that
    /// the model does not take there.
    pub(super) fn result(&mut self, at: usize, message: &'a Message<'_>) -> Result<(), Error> {
        let Message::Tool {
            tool_call_id,
            content,
            is_error,
            cache_control,
        } = message
        else {
            return Ok(());
        };
        let blocks = self.blocks(at, content)?;
        let (points, blocks): (Vec<_>, Vec<_>) = blocks
            .into_iter()
            .partition(|block| block.kind() == "cachePoint");
        let taken = self.profile.media_in_results;
        let (mut inside, outside): (Vec<_>, Vec<_>) = blocks
            .into_iter()
            .partition(|block| block.kind() == "text" || taken.contains(&block.kind()));
        if inside.is_empty() {
            let text = if outside.is_empty() {
                NO_OUTPUT
            } else {
                ATTACHED
            };
            inside.push(Block::Text(Cow::Borrowed(text)));
        }
        if !outside.is_empty() {
            self.losses.emulated(format!("messages[{at}].content"));
            self.say(at, outside);
        }
        let status = self.status(at, *is_error)?;
        self.pending.results.push(Block::ToolResult(ToolResult {
            tool_use_id: self.tool_ids.result(tool_call_id),
            content: inside,
            status,
        }));
        if let Some(marker) = cache_control {
            let mut results = std::mem::take(&mut self.pending.results);
            let param = || format!("messages[{at}].cache_control");
            let marked = self.mark(&mut results, marker, param);
            self.pending.results = results;
            return marked;
        }
        self.pending.results.extend(points.into_iter().take(1));
        Ok(())
    }

    fn status(&mut self, at: usize, is_error: Option<bool>) -> Result<Option<&'static str>, Error> {
        let status = is_error.map(|failed| if failed { "error" } else { "success" });
        if status.is_some() && !self.profile.result_status {
            if is_error == Some(true) {
                self.losses.dropped(format!("messages[{at}].is_error"))?;
            }
            return Ok(None);
        }
        Ok(status)
    }
}

fn marker<'a>(part: &Part<'a>) -> Option<&'a RawValue> {
    match part {
        Part::Text(text) => text.cache_control,
        Part::Image(media) | Part::Audio(media) | Part::File(media) => media.cache_control,
        Part::Refusal(_) => None,
    }
}

/// A text block, or nothing where there is nothing but white space.
fn plain_text(text: &str) -> Option<Block<'_>> {
    (!text.trim().is_empty()).then_some(Block::Text(Cow::Borrowed(text)))
}

/// Claude's signatures do not tell who made them; those of other vendors do.
fn is_claudes(signature: &str) -> bool {
    !signature.is_empty() && signature::split(signature).0.is_none()
}
