//! What is said, shown and attached.

use super::wire::write::{Address, Content, FileSource, ImageSource, Part as Wire};
use crate::chat::{Error, Media, MediaSource, Part};

/// The content of the message of this number.
///
/// # Errors
/// Where a part cannot be given to the model; the error points at it.
pub(super) fn content<'a>(parts: &'a [Part<'_>], message: usize) -> Result<Content<'a>, Error> {
    if let [Part::Text(text)] = parts {
        return Ok(Content::Text(&text.text));
    }
    let parts = parts
        .iter()
        .enumerate()
        .map(|(at, part)| one(part, message, at));
    Ok(Content::Parts(parts.collect::<Result<_, _>>()?))
}

fn one<'a>(part: &'a Part<'_>, message: usize, at: usize) -> Result<Wire<'a>, Error> {
    match part {
        Part::Text(text) => Ok(Wire::Text { text: &text.text }),
        Part::Refusal(text) => Ok(Wire::Text { text }),
        Part::Image(media) => Ok(image(media)),
        Part::File(media) => Ok(file(media)),
        Part::Audio(_) => Err(Error::invalid("this model does not take audio")
            .with_param(format!("messages[{message}].content[{at}]"))
            .with_code("unsupported_value")),
    }
}

fn image<'a>(media: &'a Media<'_>) -> Wire<'a> {
    Wire::Image {
        detail: media.detail.as_deref().unwrap_or("auto"),
        source: match &media.source {
            MediaSource::Inline { media_type, base64 } => {
                ImageSource::ImageUrl(Address::Data { media_type, base64 })
            }
            MediaSource::Url(url) => ImageSource::ImageUrl(Address::Url(url)),
            MediaSource::FileId(id) => ImageSource::FileId(id),
        },
    }
}

fn file<'a>(media: &'a Media<'_>) -> Wire<'a> {
    Wire::File {
        filename: media.filename.as_deref(),
        source: match &media.source {
            MediaSource::Inline { media_type, base64 } => {
                FileSource::Data(Address::Data { media_type, base64 })
            }
            MediaSource::Url(url) => FileSource::Url(url),
            MediaSource::FileId(id) => FileSource::Id(id),
        },
    }
}
