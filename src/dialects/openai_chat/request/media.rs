//! Where the bytes of pictures and files are.
//!
//! Base64 is never decoded or checked here: a picture has megabytes, and its reader finds out.

use std::borrow::Cow;

use super::invalid;
use crate::chat::MediaSource;
use crate::json::{Fault, Reader};

/// Reads an address, which may hold the bytes itself.
pub(super) fn url<'a>(reader: &mut Reader<'a>) -> Result<MediaSource<'a>, Fault> {
    let url = reader.string()?;
    if is_data_url(&url) {
        return inline(url);
    }
    Ok(MediaSource::Url(url))
}

/// A file's bytes: a data URL, or bare base64 whose type only the file's name tells. An address
/// can be neither: base64 has no colon.
pub(super) fn file_data<'a>(
    data: Cow<'a, str>,
    filename: Option<&str>,
) -> Result<MediaSource<'a>, Fault> {
    if is_data_url(&data) {
        return inline(data);
    }
    if data.starts_with("https://") || data.starts_with("http://") {
        return Ok(MediaSource::Url(data));
    }
    Ok(MediaSource::Inline {
        media_type: Cow::Borrowed(media_type_of(filename.unwrap_or_default())),
        base64: data,
    })
}

fn is_data_url(url: &str) -> bool {
    url.get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// Splits `data:image/png;base64,AAAA` ([RFC 2397]).
///
/// [RFC 2397]: https://www.rfc-editor.org/rfc/rfc2397
fn inline(url: Cow<'_, str>) -> Result<MediaSource<'_>, Fault> {
    let (media_type, start) = {
        let (head, _) = url.split_once(',').ok_or_else(malformed)?;
        let mut parameters = head.get(5..).unwrap_or_default().split(';');
        let media_type = parameters.next().unwrap_or_default().trim();
        let is_base64 = |parameter: &str| parameter.trim().eq_ignore_ascii_case("base64");
        if !parameters.any(is_base64) {
            return Err(malformed());
        }
        (
            media_type.to_ascii_lowercase(),
            head.len().saturating_add(1),
        )
    };
    let media_type = match media_type.as_str() {
        "" => Cow::Borrowed("text/plain"),
        _ => Cow::Owned(media_type),
    };
    let base64 = after(url, start);
    Ok(MediaSource::Inline { media_type, base64 })
}

fn after(text: Cow<'_, str>, start: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(start..).unwrap_or_default()),
        Cow::Owned(mut text) => {
            text.drain(..start);
            Cow::Owned(text)
        }
    }
}

fn malformed() -> Fault {
    invalid(
        "invalid_base64",
        "expected a base64-encoded data URL, such as 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='",
    )
}

/// By the file's name; PDF is the type that OpenAI's API is made for.
fn media_type_of(filename: &str) -> &'static str {
    let extension = filename.rsplit_once('.').map(|(_, extension)| extension);
    match extension.unwrap_or_default().to_ascii_lowercase().as_str() {
        "txt" => "text/plain",
        "md" => "text/markdown",
        "csv" => "text/csv",
        "html" => "text/html",
        "json" => "application/json",
        _ => "application/pdf",
    }
}
