//! One message, and what becomes of its members.

use std::borrow::Cow;
use std::ops::Range;

use super::{call_ids, mistral, remote_images, signatures};
use crate::chat::Error;
use crate::providers::losses::Losses;
use crate::providers::openai_compatible::edit::{self, Fate, Member, Splice};
use crate::providers::openai_compatible::preset::MessageQuirk;

/// A message and what becomes of its members.
pub(super) struct Message<'a> {
    /// The list of messages; places count from its start.
    pub(super) json: &'a [u8],
    /// Where it is, with its braces.
    pub(super) place: Range<usize>,
    members: Vec<Member<'a>>,
    fates: Vec<Fate>,
    /// Members to come first, with the comma behind each.
    pub(super) added: String,
    /// The vendor does not get it at all.
    pub(super) goes: bool,
}

impl<'a> Message<'a> {
    pub(super) fn new(json: &'a [u8], place: Range<usize>, members: Vec<Member<'a>>) -> Self {
        Self {
            json,
            place,
            fates: vec![Fate::Stays; members.len()],
            members,
            added: String::new(),
            goes: false,
        }
    }

    pub(super) fn splices(self) -> Vec<Splice> {
        let mut splices = edit::splices(&self.members, &self.fates);
        if !self.added.is_empty() {
            let after_brace = self.place.start.saturating_add(1);
            splices.push(Splice {
                range: after_brace..after_brace,
                text: Cow::Owned(self.added),
            });
        }
        splices
    }

    /// Gives its members their fates; `at` is its place in the list.
    pub(super) fn mend(
        &mut self,
        quirk: &MessageQuirk,
        at: usize,
        losses: &mut Losses,
    ) -> Result<(), Error> {
        match quirk {
            MessageQuirk::NoRemoteImages => return remote_images::refuse(self, at),
            MessageQuirk::OnlyFields(role, known) => return self.only_fields(role, known, losses),
            MessageQuirk::Without(name) => return self.without(name, losses),
            MessageQuirk::NoDeveloper => self.no_developer(),
            MessageQuirk::ReasoningNamed(name) => self.reasoning_named(name),
            MessageQuirk::ReasoningWithCalls => self.reasoning_with_calls(),
            MessageQuirk::NoNullContent => self.no_null_content(),
            MessageQuirk::ShortCallIds => self.short_call_ids(),
            MessageQuirk::MistralParts => mistral::parts(self),
            MessageQuirk::EmptyTurns => self.goes = self.is_empty_turn(),
            // Of neighbours: see `turns`.
            MessageQuirk::UserAfterTool(_) => {}
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

    pub(super) fn without_signatures(&mut self) {
        if let Some(id) = self.member("tool_call_id").and_then(signatures::bare_id) {
            self.set("tool_call_id", Fate::Becomes(id));
        }
        if let Some(calls) = self.member("tool_calls").and_then(signatures::bare_calls) {
            self.set("tool_calls", Fate::Becomes(calls));
        }
        if self
            .member("extra_content")
            .is_some_and(signatures::is_ours_json)
        {
            self.set("extra_content", Fate::Goes);
        }
    }

    fn short_call_ids(&mut self) {
        if let Some(id) = self.current("tool_call_id").and_then(call_ids::short_id) {
            self.set("tool_call_id", Fate::Becomes(id));
        }
        if let Some(calls) = self.current("tool_calls").and_then(call_ids::short_ids) {
            self.set("tool_calls", Fate::Becomes(calls));
        }
    }

    /// Whether the assistant says nothing in it, in no way.
    fn is_empty_turn(&self) -> bool {
        let says_nothing =
            |name: &&str| (self.member(name)).is_none_or(|json| is_empty(json) || json == b"false");
        let ways = [
            "content",
            "tool_calls",
            "function_call",
            "reasoning_content",
            "reasoning",
            "refusal",
            "audio",
            "prefix",
        ];
        self.has_role("assistant") && ways.iter().all(says_nothing)
    }

    /// The JSON of a member's value.
    pub(super) fn member(&self, name: &str) -> Option<&'a [u8]> {
        let member = self.members.iter().find(|member| member.name == name)?;
        Some(member.json(self.json))
    }

    /// The JSON of a member's value as it stands after the edits so far.
    fn current(&self, name: &str) -> Option<&[u8]> {
        let place = self.members.iter().position(|member| member.name == name)?;
        match self.fates.get(place)? {
            Fate::Becomes(json) => Some(json.as_bytes()),
            _ => Some(self.members.get(place)?.json(self.json)),
        }
    }

    pub(super) fn has_role(&self, role: &str) -> bool {
        let told = self
            .member("role")
            .map(serde_json::from_slice::<Cow<'_, str>>);
        told.is_some_and(|told| told.is_ok_and(|told| told == role))
    }

    pub(super) fn set(&mut self, name: &str, fate: Fate) {
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
        "annotations" => "messages[].annotations",
        "anthropic" => "messages[].anthropic",
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
