//! The content of a message.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{media, unsupported};
use crate::chat::{Media, MediaSource, Part, Text};
use crate::json::{Fault, FaultKind, Kind, Reader, Slot};

/// Reads a text or a list of parts.
pub(super) fn content<'a>(reader: &mut Reader<'a>) -> Result<Vec<Part<'a>>, Fault> {
    match reader.kind()? {
        Kind::String => Ok(vec![Part::Text(Text {
            text: reader.string()?,
            cache_control: None,
            anthropic: None,
            signature: None,
        })]),
        Kind::Array => parts(reader),
        found => Err(reader.fault(FaultKind::Type {
            expected: "one of a string or array of objects",
            found,
        })),
    }
}

/// Makes sure that all parts are of these kinds.
pub(super) fn check(parts: &[Part<'_>], kinds: &'static [&'static str]) -> Result<(), Fault> {
    match parts.iter().position(|part| !kinds.contains(&kind(part))) {
        None => Ok(()),
        Some(index) => {
            let found = parts.get(index).map(kind).unwrap_or_default();
            let fault = unsupported(found, kinds).in_member("type");
            Err(fault.in_element(index).in_member("content"))
        }
    }
}

/// Puts the cache marker of a message on its last part, unless that has its own. Says whether the
/// part can have one.
pub(super) fn mark_last<'a>(parts: &mut [Part<'a>], marker: Option<&'a RawValue>) -> bool {
    let cache_control = match parts.last_mut() {
        Some(Part::Text(text)) => &mut text.cache_control,
        Some(Part::Image(media) | Part::Audio(media) | Part::File(media)) => {
            &mut media.cache_control
        }
        Some(Part::Refusal(_)) | None => return false,
    };
    *cache_control = cache_control.or(marker);
    true
}

/// Gives the last text of an answer its signature.
pub(super) fn sign_last<'a>(parts: &mut [Part<'a>], signature: Option<Cow<'a, str>>) {
    let mut texts = parts.iter_mut().rev().filter_map(|part| match part {
        Part::Text(text) => Some(text),
        _ => None,
    });
    if let Some(text) = texts.next() {
        text.signature = signature;
    }
}

pub(super) fn is_empty_text(part: &Part<'_>) -> bool {
    matches!(part, Part::Text(text) if text.text.is_empty())
}

/// The part's `type`.
fn kind(part: &Part<'_>) -> &'static str {
    match part {
        Part::Text(_) => "text",
        Part::Refusal(_) => "refusal",
        Part::Image(_) => "image_url",
        Part::Audio(_) => "input_audio",
        Part::File(_) => "file",
    }
}

const KINDS: &[&str] = &["text", "image_url", "input_audio", "refusal", "file"];

fn parts<'a>(reader: &mut Reader<'a>) -> Result<Vec<Part<'a>>, Fault> {
    let mut parts = Vec::new();
    reader.array(|reader| {
        parts.push(part(reader)?);
        Ok(())
    })?;
    Ok(parts)
}

fn part<'a>(reader: &mut Reader<'a>) -> Result<Part<'a>, Fault> {
    let (mut kind, mut text, mut refusal) = Default::default();
    let (mut image, mut audio, mut file) = Default::default();
    let mut marker: Slot<&RawValue> = Slot::default();
    let mut anthropic = Slot::default();
    reader.object(|reader, name| match &*name.text {
        "type" => Slot::fill(&mut kind, reader, Reader::string),
        "text" => Slot::fill(&mut text, reader, Reader::string),
        "refusal" => Slot::fill(&mut refusal, reader, Reader::string),
        "image_url" => Slot::fill(&mut image, reader, image_url),
        "input_audio" => Slot::fill(&mut audio, reader, input_audio),
        "file" => Slot::fill(&mut file, reader, self::file),
        "cache_control" => marker.fill(reader, Reader::raw),
        "anthropic" => anthropic.fill(reader, Reader::raw),
        _ => reader.skip(),
    })?;
    let part = match &*kind.required("type")? {
        "text" => Part::Text(Text {
            text: text.required("text")?,
            cache_control: None,
            anthropic: None,
            signature: None,
        }),
        "refusal" => Part::Refusal(refusal.required("refusal")?),
        "image_url" => Part::Image(image.required("image_url")?),
        "input_audio" => Part::Audio(audio.required("input_audio")?),
        "file" => Part::File(file.required("file")?),
        other => return Err(unsupported(other, KINDS).in_member("type")),
    };
    Ok(extended(part, marker.take(), anthropic.take()))
}

fn extended<'a>(
    mut part: Part<'a>,
    marker: Option<&'a RawValue>,
    anthropic: Option<&'a RawValue>,
) -> Part<'a> {
    mark_last(std::slice::from_mut(&mut part), marker);
    match &mut part {
        Part::Text(text) => text.anthropic = anthropic,
        Part::Image(media) | Part::Audio(media) | Part::File(media) => media.anthropic = anthropic,
        Part::Refusal(_) => {}
    }
    part
}

fn image_url<'a>(reader: &mut Reader<'a>) -> Result<Media<'a>, Fault> {
    let (mut url, mut detail) = (Slot::default(), Slot::default());
    reader.object(|reader, name| match &*name.text {
        "url" => url.fill(reader, media::url),
        "detail" => detail.fill(reader, Reader::string),
        _ => reader.skip(),
    })?;
    Ok(Media {
        source: url.required("url")?,
        detail: detail.take(),
        filename: None,
        cache_control: None,
        anthropic: None,
    })
}

fn input_audio<'a>(reader: &mut Reader<'a>) -> Result<Media<'a>, Fault> {
    let (mut data, mut format) = (Slot::default(), Slot::default());
    reader.object(|reader, name| match &*name.text {
        "data" => data.fill(reader, Reader::string),
        "format" => format.fill(reader, Reader::string),
        _ => reader.skip(),
    })?;
    let format = format.required("format")?;
    let media_type = match &*format {
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        other => return Err(unsupported(other, &["wav", "mp3"]).in_member("format")),
    };
    Ok(Media {
        source: MediaSource::Inline {
            media_type: Cow::Borrowed(media_type),
            base64: data.required("data")?,
        },
        detail: None,
        filename: None,
        cache_control: None,
        anthropic: None,
    })
}

fn file<'a>(reader: &mut Reader<'a>) -> Result<Media<'a>, Fault> {
    let (mut data, mut id, mut filename) = Default::default();
    let mut address = Slot::default();
    reader.object(|reader, name| match &*name.text {
        "file_data" => Slot::fill(&mut data, reader, Reader::string),
        "file_url" => address.fill(reader, Reader::string),
        "file_id" => Slot::fill(&mut id, reader, Reader::string),
        "filename" => Slot::fill(&mut filename, reader, Reader::string),
        _ => reader.skip(),
    })?;
    let filename: Option<Cow<'a, str>> = filename.take();
    let source = match (id.take(), address.take()) {
        (Some(id), _) => MediaSource::FileId(id),
        (None, Some(address)) => MediaSource::Url(address),
        (None, None) => media::file_data(data.required("file_data")?, filename.as_deref())
            .map_err(|fault| fault.in_member("file_data"))?,
    };
    Ok(Media {
        source,
        detail: None,
        filename,
        cache_control: None,
        anthropic: None,
    })
}
