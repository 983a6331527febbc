//! The conversation: OpenAI's list of messages → instructions and contents.
//!
//! * Instructions at the beginning become `systemInstruction`. The API knows no later ones: those
//!   become a tagged text of the user's, in their place; moved to the top they would change the
//!   order and miss the cache.
//! * What a turn's calls have returned stands in a content of its own, directly behind the turn and
//!   in the order of its calls, whatever order the client has it in; what else was said follows.
//! * Turns of the same speaker become one content.
//! * A text or a call gets its signature back, see [`signature`].

use std::borrow::Cow;

use super::endpoint::Host;
use super::media::Taker;
use super::model_profile::Generation;
use super::names;
use super::signature;
use super::wire::write::{Content, Data, FunctionCall, Part as WirePart, Role};
use crate::chat::{Error, Message, Part, Reasoning, Request, Text, ToolCall};
use crate::providers::function::Input;
use crate::providers::losses::Losses;
use results::Results;

mod results;

/// The conversation as the API wants it.
pub(super) struct Conversation<'a> {
    pub(super) instructions: Vec<WirePart<'a>>,
    pub(super) contents: Vec<Content<'a>>,
}

/// Translates the conversation.
///
/// # Errors
/// Where a part cannot be given to the model, a result belongs to no call, or nothing is said at
/// all.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    taker: Taker<'_>,
    losses: &mut Losses,
) -> Result<Conversation<'a>, Error> {
    let mut writer = Writer {
        taker,
        losses,
        instructions: Vec::new(),
        contents: Vec::new(),
        results: Results::default(),
        said: Vec::new(),
    };
    for (at, message) in request.messages.iter().enumerate() {
        writer.message(at, message)?;
    }
    writer.finish()
}

struct Writer<'a, 'l> {
    taker: Taker<'l>,
    losses: &'l mut Losses,
    instructions: Vec<WirePart<'a>>,
    contents: Vec<Content<'a>>,
    /// What the calls of the model's last turn have returned.
    results: Results<'a>,
    /// What else has been said since then.
    said: Vec<WirePart<'a>>,
}

