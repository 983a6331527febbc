//! Markers of the prompt cache (`cache_control`), for providers that cache without being told, or
//! not at all.

use super::losses::Losses;
use crate::chat::{Error, Message, Part, Request};

/// Reports the markers of a request, of which there may be thousands, once.
///
/// # Errors
/// Where there are some and the target is strict.
pub(super) fn drop_all(request: &Request<'_>, losses: &mut Losses) -> Result<(), Error> {
    let marked_tools = request
        .tools
        .iter()
        .any(|tool| tool.cache_control.is_some());
    if marked_tools || request.messages.iter().any(is_marked) {
        losses.dropped("cache_control")?;
    }
    Ok(())
}

fn is_marked(message: &Message<'_>) -> bool {
    let (content, marker) = match message {
        Message::Instructions { content }
        | Message::User { content, .. }
        | Message::Assistant { content, .. } => (content, None),
        Message::Tool {
            content,
            cache_control,
            ..
        } => (content, *cache_control),
    };
    marker.is_some() || content.iter().any(is_marked_part)
}

fn is_marked_part(part: &Part<'_>) -> bool {
    match part {
        Part::Text(text) => text.cache_control.is_some(),
        Part::Image(media) | Part::Audio(media) | Part::File(media) => {
            media.cache_control.is_some()
        }
        Part::Refusal(_) => false,
    }
}
