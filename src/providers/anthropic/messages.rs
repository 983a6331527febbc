//! The conversation: OpenAI's list of messages → system prompt and turns.
//!
//! * Instructions at the beginning become `system`; later ones a system turn where the model
//!   honours those, else a tagged text of the user's turn. None is lost or moved to the top, which
//!   would change the order and miss the prompt cache.
//! * Between two turns of the assistant everything belongs to one user turn: the tools' results
//!   first, in order, then the user's own words. A system turn may only follow it, directly before
//!   the assistant's.
//! * The API refuses empty texts; a message without anything else is left out.

use std::borrow::Cow;

use super::media;
use super::model_profile::ModelProfile;
use super::wire::write::{Block, Input, Role, System, Turn};
use crate::chat::{Error, Message, Part, Reasoning, Request, Text, ToolCall, signature};
use crate::providers::losses::Losses;
use crate::providers::tool_ids::{Form, ToolIds};

/// The conversation as the API wants it.
pub(super) struct Conversation<'a> {
    pub(super) system: System<'a>,
    pub(super) turns: Vec<Turn<'a>>,
}

/// Translates the conversation.
///
/// # Errors
/// Where a part cannot be given to the model, or nothing is said at all.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Conversation<'a>, Error> {
    let mut writer = Writer {
        system_turns: profile.system_turns,
        losses,
        system: Vec::new(),
        turns: Vec::new(),
        pending: Pending::default(),
        tool_ids: ToolIds::new(TOOL_IDS),
    };
    for (at, message) in request.messages.iter().enumerate() {
        writer.message(at, message)?;
    }
    writer.finish()
}

/// Ids of tool calls that the API takes.
const TOOL_IDS: Form = Form {
    prefix: "toolu_",
    punctuation: b"_-",
    is_short: false,
};

struct Writer<'a, 'l> {
    system_turns: bool,
    losses: &'l mut Losses,
    system: Vec<Block<'a>>,
    turns: Vec<Turn<'a>>,
    pending: Pending<'a>,
    tool_ids: ToolIds<'a>,
}

/// What has been said since the assistant's last turn.
#[derive(Default)]
struct Pending<'a> {
    results: Vec<Block<'a>>,
    content: Vec<Block<'a>>,
    instructions: Vec<Block<'a>>,
    /// The first message that holds such instructions.
    instructions_at: usize,
}

