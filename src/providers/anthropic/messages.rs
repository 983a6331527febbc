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
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::media;
use super::model_profile::ModelProfile;
use super::own::Own;
use super::wire::write::{Block, Role, System, Turn};
use crate::chat::{Error, Message, Part, Request, Text};
use crate::providers::json::Fields;
use crate::providers::losses::Losses;
use crate::providers::tool_ids::{Form, ToolIds};

use assistant::Ending;

mod assistant;
mod replay;

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
        profile,
        losses,
        system: Vec::new(),
        turns: Vec::new(),
        pending: Pending::default(),
        tool_ids: ToolIds::new(TOOL_IDS),
        toolsets: BTreeMap::new(),
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
    profile: &'l ModelProfile,
    losses: &'l mut Losses,
    system: Vec<Block<'a>>,
    turns: Vec<Turn<'a>>,
    pending: Pending<'a>,
    tool_ids: ToolIds<'a>,
    /// The sets that called tools belong to, by the ids of the calls.
    toolsets: BTreeMap<&'a str, &'a RawValue>,
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
                    toolset_name: self.toolsets.get(&**tool_call_id).copied(),
                });
                Ok(())
            }
            Message::Assistant { .. } => self.assistant(at, message),
        }
    }

    fn instructions(&mut self, at: usize, content: &'a [Part<'_>]) -> Result<(), Error> {
        let at_the_beginning = self.turns.is_empty() && self.pending.is_empty();
        let blocks = self.blocks(at, content)?;
        if at_the_beginning {
            self.system.extend(blocks);
        } else if self.profile.system_turns {
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
        let ending = assistant::end(&mut self.turns, self.profile.prefill);
        if ending == Ending::AskedToGoOn {
            self.losses.emulated("messages");
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
                Part::Text(text) => blocks.extend(self.text(at, n, text)?),
                Part::Refusal(text) => blocks.extend(plain_text(text)),
                media => blocks.push(self.media(at, n, media)?),
            }
        }
        Ok(blocks)
    }

    fn text(
        &mut self,
        at: usize,
        n: usize,
        text: &'a Text<'_>,
    ) -> Result<Option<Block<'a>>, Error> {
        let own = Own::of_part(text.anthropic, || format!("messages[{at}].content[{n}]"))?;
        if let Some(block) = own.block {
            return Ok(Some(Block::Raw(block)));
        }
        let block = text_block(&text.text, text.cache_control, own.fields);
        if block.is_none() && text.cache_control.is_some() {
            self.losses
                .dropped(format!("messages[{at}].content[{n}].cache_control"))?;
        }
        Ok(block)
    }

    fn media(&mut self, at: usize, n: usize, part: &'a Part<'_>) -> Result<Block<'a>, Error> {
        media::block(part, at, n, self.losses)
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

/// A text block, or nothing where there is nothing but white space.
fn text_block<'a>(
    text: &'a str,
    cache_control: Option<&'a RawValue>,
    own: Fields<'a>,
) -> Option<Block<'a>> {
    (!text.trim().is_empty()).then_some(Block::Text {
        text: Cow::Borrowed(text),
        cache_control,
        own,
    })
}

fn plain_text(text: &str) -> Option<Block<'_>> {
    text_block(text, None, Fields::default())
}

/// Instructions for a model that takes none inside the conversation.
fn tagged(block: Block<'_>) -> Block<'_> {
    match block {
        Block::Text {
            text,
            cache_control,
            own,
        } => Block::Text {
            text: format!("<system>\n{text}\n</system>").into(),
            cache_control,
            own,
        },
        other => other,
    }
}
