//! Pictures and documents.

use super::own::Own;
use super::wire::write::{Block, Source};
use crate::chat::{Error, Media, MediaSource, Part};
use crate::providers::json::Fields;
use crate::providers::losses::Losses;
use crate::providers::text_file::{decode, is_text};

/// Types of pictures that the API takes.
const IMAGES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];

/// The block of a part that is no text.
///
/// # Errors
/// Where the model cannot be given such a thing; the error points at the part.
pub(super) fn block<'a>(
    part: &'a Part<'_>,
    message: usize,
    part_at: usize,
    losses: &mut Losses,
) -> Result<Block<'a>, Error> {
    let param = || format!("messages[{message}].content[{part_at}]");
    let own = match part {
        Part::Image(media) | Part::File(media) | Part::Audio(media) => {
            Own::of_part(media.anthropic, param)?
        }
        Part::Text(_) | Part::Refusal(_) => Own::default(),
    };
    if let Some(block) = own.block {
        return Ok(Block::Raw(block));
    }
    let block = match part {
        Part::Image(media) => {
            if media
                .detail
                .as_deref()
                .is_some_and(|detail| detail != "auto")
            {
                losses.dropped(format!("{}.image_url.detail", param()))?;
            }
            image(media, own.fields)
        }
        Part::File(media) => document(media, own.fields),
        Part::Audio(_) => Err("Anthropic's models do not take audio".to_owned()),
        Part::Text(_) | Part::Refusal(_) => Err("text is no medium".to_owned()),
    };
    block.map_err(|message| {
        Error::invalid(message)
            .with_param(param())
            .with_code("unsupported_value")
    })
}

fn image<'a>(media: &'a Media<'_>, own: Fields<'a>) -> Result<Block<'a>, String> {
    let source = match &media.source {
        MediaSource::Inline { media_type, base64 } => Source::Base64 {
            media_type: image_type(media_type).ok_or_else(|| {
                format!(
                    "images of type `{media_type}` are not supported: use JPEG, PNG, GIF or WebP"
                )
            })?,
            data: base64,
        },
        MediaSource::Url(url) => Source::Url { url },
        MediaSource::FileId(file_id) => Source::File { file_id },
    };
    Ok(Block::Image {
        source,
        cache_control: media.cache_control,
        own,
    })
}

fn image_type(media_type: &str) -> Option<&'static str> {
    let media_type = match media_type {
        "image/jpg" => "image/jpeg",
        other => other,
    };
    IMAGES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(media_type))
        .copied()
}

fn document<'a>(media: &'a Media<'_>, own: Fields<'a>) -> Result<Block<'a>, String> {
    let source = match &media.source {
        MediaSource::Inline { media_type, .. } if image_type(media_type).is_some() => {
            return image(media, own);
        }
        MediaSource::Inline { media_type, base64 } if media_type == "application/pdf" => {
            Source::Base64 {
                media_type: "application/pdf",
                data: base64,
            }
        }
        MediaSource::Inline { media_type, base64 } if is_text(media_type) => Source::Text {
            media_type: "text/plain",
            data: decode(base64)?,
        },
        MediaSource::Inline { media_type, .. } => {
            return Err(format!(
                "files of type `{media_type}` are not supported: use PDF or text"
            ));
        }
        MediaSource::Url(url) => Source::Url { url },
        MediaSource::FileId(file_id) => Source::File { file_id },
    };
    let has_title = own.0.iter().any(|(name, _)| name == "title");
    Ok(Block::Document {
        source,
        title: media.filename.as_deref().filter(|_| !has_title),
        cache_control: media.cache_control,
        own,
    })
}
