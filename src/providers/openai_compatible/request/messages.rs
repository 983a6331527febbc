//! Messages that the vendor does not take as they are.
//!
//! Each message is edited for itself, by places; the others keep their bytes. What is not a list of
//! objects is left for the provider to refuse.

mod call_ids;

use std::borrow::Cow;

use memchr::memmem;

use crate::chat::Error;
use crate::json::{Fault, Reader};
use crate::providers::losses::Losses;
use crate::providers::openai_compatible::edit::{self, Fate, Member, Splice};
use crate::providers::openai_compatible::preset::{MessageQuirk, Preset};

/// The edits that the preset's vendor needs in the messages.
pub(super) fn splices(
    preset: &Preset,
    body: &[u8],
    members: &[Member<'_>],
    losses: &mut Losses,
) -> Result<Vec<Splice>, Error> {
    let Some(list) = members.iter().find(|member| member.name == "messages") else {
        return Ok(Vec::new());
    };
    let json = list.json(body);
    if !preset.messages.iter().any(|quirk| may_show(quirk, json)) {
        return Ok(Vec::new());
    }
    let Ok(messages) = messages(json) else {
        return Ok(Vec::new());
    };
    let mut splices = Vec::new();
    for mut message in messages {
        for quirk in preset.messages {
            message.mend(quirk, losses)?;
        }
        splices.extend(message.splices());
    }
    for splice in &mut splices {
        splice.range.start = splice.range.start.saturating_add(list.value.start);
        splice.range.end = splice.range.end.saturating_add(list.value.start);
    }
    Ok(splices)
}

/// Whether the messages can show the quirk at all, as far as a few bytes tell.
fn may_show(quirk: &MessageQuirk, json: &[u8]) -> bool {
    let marker: &[u8] = match quirk {
        MessageQuirk::Without(name) => name.as_bytes(),
        MessageQuirk::NoDeveloper => b"\"developer\"",
        MessageQuirk::ReasoningNamed(_) => b"\"reasoning_content\"",
        MessageQuirk::ReasoningWithCalls => b"\"tool_calls\"",
        MessageQuirk::ShortCallIds => b"\"tool_call",
        MessageQuirk::OnlyFields(..) | MessageQuirk::NoNullContent => return true,
    };
    memmem::find(json, marker).is_some()
}

fn messages(json: &[u8]) -> Result<Vec<Message<'_>>, Fault> {
    let mut reader = Reader::new(json)?;
    let mut messages = Vec::new();
    reader.array(|reader| {
        reader.kind()?;
        let after_brace = reader.offset().saturating_add(1);
        let mut members = Vec::new();
        reader.object(|reader, name| {
            members.push(Member::take(reader, name)?);
            Ok(())
        })?;
        messages.push(Message::new(json, after_brace, members));
        Ok(())
    })?;
    Ok(messages)
}

/// A message and what becomes of its members.
struct Message<'a> {
    /// The list of messages; places count from its start.
    json: &'a [u8],
    after_brace: usize,
    members: Vec<Member<'a>>,
    fates: Vec<Fate>,
    /// Members to come first, with the comma behind each.
    added: String,
}

impl<'a> Message<'a> {
    fn new(json: &'a [u8], after_brace: usize, members: Vec<Member<'a>>) -> Self {
        Self {
            json,
            after_brace,
            fates: vec![Fate::Stays; members.len()],
            members,
            added: String::new(),
        }
    }

    fn splices(self) -> Vec<Splice> {
        let mut splices = edit::splices(&self.members, &self.fates);
        if !self.added.is_empty() {
            splices.push(Splice {
                range: self.after_brace..self.after_brace,
                text: Cow::Owned(self.added),
            });
        }
        splices
    }

    fn mend(&mut self, quirk: &MessageQuirk, losses: &mut Losses) -> Result<(), Error> {
        match quirk {
            MessageQuirk::OnlyFields(role, known) => return self.only_fields(role, known, losses),
            MessageQuirk::Without(name) => return self.without(name, losses),
            MessageQuirk::NoDeveloper => self.no_developer(),
            MessageQuirk::ReasoningNamed(name) => self.reasoning_named(name),
            MessageQuirk::ReasoningWithCalls => self.reasoning_with_calls(),
            MessageQuirk::NoNullContent => self.no_null_content(),
            MessageQuirk::ShortCallIds => self.short_call_ids(),
        }
        Ok(())
    }

