//! How large a request's body becomes.

use crate::chat::{MediaSource, Message, Part, Request};

/// About the size of the body, so that pictures of many megabytes are written once, and not again
/// each time that a buffer grows: the memory of a wasm module never shrinks.
pub(super) fn capacity(request: &Request<'_>) -> usize {
    const STRUCTURE: usize = 1024;
    const STRUCTURE_OF_EACH: usize = 128;
    let parts = request.messages.iter().flat_map(|message| match message {
        Message::Instructions { content }
        | Message::User { content, .. }
        | Message::Assistant { content, .. }
        | Message::Tool { content, .. } => content,
    });
    let text = parts.map(|part| match part {
        Part::Text(text) => text.text.len(),
        Part::Refusal(text) => text.len(),
        Part::Image(media) | Part::File(media) | Part::Audio(media) => match &media.source {
            MediaSource::Inline { base64, .. } => base64.len(),
            MediaSource::Url(address) | MediaSource::FileId(address) => address.len(),
        },
    });
    let schemas = request
        .tools
        .iter()
        .map(|tool| tool.parameters.map_or(0, |json| json.get().len()));
    text.chain(schemas).fold(STRUCTURE, |sum, size| {
        sum.saturating_add(size.saturating_add(STRUCTURE_OF_EACH))
    })
}