impl<'a> Writer<'a, '_> {
    fn message(&mut self, at: usize, message: &'a Message<'_>) -> Result<(), Error> {
        match message {
            Message::Instructions { content } => self.instruct(at, content),
            Message::User { content, name, .. } => {
                self.drop_name(at, name.is_some())?;
                let parts = self.parts(at, content)?;
                self.said.extend(parts);
                Ok(())
            }
            Message::Tool {
                tool_call_id,
                content,
                is_error,
                ..
            } => {
                let failed = *is_error == Some(true);
                let beside =
                    self.results
                        .add(at, tool_call_id, content, failed, self.taker, self.losses)?;
                self.said.extend(beside);
                Ok(())
            }
            Message::Assistant {
                content,
                reasoning,
                tool_calls,
                name,
                ..
            } => {
                self.drop_name(at, name.is_some())?;
                self.end_user_turn();
                let mut parts = self.thoughts(at, reasoning)?;
                parts.extend(self.parts(at, content)?);
                parts.extend(self.calls(at, tool_calls)?);
                self.push(Role::Model, parts);
                Ok(())
            }
        }
    }

    fn instruct(&mut self, at: usize, content: &'a [Part<'_>]) -> Result<(), Error> {
        let parts = self.parts(at, content)?;
        let is_leading = self.contents.is_empty() && self.said.is_empty();
        if is_leading {
            self.instructions.extend(parts);
        } else if !parts.is_empty() {
            self.losses.emulated(format!("messages[{at}]"));
            self.said.extend(parts.into_iter().map(tagged));
        }
        Ok(())
    }

    /// Writes what has been said since the model's last turn. Results stay a content of their own.
    fn end_user_turn(&mut self) {
        let results = self.results.take();
        let has_results = !results.is_empty();
        if has_results {
            self.contents.push(user(results));
        }
        let said = std::mem::take(&mut self.said);
        if has_results && !said.is_empty() {
            self.contents.push(user(said));
        } else {
            self.push(Role::User, said);
        }
    }

    fn push(&mut self, role: Role, parts: Vec<WirePart<'a>>) {
        if parts.is_empty() {
            return;
        }
        match self.contents.last_mut() {
            Some(last) if last.role == Some(role) => last.parts.extend(parts),
            _ => self.contents.push(Content {
                role: Some(role),
                parts,
            }),
        }
    }

    fn finish(mut self) -> Result<Conversation<'a>, Error> {
        self.end_user_turn();
        if self.contents.is_empty() {
            // OpenAI's API answers to instructions alone.
            let instructions = std::mem::take(&mut self.instructions);
            if instructions.is_empty() {
                return Err(Error::invalid("no message says anything").with_param("messages"));
            }
            self.losses.emulated("messages");
            self.push(Role::User, instructions);
        }
        Ok(Conversation {
            instructions: self.instructions,
            contents: self.contents,
        })
    }

    fn parts(&mut self, at: usize, parts: &'a [Part<'_>]) -> Result<Vec<WirePart<'a>>, Error> {
        let mut written = Vec::with_capacity(parts.len());
        for (n, part) in parts.iter().enumerate() {
            match part {
                Part::Text(text) => written.extend(text_part(text, self.taker.host)),
                Part::Refusal(text) if text.is_empty() => {}
                Part::Refusal(text) => written.push(WirePart::text(&**text)),
                media => written.push(self.taker.part(media, at, n, self.losses)?),
            }
        }
        Ok(written)
    }

    /// Only what this host has signed: thoughts without proof are worth nothing to it, and those
    /// of other models even less.
    fn thoughts(
        &mut self,
        at: usize,
        reasoning: &'a [Reasoning<'_>],
    ) -> Result<Vec<WirePart<'a>>, Error> {
        let host = self.taker.host;
        let signed = reasoning.iter().filter_map(|thought| match thought {
            Reasoning::Thinking {
                text,
                signature: Some(signature),
            } => Some(WirePart {
                thought: true,
                thought_signature: Some(signature::stamped(host, signature)?),
                ..WirePart::text(&**text)
            }),
            _ => None,
        });
        let parts: Vec<_> = signed.collect();
        if parts.len() < reasoning.len() {
            self.losses
                .dropped(format!("messages[{at}].reasoning_content"))?;
        }
        Ok(parts)
    }

    fn calls(&mut self, at: usize, calls: &'a [ToolCall<'_>]) -> Result<Vec<WirePart<'a>>, Error> {
        let continues = self
            .contents
            .last()
            .is_some_and(|last| last.role == Some(Role::Model));
        if !continues {
            self.results.begin_turn();
        }
        let mut parts = Vec::with_capacity(calls.len());
        for (n, call) in calls.iter().enumerate() {
            let param = || format!("messages[{at}].tool_calls[{n}].function.arguments");
            self.results.expect(call);
            let name = names::sent(&call.name);
            let args = Input::of(&call.arguments, param, self.losses)?;
            let id = call_id(self.taker.host, &call.id);
            parts.push(WirePart {
                thought_signature: self.proof(call, n),
                ..WirePart::new(Data::FunctionCall(FunctionCall { id, name, args }))
            });
        }
        Ok(parts)
    }

    /// The signature of a turn's nth call. Models that demand one for the first call of a turn get
    /// the stand-in where there is none of this host's.
    fn proof(&self, call: &'a ToolCall<'_>, n: usize) -> Option<&'a str> {
        let signature = call.signature.as_deref();
        let own = signature.and_then(|signature| signature::own(self.taker.host, signature));
        let demands = n == 0 && self.taker.profile.generation >= Generation::Third;
        own.or(demands.then_some(signature::STAND_IN))
    }

    fn drop_name(&mut self, at: usize, has_name: bool) -> Result<(), Error> {
        if has_name {
            self.losses.dropped(format!("messages[{at}].name"))?;
        }
        Ok(())
    }
}

/// Vertex refuses ids of calls (agentgateway, 2026-08); AI Studio takes anybody's.
fn call_id(host: Host, id: &str) -> Option<&str> {
    (host == Host::AiStudio && !id.is_empty()).then_some(id)
}

fn user(parts: Vec<WirePart<'_>>) -> Content<'_> {
    Content {
        role: Some(Role::User),
        parts,
    }
}

/// A text, or nothing where there is none.
fn text_part<'a>(text: &'a Text<'_>, host: Host) -> Option<WirePart<'a>> {
    let signature = text.signature.as_deref();
    (!text.text.is_empty()).then(|| WirePart {
        thought_signature: signature.and_then(|signature| signature::own(host, signature)),
        ..WirePart::text(&*text.text)
    })
}

/// Instructions inside of the conversation.
fn tagged(mut part: WirePart<'_>) -> WirePart<'_> {
    if let Data::Text(text) = &mut part.data {
        *text = Cow::Owned(format!("<system>\n{text}\n</system>"));
    }
    part
}