    fn no_developer(&mut self) {
        if self.has_role("developer") {
            self.set("role", Fate::Becomes("\"system\"".to_owned()));
        }
    }

    fn only_fields(
        &mut self,
        role: &str,
        known: &[&str],
        losses: &mut Losses,
    ) -> Result<(), Error> {
        if !self.has_role(role) {
            return Ok(());
        }
        for (member, fate) in self.members.iter().zip(&mut self.fates) {
            if *fate != Fate::Stays || known.contains(&&*member.name) {
                continue;
            }
            *fate = Fate::Goes;
            if !is_empty(member.json(self.json)) {
                losses.dropped(path(&member.name))?;
            }
        }
        Ok(())
    }

    fn without(&mut self, name: &str, losses: &mut Losses) -> Result<(), Error> {
        let Some(json) = self.member(name) else {
            return Ok(());
        };
        self.set(name, Fate::Goes);
        if is_empty(json) {
            Ok(())
        } else {
            losses.dropped(path(name))
        }
    }

    fn reasoning_named(&mut self, name: &'static str) {
        let fate = match self.member(name) {
            Some(_) => Fate::Goes,
            None => Fate::IsNamed(name),
        };
        self.set("reasoning_content", fate);
    }

    fn reasoning_with_calls(&mut self) {
        let has_calls = self
            .member("tool_calls")
            .is_some_and(|json| !is_empty(json));
        if has_calls && self.member("reasoning_content").is_none() {
            self.added.push_str(r#""reasoning_content":"","#);
        }
    }

    fn no_null_content(&mut self) {
        match self.member("content") {
            None if !self.members.is_empty() => self.added.push_str(r#""content":"","#),
            Some(b"null") => self.set("content", Fate::Becomes("\"\"".to_owned())),
            _ => {}
        }
    }

    fn short_call_ids(&mut self) {
        if let Some(id) = self.member("tool_call_id").and_then(call_ids::short_id) {
            self.set("tool_call_id", Fate::Becomes(id));
        }
        if let Some(calls) = self.member("tool_calls").and_then(call_ids::short_ids) {
            self.set("tool_calls", Fate::Becomes(calls));
        }
    }

    /// The JSON of a member's value.
    fn member(&self, name: &str) -> Option<&'a [u8]> {
        let member = self.members.iter().find(|member| member.name == name)?;
        Some(member.json(self.json))
    }

    fn has_role(&self, role: &str) -> bool {
        let told = self
            .member("role")
            .map(serde_json::from_slice::<Cow<'_, str>>);
        told.is_some_and(|told| told.is_ok_and(|told| told == role))
    }

    fn set(&mut self, name: &str, fate: Fate) {
        let place = self.members.iter().position(|member| member.name == name);
        if let Some(current) = place.and_then(|place| self.fates.get_mut(place)) {
            *current = fate;
        }
    }
}

/// Whether leaving the value out loses nothing.
fn is_empty(json: &[u8]) -> bool {
    matches!(json, b"null" | b"\"\"" | b"[]" | b"{}")
}

/// Path of a field of some message. Names that only this client knows are not repeated: there could
/// be any number of them.
fn path(name: &str) -> Cow<'static, str> {
    Cow::Borrowed(match name {
        "anthropic" => "messages[].anthropic",
        "annotations" => "messages[].annotations",
        "audio" => "messages[].audio",
        "function_call" => "messages[].function_call",
        "name" => "messages[].name",
        "reasoning_content" => "messages[].reasoning_content",
        "reasoning_details" => "messages[].reasoning_details",
        "refusal" => "messages[].refusal",
        "thinking_blocks" => "messages[].thinking_blocks",
        "tool_calls" => "messages[].tool_calls",
        _ => "messages[].*",
    })
}