impl<'a> Writer<'a, '_> {
    fn message(&mut self, at: usize, message: &'a Message<'_>) -> Result<(), Error> {
        match message {
            Message::Instructions { content } => self.instructions(at, content),
            Message::User { content, name } => {
                self.drop_name(at, name.is_some())?;
                let blocks = self.blocks(at, content)?;
                self.pending.content.extend(blocks);
                Ok(())
            }
            Message::Tool {
                tool_call_id,
                content,
                is_error,
                cache_control,
            } => {
                let content = self.blocks(at, content)?;
                self.pending.results.push(Block::ToolResult {
                    tool_use_id: self.tool_ids.result(tool_call_id),
                    content,
                    is_error: *is_error,
                    cache_control: *cache_control,
                });
                Ok(())
            }
            Message::Assistant {
                content,
                reasoning,
                tool_calls,
                name,
            } => {
                self.drop_name(at, name.is_some())?;
                self.end_user_turn();
                let mut blocks = self.thoughts(at, reasoning)?;
                blocks.extend(self.blocks(at, content)?);
                for (n, call) in tool_calls.iter().enumerate() {
                    blocks.push(self.tool_use(at, n, call)?);
                }
                self.push(Role::Assistant, blocks);
                Ok(())
            }
        }
    }

    fn instructions(&mut self, at: usize, content: &'a [Part<'_>]) -> Result<(), Error> {
        let at_the_beginning = self.turns.is_empty() && self.pending.is_empty();
        let blocks = self.blocks(at, content)?;
        if at_the_beginning {
            self.system.extend(blocks);
        } else if self.system_turns {
            if self.pending.instructions.is_empty() {
                self.pending.instructions_at = at;
            }
            self.pending.instructions.extend(blocks);
        } else if !blocks.is_empty() {
            self.losses.emulated(format!("messages[{at}]"));
            self.pending.content.extend(blocks.into_iter().map(tagged));
        }
        Ok(())
    }

    /// Writes what has been said since the assistant's last turn.
    fn end_user_turn(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        let mut content = pending.results;
        content.append(&mut pending.content);
        if content.is_empty() && !pending.instructions.is_empty() {
            // A system turn must follow a user's.
            let at = pending.instructions_at;
            self.losses.emulated(format!("messages[{at}]"));
            content = pending.instructions.drain(..).map(tagged).collect();
        }
        self.push(Role::User, content);
        self.push(Role::System, pending.instructions);
    }

    fn push(&mut self, role: Role, content: Vec<Block<'a>>) {
        if content.is_empty() {
            return;
        }
        match self.turns.last_mut() {
            Some(last) if last.role == role => last.content.extend(content),
            _ => self.turns.push(Turn { role, content }),
        }
    }

    fn finish(mut self) -> Result<Conversation<'a>, Error> {
        self.end_user_turn();
        if self.turns.is_empty() {
            // OpenAI's API answers to instructions alone.
            let instructions = std::mem::take(&mut self.system);
            if instructions.is_empty() {
                return Err(Error::invalid("no message says anything").with_param("messages"));
            }
            self.losses.emulated("messages");
            self.push(Role::User, instructions);
        }
        if let Some(last) = self.turns.last_mut() {
            trim_prefill(last);
        }
        Ok(Conversation {
            system: System(self.system),
            turns: self.turns,
        })
    }

    fn blocks(&mut self, at: usize, parts: &'a [Part<'_>]) -> Result<Vec<Block<'a>>, Error> {
        let mut blocks = Vec::with_capacity(parts.len());
        for (n, part) in parts.iter().enumerate() {
            match part {
                Part::Text(text) => blocks.extend(text_block(text)),
                Part::Refusal(text) => blocks.extend(plain_text(text)),
                media => blocks.push(media::block(media, at, n, self.losses)?),
            }
        }
        Ok(blocks)
    }

    /// Only what the provider has signed; it refuses its own thoughts without their proof, and
    /// those of other models have none.
    fn thoughts(
        &mut self,
        at: usize,
        reasoning: &'a [Reasoning<'_>],
    ) -> Result<Vec<Block<'a>>, Error> {
        let mut blocks = Vec::new();
        for thought in reasoning {
            match thought {
                Reasoning::Redacted { data } if is_anthropics(data) => {
                    blocks.push(Block::RedactedThinking { data });
                }
                Reasoning::Thinking {
                    text,
                    signature: Some(signature),
                } if is_anthropics(signature) => blocks.push(Block::Thinking {
                    thinking: text,
                    signature,
                }),
                Reasoning::Thinking { .. } | Reasoning::Redacted { .. } => {}
            }
        }
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
        let input = Input::of(&call.arguments, param, self.losses)?;
        Ok(Block::ToolUse {
            id: self.tool_ids.call(&call.id),
            name: &call.name,
            input,
        })
    }

    fn drop_name(&mut self, at: usize, has_name: bool) -> Result<(), Error> {
        if has_name {
            self.losses.dropped(format!("messages[{at}].name"))?;
        }
        Ok(())
    }
}

impl Pending<'_> {
    fn is_empty(&self) -> bool {
        self.results.is_empty() && self.content.is_empty() && self.instructions.is_empty()
    }
}

/// Anthropic's signatures do not tell who made them; those of other providers do.
fn is_anthropics(signature: &str) -> bool {
    !signature.is_empty() && signature::split(signature).0.is_none()
}

fn text_block<'a>(text: &'a Text<'_>) -> Option<Block<'a>> {
    let mut block = plain_text(&text.text)?;
    if let Block::Text { cache_control, .. } = &mut block {
        *cache_control = text.cache_control;
    }
    Some(block)
}

/// A text block, or nothing where there is nothing but white space.
fn plain_text(text: &str) -> Option<Block<'_>> {
    (!text.trim().is_empty()).then_some(Block::Text {
        text: Cow::Borrowed(text),
        cache_control: None,
    })
}

/// Instructions for a model that takes none inside the conversation.
fn tagged(block: Block<'_>) -> Block<'_> {
    match block {
        Block::Text {
            text,
            cache_control,
        } => Block::Text {
            text: format!("<system>\n{text}\n</system>").into(),
            cache_control,
        },
        other => other,
    }
}

/// A last turn of the assistant is continued by the model; the API refuses white space at its end.
fn trim_prefill(last: &mut Turn<'_>) {
    if last.role == Role::Assistant
        && let Some(Block::Text { text, .. }) = last.content.last_mut()
        && text.trim_end().len() < text.len()
    {
        *text = text.trim_end().to_owned().into();
    }
}
