//! Pictures, sounds and documents.
//!
//! Bytes go inline. Addresses are fetched by Google: Vertex takes any public one but wants to be
//! told what is there; AI Studio takes them since January 2026 (blog.google, "Increased file size
//! limits and expanded inputs support in Gemini API") for models from 2.5 on, beside its own Files
//! API and YouTube, which all models take.

use std::borrow::Cow;

use super::endpoint::Host;
use super::model_profile::{Generation, ModelProfile};
use super::wire::write::{Blob, Data, FileData, MediaResolution, Part as WirePart};
use crate::chat::{Error, Media, MediaSource, Part};
use crate::providers::losses::Losses;

/// Where AI Studio keeps uploaded files; the name of one, `files/abc`, goes behind it.
const FILES_API: &str = "https://generativelanguage.googleapis.com/v1beta/";

/// Videos that all models take by their address.
const YOUTUBE: &[&str] = &[
    "https://www.youtube.com/",
    "https://youtube.com/",
    "https://youtu.be/",
];

/// Media types by the ending of an address.
const ENDINGS: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("gif", "image/gif"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("mp3", "audio/mp3"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
];

/// Who is asked.
#[derive(Clone, Copy)]
pub(super) struct Taker<'p> {
    pub(super) host: Host,
    pub(super) profile: &'p ModelProfile,
}

impl Taker<'_> {
    /// The part of a medium.
    ///
    /// # Errors
    /// Where the model cannot be given such a thing; the error points at the part.
    pub(super) fn part<'a>(
        self,
        part: &'a Part<'_>,
        message: usize,
        part_at: usize,
        losses: &mut Losses,
    ) -> Result<WirePart<'a>, Error> {
        let param = || format!("messages[{message}].content[{part_at}]");
        let (Part::Image(media) | Part::File(media) | Part::Audio(media)) = part else {
            return Err(Error::invalid("text is no medium").with_param(param()));
        };
        let data = self.data(media, matches!(part, Part::Image(_)));
        let mut wire = WirePart::new(data.map_err(|message| unusable(message, param()))?);
        if let Some(detail) = media.detail.as_deref().filter(|detail| *detail != "auto") {
            wire.media_resolution = self.resolution(detail);
            if wire.media_resolution.is_none() {
                losses.dropped(format!("{}.image_url.detail", param()))?;
            }
        }
        Ok(wire)
    }

    fn data<'a>(self, media: &'a Media<'_>, is_image: bool) -> Result<Data<'a>, String> {
        match &media.source {
            MediaSource::Inline { media_type, base64 } => Ok(Data::Bytes(Blob {
                mime_type: google_type(media_type),
                data: base64,
            })),
            MediaSource::Url(url) => self.by_address(url, is_image),
            MediaSource::FileId(id) => self.by_id(id),
        }
    }

    fn by_address(self, url: &str, is_image: bool) -> Result<Data<'_>, String> {
        let mime_type = type_of(url);
        let is_vertex = self.host == Host::Vertex;
        let fetches = is_vertex
            || self.profile.generation >= Generation::Second
            || url.starts_with(FILES_API)
            || YOUTUBE.iter().any(|site| url.starts_with(site));
        if !fetches {
            return Err("this model does not fetch addresses: send the bytes as a data URL".into());
        }
        if is_vertex && mime_type.is_none() && !YOUTUBE.iter().any(|site| url.starts_with(site)) {
            let what = if is_image { "picture" } else { "file" };
            return Err(format!(
                "the type of the {what} cannot be told from its address, which must end with `.png`, `.jpg` or the like: send the bytes as a data URL"
            ));
        }
        Ok(Data::File(FileData {
            mime_type,
            file_uri: Cow::Borrowed(url),
        }))
    }

    fn by_id(self, id: &str) -> Result<Data<'_>, String> {
        let is_address = id.starts_with("https://") || id.starts_with("gs://");
        let file_uri = match self.host {
            Host::AiStudio if id.starts_with("files/") => format!("{FILES_API}{id}").into(),
            _ if is_address => return self.by_address(id, false),
            _ => {
                let name = self.host.name();
                return Err(format!("there is no file of this id at {name}"));
            }
        };
        Ok(Data::File(FileData {
            mime_type: None,
            file_uri,
        }))
    }

    /// From Gemini 3 on, each picture may be looked at more or less closely.
    fn resolution(self, detail: &str) -> Option<MediaResolution> {
        let level = match detail {
            "low" => "MEDIA_RESOLUTION_LOW",
            "high" => "MEDIA_RESOLUTION_HIGH",
            "original" => "MEDIA_RESOLUTION_ULTRA_HIGH",
            _ => return None,
        };
        let is_known = self.profile.generation >= Generation::Third;
        is_known.then_some(MediaResolution { level })
    }
}

/// The name that both hosts know the type by.
pub(super) fn google_type(media_type: &str) -> &str {
    match media_type {
        "image/jpg" => "image/jpeg",
        "audio/mpeg" => "audio/mp3",
        "application/json" => "text/plain",
        text if text.starts_with("text/") => "text/plain",
        other => other,
    }
}

fn type_of(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let (_, ending) = path.rsplit_once('.')?;
    let mut known = ENDINGS.iter();
    known
        .find(|(known, _)| known.eq_ignore_ascii_case(ending))
        .map(|(_, media_type)| *media_type)
}
/// Another target may be able to take it.
fn unusable(message: String, param: String) -> Error {
    Error::invalid(message)
        .with_param(param)
        .with_code("unsupported_value")
}
