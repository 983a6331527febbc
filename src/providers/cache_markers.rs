//! Prompt cache markers (`cache_control`) on their way to providers that have none.

use super::losses::Losses;
use crate::chat::{Error, Message, Part, Request};

/// Reports that the markers of a request are left out, where it has some.
///
/// # Errors
/// Where the target is strict.
pub(super) fn left_out(request: &Request<'_>, losses: &mut Losses) -> Result<(), Error> {
    let in_messages = request.messages.iter().any(is_marked);
    let is_there = in_messages
        || request
            .tools
            .iter()
            .any(|tool| tool.cache_control.is_some());
    match is_there {
        true => losses.dropped("cache_control"),
        false => Ok(()),
    }
}

fn is_marked(message: &Message<'_>) -> bool {
    let (content, own) = match message {
        Message::Tool {
            content,
            cache_control,
            ..
        }
        | Message::Assistant {
            content,
            cache_control,
            ..
        } => (content, cache_control.is_some()),
        Message::Instructions { content } | Message::User { content, .. } => (content, false),
    };
    own || content.iter().any(|part| match part {
        Part::Text(text) => text.cache_control.is_some(),
        Part::Image(media) | Part::Audio(media) | Part::File(media) => {
            media.cache_control.is_some()
        }
        Part::Refusal(_) => false,
    })
}
