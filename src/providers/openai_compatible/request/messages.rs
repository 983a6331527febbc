//! Messages that the vendor does not take as they are.
//!
//! Each message is edited for itself, by places; the others keep their bytes. What is not a list of
//! objects is left for the provider to refuse.

mod alternate;
mod call_ids;
mod message;
mod mistral;
mod remote_images;
mod signatures;
mod turns;

use memchr::memmem;

use super::params::Fields;
use crate::chat::Error;
use crate::json::{Fault, Reader};
use crate::providers::TargetOptions;
use crate::providers::losses::Losses;
use crate::providers::openai_compatible::edit::{self, Member, Splice};
use crate::providers::openai_compatible::options;
use crate::providers::openai_compatible::preset::{MessageQuirk, Preset};
use message::Message;

/// The edits that the preset's vendor needs in the messages.
pub(super) fn splices(
    preset: &Preset,
    fields: Fields<'_>,
    target: &TargetOptions<'_>,
    losses: &mut Losses,
) -> Result<Vec<Splice>, Error> {
    let mut members = fields.members.iter();
    let Some(list) = members.find(|member| member.name == "messages") else {
        return Ok(Vec::new());
    };
    let json = list.json(fields.body);
    let mut splices = edits(preset, json, target.model, losses)?;
    if options::alternates(target.options) {
        let mended = edit::apply_sorted(json, &mut splices);
        if let Some(alternating) = alternate::alternate(&mended) {
            losses.emulated("messages");
            return Ok(vec![Splice {
                range: list.value.clone(),
                text: alternating.into(),
            }]);
        }
    }
    for splice in &mut splices {
        splice.range.start = splice.range.start.saturating_add(list.value.start);
        splice.range.end = splice.range.end.saturating_add(list.value.start);
    }
    Ok(splices)
}

/// The edits of the list of messages, whose places count from its start.
fn edits(
    preset: &Preset,
    json: &[u8],
    model: &str,
    losses: &mut Losses,
) -> Result<Vec<Splice>, Error> {
    let may_be_signed = signatures::may_stand_in(json);
    if !may_be_signed && !preset.messages.iter().any(|quirk| may_show(quirk, json)) {
        return Ok(Vec::new());
    }
    let Ok(mut messages) = messages(json) else {
        return Ok(Vec::new());
    };
    for (at, message) in messages.iter_mut().enumerate() {
        if may_be_signed {
            message.without_signatures();
        }
        for quirk in preset.messages {
            message.mend(quirk, at, losses)?;
        }
    }
    let mut splices = turns::splices(preset, &messages, model, losses);
    let kept = messages.into_iter().filter(|message| !message.goes);
    splices.extend(kept.flat_map(Message::splices));
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
        MessageQuirk::EmptyTurns => b"\"assistant\"",
        MessageQuirk::UserAfterTool(_) => b"\"tool\"",
        MessageQuirk::NoRemoteImages => b"\"image_url\"",
        MessageQuirk::OnlyFields(..) | MessageQuirk::NoNullContent | MessageQuirk::MistralParts => {
            return true;
        }
    };
    memmem::find(json, marker).is_some()
}

fn messages(json: &[u8]) -> Result<Vec<Message<'_>>, Fault> {
    let mut reader = Reader::new(json)?;
    let mut messages = Vec::new();
    reader.array(|reader| {
        reader.kind()?;
        let start = reader.offset();
        let mut members = Vec::new();
        reader.object(|reader, name| {
            members.push(Member::take(reader, name)?);
            Ok(())
        })?;
        messages.push(Message::new(json, start..reader.offset(), members));
        Ok(())
    })?;
    Ok(messages)
}
