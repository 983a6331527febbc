//! Pictures, films, sounds and documents: bytes, or a place in S3. Bedrock fetches nothing from the
//! web.

use std::collections::BTreeSet;

use super::wire::write::{Block, Document, Medium, Source};
use crate::chat::{Error, Media, MediaSource, Part};
use crate::providers::losses::Losses;

/// A sort of medium, its format in the API's words, and how names of such files end.
struct Format {
    media_type: &'static str,
    sort: Sort,
    name: &'static str,
    extension: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Image,
    Video,
    Audio,
    Document,
}

const fn format(
    media_type: &'static str,
    sort: Sort,
    name: &'static str,
    extension: &'static str,
) -> Format {
    Format {
        media_type,
        sort,
        name,
        extension,
    }
}

/// The formats of botocore 1.44.5 (checked 2026-11-25).
#[rustfmt::skip]
const FORMATS: &[Format] = &[
    format("image/png", Sort::Image, "png", "png"),
    format("image/jpeg", Sort::Image, "jpeg", "jpeg"),
    format("image/jpg", Sort::Image, "jpeg", "jpg"),
    format("image/gif", Sort::Image, "gif", "gif"),
    format("image/webp", Sort::Image, "webp", "webp"),
    format("video/x-matroska", Sort::Video, "mkv", "mkv"),
    format("video/quicktime", Sort::Video, "mov", "mov"),
    format("video/mp4", Sort::Video, "mp4", "mp4"),
    format("video/webm", Sort::Video, "webm", "webm"),
    format("video/x-flv", Sort::Video, "flv", "flv"),
    format("video/mpeg", Sort::Video, "mpeg", "mpeg"),
    format("video/x-ms-wmv", Sort::Video, "wmv", "wmv"),
    format("video/3gpp", Sort::Video, "three_gp", "3gp"),
    format("audio/wav", Sort::Audio, "wav", "wav"),
    format("audio/mpeg", Sort::Audio, "mp3", "mp3"),
    format("application/pdf", Sort::Document, "pdf", "pdf"),
    format("text/csv", Sort::Document, "csv", "csv"),
    format("application/msword", Sort::Document, "doc", "doc"),
    format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", Sort::Document, "docx", "docx"),
    format("application/vnd.ms-excel", Sort::Document, "xls", "xls"),
    format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Sort::Document, "xlsx", "xlsx"),
    format("text/html", Sort::Document, "html", "html"),
    format("text/markdown", Sort::Document, "md", "md"),
    format("text/plain", Sort::Document, "txt", "txt"),
    format("application/json", Sort::Document, "txt", "json"),
];

/// Makes the blocks of one request's media.
#[derive(Default)]
pub(super) struct Mediator {
    /// Names of documents, each of which must be another.
    names: BTreeSet<String>,
}

impl Mediator {
    /// The block of a part that is no text.
    ///
    /// # Errors
    /// Where Bedrock cannot be given such a thing; the error points at the part.
    pub(super) fn block<'a>(
        &mut self,
        part: &'a Part<'_>,
        param: &str,
        losses: &mut Losses,
    ) -> Result<Block<'a>, Error> {
        let media = match part {
            Part::Image(media) | Part::Audio(media) | Part::File(media) => media,
            Part::Text(_) | Part::Refusal(_) => return Err(fault("text is no medium", param)),
        };
        if matches!(&media.detail, Some(detail) if detail != "auto") {
            losses.dropped(format!("{param}.image_url.detail"))?;
        }
        let source = source(media).map_err(|message| fault(message, param))?;
        let found = find(media).map_err(|message| fault(message, param))?;
        let format = found.name;
        Ok(match found.sort {
            Sort::Image => Block::Image(Medium { format, source }),
            Sort::Video => Block::Video(Medium { format, source }),
            Sort::Audio => Block::Audio(Medium { format, source }),
            Sort::Document => Block::Document(Document {
                format,
                name: self.name(media.filename.as_deref()),
                source,
            }),
        })
    }

    /// A name that the API takes: letters, digits, single spaces, hyphens and brackets. The model
    /// reads it.
    fn name(&mut self, filename: Option<&str>) -> String {
        let filename = filename.unwrap_or_default();
        let stem = filename.rsplit_once('.').map_or(filename, |(stem, _)| stem);
        let plain = |c: char| match c {
            ' ' | '(' | ')' | '[' | ']' => c,
            c if c.is_ascii_alphanumeric() => c,
            c if c.is_whitespace() => ' ',
            _ => '-',
        };
        let stem: String = stem.chars().take(MAX_NAME).map(plain).collect();
        let words: Vec<&str> = stem.split(' ').filter(|word| !word.is_empty()).collect();
        let stem = match words.join(" ") {
            empty if empty.is_empty() => "document".to_owned(),
            stem => stem,
        };
        let mut name = stem.clone();
        let mut number = 1_u32;
        while !self.names.insert(name.clone()) {
            number = number.saturating_add(1);
            name = format!("{stem} ({number})");
        }
        name
    }
}

/// Longest part of a file's name that is kept; 200 characters are the limit with a number behind.
const MAX_NAME: usize = 180;

fn fault(message: impl Into<String>, param: &str) -> Error {
    Error::invalid(message)
        .with_param(param)
        .with_code("unsupported_value")
}

fn find(media: &Media<'_>) -> Result<&'static Format, String> {
    let by_extension = |name: &str| {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension)?;
        let mut formats = FORMATS.iter();
        formats.find(|format| format.extension.eq_ignore_ascii_case(extension))
    };
    let media_type = match &media.source {
        MediaSource::Inline { media_type, .. } => &**media_type,
        MediaSource::Url(url) => {
            let unknown = || format!("`{url}` does not end as the name of a known format");
            return by_extension(url).ok_or_else(unknown);
        }
        MediaSource::FileId(_) => "",
    };
    let mut formats = FORMATS.iter();
    formats
        .find(|format| format.media_type.eq_ignore_ascii_case(media_type))
        .or_else(|| by_extension(media.filename.as_deref()?))
        .or_else(|| text().filter(|_| media_type.starts_with("text/")))
        .ok_or_else(|| format!("files of type `{media_type}` are not supported by Bedrock"))
}

/// The format of text that has no other.
fn text() -> Option<&'static Format> {
    FORMATS
        .iter()
        .find(|format| format.media_type == "text/plain")
}

fn source<'a>(media: &'a Media<'_>) -> Result<Source<'a>, &'static str> {
    match &media.source {
        MediaSource::Inline { base64, .. } => Ok(Source::Bytes(base64)),
        MediaSource::Url(uri) if uri.starts_with("s3://") => Ok(Source::S3Location { uri }),
        MediaSource::Url(_) => Err(
            "Bedrock does not fetch from the web: send the bytes as a data URL, or an `s3://` address",
        ),
        MediaSource::FileId(_) => {
            Err("files uploaded elsewhere are not known to Bedrock: send the bytes")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_documents_are_plain_and_distinct() {
        let mut mediator = Mediator::default();
        for (filename, name) in [
            (Some("report.pdf"), "report"),
            (Some("report.docx"), "report (2)"),
            (Some("a.b/c  d\t(1) [x].csv"), "a-b-c d (1) [x]"),
            (Some("Übersicht.pdf"), "-bersicht"),
            (Some(".pdf"), "document"),
            (None, "document (2)"),
            (Some("  "), "document (3)"),
        ] {
            assert_eq!(mediator.name(filename), name);
        }
        assert!(mediator.name(Some(&"x".repeat(500))).len() <= 200);
    }
}
