//! The conversation: OpenAI's list of messages → instructions and turns.
//!
//! * Turns alternate, and for most families begin with the user's. Between two turns of the
//!   assistant everything belongs to one user turn: the tools' results first, then the user's own
//!   words. A message of the assistant that says nothing is passed over, and the turns around it
//!   become one.
//! * Some families take nothing, or no documents, beside a tool's result. The rest then has a turn
//!   of its own, after one of the assistant's that says [`FILLER`].
//! * Instructions at the beginning become `system`; later ones a system turn where the model honours
//!   those, else a tagged text of the user's turn. None is lost or moved to the top.
//! * Text of white space only is refused by the API, and a document without any text beside it.

use std::borrow::Cow;

use super::media::Mediator;
use super::model_profile::{Beside, ModelProfile};
use super::names::ToolNames;
use super::wire::write::{Block, Role, Turn};
use crate::chat::{Error, Message, Part, Request};
use crate::providers::losses::Losses;
use crate::providers::tool_ids::{Form, ToolIds};

mod parts;

/// What is said where something must be: many families refuse white space.
const FILLER: &str = ".";

/// The conversation as the API wants it.
pub(super) struct Conversation<'a> {
    pub(super) system: Vec<Block<'a>>,
    pub(super) turns: Vec<Turn<'a>>,
}

/// Translates the conversation.
///
/// # Errors
/// Where a part cannot be given to the model, or nothing is said at all.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    system_turns: bool,
    names: &mut ToolNames,
    losses: &mut Losses,
) -> Result<Conversation<'a>, Error> {
    let mut writer = Writer {
        profile,
        system_turns,
        names,
        losses,
        media: Mediator::default(),
        tool_ids: ToolIds::new(Form {
            prefix: "tooluse_",
            punctuation: b"_.:-",
            is_short: profile.short_call_ids,
        }),
        system: Vec::new(),
        turns: Vec::new(),
        pending: Pending::default(),
    };
    for (at, message) in request.messages.iter().enumerate() {
        writer.message(at, message)?;
    }
    writer.finish()
}

struct Writer<'a, 'w> {
    profile: &'w ModelProfile,
    system_turns: bool,
    names: &'w mut ToolNames,
    losses: &'w mut Losses,
    media: Mediator,
    tool_ids: ToolIds<'a>,
    system: Vec<Block<'a>>,
    turns: Vec<Turn<'a>>,
    pending: Pending<'a>,
}

/// What has been said since the assistant's last turn.
#[derive(Default)]
struct Pending<'a> {
    results: Vec<Block<'a>>,
    content: Vec<Block<'a>>,
    /// The first message that holds such content.
    content_at: usize,
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
                self.say(at, blocks);
                Ok(())
            }
            Message::Tool { .. } => self.result(at, message),
            Message::Assistant { .. } => {
                let blocks = self.assistant(at, message)?;
                if !blocks.is_empty() {
                    self.end_user_turn();
                    self.push(Role::Assistant, blocks);
                }
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
            self.say(at, blocks.into_iter().map(tagged).collect());
        }
        Ok(())
    }

    /// Adds to the user's own words.
    fn say(&mut self, at: usize, blocks: Vec<Block<'a>>) {
        if self.pending.content.is_empty() {
            self.pending.content_at = at;
        }
        self.pending.content.extend(blocks);
    }

    /// Writes what has been said since the assistant's last turn.
    fn end_user_turn(&mut self) {
        let Pending {
            results,
            mut content,
            content_at,
            mut instructions,
            instructions_at,
        } = std::mem::take(&mut self.pending);
        if content.is_empty() && results.is_empty() && !instructions.is_empty() {
            // A system turn must follow a user's.
            self.losses.emulated(format!("messages[{instructions_at}]"));
            content = instructions.drain(..).map(tagged).collect();
        }
        if !results.is_empty() && !content.iter().all(|block| self.may_stand_beside(block)) {
            self.losses.emulated(format!("messages[{content_at}]"));
            self.push(Role::User, results);
            self.push(Role::Assistant, vec![filler()]);
            self.push(Role::User, content);
        } else {
            self.push(Role::User, results);
            self.push(Role::User, content);
        }
        self.push(Role::System, instructions);
    }

    fn may_stand_beside(&self, block: &Block<'_>) -> bool {
        let kind = block.kind();
        match self.profile.beside_results {
            _ if kind == "cachePoint" => true,
            Beside::Anything => true,
            Beside::TextAndImages => matches!(kind, "text" | "image"),
            Beside::Nothing => false,
        }
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
        let begins = self.turns.first().map(|turn| turn.role);
        if begins == Some(Role::Assistant) && !self.profile.begins_with_assistant {
            self.losses.emulated("messages");
            let content = vec![filler()];
            self.turns.insert(
                0,
                Turn {
                    role: Role::User,
                    content,
                },
            );
        }
        for turn in &mut self.turns {
            give_documents_a_text(turn);
        }
        if let Some(last) = self.turns.last_mut() {
            trim_prefill(last);
        }
        Ok(Conversation {
            system: self.system,
            turns: self.turns,
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

fn filler<'a>() -> Block<'a> {
    Block::Text(Cow::Borrowed(FILLER))
}

/// Instructions for a model that takes none inside the conversation.
fn tagged(block: Block<'_>) -> Block<'_> {
    match block {
        Block::Text(text) => Block::Text(format!("<system>\n{text}\n</system>").into()),
        other => other,
    }
}

fn give_documents_a_text(turn: &mut Turn<'_>) {
    let has = |kind| turn.content.iter().any(|block| block.kind() == kind);
    if has("document") && !has("text") {
        turn.content.push(filler());
    }
}

/// A last turn of the assistant is continued by the model; Claude refuses white space at its end.
fn trim_prefill(last: &mut Turn<'_>) {
    if last.role == Role::Assistant
        && let Some(Block::Text(text)) = last.content.last_mut()
        && text.trim_end().len() < text.len()
    {
        *text = text.trim_end().to_owned().into();
    }
}
