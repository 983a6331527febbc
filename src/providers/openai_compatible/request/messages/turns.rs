//! Turns that the vendor refuses for their neighbours, or for being empty.

use std::borrow::Cow;

use super::Message;
use crate::providers::losses::Losses;
use crate::providers::openai_compatible::edit::{self, Fate, Member, Splice};
use crate::providers::openai_compatible::pattern;
use crate::providers::openai_compatible::preset::{MessageQuirk, Preset};

/// What the assistant is made to say between a tool's result and the user.
const REPLY: &str = r#"{"role":"assistant","content":"OK"},"#;

/// The edits that take messages out, and put some between.
pub(super) fn splices(
    preset: &Preset,
    messages: &[Message<'_>],
    model: &str,
    losses: &mut Losses,
) -> Vec<Splice> {
    let mut splices = removals(messages);
    let replies = preset.messages.iter().any(|quirk| match quirk {
        MessageQuirk::UserAfterTool(models) => pattern::any_matches(models.iter().copied(), model),
        _ => false,
    });
    if !replies {
        return splices;
    }
    let mut follows_result = false;
    for message in messages.iter().filter(|message| !message.goes) {
        if follows_result && message.has_role("user") {
            losses.emulated("messages");
            splices.push(Splice {
                range: message.place.start..message.place.start,
                text: Cow::Borrowed(REPLY),
            });
        }
        follows_result = message.has_role("tool");
    }
    splices
}

/// Elements of a list take their commas along as members of an object do.
fn removals(messages: &[Message<'_>]) -> Vec<Splice> {
    if !messages.iter().any(|message| message.goes) {
        return Vec::new();
    }
    let element = |message: &Message<'_>| Member {
        name: Cow::Borrowed(""),
        value: message.place.clone(),
        place: message.place.clone(),
    };
    let elements: Vec<Member<'_>> = messages.iter().map(element).collect();
    let fates: Vec<Fate> = messages
        .iter()
        .map(|message| match message.goes {
            true => Fate::Goes,
            false => Fate::Stays,
        })
        .collect();
    edit::splices(&elements, &fates)
}
